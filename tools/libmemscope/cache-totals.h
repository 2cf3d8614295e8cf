/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Totals of cache slots (see cache.h), in an array that grows to the highest
 * slot met.
 */
#ifndef MEMSCOPE_CACHE_TOTALS_H
#define MEMSCOPE_CACHE_TOTALS_H

#include <stddef.h>
#include <stdint.h>

#include "model.h"

struct memscope_cache_totals_table {
	struct memscope_cache_totals *totals;
	size_t count;
};

struct memscope_cache_totals *
memscope_cache_totals_grow(struct memscope_cache_totals_table *table, uint32_t slot);

/* NULL: out of memory. Valid until a higher slot is asked for. */
static inline struct memscope_cache_totals *
memscope_cache_totals_of(struct memscope_cache_totals_table *table, uint32_t slot)
{
	if (__builtin_expect(slot < table->count, 1))
		return &table->totals[slot];
	return memscope_cache_totals_grow(table, slot);
}

#endif /* MEMSCOPE_CACHE_TOTALS_H */
