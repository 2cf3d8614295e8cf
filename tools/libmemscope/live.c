// SPDX-License-Identifier: GPL-2.0
/*
 * Live objects by address.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "live.h"

#define FIRST_BITS 14

int memscope_live_table_init(struct memscope_live_table *table)
{
	table->slots = calloc(1UL << FIRST_BITS, sizeof(*table->slots));
	table->mask = (1UL << FIRST_BITS) - 1;
	table->count = 0;
	table->shift = 64 - FIRST_BITS;
	return table->slots ? 0 : -ENOMEM;
}

void memscope_live_table_deinit(struct memscope_live_table *table)
{
	free(table->slots);
	memset(table, 0, sizeof(*table));
}

int memscope_live_table_grow(struct memscope_live_table *table)
{
	struct memscope_live_table grown = {
		.mask = table->mask * 2 + 1, .count = table->count,
		.shift = table->shift - 1,
	};
	size_t i;

	if (grown.mask >= SIZE_MAX / sizeof(*grown.slots))
		return -ENOMEM;
	grown.slots = calloc(grown.mask + 1, sizeof(*grown.slots));
	if (!grown.slots)
		return -ENOMEM;
	for (i = 0; i <= table->mask; i++)
		if (table->slots[i].ptr)
			*memscope_live_slot(&grown, table->slots[i].ptr) = table->slots[i];
	free(table->slots);
	*table = grown;
	return 0;
}

void memscope_live_remove(struct memscope_live_table *table, struct memscope_object *slot)
{
	size_t hole = slot - table->slots, at = hole;

	for (;;) {
		size_t home;

		at = (at + 1) & table->mask;
		if (!table->slots[at].ptr)
			break;
		home = memscope_live_home(table, table->slots[at].ptr);
		/* It may fill the hole unless its home lies behind the hole. */
		if (((at - home) & table->mask) >= ((at - hole) & table->mask)) {
			table->slots[hole] = table->slots[at];
			hole = at;
		}
	}
	table->slots[hole].ptr = 0;
	table->count--;
}
