// SPDX-License-Identifier: GPL-2.0
/*
 * The log-linear histogram against a sorted array of the same values.
 */
#include "draw.h"
#include "stat-histogram.h"

static int by_value(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

	return (left > right) - (left < right);
}

/* A value of any size, 0 to 2^64 - 1. */
static uint64_t draw_value(void)
{
	return unit_next(&draw_random) >> draw_below(64);
}

static void buckets(void **state)
{
	for (uint32_t b = 0; b + 1 < MEMSCOPE_HISTOGRAM_BUCKETS; b++) {
		assert_int_equal(memscope_bucket_of(memscope_bucket_low((uint16_t)b)), b);
		assert_int_equal(memscope_bucket_of(memscope_bucket_low((uint16_t)(b + 1)) - 1), b);
	}
	assert_int_equal(memscope_bucket_of(UINT64_MAX), MEMSCOPE_HISTOGRAM_BUCKETS - 1);
	for (int i = 0; i < 100000; i++) {
		uint64_t value = draw_value();
		double middle = memscope_bucket_middle(memscope_bucket_of(value));

		if (fabs(middle - (double)value) > (double)value * MEMSCOPE_HISTOGRAM_ERROR)
			fail_msg("%llu is taken for %.17g", (unsigned long long)value, middle);
	}
}

static void counts(void **state)
{
	enum { N = 20000 };
	struct memscope_histogram one = { 0 }, other = { 0 };
	uint64_t *value = calloc(N, sizeof(*value));
	uint64_t count[MEMSCOPE_HISTOGRAM_BUCKETS] = { 0 };
	struct memscope_bucket list[MEMSCOPE_HISTOGRAM_BUCKETS];
	size_t used = 0, n;

	assert_non_null(value);
	for (int i = 0; i < N; i++) {
		value[i] = draw_value();
		count[memscope_bucket_of(value[i])]++;
		assert_int_equal(memscope_histogram_add(i % 3 ? &one : &other, value[i]), 0);
	}
	assert_int_equal(memscope_histogram_merge(&one, &other), 0);
	assert_int_equal(memscope_histogram_total(&one), N);
	n = memscope_histogram_list(&one, list);
	assert_int_equal(n, one.used);
	for (size_t b = 0; b < MEMSCOPE_HISTOGRAM_BUCKETS; b++) {
		if (!count[b])
			continue;
		assert_int_equal(list[used].bucket, b);
		assert_int_equal(list[used++].count, count[b]);
	}
	assert_int_equal(used, n);
	qsort(value, N, sizeof(*value), by_value);
	for (int i = 0; i < 100; i++) {
		double p = draw_uniform();
		uint64_t exact = value[(size_t)ceil(p * N) - 1];
		double got = memscope_histogram_quantile(&one, p);

		assert_true(fabs(got - (double)exact) <=
			    (double)exact * MEMSCOPE_HISTOGRAM_ERROR);
	}
	memscope_histogram_fini(&one);
	memscope_histogram_fini(&other);
	free(value);
}

static void small(void **state)
{
	struct memscope_histogram histogram = { 0 };
	struct memscope_bucket list[4];

	assert_int_equal(memscope_histogram_total(&histogram), 0);
	assert_int_equal(memscope_histogram_list(&histogram, list), 0);
	assert_true(isnan(memscope_histogram_quantile(&histogram, 0.5)));
	for (int i = 0; i < 1000; i++)
		assert_int_equal(memscope_histogram_add(&histogram, 0), 0);
	assert_int_equal(memscope_histogram_add(&histogram, 7), 0);
	assert_int_equal(histogram.bits, 2);	/* 4 slots: 32 bytes */
	assert_int_equal(memscope_histogram_list(&histogram, list), 2);
	assert_int_equal(list[0].count, 1000);
	assert_int_equal(list[1].bucket, 7);
	memscope_histogram_fini(&histogram);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(buckets),
		cmocka_unit_test(counts),
		cmocka_unit_test(small),
	};

	draw_seed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
