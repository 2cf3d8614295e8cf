/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Live objects by address: open addressing with linear probing, the objects
 * in the table itself, so that a look-up mostly costs one cache line. Removal
 * shifts back what follows: no tombstones, and objects move.
 */
#ifndef MEMSCOPE_LIVE_H
#define MEMSCOPE_LIVE_H

#include <stddef.h>
#include <stdint.h>

#include "model.h"

struct memscope_live_table {
	struct memscope_object *slots;	/* ptr 0: empty */
	size_t mask;			/* slots less one, of a power of two */
	size_t count;
	unsigned int shift;		/* from a hash to a slot */
};

int memscope_live_table_init(struct memscope_live_table *table);
void memscope_live_table_deinit(struct memscope_live_table *table);

/* Twice the size; pointers into the table are void. */
int memscope_live_table_grow(struct memscope_live_table *table);

static inline size_t memscope_live_home(const struct memscope_live_table *table, uint64_t ptr)
{
	/* Objects are at least 8-byte aligned. */
	return (ptr >> 3) * 0x9e3779b97f4a7c15ULL >> table->shift;
}

static inline void memscope_live_prefetch(const struct memscope_live_table *table,
					  uint64_t ptr)
{
	__builtin_prefetch(&table->slots[memscope_live_home(table, ptr)], 1);
}

/* The object's slot, or the empty one where it belongs. ptr is not 0. */
static inline struct memscope_object *memscope_live_slot(const struct memscope_live_table *table,
							 uint64_t ptr)
{
	size_t at = memscope_live_home(table, ptr);

	while (table->slots[at].ptr && table->slots[at].ptr != ptr)
		at = (at + 1) & table->mask;
	return &table->slots[at];
}

/* Call before filling an empty slot; a grown table has another slot. */
static inline int memscope_live_room(struct memscope_live_table *table)
{
	if (__builtin_expect(table->count < table->mask / 8 * 5, 1))
		return 0;
	return memscope_live_table_grow(table);
}

void memscope_live_remove(struct memscope_live_table *table, struct memscope_object *slot);

#endif /* MEMSCOPE_LIVE_H */
