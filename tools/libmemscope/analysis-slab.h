/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Slab fragmentation of caches, from the text of /proc/slabinfo: where the
 * bytes of a cache's slabs go.
 *
 *	slabs * (page << order) = objects + alignment + free slots + padding
 *	objects		live * object_size
 *	alignment	live * (size - object_size)
 *	free slots	(slabs * per_slab - live) * size
 *	padding		slabs * ((page << order) - per_slab * size)
 *
 * What /proc/slabinfo calls active includes free slots on the slabs that CPUs
 * hold for themselves, on their partial lists and in sheaves. So free slots
 * are between what it shows and what is left when only objects that were seen
 * allocated are taken for live.
 */
#ifndef MEMSCOPE_ANALYSIS_SLAB_H
#define MEMSCOPE_ANALYSIS_SLAB_H

#include "analysis.h"

/**
 * struct memscope_slabinfo - one line of /proc/slabinfo
 * @name: of the cache; several may share it (merged caches have one line)
 * @active: objects said to be in use
 * @objects: slots in all slabs
 * @size: bytes from object to object
 * @per_slab: objects a slab
 * @pages: pages a slab
 * @slabs: slabs
 */
struct memscope_slabinfo {
	char name[MEMSCOPE_NAME_LEN];
	uint64_t active, objects;
	uint32_t size, per_slab, pages;
	uint64_t slabs;
};

/**
 * struct memscope_slab_result - where a cache's bytes go
 * @bytes: in slabs
 * @objects: in objects, what their users may use
 * @alignment: between the end of an object and the next
 * @free_slots: in slots without an object
 * @padding: at the end of slabs
 * @unused_share: all but objects, over bytes
 * @objects and @alignment are UNTRACKED where the object size is not known;
 * @free_slots with its interval bounds them, too.
 */
struct memscope_slab_result {
	struct memscope_figure bytes, objects, alignment, free_slots, padding;
	struct memscope_figure unused_share;
};

/**
 * memscope_slabinfo_parse - the text of /proc/slabinfo
 * @text: NUL-terminated
 * @lines: freed by the caller
 * @count: how many
 * Return: 0; -EPROTO if it is of another version or malformed; -ENOMEM.
 */
int memscope_slabinfo_parse(const char *text, struct memscope_slabinfo **lines, size_t *count);

/** memscope_slabinfo_find - the line of that name, or NULL */
const struct memscope_slabinfo *memscope_slabinfo_find(const struct memscope_slabinfo *lines,
						       size_t count, const char *name);

/**
 * memscope_slab_result - where a cache's bytes go
 * @line: of the cache
 * @page_bytes: size of a page
 * @object_size: what a user of the cache gets, 0 if not known
 * @seen_live: objects seen allocated that are live, 0 if not known
 * @result: filled
 * Return: 0; -EINVAL if the line contradicts itself.
 */
int memscope_slab_result(const struct memscope_slabinfo *line, uint32_t page_bytes,
			 uint32_t object_size, uint64_t seen_live,
			 struct memscope_slab_result *result);

#endif /* MEMSCOPE_ANALYSIS_SLAB_H */
