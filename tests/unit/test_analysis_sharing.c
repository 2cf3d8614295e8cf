// SPDX-License-Identifier: GPL-2.0
/*
 * Sharing against counts kept by the test itself.
 */
#include "analysis-sharing.h"
#include "feed.h"
#include "stat-distribution.h"

/* Frees at random, by n CPUs; every figure counted a second time here. */
static void counted(void **state)
{
	for (int round = 0; round < 40; round++) {
		uint16_t cpus = (uint16_t)(1 + draw_below(10));
		int16_t node[64];
		struct memscope_analysis_context context = {
			.end_ns = 1000000, .nr_cpus = cpus, .cpu_node = node,
		};
		uint64_t n = 500 + draw_below(500), cpu = 0, nodes = 0, task = 0, process = 0;
		uint64_t other = 0, deferred = 0, in[4] = { 0 };
		struct memscope_sharing_result result;
		struct feed feed;
		double low, high;

		for (int i = 0; i < 64; i++)
			node[i] = (int16_t)(i / 4);
		feed_init(&feed, &memscope_analysis_sharing, NULL);
		for (uint64_t i = 0; i < n; i++) {
			struct feed_plan *plan = feed_plan(&feed, i, i + 1 + draw_below(100));
			unsigned int born, died;

			plan->object.cpu = (uint16_t)draw_below(cpus);
			plan->object.tid = (uint32_t)draw_below(3);
			plan->object.flags = (uint8_t)(draw_below(256) & 0xf7);
			plan->how.cpu = (uint16_t)draw_below(cpus);
			plan->how.tid = (uint32_t)draw_below(3);
			plan->how.flags = (uint8_t)(draw_below(256) & 0xf7);
			plan->how.deferred = (uint8_t)draw_below(2);
			born = plan->object.flags & 3;
			died = plan->how.flags & 3;
			cpu += plan->object.cpu != plan->how.cpu;
			nodes += plan->object.cpu / 4 != plan->how.cpu / 4;
			process += !born && !died;
			task += !born && !died && plan->object.tid != plan->how.tid;
			other += born != died;
			in[died]++;
			deferred += plan->how.deferred;
		}
		feed_until(&feed, 1000000);
		assert_int_equal(memscope_sharing_result(&feed.site, feed.state[0], &context,
							 &result), 0);
		assert_int_equal(result.frees, n);
		assert_int_equal(result.other_cpu_frees, cpu);
		assert_int_equal(result.other_node.quality, MEMSCOPE_MEASURED);
		close_to(result.other_cpu.value, (double)cpu / (double)n, 1e-12);
		close_to(result.other_node.value, (double)nodes / (double)n, 1e-12);
		assert_int_equal(result.other_task.n, process);
		close_to(result.other_task.value, (double)task / (double)process, 1e-12);
		close_to(result.other_context.value, (double)other / (double)n, 1e-12);
		close_to(result.deferred.value, (double)deferred / (double)n, 1e-12);
		for (int i = 0; i < 4; i++)
			close_to(result.in_context[i].value, (double)in[i] / (double)n, 1e-12);
		memscope_wilson(cpu, n, MEMSCOPE_Z95, &low, &high);
		close_to(result.other_cpu.low, low, 1e-12);
		close_to(result.other_cpu.high, high, 1e-12);

		context.nr_cpus = 1;
		memscope_sharing_result(&feed.site, feed.state[0], &context, &result);
		if (cpu)	/* a CPU the map does not have */
			assert_int_equal(result.other_node.why, MEMSCOPE_WHY_TOPOLOGY);
		context.cpu_node = NULL;
		memscope_sharing_result(&feed.site, feed.state[0], &context, &result);
		assert_int_equal(result.other_node.why, MEMSCOPE_WHY_TOPOLOGY);
		feed_fini(&feed);
	}
}

/*
 * 256 CPUs on 8 nodes: 65,280 pairs, more than are kept. The share of other
 * nodes comes from a sample of 256, with a sd of at most 3.1 %; 20 % is more
 * than 6 of them. The interval at 95 % must hold the truth in at least 70 of
 * 100 rounds (below that by chance: 1e-15).
 */
static void more_pairs_than_room(void **state)
{
	static int16_t node[256];
	const struct memscope_analysis_context context = { .nr_cpus = 256, .cpu_node = node };
	int inside = 0;

	for (int i = 0; i < 256; i++)
		node[i] = (int16_t)(i / 32);
	for (int round = 0; round < 100; round++) {
		uint64_t far = draw_below(101), nodes = 0, n = 4000;
		struct memscope_sharing_result result;
		struct memscope_site site = { 0 };
		void *data = calloc(1, memscope_analysis_sharing.site_bytes);

		assert_non_null(data);
		for (uint64_t i = 0; i < n; i++) {
			struct memscope_object object = { .cpu = (uint16_t)draw_below(256) };
			struct memscope_free how = { .cpu = (uint16_t)draw_below(256) };

			if (draw_below(100) >= far)
				how.cpu = (uint16_t)((object.cpu & ~31) | (how.cpu & 31));
			nodes += object.cpu / 32 != how.cpu / 32;
			assert_int_equal(memscope_analysis_sharing.free(&site, data, &object,
									&how), 0);
		}
		memscope_sharing_result(&site, data, &context, &result);
		assert_int_equal(result.other_node.quality, MEMSCOPE_ESTIMATED);
		close_to(result.other_node.value, (double)nodes / (double)n, 0.2);
		inside += result.other_node.low <= (double)nodes / (double)n &&
			  (double)nodes / (double)n <= result.other_node.high;
		memscope_analysis_sharing.site_fini(data);
		free(data);
	}
	print_message("# interval holds %d of 100\n", inside);
	assert_true(inside >= 70);
}

static void nothing(void **state)
{
	const struct memscope_analysis_context context = { .lost = 1, .events = 10 };
	struct memscope_sharing_result result;
	struct feed feed;

	feed_init(&feed, &memscope_analysis_sharing, NULL);
	memscope_sharing_result(&feed.site, feed.state[0], &context, &result);
	assert_int_equal(result.other_cpu.quality, MEMSCOPE_INSUFFICIENT);
	assert_int_equal(result.other_node.why, MEMSCOPE_WHY_FEW);
	assert_true(result.other_cpu.weakened);
	feed_fini(&feed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counted),
		cmocka_unit_test(more_pairs_than_room),
		cmocka_unit_test(nothing),
	};

	draw_seed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
