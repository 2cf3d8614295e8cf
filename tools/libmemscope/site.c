// SPDX-License-Identifier: GPL-2.0
/*
 * Sites.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "site.h"

#define ALIGN_16(bytes) (((bytes) + 15) / 16 * 16)
#define FIRST_BUCKETS 4096
#define SITES_MAX (1U << 28)

int memscope_site_table_init(struct memscope_site_table *table, size_t state_bytes)
{
	memset(table, 0, sizeof(*table));
	table->state_offset = ALIGN_16(sizeof(struct memscope_site_entry));
	table->stride = table->state_offset + ALIGN_16(state_bytes);
	table->buckets = calloc(FIRST_BUCKETS, sizeof(*table->buckets));
	table->bucket_mask = FIRST_BUCKETS - 1;
	return table->buckets ? 0 : -ENOMEM;
}

void memscope_site_table_deinit(struct memscope_site_table *table)
{
	uint32_t i;

	for (i = 0; i < table->count; i++)
		free(memscope_site_entry(table, i)->points);
	for (i = 0; i * (uint64_t)MEMSCOPE_SITE_BLOCK < table->count; i++)
		free(table->blocks[i]);
	free(table->blocks);
	free(table->buckets);
	memset(table, 0, sizeof(*table));
}

static uint64_t key_of(const struct memscope_site_table *table, uint32_t site)
{
	const struct memscope_site *s = &memscope_site_entry(table, site)->site;

	return memscope_site_key(s->stack, s->call_site);
}

static int grow_buckets(struct memscope_site_table *table)
{
	uint32_t mask = table->bucket_mask * 2 + 1, site;
	uint32_t *buckets = calloc((size_t)mask + 1, sizeof(*buckets));

	if (!buckets)
		return -ENOMEM;
	free(table->buckets);
	table->buckets = buckets;
	table->bucket_mask = mask;
	for (site = 0; site < table->count; site++) {
		uint32_t at = memscope_site_bucket(table, key_of(table, site));

		while (buckets[at])
			at = (at + 1) & mask;
		buckets[at] = site + 1;
	}
	return 0;
}

/* A block for the next site, if the last one is full. */
static int grow_blocks(struct memscope_site_table *table)
{
	uint32_t block = table->count / MEMSCOPE_SITE_BLOCK;

	if (table->count % MEMSCOPE_SITE_BLOCK)
		return 0;
	if (block == table->block_room) {
		uint32_t room = block ? block * 2 : 16;
		unsigned char **blocks = realloc(table->blocks, room * sizeof(*blocks));

		if (!blocks)
			return -ENOMEM;
		table->blocks = blocks;
		table->block_room = room;
	}
	table->blocks[block] = aligned_alloc(64, MEMSCOPE_SITE_BLOCK * table->stride);
	if (!table->blocks[block])
		return -ENOMEM;
	memset(table->blocks[block], 0, MEMSCOPE_SITE_BLOCK * table->stride);
	return 0;
}

int memscope_site_table_get(struct memscope_site_table *table, uint32_t stack,
			    uint64_t call_site, uint32_t *site)
{
	uint64_t key = memscope_site_key(stack, call_site);
	uint32_t at = memscope_site_bucket(table, key);
	struct memscope_site_entry *entry;
	int err;

	for (; table->buckets[at]; at = (at + 1) & table->bucket_mask) {
		*site = table->buckets[at] - 1;
		if (key_of(table, *site) == key)
			return 0;
	}
	if (table->count == SITES_MAX)
		return -ENOMEM;
	err = grow_blocks(table);
	if (err)
		return err;
	*site = table->count++;
	entry = memscope_site_entry(table, *site);
	entry->site.stack = stack;
	entry->site.call_site = call_site;
	table->buckets[at] = *site + 1;
	return table->count > table->bucket_mask / 2 ? grow_buckets(table) : 0;
}

/* Bins have become wider since: of points in one bin the last stays. */
static void widen(struct memscope_site_entry *entry, uint8_t shift)
{
	unsigned int by = shift - entry->shift, i, kept = 0;

	for (i = 0; i < entry->point_count; i++) {
		struct memscope_point point = entry->points[i];

		point.bin = by < 32 ? point.bin >> by : 0;
		if (kept && entry->points[kept - 1].bin == point.bin)
			kept--;
		entry->points[kept++] = point;
	}
	entry->open_bin = by < 16 ? entry->open_bin >> by : 0;
	/* What the open bin holds is later than a point in it. */
	if (entry->opened && kept && entry->points[kept - 1].bin == entry->open_bin)
		kept--;
	entry->point_count = kept;
	entry->shift = shift;
}

int memscope_site_open_slow(struct memscope_site_entry *entry, uint32_t bin, uint8_t shift)
{
	if (entry->shift != shift)
		widen(entry, shift);
	if (entry->opened && entry->open_bin == bin)
		return 0;
	if (entry->opened && entry->point_count == entry->point_room) {
		uint16_t room = entry->point_room ? entry->point_room * 2 : 4;
		struct memscope_point *points;

		points = realloc(entry->points, room * sizeof(*points));
		if (!points)
			return -ENOMEM;
		entry->points = points;
		entry->point_room = room;
	}
	if (entry->opened)
		entry->points[entry->point_count++] = (struct memscope_point){
			.bin = entry->open_bin, .live_bytes = entry->site.live_bytes,
		};
	entry->opened = 1;
	entry->open_bin = bin;
	return 0;
}

void memscope_site_series(const struct memscope_site_entry *entry, uint8_t shift,
			  uint64_t live_bytes[MEMSCOPE_BINS])
{
	unsigned int by = shift - entry->shift, i;
	uint64_t bytes = 0;
	size_t bin = 0, at;

	for (i = 0; i < entry->point_count; i++) {
		at = by < 32 ? entry->points[i].bin >> by : 0;
		for (; bin < at; bin++)
			live_bytes[bin] = bytes;
		bytes = entry->points[i].live_bytes;
	}
	at = by < 16 ? (size_t)entry->open_bin >> by : 0;
	for (; entry->opened && bin < at; bin++)
		live_bytes[bin] = bytes;
	if (entry->opened)
		bytes = entry->site.live_bytes;
	for (; bin < MEMSCOPE_BINS; bin++)
		live_bytes[bin] = bytes;
}
