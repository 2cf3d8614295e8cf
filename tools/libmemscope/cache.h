/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Slab caches: those the module named, by id, and the size classes of
 * kmalloc, which events do not name.
 *
 * Every object belongs to one slot: below MEMSCOPE_KMALLOC_SLOTS a size class,
 * from there on MEMSCOPE_KMALLOC_SLOTS - 1 + id.
 */
#ifndef MEMSCOPE_CACHE_H
#define MEMSCOPE_CACHE_H

#include <stddef.h>
#include <stdint.h>

#include "../../kmod/uapi/memscope.h"

/* kmalloc-8 to -8k with -96 and -192, and large: pages of its own. */
#define MEMSCOPE_KMALLOC_SLOTS	14
#define MEMSCOPE_CACHE_SLOTS	(MEMSCOPE_KMALLOC_SLOTS + UINT16_MAX)

struct memscope_cache_table {
	struct memscope_cache *caches;	/* by id; id 0 where unknown */
	size_t room;
	size_t count;
};

void memscope_cache_table_init(struct memscope_cache_table *table);
void memscope_cache_table_deinit(struct memscope_cache_table *table);

/* Takes a copy; a later one of the same id replaces it. */
int memscope_cache_table_add(struct memscope_cache_table *table,
			     const struct memscope_cache *cache);

/* NULL for an unknown id. */
const struct memscope_cache *memscope_cache_table_find(const struct memscope_cache_table *table,
						       uint32_t id);

/* Where an object of that cache id and size counts. */
static inline uint32_t memscope_cache_slot(uint16_t cache, uint32_t bytes_alloc)
{
	uint32_t order;

	if (cache != MEMSCOPE_CACHE_NONE)
		return MEMSCOPE_KMALLOC_SLOTS - 1 + cache;
	if (bytes_alloc > 8192)
		return MEMSCOPE_KMALLOC_SLOTS - 1;
	if (bytes_alloc <= 8)
		return 0;
	order = 32 - __builtin_clz(bytes_alloc - 1);	/* 4: 16, 5: 32, 6: 64, 7: 128 .. */
	if (order == 7 && bytes_alloc <= 96)
		return 4;
	if (order == 8 && bytes_alloc <= 192)
		return 6;
	return order - 3 + (order >= 7) + (order >= 8);
}

/* Name of a slot, written to buffer if it has none that lasts. */
const char *memscope_cache_slot_name(const struct memscope_cache_table *table,
				     uint32_t slot, char *buffer, size_t size);

#endif /* MEMSCOPE_CACHE_H */
