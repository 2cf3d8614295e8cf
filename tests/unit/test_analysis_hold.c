// SPDX-License-Identifier: GPL-2.0
/*
 * What sites hold, Little's law, internal fragmentation and impact, against
 * sums made here.
 */
#include "analysis-hold.h"
#include "analysis-impact.h"
#include "analysis-internal.h"
#include "analysis-lifetime.h"
#include "analysis-little.h"
#include "analysis-sharing.h"
#include "feed.h"

#define SECOND	UINT64_C(1000000000)

static void integrals(void **state)
{
	for (int round = 0; round < 20; round++) {
		/* up for years, so that 64 bits of byte-nanoseconds would wrap */
		uint64_t start = draw_below(1 << 20) * 1000 * SECOND;
		const struct memscope_analysis_context context = {
			.start_ns = start, .end_ns = start + 100 * SECOND,
		};
		struct memscope_hold_result result;
		double bytes = 0, objects = 0;
		struct feed feed;

		feed_init(&feed, &memscope_analysis_hold, NULL);
		for (int i = 0; i < 500; i++) {
			uint64_t birth = start + draw_below(99 * SECOND);
			uint64_t death = draw_below(3) ? birth + draw_below(50 * SECOND) :
						FEED_NEVER;
			struct feed_plan *plan = feed_plan(&feed, birth, death);
			double life;

			plan->object.bytes_alloc = 8 << draw_below(20);
			if (death > context.end_ns)
				death = context.end_ns;
			life = (double)(death - birth) / 1e9;
			objects += life;
			bytes += life * plan->object.bytes_alloc;
		}
		feed_until(&feed, context.end_ns);
		memscope_hold_result(&feed.site, feed.state[0], &context, &result);
		close_to(result.byte_seconds.value / bytes, 1, 1e-9);
		close_to(result.object_seconds.value / objects, 1, 1e-9);
		close_to(result.live_mean.value / (objects / 100), 1, 1e-9);
		close_to(result.live_bytes_mean.value / (bytes / 100), 1, 1e-9);
		assert_int_equal(result.byte_seconds.quality, MEMSCOPE_MEASURED);
		feed_fini(&feed);
	}
}

/* A busy site, some of whose objects are never freed. */
static void plan_site(struct feed *feed, double rate, double mean_life, double leaks, int law)
{
	for (double at = 0; at < 60; at += draw_exponential(1 / rate)) {
		uint64_t birth = SECOND + (uint64_t)(at * 1e9);
		double life = law ? draw_exponential(mean_life) : mean_life;

		feed_plan(feed, birth, draw_uniform() < leaks ? FEED_NEVER :
			  birth + (uint64_t)(life * 1e9));
	}
}

/*
 * 100 steady sites: none has a lasting excess: the mean over ten lifetimes or
 * more would have to stray by 4 sd of a single count, 9 of its own. The
 * expected number is within 30 % of
 * rate * life; interval of the end at 95 %, at least 75 of 100. 40 sites that
 * leak one object in 100: all have one.
 */
static void little(void **state)
{
	const struct memscope_analysis_context context = {
		.start_ns = SECOND, .end_ns = 61 * SECOND,
	};
	int inside = 0;

	for (int round = 0; round < 140; round++) {
		double rate = draw_scale(50, 600), life = draw_scale(0.02, 5), leaks = 0;
		struct memscope_little_result result;
		struct memscope_live live;
		struct feed feed;

		if (round >= 100) {	/* in a minute 6 times what is live or more */
			leaks = 0.01;
			life = draw_scale(0.001, 0.1);
		}
		feed_init(&feed, &memscope_analysis_lifetime, &memscope_analysis_hold);
		plan_site(&feed, rate, life, leaks, round & 1);
		feed_until(&feed, context.end_ns);
		live = feed_live(&feed, context.end_ns);
		assert_int_equal(memscope_little_result(&feed.site, feed.state[0], feed.state[1],
							&context, &live, &result), 0);
		assert_int_equal(result.expected.quality, MEMSCOPE_ESTIMATED);
		assert_int_equal(result.live_end.value, feed.site.live);
		if (leaks > 0) {
			assert_true(result.lasting);
			assert_true(result.excess.low > 0);
		} else {
			assert_false(result.lasting);
			close_to(result.expected.value / (rate * life), 1, 0.3);
			inside += result.excess.low <= 0 && 0 <= result.excess.high;
		}
		feed_fini(&feed);
	}
	print_message("# no excess within the interval: %d of 100\n", inside);
	assert_true(inside >= 75);
}

static void little_not_told(void **state)
{
	const struct memscope_analysis_context context = {
		.start_ns = SECOND, .end_ns = 61 * SECOND,
	};
	struct memscope_little_result result;
	struct memscope_live live;
	struct feed feed;

	feed_init(&feed, &memscope_analysis_lifetime, &memscope_analysis_hold);
	plan_site(&feed, 100, 10, 0, 1);
	feed_until(&feed, context.end_ns);
	live = feed_live(&feed, context.end_ns);
	memscope_little_result(&feed.site, feed.state[0], feed.state[1], &context, &live, &result);
	assert_int_equal(result.expected.why, MEMSCOPE_WHY_SHORT);
	assert_int_equal(result.excess.quality, MEMSCOPE_INSUFFICIENT);
	assert_false(result.lasting);
	assert_int_equal(result.live_mean.quality, MEMSCOPE_MEASURED);
	feed_fini(&feed);
}

static void internal(void **state)
{
	const struct memscope_analysis_context context = { .lost = 1 };
	struct memscope_internal_result result;

	memscope_internal_result(10, 1280, 1000, 4, 512, 510, &context, &result);
	close_to(result.bytes.value, 280, 0);
	close_to(result.share.value, 280.0 / 1280, 1e-15);
	close_to(result.live_bytes.value, 2, 0);
	close_to(result.live_share.value, 2.0 / 512, 1e-15);
	assert_true(result.live_bytes.weakened);
	assert_int_equal(result.live_bytes.n, 4);
	memscope_internal_result(10, 1280, 1000, 0, 0, 0, &context, &result);
	assert_int_equal(result.live_share.quality, MEMSCOPE_INSUFFICIENT);
	close_to(result.live_bytes.value, 0, 0);
}

/* Impacts add up to 100, and more of any part never lowers one. */
static void impact(void **state)
{
	const struct memscope_analysis_context context = { 0 };

	for (int round = 0; round < 200; round++) {
		struct memscope_impact site[20], sum = { 0 };
		int absent = (int)draw_below(MEMSCOPE_IMPACT_PARTS + 1);
		struct memscope_impact_result result;
		double total = 0, before, weights = 0;
		int which = (int)draw_below(20), part = (int)draw_below(MEMSCOPE_IMPACT_PARTS);

		for (int i = 0; i < 20; i++) {
			for (int p = 0; p < MEMSCOPE_IMPACT_PARTS; p++)
				site[i].part[p] = p == absent || !draw_below(4) ? 0 :
						  draw_scale(1, 1e9);
			memscope_impact_add(&sum, &site[i]);
		}
		for (int i = 0; i < 20; i++) {
			memscope_impact_result(&site[i], &sum, &context, &result);
			assert_true(result.impact.value >= 0 && result.impact.value <= 100);
			total += result.impact.value;
		}
		close_to(total, 100, 1e-9);
		memscope_impact_result(&site[which], &sum, &context, &result);
		before = result.impact.value;
		for (int p = 0; p < MEMSCOPE_IMPACT_PARTS; p++) {
			weights += result.weight[p];
			assert_int_equal(result.share[p].quality, sum.part[p] > 0 ?
					 MEMSCOPE_MEASURED : MEMSCOPE_INSUFFICIENT);
		}
		close_to(weights, 1, 1e-12);
		if (sum.part[part] <= 0)
			continue;
		site[which].part[part] += 1e6;
		sum.part[part] += 1e6;
		memscope_impact_result(&site[which], &sum, &context, &result);
		assert_true(result.impact.value >= before - 1e-12);
	}
}

/* Parts of a site, and the weights as they are documented. */
static void impact_of_one(void **state)
{
	const struct memscope_analysis_context context = { .end_ns = 101 * SECOND, .lost = 2 };
	struct memscope_impact mine, sum = { 0 }, other = { .part = { 30, 4500, 40, 0, 0 } };
	struct memscope_impact_result result;
	struct feed feed;

	feed_init(&feed, &memscope_analysis_hold, &memscope_analysis_sharing);
	for (uint64_t i = 0; i < 10; i++)	/* 10 objects of 64 bytes, 1 s each */
		feed_plan(&feed, SECOND + i, 2 * SECOND + i)->how.cpu = i < 5;
	feed_until(&feed, context.end_ns);
	memscope_impact_of(&feed.site, feed.state[0], feed.state[1], 3, &context, &mine);
	close_to(mine.part[MEMSCOPE_IMPACT_CALLS], 10, 0);
	close_to(mine.part[MEMSCOPE_IMPACT_BYTE_SECONDS], 640, 1e-9);
	close_to(mine.part[MEMSCOPE_IMPACT_WASTED_BYTES], 40, 0);
	close_to(mine.part[MEMSCOPE_IMPACT_OTHER_CPU_FREES], 5, 0);
	close_to(mine.part[MEMSCOPE_IMPACT_SLABS], 3, 0);
	memscope_impact_add(&sum, &mine);
	memscope_impact_add(&sum, &other);
	memscope_impact_result(&mine, &sum, &context, &result);
	close_to(result.impact.value, 100 * (0.30 * 0.25 + 0.25 * 640 / 5140 + 0.15 * 0.5 +
					     0.15 + 0.15), 1e-9);
	assert_true(result.impact.weakened);
	assert_string_equal(memscope_impact_part_name(MEMSCOPE_IMPACT_WASTED_BYTES),
			    "wasted_bytes");
	feed_fini(&feed);

	sum = (struct memscope_impact){ 0 };
	memscope_impact_result(&sum, &sum, &context, &result);
	assert_int_equal(result.impact.quality, MEMSCOPE_INSUFFICIENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(integrals),
		cmocka_unit_test(little),
		cmocka_unit_test(little_not_told),
		cmocka_unit_test(internal),
		cmocka_unit_test(impact),
		cmocka_unit_test(impact_of_one),
	};

	draw_seed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
