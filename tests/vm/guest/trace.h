/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the module handed out: events of all CPUs in one order, stacks, caches,
 * counters and paths; and a table of live objects that follows the events.
 */
#ifndef TRACE_H
#define TRACE_H

#include "wire.h"

#define TRACE_CPUS	64
#define TRACE_CACHES	4096

struct trace_event {
	struct memscope_event event;
	uint32_t cpu;
	uint64_t key;
	uint32_t place;			/* in its CPU's sequence */
};

struct trace {
	struct wire *wire;
	struct trace_event *events;
	size_t count, room;
	uint64_t key[TRACE_CPUS];	/* of the CPU's latest event */
	uint32_t place[TRACE_CPUS];
	uint64_t read[TRACE_CPUS];	/* events received, since the session began */
	uint64_t **stacks;		/* by id: number of frames, then they */
	uint32_t stack_room, last_stack;
	struct memscope_cache caches[TRACE_CACHES];
	uint64_t counters[TRACE_CPUS][MEMSCOPE_COUNTERS];
	uint32_t cpus;
	uint64_t hits[MEMSCOPE_PATHS], missed[MEMSCOPE_PATHS];
	uint32_t attached[MEMSCOPE_PATHS];
};

static inline void *trace_grow(void *p, size_t bytes)
{
	p = realloc(p, bytes);
	if (!p) {
		perror("trace");
		exit(1);
	}
	return p;
}

static inline void trace_add(struct trace *trace, uint32_t cpu, const struct memscope_event *event)
{
	struct trace_event *to;

	if (trace->count == trace->room) {
		trace->room = trace->room ? 2 * trace->room : 1 << 16;
		trace->events = trace_grow(trace->events, trace->room * sizeof(*to));
	}
	to = &trace->events[trace->count++];
	to->event = *event;
	to->cpu = cpu;
	if (event->time_ns > trace->key[cpu])
		trace->key[cpu] = event->time_ns;
	to->key = trace->key[cpu];
	to->place = trace->place[cpu]++;
	trace->read[cpu]++;
}

static inline void trace_on_events(void *ctx, struct nlattr *const *attr)
{
	struct trace *trace = ctx;
	uint32_t cpu = wire_u32(attr[MEMSCOPE_A_CPU]);
	uint64_t floor = wire_u64(attr[MEMSCOPE_A_FLOOR_NS]);
	struct memscope_event event;
	size_t i;

	if (cpu >= TRACE_CPUS)
		return;
	if (attr[MEMSCOPE_A_EVENTS]) {
		const char *data = wire_data(attr[MEMSCOPE_A_EVENTS]);

		for (i = 0; i < wire_length(attr[MEMSCOPE_A_EVENTS]) / sizeof(event); i++) {
			memcpy(&event, data + i * sizeof(event), sizeof(event));
			trace_add(trace, cpu, &event);
		}
	}
	if (floor > trace->key[cpu])
		trace->key[cpu] = floor;
}

static inline void trace_on_stacks(void *ctx, struct nlattr *const *attr)
{
	struct trace *trace = ctx;
	const char *data, *end;

	if (!attr[MEMSCOPE_A_STACKS])
		return;
	data = wire_data(attr[MEMSCOPE_A_STACKS]);
	end = data + wire_length(attr[MEMSCOPE_A_STACKS]);
	while (data < end) {
		struct memscope_stack stack;
		uint64_t *kept;

		memcpy(&stack, data, sizeof(stack));
		data += sizeof(stack);
		while (stack.id >= trace->stack_room) {
			uint32_t room = trace->stack_room ? 2 * trace->stack_room : 1024;

			trace->stacks = trace_grow(trace->stacks, room * sizeof(*trace->stacks));
			memset(trace->stacks + trace->stack_room, 0,
			       (room - trace->stack_room) * sizeof(*trace->stacks));
			trace->stack_room = room;
		}
		kept = trace_grow(NULL, (stack.frames + 1) * sizeof(*kept));
		kept[0] = stack.frames;
		memcpy(kept + 1, data, stack.frames * sizeof(*kept));
		data += stack.frames * sizeof(*kept);
		free(trace->stacks[stack.id]);
		trace->stacks[stack.id] = kept;
		if (stack.id > trace->last_stack)
			trace->last_stack = stack.id;
	}
}

static inline void trace_on_caches(void *ctx, struct nlattr *const *attr)
{
	struct trace *trace = ctx;
	struct memscope_cache cache;
	size_t i;

	for (i = 0; attr[MEMSCOPE_A_CACHES] &&
	     i < wire_length(attr[MEMSCOPE_A_CACHES]) / sizeof(cache); i++) {
		memcpy(&cache, (char *)wire_data(attr[MEMSCOPE_A_CACHES]) + i * sizeof(cache),
		       sizeof(cache));
		if (cache.id < TRACE_CACHES)
			trace->caches[cache.id] = cache;
	}
}

static inline void trace_on_counters(void *ctx, struct nlattr *const *attr)
{
	struct trace *trace = ctx;
	uint32_t cpu = wire_u32(attr[MEMSCOPE_A_CPU]);
	size_t length;

	if (cpu >= TRACE_CPUS || !attr[MEMSCOPE_A_COUNTERS])
		return;
	length = wire_length(attr[MEMSCOPE_A_COUNTERS]);
	if (length > sizeof(trace->counters[0]))
		length = sizeof(trace->counters[0]);
	memcpy(trace->counters[cpu], wire_data(attr[MEMSCOPE_A_COUNTERS]), length);
	if (cpu >= trace->cpus)
		trace->cpus = cpu + 1;
}

static inline void trace_on_paths(void *ctx, struct nlattr *const *attr)
{
	struct trace *trace = ctx;
	uint32_t path = wire_u32(attr[MEMSCOPE_A_PATH]);

	if (path >= MEMSCOPE_PATHS)
		return;
	trace->hits[path] = wire_u64(attr[MEMSCOPE_A_PATH_HITS]);
	trace->missed[path] = wire_u64(attr[MEMSCOPE_A_PATH_MISSED]);
	trace->attached[path] = wire_u32(attr[MEMSCOPE_A_PATH_ATTACHED]);
}

static inline int trace_compare(const void *x, const void *y)
{
	const struct trace_event *a = x, *b = y;

	if (a->key != b->key)
		return a->key < b->key ? -1 : 1;
	if (a->cpu != b->cpu)
		return a->cpu < b->cpu ? -1 : 1;
	return a->place < b->place ? -1 : a->place > b->place;
}

/* A new session: forget all of the last one. */
static inline void trace_reset(struct trace *trace)
{
	struct wire *wire = trace->wire;
	uint32_t i;

	for (i = 0; i < trace->stack_room; i++)
		free(trace->stacks[i]);
	free(trace->stacks);
	free(trace->events);
	memset(trace, 0, sizeof(*trace));
	trace->wire = wire;
}

/* Take what the buffers hold; earlier events stay where they are. */
static inline int trace_take(struct trace *trace)
{
	return wire_dump(trace->wire, MEMSCOPE_CMD_EVENTS, trace_on_events, trace);
}

/* The rest: what the events name, and what was counted. */
static inline int trace_tables(struct trace *trace)
{
	struct wire_request request;
	int error;

	wire_begin(&request, trace->wire->family, MEMSCOPE_CMD_STACKS, MEMSCOPE_GENL_VERSION,
		   NLM_F_DUMP);
	wire_put_u32(&request, MEMSCOPE_A_SINCE, trace->last_stack);
	error = wire_ask(trace->wire, &request, trace_on_stacks, trace);
	error = error ? error : wire_dump(trace->wire, MEMSCOPE_CMD_CACHES, trace_on_caches, trace);
	error = error ? error : wire_dump(trace->wire, MEMSCOPE_CMD_COUNTERS, trace_on_counters,
					  trace);
	return error ? error : wire_dump(trace->wire, MEMSCOPE_CMD_PATHS, trace_on_paths, trace);
}

static inline void trace_sort(struct trace *trace)
{
	qsort(trace->events, trace->count, sizeof(*trace->events), trace_compare);
}

static inline void trace_forget_events(struct trace *trace)
{
	trace->count = 0;
}

static inline uint64_t trace_missed(const struct trace *trace)
{
	uint64_t missed = 0;
	int path;

	for (path = 0; path < MEMSCOPE_PATHS; path++)
		missed += trace->missed[path];
	return missed;
}

static inline uint64_t trace_counter(const struct trace *trace, int counter)
{
	uint64_t sum = 0;
	uint32_t cpu;

	for (cpu = 0; cpu < trace->cpus; cpu++)
		sum += trace->counters[cpu][counter];
	return sum;
}

/* Live objects by address: open addressing; ptr 0 empty, 1 a hole. */
struct live {
	uint64_t ptr;
	uint32_t owner;			/* the test's */
	bool deferred;
};

struct live_table {
	struct live *slot;
	size_t size, used;		/* used: with holes */
};

static inline size_t live_place(const struct live_table *table, uint64_t ptr)
{
	return (ptr >> 3) * 0x9e3779b97f4a7c15ULL >> 20 & (table->size - 1);
}

static inline struct live *live_find(struct live_table *table, uint64_t ptr)
{
	size_t at;

	if (!table->size)
		return NULL;
	for (at = live_place(table, ptr); table->slot[at].ptr; at = (at + 1) & (table->size - 1)) {
		if (table->slot[at].ptr == ptr)
			return &table->slot[at];
	}
	return NULL;
}

static inline struct live *live_add(struct live_table *table, uint64_t ptr);

static inline void live_resize(struct live_table *table)
{
	struct live_table old = *table;
	size_t i;

	table->size = old.size ? 2 * old.size : 1 << 16;
	table->used = 0;
	table->slot = calloc(table->size, sizeof(*table->slot));
	if (!table->slot)
		exit(1);
	for (i = 0; i < old.size; i++) {
		if (old.slot[i].ptr > 1)
			*live_add(table, old.slot[i].ptr) = old.slot[i];
	}
	free(old.slot);
}

static inline struct live *live_add(struct live_table *table, uint64_t ptr)
{
	struct live *live = live_find(table, ptr);
	size_t at;

	if (live)
		return live;
	if (table->used * 2 >= table->size)
		live_resize(table);
	for (at = live_place(table, ptr); table->slot[at].ptr; at = (at + 1) & (table->size - 1))
		;
	table->used++;
	table->slot[at] = (struct live){ .ptr = ptr };
	return &table->slot[at];
}

static inline void live_remove(struct live *live)
{
	live->ptr = 1;
	live->owner = 0;
	live->deferred = false;
}

static inline void live_reset(struct live_table *table)
{
	free(table->slot);
	memset(table, 0, sizeof(*table));
}

#endif /* TRACE_H */
