// SPDX-License-Identifier: GPL-2.0
/*
 * CUSUM against the run lengths in print: Montgomery, Introduction to
 * Statistical Quality Control, table of the tabular CUSUM with k 0.5 and
 * h 5, both sides: 465 values between false alarms, 38 until a change of half
 * a standard deviation is found, 10.4 for one, 4.01 for two.
 */
#include "draw.h"
#include "stat-cusum.h"

static double run_length(struct memscope_cusum *cusum, double shift)
{
	uint64_t before = cusum->n;

	while (!memscope_cusum_add(cusum, 100 + 15 * (draw_normal() + shift)))
		;
	return (double)(cusum->n - before);
}

/*
 * Run lengths are at most about exponential, their sd no more than their
 * mean: that of 4,000 runs is within 1.6 %, so 11 % is 7 sd.
 */
static void published(void **state)
{
	static const double table[][2] = { { 0, 465 }, { 0.5, 38 }, { 1, 10.4 }, { 2, 4.01 } };

	for (size_t row = 0; row < 4; row++) {
		double sum = 0;

		for (int i = 0; i < 4000; i++) {
			struct memscope_cusum cusum;

			memscope_cusum_start_known(&cusum, 0.5, 5, 100, 15);
			sum += run_length(&cusum, i & 1 ? table[row][0] : -table[row][0]);
		}
		close_to(sum / 4000 / table[row][1], 1, 0.11);
	}
}

/*
 * A baseline that is learned gives no more false alarms than a known one:
 * within 100 values a known one gives alarm in about 1 - exp(-95 / 465) =
 * 19 % (760 of 4,000, sd 25: 7 sd are 175).
 */
static void learned(void **state)
{
	int alarms = 0, found = 0, right = 0;
	double delay = 0;

	for (int i = 0; i < 4000; i++) {
		struct memscope_cusum cusum;
		int alarm = 0;

		memscope_cusum_start(&cusum, 0.5, 5);
		for (int n = 0; n < 100; n++)
			alarm |= memscope_cusum_add(&cusum, 1e6 + 3 * draw_normal());
		alarms += alarm != 0;
	}
	assert_in_range(alarms, 300, 760 + 175);
	/* h 10: hardly a false alarm; three sd upward after 50 values is found soon. */
	for (int i = 0; i < 1000; i++) {
		struct memscope_cusum cusum;
		int alarm = 0, n;

		memscope_cusum_start(&cusum, 0.5, 10);
		for (n = 0; n < 50; n++)
			if (memscope_cusum_add(&cusum, 50 + draw_normal()))
				break;
		if (n < 50)
			continue;
		for (n = 0; n < 50 && !alarm; n++)
			alarm = memscope_cusum_add(&cusum, 53 + draw_normal());
		found += alarm > 0;
		right += alarm > 0 && cusum.up_since >= 45 && cusum.up_since <= 51;
		delay += n / 1000.0;
	}
	print_message("# found %d, dated %d, delay %.1f\n", found, right, delay);
	assert_true(found > 990);
	assert_true(right > 830);
	assert_true(delay > 2 && delay < 8);
}

static void constant_then_step(void **state)
{
	struct memscope_cusum cusum;

	memscope_cusum_start(&cusum, 0.5, 5);
	for (int i = 0; i < 20; i++)
		assert_int_equal(memscope_cusum_add(&cusum, 42), 0);
	assert_int_equal(memscope_cusum_add(&cusum, 41), -1);
	assert_int_equal(cusum.down_since, 20);
	memscope_cusum_start(&cusum, 0.5, 5);
	for (int i = 0; i < 3; i++)	/* no alarm before there is a baseline */
		assert_int_equal(memscope_cusum_add(&cusum, i * 1e9), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(published),
		cmocka_unit_test(learned),
		cmocka_unit_test(constant_then_step),
	};

	draw_seed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
