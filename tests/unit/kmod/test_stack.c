// SPDX-License-Identifier: GPL-2.0
/* The stack table: at rest, full, and with an insertion inside another one. */
#include "../unit.h"
#include "schedule.h"
#include "stack.h"

static struct ms_stack_table table;

/* A stack of its own for every key. */
static u32 make(unsigned long *frame, unsigned int key, u32 frames)
{
	for (u32 i = 0; i < frames; i++)
		frame[i] = 0xffffffff81000000UL + key * 4096UL + i * 16;
	return frames;
}

static u32 add(unsigned int key, u32 frames)
{
	unsigned long frame[MEMSCOPE_STACK_DEPTH_MAX];

	return ms_stack_id(&table, frame, make(frame, key, frames));
}

static void assert_is(const struct ms_stack *stack, unsigned int key, u32 frames)
{
	unsigned long frame[MEMSCOPE_STACK_DEPTH_MAX];

	make(frame, key, frames);
	assert_int_equal(stack->frames, frames);
	assert_memory_equal(&table.arena[stack->offset], frame, frames * sizeof(*frame));
}

static void same_stack_has_one_id(void **state)
{
	assert_int_equal(ms_stack_table_init(&table, 64, 16), 0);
	assert_int_equal(add(1, 6), 1);
	assert_int_equal(add(2, 6), 2);
	assert_int_equal(add(1, 6), 1);
	assert_int_equal(add(2, 6), 2);
	assert_int_equal(ms_stack_used(&table), 2);
	ms_stack_table_destroy(&table);
}

static void part_of_a_stack_is_another(void **state)
{
	u32 ids[16];

	assert_int_equal(ms_stack_table_init(&table, 64, 16), 0);
	for (u32 frames = 1; frames < 16; frames++)
		ids[frames] = add(1, frames);
	for (u32 a = 1; a < 16; a++) {
		assert_int_equal(add(1, a), ids[a]);
		for (u32 b = 1; b < a; b++)
			assert_int_not_equal(ids[a], ids[b]);
	}
	ms_stack_table_destroy(&table);
}

/* Every frame counts, the first as well as the last. */
static void any_frame_makes_a_difference(void **state)
{
	unsigned long frame[16];
	u32 id;

	assert_int_equal(ms_stack_table_init(&table, 64, 16), 0);
	make(frame, 1, 16);
	id = ms_stack_id(&table, frame, 16);
	for (u32 i = 0; i < 16; i++) {
		frame[i] ^= 1;
		assert_int_not_equal(ms_stack_id(&table, frame, 16), id);
		frame[i] ^= 1;
	}
	assert_int_equal(ms_stack_id(&table, frame, 16), id);
	assert_int_equal(ms_stack_used(&table), 17);
	ms_stack_table_destroy(&table);
}

static void full_table_says_so(void **state)
{
	for (u32 size = 1; size <= 100; size += 33) {
		assert_int_equal(ms_stack_table_init(&table, size, 16), 0);
		for (u32 key = 0; key < size; key++)
			assert_int_equal(add(key, 8), key + 1);
		for (u32 key = 0; key < 50; key++)
			assert_int_equal(add(size + key, 8), MEMSCOPE_STACK_LOST);
		for (u32 key = 0; key < size; key++)
			assert_int_equal(add(key, 8), key + 1);
		assert_int_equal(ms_stack_used(&table), size);
		ms_stack_table_destroy(&table);
	}
}

/* Deep stacks use the arena up before the ids; what is in stays. */
static void full_arena_says_so(void **state)
{
	u32 id = 0, key, last, in;
	const struct ms_stack *stack;

	assert_int_equal(ms_stack_table_init(&table, 64, 64), 0);
	for (key = 0; (last = add(key, 64)) != MEMSCOPE_STACK_LOST; key++)
		assert_int_equal(last, key + 1);
	in = key;
	assert_int_equal(in, table.arena_size / 64);
	assert_true(in < 64);
	for (key = 0; key < in; key++)
		assert_int_equal(add(key, 64), key + 1);
	for (key = 0; (stack = ms_stack_next(&table, &id)); key++)
		assert_is(stack, key, 64);
	assert_int_equal(key, in);
	ms_stack_table_destroy(&table);
}

static void steps_from_any_id(void **state)
{
	const struct ms_stack *stack;
	u32 id = 0, key;

	assert_int_equal(ms_stack_table_init(&table, 64, 16), 0);
	assert_null(ms_stack_next(&table, &id));
	assert_int_equal(id, 0);
	for (key = 0; key < 10; key++)
		add(key, 5);
	for (key = 0; (stack = ms_stack_next(&table, &id)); key++) {
		assert_int_equal(id, key + 1);
		assert_is(stack, key, 5);
	}
	assert_int_equal(key, 10);
	add(10, 3);
	stack = ms_stack_next(&table, &id);
	assert_non_null(stack);
	assert_is(stack, 10, 3);
	assert_null(ms_stack_next(&table, &id));
	assert_int_equal(id, 11);
	id = 7;
	assert_is(ms_stack_next(&table, &id), 7, 5);
	id = 1000;
	assert_null(ms_stack_next(&table, &id));
	ms_stack_table_destroy(&table);
}

static void failed_allocations_leave_nothing(void **state)
{
	for (unsigned int fail = 1; fail <= 3; fail++) {
		shim_fail_at = fail;
		assert_int_equal(ms_stack_table_init(&table, 64, 16), -ENOMEM);
		assert_int_equal(shim_allocations, 0);
	}
	shim_fail_at = 0;
	assert_int_equal(ms_stack_table_init(&table, 64, 16), 0);
	assert_int_equal(add(1, 4), 1);
	ms_stack_table_destroy(&table);
	assert_int_equal(shim_allocations, 0);
}

/* Insertions inside an insertion */

static struct schedule schedule;
static u32 outer_id, inner_id[SCHEDULE_DEPTH + 1];
static unsigned int outer_key, inner_key[SCHEDULE_DEPTH + 1];

static void outer(void)
{
	outer_id = add(outer_key, 6);
}

static void inner(unsigned int level)
{
	inner_id[level] = add(inner_key[level], 6);
}

/* Each stack is there once, whole, and its id is what its writers were told. */
static void check_table(unsigned int distinct)
{
	const struct ms_stack *stack;
	unsigned int found = 0;
	u32 id = 0;

	while ((stack = ms_stack_next(&table, &id))) {
		unsigned int key = (table.arena[stack->offset] - 0xffffffff81000000UL) / 4096;

		assert_is(stack, key, 6);
		assert_int_equal(add(key, 6), id);
		found++;
	}
	assert_int_equal(found, distinct);
}

static void the_same_stack_within_itself(void **state)
{
	for (unsigned int depth = 1; depth <= SCHEDULE_DEPTH; depth++) {
		schedule_begin(&schedule, depth, inner);
		do {
			assert_int_equal(ms_stack_table_init(&table, 16, 16), 0);
			outer_key = 3;
			for (unsigned int i = 0; i <= SCHEDULE_DEPTH; i++)
				inner_key[i] = 3;
			schedule_run(&schedule, outer);
			for (unsigned int i = 0; i < depth; i++) {
				if (schedule.reached[i])
					assert_int_equal(inner_id[i + 1], outer_id);
			}
			assert_int_equal(add(3, 6), outer_id);
			check_table(1);
			ms_stack_table_destroy(&table);
		} while (schedule_next(&schedule));
		assert_true(schedule.count > 6);
	}
}

/* A table of two has four buckets: stacks meet in them. */
static void other_stacks_within_one(void **state)
{
	for (unsigned int key = 0; key < 24; key++) {
		schedule_begin(&schedule, 2, inner);
		do {
			unsigned int distinct;

			assert_int_equal(ms_stack_table_init(&table, 3, 16), 0);
			outer_key = 100;
			inner_key[1] = 200 + key;
			inner_key[2] = key % 2 ? 300 : 100;
			schedule_run(&schedule, outer);
			distinct = 1 + schedule.reached[0] + (schedule.reached[1] && key % 2);
			check_table(distinct);
			assert_int_equal(add(100, 6), outer_id);
			ms_stack_table_destroy(&table);
		} while (schedule_next(&schedule));
	}
}

/* The last id, and the last room in the arena, asked for twice. */
static void the_last_place_wanted_twice(void **state)
{
	for (u32 size = 1; size <= 2; size++) {
		schedule_begin(&schedule, 2, inner);
		do {
			assert_int_equal(ms_stack_table_init(&table, size, 8), 0);
			outer_key = 1;
			inner_key[1] = 2;
			inner_key[2] = 1;
			schedule_run(&schedule, outer);
			if (!schedule.reached[0]) {
				assert_int_equal(outer_id, 1);
			} else if (size == 1 && !schedule.reached[1]) {
				assert_true(outer_id != MEMSCOPE_STACK_LOST ||
					    inner_id[1] != MEMSCOPE_STACK_LOST);
				assert_true(outer_id == MEMSCOPE_STACK_LOST ||
					    inner_id[1] == MEMSCOPE_STACK_LOST);
			}
			ms_stack_table_destroy(&table);
		} while (schedule_next(&schedule));
	}
}

/* Ids enough, but frames for one stack only. */
static void the_last_frames_wanted_twice(void **state)
{
	schedule_begin(&schedule, 1, inner);
	do {
		assert_int_equal(ms_stack_table_init(&table, 4, 2), 0);
		assert_int_equal(table.arena_size, 8);
		outer_key = 1;
		inner_key[1] = 2;
		schedule_run(&schedule, outer);
		if (schedule.reached[0]) {
			assert_true(outer_id == MEMSCOPE_STACK_LOST ||
				    inner_id[1] == MEMSCOPE_STACK_LOST);
		} else {
			assert_int_equal(outer_id, 1);
		}
		assert_int_equal(add(3, 6), MEMSCOPE_STACK_LOST);
		ms_stack_table_destroy(&table);
	} while (schedule_next(&schedule));
}

static u32 walk_last;

/* What a dump sees at some step: published stacks only, and none is passed over. */
static void walk(unsigned int level)
{
	const struct ms_stack *stack;

	(void)level;
	while ((stack = ms_stack_next(&table, &walk_last)))
		assert_is(stack, walk_last == 1 ? 1 : 2, 6);
}

static void dump_while_one_is_added(void **state)
{
	schedule_begin(&schedule, 1, walk);
	do {
		assert_int_equal(ms_stack_table_init(&table, 16, 16), 0);
		add(1, 6);
		outer_key = 2;
		walk_last = 0;
		schedule_run(&schedule, outer);
		walk(0);
		assert_int_equal(walk_last, 2);
		ms_stack_table_destroy(&table);
	} while (schedule_next(&schedule));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_stack_has_one_id),
		cmocka_unit_test(part_of_a_stack_is_another),
		cmocka_unit_test(any_frame_makes_a_difference),
		cmocka_unit_test(full_table_says_so),
		cmocka_unit_test(full_arena_says_so),
		cmocka_unit_test(steps_from_any_id),
		cmocka_unit_test(failed_allocations_leave_nothing),
		cmocka_unit_test(the_same_stack_within_itself),
		cmocka_unit_test(other_stacks_within_one),
		cmocka_unit_test(the_last_place_wanted_twice),
		cmocka_unit_test(the_last_frames_wanted_twice),
		cmocka_unit_test(dump_while_one_is_added),
	};

	return cmocka_run_group_tests_name("stack", tests, NULL, NULL);
}
