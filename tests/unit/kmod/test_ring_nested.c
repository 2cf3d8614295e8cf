// SPDX-License-Identifier: GPL-2.0
/*
 * The ring with writers that interrupt each other, and a reader on another CPU,
 * between any two steps: every schedule of up to three levels, from every fill.
 */
#include "ring_model.h"
#include "schedule.h"

#define SLOTS	8U

static struct ring_model model;
static struct schedule schedule;

/* What interrupts do */
static unsigned int inner_writes;
static bool inner_reads;

static void outer_write(void)
{
	ring_model_write(&model);
}

static void inner(unsigned int level)
{
	unsigned int i;

	(void)level;
	for (i = 0; i < inner_writes; i++)
		ring_model_write(&model);
	if (inner_reads)
		ring_model_read(&model, 64);
}

/* A ring whose next slot is number `from`, with `used` events in it. */
static void set_up(unsigned int from, unsigned int used)
{
	unsigned int i;

	ring_model_init(&model, SLOTS);
	for (i = 0; i < from; i++) {
		ring_model_write(&model);
		ring_model_read(&model, 1);
	}
	for (i = 0; i < used; i++)
		ring_model_write(&model);
}

/* One write with these interruptions, everywhere: returns how many schedules. */
static unsigned long try_all(unsigned int depth, unsigned int used, bool may_lose)
{
	unsigned long count = 0;
	unsigned int from;

	for (from = 0; from < SLOTS; from += 3) {
		schedule_begin(&schedule, depth, inner);
		do {
			set_up(from, used);
			schedule_run(&schedule, outer_write);
			while (ring_model_read(&model, 64))
				;
			ring_model_check(&model);
			assert_int_equal(ms_ring_used(&model.ring), 0);
			if (!may_lose)
				assert_int_equal(model.refused, 0);
			ring_model_fini(&model);
		} while (schedule_next(&schedule));
		count += schedule.count;
	}
	return count;
}

static void one_writer_inside_another(void **state)
{
	unsigned long count;

	inner_writes = 1;
	inner_reads = false;
	count = try_all(1, 0, false);
	/* five steps of a write at least, and behind the last */
	assert_true(count >= 3 * 6);
}

static void three_levels_of_writers(void **state)
{
	unsigned long count;

	inner_writes = 1;
	inner_reads = false;
	count = try_all(3, 0, false);
	print_message("# %lu schedules\n", count);
	assert_true(count >= 3 * 5 * 5 * 5);
}

/* The last free slots are taken while the outer writer looks. */
static void interrupts_that_fill_the_ring(void **state)
{
	unsigned int used;

	inner_reads = false;
	for (used = 0; used <= SLOTS; used++) {
		for (inner_writes = 1; inner_writes <= SLOTS; inner_writes++)
			try_all(1, used, used + inner_writes + 1 > SLOTS);
		inner_writes = 2;
		try_all(2, used, used + 5 > SLOTS);
	}
}

/* A reader that runs at any point, alone or after a nested writer. */
static void reader_at_any_step(void **state)
{
	unsigned int used;

	inner_reads = true;
	for (used = 0; used <= SLOTS; used++) {
		for (inner_writes = 0; inner_writes <= SLOTS; inner_writes++)
			try_all(1, used, used + inner_writes + 1 > SLOTS);
		inner_writes = 1;
		try_all(3, used, used + 4 > SLOTS);
	}
}

/* The reader follows so closely that the outer writer sees an old head. */
static void reader_overtakes_a_stale_head(void **state)
{
	inner_reads = true;
	inner_writes = 3;
	try_all(1, 0, false);
	try_all(2, 0, false);
}

/* The slot of the watermark is committed by whichever writer got it: one wake. */
static void watermark_with_nested_writers(void **state)
{
	inner_writes = 1;
	inner_reads = false;
	for (unsigned int mark = 1; mark <= 3; mark++) {
		schedule_begin(&schedule, 2, inner);
		do {
			ring_model_init(&model, SLOTS);
			ms_ring_set_watermark(&model.ring, mark);
			schedule_run(&schedule, outer_write);
			assert_int_equal(model.ring.wake.queued, model.reserved >= mark);
			ring_model_fini(&model);
		} while (schedule_next(&schedule));
	}
}

static struct unit_random random_state;
static unsigned int nested;

/* Interrupts at random, three deep at most; the reader now and then. */
static void random_step(void)
{
	uint64_t draw = unit_next(&random_state);

	if (draw % 5 || nested >= 3)
		return;
	nested++;
	if (draw >> 8 & 1)
		ring_model_read(&model, 1 + (draw >> 16) % 8);
	else
		ring_model_write(&model);
	nested--;
}

static void long_random_schedules(void **state)
{
	random_state = unit_random("long_random_schedules");
	for (int run = 0; run < 50; run++) {
		ring_model_init(&model, 1U << unit_below(&random_state, 7));
		for (int i = 0; i < 3000; i++) {
			shim_hook = random_step;
			ring_model_write(&model);
			if (unit_below(&random_state, 3) == 0)
				ring_model_read(&model, 64);
			shim_hook = NULL;
			ring_model_check(&model);
		}
		while (ring_model_read(&model, 64))
			;
		ring_model_check(&model);
		ring_model_fini(&model);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_writer_inside_another),
		cmocka_unit_test(three_levels_of_writers),
		cmocka_unit_test(interrupts_that_fill_the_ring),
		cmocka_unit_test(reader_at_any_step),
		cmocka_unit_test(reader_overtakes_a_stale_head),
		cmocka_unit_test(watermark_with_nested_writers),
		cmocka_unit_test(long_random_schedules),
	};

	return cmocka_run_group_tests_name("ring, nested", tests, NULL, NULL);
}
