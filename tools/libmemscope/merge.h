/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Merges the events of all CPUs into one order in which the events of each
 * object keep theirs (the rule stands at struct memscope_event).
 *
 * Events come in rounds: in each, memscope_merge_push() for every batch, then
 * memscope_merge_round() with the floor of every CPU there is, by number, and
 * MEMSCOPE_NO_CPU for numbers that no CPU has. Floors count from the end of
 * their round only, so a reader may put several dumps into one round.
 */
#ifndef MEMSCOPE_MERGE_H
#define MEMSCOPE_MERGE_H

#include <stddef.h>
#include <stdint.h>

#include "event.h"

#define MEMSCOPE_NO_CPU	UINT64_MAX	/* in place of a floor */

struct memscope_merge;

/* One event in its place. key, in ns, never steps back from one to the next. */
struct memscope_merged {
	const struct memscope_event *event;
	uint64_t key;
	uint32_t cpu;
};

/* Takes events in order, up to MEMSCOPE_MERGE_RUN at once; < 0 ends the call. */
#define MEMSCOPE_MERGE_RUN	256
typedef int (*memscope_merge_fn)(void *ctx, const struct memscope_merged *events,
				 size_t count);

int memscope_merge_create(struct memscope_merge **merge, memscope_merge_fn fn, void *ctx);
void memscope_merge_destroy(struct memscope_merge *merge);

/* Copies the events. -ERANGE: not a number a CPU can have. */
int memscope_merge_push(struct memscope_merge *merge, uint32_t cpu,
			const struct memscope_event *events, size_t count);

/* Hands out every event that none still to come can precede. */
int memscope_merge_round(struct memscope_merge *merge, const uint64_t *floors,
			 size_t count);

/* Hands out the rest: no more will come. */
int memscope_merge_flush(struct memscope_merge *merge);

/* Events waiting for a later floor. */
size_t memscope_merge_pending(const struct memscope_merge *merge);

#endif /* MEMSCOPE_MERGE_H */
