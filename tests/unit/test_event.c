// SPDX-License-Identifier: GPL-2.0
/*
 * Events as bytes: lengths, alignment, types, names.
 */
#include <errno.h>

#include "unit.h"
#include "event.h"

static void whole_events_are_viewed(void **state)
{
	struct memscope_event array[3] = { { .time_ns = 1 }, { .time_ns = 2 }, { .time_ns = 3 } };
	const struct memscope_event *events;
	size_t count;

	assert_int_equal(memscope_events_view(array, sizeof(array), &events, &count), 0);
	assert_ptr_equal(events, array);
	assert_int_equal(count, 3);
	assert_int_equal(memscope_events_view(array, 0, &events, &count), 0);
	assert_int_equal(count, 0);
}

static void broken_lengths_are_refused(void **state)
{
	struct memscope_event array[2] = { { .type = MEMSCOPE_EVENT_ALLOC } };
	const struct memscope_event *events;
	size_t bytes, count;

	for (bytes = 1; bytes < sizeof(array); bytes++) {
		int expected = bytes == sizeof(array[0]) ? 0 : -EPROTO;

		assert_int_equal(memscope_events_view(array, bytes, &events, &count), expected);
	}
	assert_int_equal(memscope_events_view((char *)array + 4, sizeof(array[0]),
					      &events, &count), -EFAULT);
}

static void types_are_told_apart(void **state)
{
	struct memscope_event event = { 0 };
	unsigned int type, known = 0, slab = 0;

	for (type = 0; type < 256; type++) {
		event.type = type;
		known += memscope_event_known(&event);
		slab += memscope_event_is_slab(&event);
		assert_true(memscope_event_known(&event) || !memscope_event_is_slab(&event));
	}
	assert_int_equal(known, MEMSCOPE_EVENT_TYPES - 1);
	assert_int_equal(slab, 6);
	event.type = MEMSCOPE_EVENT_NONE;
	assert_false(memscope_event_known(&event));
}

static void only_real_stacks_count(void **state)
{
	struct memscope_event event = { .type = MEMSCOPE_EVENT_ALLOC };

	assert_false(memscope_event_has_stack(&event));
	event.stack = MEMSCOPE_STACK_LOST;
	assert_false(memscope_event_has_stack(&event));
	event.stack = 1;
	assert_true(memscope_event_has_stack(&event));
}

static void every_value_has_a_name_of_its_own(void **state)
{
	unsigned int i, j;

	for (i = 0; i < MEMSCOPE_EVENT_TYPES; i++) {
		assert_string_not_equal(memscope_event_type_name(i), "unknown");
		for (j = 0; j < i; j++)
			assert_string_not_equal(memscope_event_type_name(i),
						memscope_event_type_name(j));
	}
	for (i = 0; i < MEMSCOPE_PATHS; i++)
		for (j = 0; j < i; j++)
			assert_string_not_equal(memscope_path_name(i), memscope_path_name(j));
	for (i = 0; i < MEMSCOPE_COUNTERS; i++)
		for (j = 0; j < i; j++)
			assert_string_not_equal(memscope_counter_name(i),
						memscope_counter_name(j));
	assert_string_equal(memscope_event_type_name(MEMSCOPE_EVENT_TYPES), "unknown");
	assert_string_equal(memscope_path_name(MEMSCOPE_PATHS), "unknown");
	assert_string_equal(memscope_counter_name(MEMSCOPE_COUNTERS), "unknown");
	assert_string_equal(memscope_context_name(4), "unknown");
	assert_string_equal(memscope_attached_name(4), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_events_are_viewed),
		cmocka_unit_test(broken_lengths_are_refused),
		cmocka_unit_test(types_are_told_apart),
		cmocka_unit_test(only_real_stacks_count),
		cmocka_unit_test(every_value_has_a_name_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
