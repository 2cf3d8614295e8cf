// SPDX-License-Identifier: GPL-2.0
/* The ring of events, written and read at rest. */
#include "ring_model.h"

static struct ring_model model;

static void drain(void)
{
	while (ring_model_read(&model, 64))
		;
}

static void empty_ring_gives_nothing(void **state)
{
	ring_model_init(&model, 8);
	assert_int_equal(ring_model_read(&model, 64), 0);
	assert_int_equal(ms_ring_used(&model.ring), 0);
	ring_model_check(&model);
	ring_model_fini(&model);
}

static void events_come_back_in_order(void **state)
{
	ring_model_init(&model, 8);
	for (int i = 0; i < 5; i++)
		assert_true(ring_model_write(&model));
	assert_int_equal(ms_ring_used(&model.ring), 5);
	assert_int_equal(ring_model_read(&model, 64), 5);
	assert_int_equal(ms_ring_used(&model.ring), 0);
	ring_model_check(&model);
	ring_model_fini(&model);
}

static void it_wraps(void **state)
{
	ring_model_init(&model, 8);
	for (int i = 0; i < 1000; i++) {
		for (int k = 0; k < i % 9; k++)
			assert_true(ring_model_write(&model));
		assert_int_equal(ring_model_read(&model, 64), i % 9);
	}
	assert_int_equal(model.refused, 0);
	ring_model_check(&model);
	ring_model_fini(&model);
}

/* Every size is usable to its last slot, and what comes then is counted. */
static void full_ring_counts_what_is_lost(void **state)
{
	for (u32 slots = 1; slots <= 64; slots *= 2) {
		ring_model_init(&model, slots);
		for (u32 i = 0; i < slots; i++)
			assert_true(ring_model_write(&model));
		for (u32 i = 0; i < 7; i++)
			assert_false(ring_model_write(&model));
		assert_int_equal(local_read(&model.ring.lost), 7);
		assert_int_equal(ring_model_read(&model, 1), 1);
		assert_true(ring_model_write(&model));
		assert_false(ring_model_write(&model));
		drain();
		assert_int_equal(model.read, slots + 1);
		ring_model_check(&model);
		ring_model_fini(&model);
	}
}

static void uncommitted_slot_stops_the_reader(void **state)
{
	struct memscope_event *event;
	uint64_t number;

	ring_model_init(&model, 8);
	assert_true(ring_model_write(&model));
	event = ring_model_reserve(&model, &number);
	assert_non_null(event);
	assert_true(ring_model_write(&model));
	assert_int_equal(ring_model_read(&model, 64), 1);
	assert_int_equal(ring_model_read(&model, 64), 0);
	assert_int_equal(ms_ring_used(&model.ring), 2);
	ring_model_commit(&model, event, number);
	assert_int_equal(ring_model_read(&model, 64), 2);
	ring_model_check(&model);
	ring_model_fini(&model);
}

/* A slot that was read must not look committed when it is reserved again. */
static void old_type_is_gone_from_a_reserved_slot(void **state)
{
	struct memscope_event *event;
	uint64_t number;

	ring_model_init(&model, 4);
	for (int round = 0; round < 12; round++) {
		event = ring_model_reserve(&model, &number);
		assert_non_null(event);
		assert_int_equal(event->type, MEMSCOPE_EVENT_NONE);
		assert_int_equal(ring_model_read(&model, 64), 0);
		ring_model_commit(&model, event, number);
		assert_int_equal(ring_model_read(&model, 64), 1);
	}
	ring_model_check(&model);
	ring_model_fini(&model);
}

static void reader_takes_no_more_than_asked(void **state)
{
	struct memscope_event events[8];
	unsigned long end;

	ring_model_init(&model, 8);
	for (int i = 0; i < 4; i++)
		ring_model_write(&model);
	assert_int_equal(ring_model_read(&model, 3), 3);
	end = ms_ring_head(&model.ring);
	for (int i = 0; i < 4; i++)
		ring_model_write(&model);
	assert_int_equal(ms_ring_read(&model.ring, events, 8, end), 1);
	assert_int_equal(ms_ring_read(&model.ring, events, 8, end), 0);
	assert_int_equal(ms_ring_used(&model.ring), 4);
	ring_model_fini(&model);
}

static void watermark_wakes_once(void **state)
{
	ring_model_init(&model, 16);
	for (int round = 0; round < 20; round++) {
		ms_ring_set_watermark(&model.ring, 5);
		for (int i = 0; i < 4; i++)
			ring_model_write(&model);
		assert_int_equal(model.ring.wake.queued, round);
		ring_model_write(&model);
		assert_int_equal(model.ring.wake.queued, round + 1);
		for (int i = 0; i < 3; i++)
			ring_model_write(&model);
		assert_int_equal(model.ring.wake.queued, round + 1);
		drain();
	}
	ms_ring_set_watermark(&model.ring, 0);
	for (int i = 0; i < 16; i++)
		ring_model_write(&model);
	assert_int_equal(model.ring.wake.queued, 20);
	ring_model_fini(&model);
}

static void ring_without_slots_loses_all(void **state)
{
	memset(&model, 0, sizeof(model));
	shim_fail_at = 1;
	assert_int_equal(ms_ring_init(&model.ring, 8, 0), -ENOMEM);
	for (int i = 0; i < 3; i++)
		assert_false(ring_model_write(&model));
	assert_int_equal(ring_model_read(&model, 64), 0);
	ms_ring_set_watermark(&model.ring, 5);
	ring_model_check(&model);
	ms_ring_destroy(&model.ring);
	ring_model_init(&model, 8);
	assert_true(ring_model_write(&model));
	ring_model_fini(&model);
	assert_int_equal(shim_allocations, 0);
}

static void start_at(unsigned long position)
{
	local_set(&model.ring.head, position);
	model.ring.tail = position;
	model.ring.limit = position + model.ring.size;
	model.ring.stop = model.ring.limit;
}

/* Positions count on beyond 32 bits, and to the end of a long. */
static void positions_have_64_bits(void **state)
{
	static const unsigned long starts[] = { 0x7fffffffUL - 20, 0xffffffffUL - 20,
						(1UL << 63) - 100 };

	for (size_t k = 0; k < sizeof(starts) / sizeof(*starts); k++) {
		ring_model_init(&model, 8);
		start_at(starts[k]);
		for (int i = 0; i < 30; i++) {
			assert_true(ring_model_write(&model));
			if (i % 3 == 2)
				assert_int_equal(ring_model_read(&model, 64), 3);
		}
		for (int i = 0; i < 8; i++)
			assert_true(ring_model_write(&model));
		assert_false(ring_model_write(&model));
		drain();
		for (int i = 0; i < 40; i++) {
			assert_true(ring_model_write(&model));
			assert_int_equal(ring_model_read(&model, 64), 1);
		}
		ring_model_check(&model);
		ring_model_fini(&model);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(empty_ring_gives_nothing),
		cmocka_unit_test(events_come_back_in_order),
		cmocka_unit_test(it_wraps),
		cmocka_unit_test(full_ring_counts_what_is_lost),
		cmocka_unit_test(uncommitted_slot_stops_the_reader),
		cmocka_unit_test(old_type_is_gone_from_a_reserved_slot),
		cmocka_unit_test(reader_takes_no_more_than_asked),
		cmocka_unit_test(watermark_wakes_once),
		cmocka_unit_test(ring_without_slots_loses_all),
		cmocka_unit_test(positions_have_64_bits),
	};

	return cmocka_run_group_tests_name("ring", tests, NULL, NULL);
}
