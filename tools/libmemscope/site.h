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

struct memscope_site_entry {
	struct memscope_site site;
	struct memscope_point *points;	/* in order of bins, at most MEMSCOPE_BINS */
	uint16_t point_count, point_room;
	uint8_t shift;			/* of the bins when points were last changed */
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

/* Notes the site's live bytes in a bin; bins are 1 << shift wide. */
int memscope_site_point(struct memscope_site_entry *entry, uint32_t bin, uint8_t shift);

#endif /* MEMSCOPE_SITE_H */
