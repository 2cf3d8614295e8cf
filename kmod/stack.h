/* SPDX-License-Identifier: GPL-2.0 */
#ifndef MS_STACK_H
#define MS_STACK_H

#include <linux/atomic.h>
#include <linux/types.h>

#include "uapi/memscope.h"

enum ms_stack_state {
	MS_STACK_PENDING,	/* its id is taken, nothing else is certain */
	MS_STACK_READY,
	MS_STACK_ORPHAN,	/* the same stack came first, or there was no room */
};

/**
 * struct ms_stack - one distinct stack
 * @hash: of its frames
 * @offset: of its first frame in the arena
 * @frames: how many
 * @state: enum ms_stack_state; once it is no more pending nothing here changes
 */
struct ms_stack {
	u64 hash;
	u32 offset;
	u16 frames;
	u16 state;
};

/**
 * struct ms_stack_table - distinct stacks, numbered from 1
 * @stacks: by id - 1, @size of them
 * @buckets: ids by hash, open addressing, 0 for empty
 * @arena: the frames of all stacks
 * @size: ids there are
 * @bucket_mask: number of buckets - 1
 * @arena_size: frames the arena holds
 * @next_id: ids handed out (may pass @size by the tries that found it full)
 * @arena_used: frames handed out (may pass @arena_size likewise)
 */
struct ms_stack_table {
	struct ms_stack *stacks;
	u32 *buckets;
	u64 *arena;
	u32 size;
	u32 bucket_mask;
	u32 arena_size;
	atomic_t next_id;
	atomic_t arena_used;
};

int ms_stack_table_init(struct ms_stack_table *table, u32 size, u32 depth);
void ms_stack_table_destroy(struct ms_stack_table *table);

u32 ms_stack_id(struct ms_stack_table *table, const unsigned long *frame, u32 frames);
u32 ms_stack_used(const struct ms_stack_table *table);
const struct ms_stack *ms_stack_next(const struct ms_stack_table *table, u32 *id);

#endif /* MS_STACK_H */
