// SPDX-License-Identifier: GPL-2.0
/*
 * K-way merge of per-CPU streams by key.
 *
 * A lane is one CPU's events with their keys, in the order of arrival, so its
 * keys never fall. A heap holds the lanes that have events below the limit,
 * ordered by key and, where keys are equal, by CPU. Streams are bursty: once
 * a lane is on top, its events go out until they pass the second lane.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "merge.h"

struct lane {
	struct memscope_event *events;
	uint64_t *keys;
	size_t head, tail, room;	/* events[head..tail) wait */
	uint64_t last_key;
	uint64_t floor;
	uint32_t cpu;
};

struct memscope_merge {
	memscope_merge_fn fn;
	void *ctx;
	struct lane *lanes;
	struct lane **heap;
	size_t heap_count;
	uint32_t cpus;
	size_t run_count;
	struct memscope_merged run[MEMSCOPE_MERGE_RUN];
};

int memscope_merge_create(struct memscope_merge **merge, memscope_merge_fn fn, void *ctx)
{
	*merge = calloc(1, sizeof(**merge));
	if (!*merge)
		return -ENOMEM;
	(*merge)->fn = fn;
	(*merge)->ctx = ctx;
	return 0;
}

void memscope_merge_destroy(struct memscope_merge *merge)
{
	uint32_t cpu;

	if (!merge)
		return;
	for (cpu = 0; cpu < merge->cpus; cpu++) {
		free(merge->lanes[cpu].events);
		free(merge->lanes[cpu].keys);
	}
	free(merge->lanes);
	free(merge->heap);
	free(merge);
}

static int lanes_for(struct memscope_merge *merge, uint32_t cpus)
{
	struct lane *lanes, **heap;

	if (cpus <= merge->cpus)
		return 0;
	if (cpus > MEMSCOPE_CPUS_MAX)
		return -ERANGE;
	lanes = realloc(merge->lanes, cpus * sizeof(*lanes));
	if (!lanes)
		return -ENOMEM;
	merge->lanes = lanes;
	heap = realloc(merge->heap, cpus * sizeof(*heap));
	if (!heap)
		return -ENOMEM;
	merge->heap = heap;
	memset(lanes + merge->cpus, 0, (cpus - merge->cpus) * sizeof(*lanes));
	for (; merge->cpus < cpus; merge->cpus++)
		lanes[merge->cpus].cpu = merge->cpus;
	return 0;
}

/* Room for count more at the tail; what has gone out makes place first. */
static int lane_room(struct lane *lane, size_t count)
{
	size_t waiting = lane->tail - lane->head;
	size_t room = lane->room ? lane->room : 4096;
	struct memscope_event *events;
	uint64_t *keys;

	if (count <= lane->room - lane->tail)
		return 0;
	if (lane->head && waiting + count <= lane->room / 2) {
		memmove(lane->events, lane->events + lane->head,
			waiting * sizeof(*lane->events));
		memmove(lane->keys, lane->keys + lane->head, waiting * sizeof(*lane->keys));
		lane->head = 0;
		lane->tail = waiting;
		return 0;
	}
	while (room - lane->tail < count) {
		if (room > SIZE_MAX / 2 / sizeof(*events))
			return -ENOMEM;
		room *= 2;
	}
	events = realloc(lane->events, room * sizeof(*events));
	if (!events)
		return -ENOMEM;
	lane->events = events;
	keys = realloc(lane->keys, room * sizeof(*keys));
	if (!keys)
		return -ENOMEM;
	lane->keys = keys;
	lane->room = room;
	return 0;
}

int memscope_merge_push(struct memscope_merge *merge, uint32_t cpu,
			const struct memscope_event *events, size_t count)
{
	struct lane *lane;
	uint64_t key;
	size_t i;
	int err;

	if (cpu >= MEMSCOPE_CPUS_MAX)
		return -ERANGE;
	if (!count)
		return 0;
	err = lanes_for(merge, cpu + 1);
	if (err)
		return err;
	lane = &merge->lanes[cpu];
	err = lane_room(lane, count);
	if (err)
		return err;
	memcpy(lane->events + lane->tail, events, count * sizeof(*events));
	key = lane->last_key > lane->floor ? lane->last_key : lane->floor;
	for (i = 0; i < count; i++) {
		if (events[i].time_ns > key)
			key = events[i].time_ns;
		lane->keys[lane->tail + i] = key;
	}
	lane->last_key = key;
	lane->tail += count;
	return 0;
}

static bool before(const struct lane *a, const struct lane *b)
{
	uint64_t key_a = a->keys[a->head], key_b = b->keys[b->head];

	return key_a < key_b || (key_a == key_b && a->cpu < b->cpu);
}

static void sift_down(struct memscope_merge *merge, size_t at)
{
	struct lane **heap = merge->heap;
	struct lane *lane = heap[at];

	for (;;) {
		size_t child = 2 * at + 1;

		if (child >= merge->heap_count)
			break;
		if (child + 1 < merge->heap_count && before(heap[child + 1], heap[child]))
			child++;
		if (!before(heap[child], lane))
			break;
		heap[at] = heap[child];
		at = child;
	}
	heap[at] = lane;
}

static int hand_out(struct memscope_merge *merge)
{
	size_t count = merge->run_count;

	merge->run_count = 0;
	return count ? merge->fn(merge->ctx, merge->run, count) : 0;
}

/* Events of the top lane that precede the second lane's first and the limit. */
static int take_run(struct memscope_merge *merge, uint64_t limit)
{
	struct lane *lane = merge->heap[0];
	uint64_t stop = limit;
	size_t child;
	int err;

	for (child = 1; child <= 2 && child < merge->heap_count; child++) {
		const struct lane *other = merge->heap[child];
		/* Equal keys go by CPU: this lane may take them if it is the lower. */
		uint64_t bound = other->keys[other->head] + (lane->cpu < other->cpu);

		if (bound && bound < stop)
			stop = bound;
	}
	do {
		struct memscope_merged *merged = &merge->run[merge->run_count++];

		merged->event = &lane->events[lane->head];
		merged->key = lane->keys[lane->head];
		merged->cpu = lane->cpu;
		lane->head++;
		if (merge->run_count == MEMSCOPE_MERGE_RUN) {
			err = hand_out(merge);
			if (err < 0)
				return err;
		}
	} while (lane->head < lane->tail && lane->keys[lane->head] < stop);
	return 0;
}

/* Everything with a key below limit; UINT64_MAX takes that key too. */
static int drain(struct memscope_merge *merge, uint64_t limit)
{
	uint32_t cpu;
	size_t i;
	int err = 0;

	merge->heap_count = 0;
	for (cpu = 0; cpu < merge->cpus; cpu++) {
		struct lane *lane = &merge->lanes[cpu];

		if (lane->head < lane->tail &&
		    (lane->keys[lane->head] < limit || limit == UINT64_MAX))
			merge->heap[merge->heap_count++] = lane;
	}
	for (i = merge->heap_count / 2; i-- > 0;)
		sift_down(merge, i);
	while (merge->heap_count) {
		struct lane *lane = merge->heap[0];

		err = take_run(merge, limit);
		if (err < 0)
			return err;
		if (lane->head == lane->tail ||
		    (lane->keys[lane->head] >= limit && limit != UINT64_MAX))
			merge->heap[0] = merge->heap[--merge->heap_count];
		if (merge->heap_count)
			sift_down(merge, 0);
	}
	err = hand_out(merge);
	for (cpu = 0; cpu < merge->cpus; cpu++) {
		struct lane *lane = &merge->lanes[cpu];

		if (lane->head == lane->tail)
			lane->head = lane->tail = 0;
	}
	return err;
}

int memscope_merge_round(struct memscope_merge *merge, const uint64_t *floors, size_t count)
{
	uint64_t lowest = UINT64_MAX - 1;
	uint32_t cpu;
	int err;

	if (count > MEMSCOPE_CPUS_MAX)
		return -ERANGE;
	err = lanes_for(merge, count);
	if (err)
		return err;
	for (cpu = 0; cpu < count; cpu++) {
		struct lane *lane = &merge->lanes[cpu];

		if (floors[cpu] == MEMSCOPE_NO_CPU)
			continue;
		if (floors[cpu] > lane->floor)
			lane->floor = floors[cpu];
		if (lane->floor < lowest)
			lowest = lane->floor;
	}
	return drain(merge, lowest);
}

int memscope_merge_flush(struct memscope_merge *merge)
{
	return drain(merge, UINT64_MAX);
}

size_t memscope_merge_pending(const struct memscope_merge *merge)
{
	size_t pending = 0;
	uint32_t cpu;

	for (cpu = 0; cpu < merge->cpus; cpu++)
		pending += merge->lanes[cpu].tail - merge->lanes[cpu].head;
	return pending;
}
