// SPDX-License-Identifier: GPL-2.0
/*
 * Slabs by address: open addressing with linear probing, as in live.c, but
 * slabs come and go a hundred times less often than objects.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "slab.h"

#define FIRST_SLOTS 4096

int memscope_slab_table_init(struct memscope_slab_table *table)
{
	table->slots = calloc(FIRST_SLOTS, sizeof(*table->slots));
	table->mask = FIRST_SLOTS - 1;
	table->count = 0;
	return table->slots ? 0 : -ENOMEM;
}

void memscope_slab_table_deinit(struct memscope_slab_table *table)
{
	free(table->slots);
	memset(table, 0, sizeof(*table));
}

static size_t home(const struct memscope_slab_table *table, uint64_t ptr)
{
	return ((ptr >> 12) * 0x9e3779b97f4a7c15ULL >> 32) & table->mask;
}

static struct memscope_slab *slot_of(const struct memscope_slab_table *table, uint64_t ptr)
{
	size_t at = home(table, ptr);

	while (table->slots[at].ptr && table->slots[at].ptr != ptr)
		at = (at + 1) & table->mask;
	return &table->slots[at];
}

static int grow(struct memscope_slab_table *table)
{
	struct memscope_slab_table grown = {
		.mask = table->mask * 2 + 1, .count = table->count,
	};
	size_t i;

	grown.slots = calloc(grown.mask + 1, sizeof(*grown.slots));
	if (!grown.slots)
		return -ENOMEM;
	for (i = 0; i <= table->mask; i++)
		if (table->slots[i].ptr)
			*slot_of(&grown, table->slots[i].ptr) = table->slots[i];
	free(table->slots);
	*table = grown;
	return 0;
}

int memscope_slab_table_put(struct memscope_slab_table *table,
			    const struct memscope_slab *slab, struct memscope_slab *old)
{
	struct memscope_slab *slot;
	int err;

	if (table->count >= table->mask / 2) {
		err = grow(table);
		if (err)
			return err;
	}
	slot = slot_of(table, slab->ptr);
	*old = *slot;
	table->count += !slot->ptr;
	*slot = *slab;
	return 0;
}

bool memscope_slab_table_take(struct memscope_slab_table *table, uint64_t ptr,
			      struct memscope_slab *slab)
{
	struct memscope_slab *slot = slot_of(table, ptr);
	size_t hole, at;

	if (!slot->ptr)
		return false;
	*slab = *slot;
	hole = at = slot - table->slots;
	for (;;) {
		at = (at + 1) & table->mask;
		if (!table->slots[at].ptr)
			break;
		if (((at - home(table, table->slots[at].ptr)) & table->mask) >=
		    ((at - hole) & table->mask)) {
			table->slots[hole] = table->slots[at];
			hole = at;
		}
	}
	table->slots[hole].ptr = 0;
	table->count--;
	return true;
}
