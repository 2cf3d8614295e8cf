// SPDX-License-Identifier: GPL-2.0
/*
 * The merge, against a machine that is played: CPUs work on shared objects,
 * interrupts nest between an event's clock reading, its reservation and its
 * commit, and a reader empties the buffers at any moment. However they
 * interleave, the events of each object come out as they happened.
 */
#include <errno.h>

#include "unit.h"
#include "merge.h"

#define CPUS		5
#define OBJECTS		12
#define NESTING		3
#define BUFFER		20000

/* bytes_req numbers an object's events from 1, as they were committed. */
struct machine {
	struct unit_random random;
	uint64_t clock;
	struct {
		struct memscope_event buffer[BUFFER];
		size_t reserved, read;
		bool committed[BUFFER];
		struct { int object; uint64_t time; long slot; } nest[NESTING];
		int depth;
		uint64_t floor;
	} cpu[CPUS];
	struct { bool live, busy; uint32_t events; } object[OBJECTS];
	size_t total;
};

/* What came out. */
struct result {
	uint64_t key;
	uint32_t events[OBJECTS];
	uint64_t position[CPUS];
	size_t total;
};

static int check(void *ctx, const struct memscope_merged *merged, size_t count)
{
	struct result *result = ctx;
	size_t i;

	assert_true(count > 0 && count <= MEMSCOPE_MERGE_RUN);
	for (i = 0; i < count; i++) {
		const struct memscope_event *event = merged[i].event;

		assert_true(merged[i].key >= result->key);
		assert_true(merged[i].key >= event->time_ns);
		result->key = merged[i].key;
		/* the object's next event, and the CPU's */
		assert_int_equal(event->bytes_req, ++result->events[event->ptr]);
		assert_int_equal(event->stack, result->position[merged[i].cpu]++);
		result->total++;
	}
	return 0;
}

/* The clock may stand still between two readings, as coarse ones do. */
static uint64_t read_clock(struct machine *machine)
{
	return machine->clock += unit_below(&machine->random, 3);
}

/* An operation that spans several steps does its next one, or one begins. */
static void step(struct machine *machine, unsigned int cpu)
{
	__typeof__(&machine->cpu[0]) c = &machine->cpu[cpu];
	int top = c->depth - 1;

	if (c->depth < NESTING && (c->depth == 0 || !unit_below(&machine->random, 3))) {
		unsigned int object = unit_below(&machine->random, OBJECTS);

		if (machine->object[object].busy || c->reserved >= BUFFER - NESTING)
			return;
		/* The object is this CPU's until the event is committed. */
		machine->object[object].busy = true;
		machine->clock++;
		c->nest[c->depth].object = object;
		c->nest[c->depth].time = read_clock(machine);
		c->nest[c->depth].slot = -1;
		c->depth++;
	} else if (c->nest[top].slot < 0) {
		c->nest[top].slot = c->reserved++;
	} else {
		int object = c->nest[top].object;
		long slot = c->nest[top].slot;

		c->buffer[slot] = (struct memscope_event){
			.time_ns = c->nest[top].time,
			.type = machine->object[object].live ?
				MEMSCOPE_EVENT_FREE : MEMSCOPE_EVENT_ALLOC,
			.ptr = object,
			.bytes_req = ++machine->object[object].events,
			.stack = slot,
		};
		c->committed[slot] = true;
		machine->object[object].live ^= true;
		machine->object[object].busy = false;
		machine->total++;
		machine->clock++;
		c->depth--;
	}
}

/* As the module does: the floor first, then the head, then up to a gap. */
static void dump(struct machine *machine, unsigned int cpu, struct memscope_merge *merge)
{
	__typeof__(&machine->cpu[0]) c = &machine->cpu[cpu];
	uint64_t floor = read_clock(machine);
	size_t from = c->read;

	machine->clock++;
	while (c->read < c->reserved && c->committed[c->read])
		c->read++;
	assert_int_equal(memscope_merge_push(merge, cpu, c->buffer + from, c->read - from), 0);
	if (c->read == c->reserved)
		c->floor = floor;
	else if (c->read > from)
		c->floor = c->buffer[c->read - 1].time_ns;
	else
		c->floor = 0;
}

static void play(struct unit_random random, unsigned int dumps_a_round)
{
	struct machine *machine = calloc(1, sizeof(*machine));
	struct result result = { 0 };
	struct memscope_merge *merge;
	uint64_t floors[CPUS];
	unsigned int round, cpu, i;

	machine->random = random;
	machine->clock = 1000;
	assert_int_equal(memscope_merge_create(&merge, check, &result), 0);
	for (round = 0; round < 300; round++) {
		for (i = 0; i < dumps_a_round; i++) {
			for (cpu = 0; cpu < CPUS; cpu++) {
				int steps = unit_below(&machine->random, 60);

				while (steps--)
					step(machine, unit_below(&machine->random, CPUS));
				dump(machine, cpu, merge);
			}
		}
		for (cpu = 0; cpu < CPUS; cpu++)
			floors[cpu] = machine->cpu[cpu].floor;
		assert_int_equal(memscope_merge_round(merge, floors, CPUS), 0);
	}
	for (cpu = 0; cpu < CPUS; cpu++) {
		while (machine->cpu[cpu].depth)
			step(machine, cpu);
		dump(machine, cpu, merge);
	}
	assert_int_equal(memscope_merge_flush(merge), 0);
	assert_int_equal(memscope_merge_pending(merge), 0);
	assert_int_equal(result.total, machine->total);
	assert_true(result.total > 1000);
	memscope_merge_destroy(merge);
	free(machine);
}

static void objects_keep_their_order(void **state)
{
	struct unit_random random = unit_random("objects_keep_their_order");
	int i;

	for (i = 0; i < 20; i++) {
		random.state += i;
		play(random, 1 + i % 3);
	}
}

static int count_events(void *ctx, const struct memscope_merged *merged, size_t count)
{
	*(size_t *)ctx += count;
	return 0;
}

static void events_wait_for_the_lowest_floor(void **state)
{
	const struct memscope_event events[] = {
		{ .time_ns = 10, .type = 1 }, { .time_ns = 20, .type = 1 },
		{ .time_ns = 30, .type = 1 },
	};
	struct memscope_merge *merge;
	size_t out = 0;

	assert_int_equal(memscope_merge_create(&merge, count_events, &out), 0);
	assert_int_equal(memscope_merge_push(merge, 0, events, 3), 0);
	assert_int_equal(memscope_merge_round(merge, (uint64_t[]){ 40, 0 }, 2), 0);
	assert_int_equal(out, 0);
	assert_int_equal(memscope_merge_round(merge, (uint64_t[]){ 40, 20 }, 2), 0);
	assert_int_equal(out, 1);
	/* a number that no CPU has holds nothing back; a floor never sinks */
	assert_int_equal(memscope_merge_round(merge,
			 (uint64_t[]){ 0, 25, MEMSCOPE_NO_CPU }, 3), 0);
	assert_int_equal(out, 2);
	assert_int_equal(memscope_merge_pending(merge), 1);
	assert_int_equal(memscope_merge_flush(merge), 0);
	assert_int_equal(out, 3);
	memscope_merge_destroy(merge);
}

static void impossible_cpus_are_refused(void **state)
{
	const struct memscope_event event = { .time_ns = 1, .type = 1 };
	struct memscope_merge *merge;
	size_t out = 0;

	assert_int_equal(memscope_merge_create(&merge, count_events, &out), 0);
	assert_int_equal(memscope_merge_push(merge, MEMSCOPE_CPUS_MAX, &event, 1), -ERANGE);
	assert_int_equal(memscope_merge_push(merge, UINT32_MAX, &event, 1), -ERANGE);
	assert_int_equal(memscope_merge_push(merge, MEMSCOPE_CPUS_MAX - 1, &event, 1), 0);
	assert_int_equal(memscope_merge_flush(merge), 0);
	assert_int_equal(out, 1);
	memscope_merge_destroy(merge);
}

static void extreme_times_come_out_too(void **state)
{
	const struct memscope_event events[] = {
		{ .time_ns = UINT64_MAX, .type = 1 }, { .time_ns = 0, .type = 1 },
		{ .time_ns = UINT64_MAX, .type = 1 },
	};
	struct memscope_merge *merge;
	size_t out = 0;

	assert_int_equal(memscope_merge_create(&merge, count_events, &out), 0);
	assert_int_equal(memscope_merge_push(merge, 0, events, 3), 0);
	assert_int_equal(memscope_merge_push(merge, 1, events, 3), 0);
	assert_int_equal(memscope_merge_round(merge,
			 (uint64_t[]){ MEMSCOPE_NO_CPU, MEMSCOPE_NO_CPU }, 2), 0);
	assert_int_equal(memscope_merge_flush(merge), 0);
	assert_int_equal(out, 6);
	memscope_merge_destroy(merge);
}

static int refuse(void *ctx, const struct memscope_merged *merged, size_t count)
{
	return -EINVAL;
}

static void an_error_of_the_taker_comes_back(void **state)
{
	struct memscope_event event = { .time_ns = 1, .type = 1 };
	struct memscope_merge *merge;
	int i;

	assert_int_equal(memscope_merge_create(&merge, refuse, NULL), 0);
	for (i = 0; i < 1000; i++)
		assert_int_equal(memscope_merge_push(merge, 0, &event, 1), 0);
	assert_int_equal(memscope_merge_round(merge, (uint64_t[]){ 9 }, 1), -EINVAL);
	memscope_merge_destroy(merge);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(objects_keep_their_order),
		cmocka_unit_test(events_wait_for_the_lowest_floor),
		cmocka_unit_test(impossible_cpus_are_refused),
		cmocka_unit_test(extreme_times_come_out_too),
		cmocka_unit_test(an_error_of_the_taker_comes_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
