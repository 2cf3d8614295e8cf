// SPDX-License-Identifier: GPL-2.0
/*
 * Totals of cache slots.
 */
#include <stdlib.h>
#include <string.h>

#include "cache-totals.h"

struct memscope_cache_totals *
memscope_cache_totals_grow(struct memscope_cache_totals_table *table, uint32_t slot)
{
	size_t count = table->count ? table->count * 2 : 256;
	struct memscope_cache_totals *totals;

	while (count <= slot)
		count *= 2;
	totals = realloc(table->totals, count * sizeof(*totals));
	if (!totals)
		return NULL;
	memset(totals + table->count, 0, (count - table->count) * sizeof(*totals));
	table->totals = totals;
	table->count = count;
	return &totals[slot];
}
