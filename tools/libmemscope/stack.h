/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Stacks by id: each travels once, before or after the events that name it.
 */
#ifndef MEMSCOPE_STACK_H
#define MEMSCOPE_STACK_H

#include <stddef.h>
#include <stdint.h>

#include "../../kmod/uapi/memscope.h"

/* Higher ids are damage: the module's table is far smaller. */
#define MEMSCOPE_STACK_ID_MAX	(1U << 24)

struct memscope_stack_place {
	size_t first;			/* in frames */
	uint32_t count;			/* 0: not known */
};

struct memscope_stack_table {
	struct memscope_stack_place *places;	/* by id */
	uint64_t *frames;
	size_t place_room;
	size_t frame_count, frame_room;
	uint32_t count;			/* stacks */
	uint32_t last_id;		/* the highest seen */
};

void memscope_stack_table_init(struct memscope_stack_table *table);
void memscope_stack_table_deinit(struct memscope_stack_table *table);

/* Takes a copy; one that is there already stays. -ERANGE: no such id. */
int memscope_stack_table_add(struct memscope_stack_table *table,
			     const struct memscope_stack *stack);

/* Return addresses, innermost first; NULL and 0 for an unknown id. */
const uint64_t *memscope_stack_table_find(const struct memscope_stack_table *table,
					  uint32_t id, size_t *count);

#endif /* MEMSCOPE_STACK_H */
