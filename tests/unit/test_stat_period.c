// SPDX-License-Identifier: GPL-2.0
/*
 * The periodogram: clocks are found, and random arrivals give false alarms as
 * rarely as it says.
 */
#include "draw.h"
#include "stat-period.h"

/* Ticks of a clock, some missing, each late by a little: the drift is 0. */
static void clocks(void **state)
{
	for (int round = 0; round < 200; round++) {
		double period = draw_scale(1e3, 1e9), phase = draw_between(0, 1e12);
		double jitter = draw_between(0, 0.08), time[200], rate;
		struct memscope_period found;
		size_t n = 0;

		for (int i = 0; i < 200; i++)
			if (draw_uniform() > 0.2)
				time[n++] = phase + period * (i + jitter * draw_normal());
		rate = (double)n / (200 * period);
		assert_int_equal(memscope_period_search(time, n, rate / 2, rate * 1.8, &found), 0);
		/*
		 * Each tick's phase is off by 0.08 of a period at most (standard
		 * deviation), so the slope through 160 of them over 200 periods is off
		 * by 0.08 * sqrt(12 / 160) / 200 = 0.00011; two fifths of the
		 * resolution, 0.002 here, are more than 8 of it.
		 */
		close_to(found.frequency * period, 1, found.resolution * period * 0.4);
		assert_true(found.false_alarm < 1e-9);
		assert_true(found.power <= (double)n * (1 + 1e-9));
	}
}

/*
 * Random arrivals: of 1,000 searches 5 % may give a false alarm of 5 %. The
 * bound is said to be sharp, so the share must be neither above 5 % by 8
 * standard deviations (50 + 8 * 6.9 = 105) nor vanish (0.95^1000 = 5e-23).
 */
static void random_arrivals(void **state)
{
	int alarms = 0;

	for (int round = 0; round < 1000; round++) {
		double time[100];
		struct memscope_period found;

		for (int i = 0; i < 100; i++)
			time[i] = draw_between(0, 1000);
		assert_int_equal(memscope_period_search(time, 100, 0.02, 0.15, &found), 0);
		alarms += found.false_alarm < 0.05;
	}
	assert_in_range(alarms, 3, 105);
}

/* The peak is the highest of a much finer scan that takes every sine. */
static void brute_force(void **state)
{
	for (int round = 0; round < 20; round++) {
		double time[60], highest = 0;
		struct memscope_period found;

		for (int i = 0; i < 60; i++)
			time[i] = draw_between(0, 100);
		assert_int_equal(memscope_period_search(time, 60, 0.05, 1, &found), 0);
		for (double f = 0.05; f <= 1; f += 0.0002) {
			double c = 0, s = 0;

			for (int i = 0; i < 60; i++) {
				c += cos(2 * M_PI * f * time[i]);
				s += sin(2 * M_PI * f * time[i]);
			}
			highest = fmax(highest, (c * c + s * s) / 60);
		}
		/* Between grid points it can miss a rival peak. */
		assert_true(found.power > highest * 0.9);
		/* half a step of the scan off a peak: (pi * 100 * 0.0001)^2 / 3 = 0.03 % */
		assert_true(found.power < highest * 1.002);
		assert_true(found.frequency >= 0.05 && found.frequency <= 1);
	}
}

static void nothing(void **state)
{
	double same[5] = { 3, 3, 3, 3, 3 }, two[2] = { 1, 2 };
	struct memscope_period found;

	assert_int_equal(memscope_period_search(same, 5, 0.1, 1, &found), -EINVAL);
	assert_int_equal(memscope_period_search(two, 2, 0.1, 1, &found), -EINVAL);
	assert_int_equal(memscope_period_search(same, 0, 0.1, 1, &found), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clocks),
		cmocka_unit_test(random_arrivals),
		cmocka_unit_test(brute_force),
		cmocka_unit_test(nothing),
	};

	draw_seed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
