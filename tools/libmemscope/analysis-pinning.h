/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Pinning: who keeps half-empty slabs from being given back. A slab goes back
 * to the page allocator when its last object is freed, so a few old objects
 * spread over many slabs hold far more memory than their own.
 *
 * Only slabs are looked at that appeared while the session ran: of these every
 * object was seen. Slabs and live objects are handed in one by one; then each
 * slab's free bytes are divided evenly among its live objects and charged to
 * their sites. Free bytes are all that its live objects do not take, padding
 * and alignment included. Memory: 24 bytes a slab, 12 a live object on one.
 */
#ifndef MEMSCOPE_ANALYSIS_PINNING_H
#define MEMSCOPE_ANALYSIS_PINNING_H

#include "analysis.h"

struct memscope_pinning;

/**
 * struct memscope_pinning_site - what a site pins
 * @objects: its live objects on slabs that were looked at
 * @slabs: slabs they are on
 * @blame_bytes: its part of these slabs' free bytes
 * @sole_slabs: slabs that hold objects of no other site
 * @back_bytes: bytes of these: what would come back if all its objects went
 */
struct memscope_pinning_site {
	uint64_t objects, slabs, sole_slabs;
	struct memscope_figure blame_bytes, back_bytes;
};

/**
 * struct memscope_pinning_totals - all slabs that were looked at
 * @slabs: how many
 * @bytes: in them
 * @free_bytes: of these not taken by live objects
 * @empty_slabs: without a live object, kept by the allocator itself
 * @empty_bytes: bytes of these: nobody is charged for them
 */
struct memscope_pinning_totals {
	uint64_t slabs, bytes, free_bytes, empty_slabs, empty_bytes;
};

/** memscope_pinning_create - for sites numbered below @sites; Return: 0 or -ENOMEM */
int memscope_pinning_create(struct memscope_pinning **pinning, uint32_t sites);
void memscope_pinning_destroy(struct memscope_pinning *pinning);

/** memscope_pinning_slab - a slab; all come before the first object */
int memscope_pinning_slab(struct memscope_pinning *pinning, uint64_t ptr, uint32_t bytes);

/**
 * memscope_pinning_object - a live object
 * @pinning: what it is added to
 * @ptr: its address; on no known slab: nothing is done
 * @bytes: it takes
 * @site: its site; MEMSCOPE_SITE_NONE: it has none, or kfree_rcu has it: it
 *	  takes room and holds the slab, and its part of the blame is charged to
 *	  nobody
 * Return: 0 or -ENOMEM.
 */
int memscope_pinning_object(struct memscope_pinning *pinning, uint64_t ptr, uint32_t bytes,
			    uint32_t site);

/** memscope_pinning_finish - divides the blame, after the last object */
void memscope_pinning_finish(struct memscope_pinning *pinning,
			     struct memscope_pinning_totals *totals);

/**
 * memscope_pinning_result - what a site pins, after memscope_pinning_finish()
 * @pinning: finished
 * @site: its number
 * @context: the recording
 * @filtered: the session left allocations out by a filter: UNTRACKED
 * @result: filled. LOST above 5 % lost events: then slabs look emptier
 * Return: 0.
 */
int memscope_pinning_result(const struct memscope_pinning *pinning, uint32_t site,
			    const struct memscope_analysis_context *context, bool filtered,
			    struct memscope_pinning_site *result);

#endif /* MEMSCOPE_ANALYSIS_PINNING_H */
