// SPDX-License-Identifier: GPL-2.0
/*
 * The stack table: a stack's frames are kept once, events carry its id.
 *
 * Stacks are added from any context on any CPU, without locks, and never
 * removed while a session has them, so a pointer to a ready stack stays
 * good. (The kernel's own stack depot allocates pages, takes a global lock and
 * never frees: not for a module that can be unloaded.)
 *
 * Adding: take an id (A1) and room in the arena (A2), write the stack, enter the id
 * into its bucket by cmpxchg (A3), mark the stack as ready (A4). A writer that loses
 * A3 to the same stack marks its own as an orphan, which nobody has seen, and uses
 * the winner's. One that loses it to another stack goes on to the next bucket.
 *
 * Barriers: A3, a full barrier, releases the stack to the acquire of the bucket in
 * ms_stack_id(). A4 releases it to the acquire in ms_stack_next().
 */
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "stack.h"

/* Room in the arena for stacks this deep on the average; deeper ones share. */
#define ARENA_FRAMES_A_STACK	16U

/**
 * ms_stack_table_init() - allocate a table
 * @table: zeroed, or destroyed before
 * @size: distinct stacks it holds
 * @depth: frames of the deepest stack
 *
 * Context: process, may sleep.
 * Return: 0 or -ENOMEM with nothing allocated.
 */
int ms_stack_table_init(struct ms_stack_table *table, u32 size, u32 depth)
{
	u32 buckets = roundup_pow_of_two(size) * 2;

	table->size = size;
	table->bucket_mask = buckets - 1;
	table->arena_size = size * min(depth, ARENA_FRAMES_A_STACK);
	atomic_set(&table->next_id, 0);
	atomic_set(&table->arena_used, 0);

	table->stacks = vzalloc(array_size(size, sizeof(*table->stacks)));
	table->buckets = vzalloc(array_size(buckets, sizeof(*table->buckets)));
	table->arena = vzalloc(array_size(table->arena_size, sizeof(*table->arena)));
	if (table->stacks && table->buckets && table->arena)
		return 0;

	ms_stack_table_destroy(table);
	return -ENOMEM;
}

/**
 * ms_stack_table_destroy() - free a table
 * @table: nobody uses it any more
 *
 * Context: process, may sleep.
 */
void ms_stack_table_destroy(struct ms_stack_table *table)
{
	vfree(table->arena);
	vfree(table->buckets);
	vfree(table->stacks);
	memset(table, 0, sizeof(*table));
}

static u64 hash_frames(const unsigned long *frame, u32 frames)
{
	u64 hash = frames;
	u32 i;

	for (i = 0; i < frames; i++) {
		hash = (hash ^ frame[i]) * 0x9e3779b97f4a7c15ULL;
		hash ^= hash >> 32;
	}
	return hash;
}

static bool same(const struct ms_stack_table *table, const struct ms_stack *stack,
		 u64 hash, const unsigned long *frame, u32 frames)
{
	return stack->hash == hash && stack->frames == frames &&
	       !memcmp(&table->arena[stack->offset], frame, frames * sizeof(*frame));
}

/* Takes an id and writes the stack under it; 0 when the table is full. */
static u32 take(struct ms_stack_table *table, u64 hash,
		   const unsigned long *frame, u32 frames)
{
	struct ms_stack *stack;
	u32 id, end;

	if (atomic_read(&table->next_id) >= table->size ||
	    atomic_read(&table->arena_used) + frames > table->arena_size)
		return 0;
	id = atomic_inc_return(&table->next_id);			/* A1 */
	if (id > table->size)
		return 0;
	stack = &table->stacks[id - 1];
	end = atomic_add_return(frames, &table->arena_used);		/* A2 */
	if (end > table->arena_size) {
		smp_store_release(&stack->state, MS_STACK_ORPHAN);
		return 0;
	}

	stack->hash = hash;
	stack->offset = end - frames;
	stack->frames = frames;
	memcpy(&table->arena[stack->offset], frame, frames * sizeof(*frame));
	return id;
}

/**
 * ms_stack_id() - the id of a stack, which is added if it is new
 * @table: the table
 * @frame: return addresses, innermost first
 * @frames: how many, from 1
 *
 * Context: any, preemption disabled (so that an id that is taken is soon ready
 * or an orphan: a dump of stacks waits at it).
 * Return: an id from 1, or MEMSCOPE_STACK_LOST when the table is full.
 */
u32 ms_stack_id(struct ms_stack_table *table, const unsigned long *frame, u32 frames)
{
	u64 hash = hash_frames(frame, frames);
	u32 bucket = hash & table->bucket_mask;
	u32 mine = 0;

	for (;; bucket = (bucket + 1) & table->bucket_mask) {
		u32 id = smp_load_acquire(&table->buckets[bucket]);

		if (!id) {
			if (!mine)
				mine = take(table, hash, frame, frames);
			if (!mine)
				return MEMSCOPE_STACK_LOST;
			id = cmpxchg(&table->buckets[bucket], 0, mine);	/* A3 */
			if (!id) {
				smp_store_release(&table->stacks[mine - 1].state,
						  MS_STACK_READY);	/* A4 */
				return mine;
			}
		}
		if (same(table, &table->stacks[id - 1], hash, frame, frames)) {
			if (mine)
				smp_store_release(&table->stacks[mine - 1].state,
						  MS_STACK_ORPHAN);
			return id;
		}
	}
}

/**
 * ms_stack_used() - ids taken
 * @table: the table
 *
 * Context: any.
 */
u32 ms_stack_used(const struct ms_stack_table *table)
{
	return min_t(u32, atomic_read(&table->next_id), table->size);
}

/**
 * ms_stack_next() - step through the stacks that are ready
 * @table: the table
 * @id: the last id seen, 0 to begin; moved to the one returned
 *
 * Stops at an id that is taken and not yet ready, so that a reader which
 * goes on from the last id it saw misses none.
 *
 * Context: any.
 * Return: a stack that stays as it is, or NULL at the end.
 */
const struct ms_stack *ms_stack_next(const struct ms_stack_table *table, u32 *id)
{
	u32 used = ms_stack_used(table);
	u32 next;

	for (next = *id; next < used; next++) {
		const struct ms_stack *stack = &table->stacks[next];
		u16 state = smp_load_acquire(&stack->state);

		if (state == MS_STACK_PENDING)
			return NULL;
		if (state == MS_STACK_ORPHAN)
			continue;
		*id = next + 1;
		return stack;
	}
	return NULL;
}
