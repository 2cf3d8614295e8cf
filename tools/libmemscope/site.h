/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sites by stack or call site, in blocks that never move, each with its live
 * bytes over time and the state of the analyses.
 */
#ifndef MEMSCOPE_SITE_H
#define MEMSCOPE_SITE_H

#include <stddef.h>
#include <stdint.h>

#include "model.h"

/* Live bytes at the end of a bin in which they changed. */
struct memscope_point {
	uint32_t bin;
	uint32_t reserved;
	uint64_t live_bytes;
};

/*
 * The bin of the latest event is open: its value is what the site holds now.
 * So the points, which lie elsewhere, are touched once a bin, not an event.
 */
struct memscope_site_entry {
	struct memscope_site site;
	struct memscope_point *points;	/* in order of bins, at most MEMSCOPE_BINS */
	uint16_t point_count, point_room;
	uint16_t open_bin;
	uint8_t opened;			/* open_bin is one */
	uint8_t shift;			/* of the bins when this was last changed */
};

#define MEMSCOPE_SITE_BLOCK	256

struct memscope_site_table {
	unsigned char **blocks;		/* of MEMSCOPE_SITE_BLOCK entries each */
	uint32_t *buckets;		/* site + 1, 0: empty; open addressing */
	uint32_t count;
	uint32_t block_room;
	uint32_t bucket_mask;
	size_t stride;			/* an entry and the states behind it */
	size_t state_offset;
};

int memscope_site_table_init(struct memscope_site_table *table, size_t state_bytes);
void memscope_site_table_deinit(struct memscope_site_table *table);

/* What tells sites apart: a stack, else the call site. Addresses are higher. */
static inline uint64_t memscope_site_key(uint32_t stack, uint64_t call_site)
{
	return stack ? stack : call_site;
}

static inline struct memscope_site_entry *
memscope_site_entry(const struct memscope_site_table *table, uint32_t site)
{
	return (void *)(table->blocks[site / MEMSCOPE_SITE_BLOCK] +
			site % MEMSCOPE_SITE_BLOCK * table->stride);
}

static inline void *memscope_site_states(const struct memscope_site_table *table,
					 struct memscope_site_entry *entry)
{
	return (unsigned char *)entry + table->state_offset;
}

/* Finds it, or appends it with all but stack and call_site zero. -ENOMEM */
int memscope_site_table_get(struct memscope_site_table *table, uint32_t stack,
			    uint64_t call_site, uint32_t *site);

int memscope_site_open_slow(struct memscope_site_entry *entry, uint32_t bin, uint8_t shift);

/* Call before live bytes change: they are noted for bins that end; 1 << shift wide. */
static inline int memscope_site_open(struct memscope_site_entry *entry, uint32_t bin,
				     uint8_t shift)
{
	if (__builtin_expect(entry->opened && entry->open_bin == bin &&
			     entry->shift == shift, 1))
		return 0;
	return memscope_site_open_slow(entry, bin, shift);
}

/* Live bytes at the end of every bin, when bins are 1 << shift wide. */
void memscope_site_series(const struct memscope_site_entry *entry, uint8_t shift,
			  uint64_t live_bytes[MEMSCOPE_BINS]);

/* Brings what a look-up of that site will touch into the cache. */
static inline void memscope_site_prefetch(const struct memscope_site_table *table,
					  uint32_t site)
{
	const unsigned char *entry = (const unsigned char *)memscope_site_entry(table, site);

	__builtin_prefetch(entry, 1);
	__builtin_prefetch(entry + 64, 1);
	__builtin_prefetch(entry + 128, 1);
}

static inline uint32_t memscope_site_bucket(const struct memscope_site_table *table,
					    uint64_t key)
{
	return (key * 0x9e3779b97f4a7c15ULL >> 32) & table->bucket_mask;
}

#endif /* MEMSCOPE_SITE_H */
