// SPDX-License-Identifier: GPL-2.0
/*
 * What sites did when, against counts made here in the plainest way: for each
 * object, the bin and the class it must be in.
 */
#include "analysis-history.h"
#include "feed.h"

#define SECOND	UINT64_C(1000000000)
#define SITES	6

static unsigned int size_at(uint64_t bytes)
{
	unsigned int class = 0;

	while (memscope_history_size_bytes(class) && bytes > memscope_history_size_bytes(class))
		class++;
	return class;
}

static unsigned int lifetime_at(uint64_t ns)
{
	unsigned int class = 0;

	while (memscope_history_lifetime_ns(class) && ns > memscope_history_lifetime_ns(class))
		class++;
	return class;
}

static void classes(void **state)
{
	assert_int_equal(memscope_history_size_bytes(0), 8);
	assert_int_equal(memscope_history_size_bytes(6), 192);
	assert_int_equal(memscope_history_size_bytes(7), 256);
	assert_int_equal(memscope_history_size_bytes(12), 8192);
	assert_int_equal(memscope_history_size_bytes(MEMSCOPE_HISTORY_SIZES - 1), 0);
	assert_int_equal(memscope_history_lifetime_ns(0), 1024);
	assert_int_equal(memscope_history_lifetime_ns(MEMSCOPE_HISTORY_LIFETIMES - 2),
			 UINT64_C(1) << 46);
	assert_int_equal(memscope_history_lifetime_ns(MEMSCOPE_HISTORY_LIFETIMES - 1), 0);
	for (unsigned int i = 1; i < MEMSCOPE_HISTORY_SIZES - 1; i++)
		assert_true(memscope_history_size_bytes(i) > memscope_history_size_bytes(i - 1));
}

/* A size around a class's limits, or anything. */
static uint32_t draw_size(void)
{
	unsigned int class = draw_below(MEMSCOPE_HISTORY_SIZES);
	uint64_t limit = memscope_history_size_bytes(class);

	if (!limit || draw_below(2))
		return draw_below(UINT32_MAX) >> draw_below(31);
	return limit + draw_below(3) - 1;
}

/* One site of a recording from start to end. */
static void plan_site(struct feed *feed, uint64_t start, uint64_t end, int objects)
{
	uint64_t from = start + draw_below(end - start);
	uint64_t length = 1 + draw_below(((end - from - 1) >> draw_below(20)) + 1);

	feed_init(feed, &memscope_analysis_history, NULL);
	for (int i = 0; i < objects; i++) {
		uint64_t birth = from + draw_below(length);
		uint64_t death = birth + (draw_below(end - start) >> draw_below(40));
		struct feed_plan *plan = feed_plan(feed, birth,
						   draw_below(4) ? death : FEED_NEVER);

		plan->object.bytes_req = draw_size();
		plan->object.bytes_alloc = plan->object.bytes_req + draw_below(8);
	}
}

static void expect(struct memscope_history *history, const struct feed *feed, uint64_t end)
{
	for (size_t i = 0; i < feed->plans; i++) {
		const struct feed_plan *plan = &feed->plan[i];
		struct memscope_history_cell *cell;
		uint64_t bin = (plan->object.time_ns - history->start_ns) >> history->shift;

		assert_true(bin < history->bins);
		cell = &history->size[bin][size_at(plan->object.bytes_req)];
		cell->count++;
		cell->bytes += plan->object.bytes_alloc;
		if (plan->how.time_ns >= end)
			continue;
		bin = (plan->how.time_ns - history->start_ns) >> history->shift;
		assert_true(bin < history->bins);
		history->lifetime[bin][lifetime_at(plan->how.time_ns -
						   plan->object.time_ns)].count++;
	}
}

static void compare(uint64_t start, uint64_t end, int objects)
{
	const struct memscope_analysis_context context = { .start_ns = start, .end_ns = end };
	static struct memscope_history got, want;
	uint64_t allocs[MEMSCOPE_HISTORY_BINS];
	struct feed feeds[SITES];

	memscope_history_init(&got, &context);
	assert_true(got.bins >= 1 && got.bins <= MEMSCOPE_HISTORY_BINS);
	assert_true(got.start_ns <= start);
	assert_int_equal(got.start_ns & ((UINT64_C(1) << got.shift) - 1), 0);
	want = got;
	for (int i = 0; i < SITES; i++) {
		static struct memscope_history one;

		plan_site(&feeds[i], start, end, objects);
		feed_until(&feeds[i], end);
		memscope_history_add(&got, feeds[i].state[0]);
		expect(&want, &feeds[i], end);

		memscope_history_init(&one, &context);
		expect(&one, &feeds[i], end);
		memscope_history_allocs(&got, feeds[i].state[0], allocs);
		for (unsigned int bin = 0; bin < got.bins; bin++) {
			uint64_t sum = 0;

			for (int class = 0; class < MEMSCOPE_HISTORY_SIZES; class++)
				sum += one.size[bin][class].count;
			assert_int_equal(allocs[bin], sum);
		}
		feed_fini(&feeds[i]);
	}
	assert_memory_equal(&got, &want, sizeof(got));
}

/* Recordings of microseconds to months, after an uptime of up to years. */
static void random_sites(void **state)
{
	for (int round = 0; round < 60; round++) {
		uint64_t start = draw_below(UINT64_C(1) << (10 + draw_below(48)));
		uint64_t end = start + 2 + draw_below(UINT64_C(1) << (4 + draw_below(50)));

		compare(start, end, 1 + draw_below(400));
	}
}

/* Many objects in few cells: the table does not grow with them. */
static void busy_site(void **state)
{
	compare(5 * SECOND, 65 * SECOND, 40000);
}

/* Sites without an event. */
static void empty(void **state)
{
	const struct memscope_analysis_context context = { .start_ns = 7, .end_ns = 7 };
	static struct memscope_history history;
	uint64_t allocs[MEMSCOPE_HISTORY_BINS] = { 1 };
	struct feed feed;

	feed_init(&feed, &memscope_analysis_history, NULL);
	memscope_history_init(&history, &context);
	assert_int_equal(history.bins, 1);
	memscope_history_add(&history, feed.state[0]);
	memscope_history_allocs(&history, feed.state[0], allocs);
	assert_int_equal(allocs[0], 0);
	feed_fini(&feed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(classes),
		cmocka_unit_test(random_sites),
		cmocka_unit_test(busy_site),
		cmocka_unit_test(empty),
	};

	draw_seed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
