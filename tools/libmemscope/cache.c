// SPDX-License-Identifier: GPL-2.0
/*
 * Slab caches by id and by slot.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cache.h"

void memscope_cache_table_init(struct memscope_cache_table *table)
{
	memset(table, 0, sizeof(*table));
}

void memscope_cache_table_deinit(struct memscope_cache_table *table)
{
	free(table->caches);
	memset(table, 0, sizeof(*table));
}

int memscope_cache_table_add(struct memscope_cache_table *table,
			     const struct memscope_cache *cache)
{
	struct memscope_cache *place;

	if (cache->id == MEMSCOPE_CACHE_NONE || cache->id > UINT16_MAX)
		return -ERANGE;
	if (cache->id >= table->room) {
		size_t room = table->room ? table->room : 256;

		while (room <= cache->id)
			room *= 2;
		place = realloc(table->caches, room * sizeof(*place));
		if (!place)
			return -ENOMEM;
		memset(place + table->room, 0, (room - table->room) * sizeof(*place));
		table->caches = place;
		table->room = room;
	}
	place = &table->caches[cache->id];
	table->count += !place->id;
	*place = *cache;
	place->name[sizeof(place->name) - 1] = '\0';
	return 0;
}

const struct memscope_cache *memscope_cache_table_find(const struct memscope_cache_table *table,
						       uint32_t id)
{
	return id < table->room && table->caches[id].id ? &table->caches[id] : NULL;
}

const char *memscope_cache_slot_name(const struct memscope_cache_table *table,
				     uint32_t slot, char *buffer, size_t size)
{
	static const char *const classes[MEMSCOPE_KMALLOC_SLOTS] = {
		"kmalloc-8", "kmalloc-16", "kmalloc-32", "kmalloc-64", "kmalloc-96",
		"kmalloc-128", "kmalloc-192", "kmalloc-256", "kmalloc-512", "kmalloc-1k",
		"kmalloc-2k", "kmalloc-4k", "kmalloc-8k", "kmalloc-large",
	};
	const struct memscope_cache *cache;

	if (slot < MEMSCOPE_KMALLOC_SLOTS)
		return classes[slot];
	cache = memscope_cache_table_find(table, slot - (MEMSCOPE_KMALLOC_SLOTS - 1));
	if (cache && cache->name[0])
		return cache->name;
	if (cache)
		snprintf(buffer, size, "cache %u (%u bytes)", cache->id, cache->object_size);
	else
		snprintf(buffer, size, "cache %u", slot - (MEMSCOPE_KMALLOC_SLOTS - 1));
	return buffer;
}
