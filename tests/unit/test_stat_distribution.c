// SPDX-License-Identifier: GPL-2.0
/*
 * Distribution functions against table values and closed forms, and the
 * Wilson interval's coverage against a binomial sum.
 */
#include "draw.h"
#include "stat-distribution.h"

static void normal(void **state)
{
	/* Abramowitz and Stegun, table 26.1 and 26.6 */
	close_to(memscope_normal_cdf(1), 0.841344746068543, 1e-14);
	close_to(memscope_normal_cdf(-3), 0.001349898031630, 1e-14);
	close_to(memscope_normal_quantile(0.975), MEMSCOPE_Z95, 1e-9);
	close_to(memscope_normal_quantile(0.5), 0, 1e-12);
	assert_true(isinf(memscope_normal_quantile(0)));
	assert_true(isinf(memscope_normal_quantile(1)));
	for (int i = 0; i < 1000; i++) {
		double p = draw_scale(1e-12, 1);

		close_to(memscope_normal_cdf(memscope_normal_quantile(p)) / p, 1, 1e-9);
	}
}

static void student(void **state)
{
	/* df 1 is Cauchy, df 2 has a closed form; quantiles from printed tables. */
	for (int i = 0; i < 1000; i++) {
		double t = draw_between(-20, 20);

		close_to(memscope_student_cdf(t, 1), 0.5 + atan(t) / M_PI, 1e-12);
		close_to(memscope_student_cdf(t, 2), 0.5 + t / (2 * sqrt(2 + t * t)), 1e-12);
		close_to(memscope_student_cdf(t, 1e6), memscope_normal_cdf(t), 1e-6);
	}
	close_to(memscope_student_cdf(2.228138852, 10), 0.975, 1e-9);
	close_to(memscope_student_cdf(-2.750, 30), 0.005, 1e-5);
}

static void poisson(void **state)
{
	for (int i = 0; i < 200; i++) {
		double mean = draw_scale(0.01, 200), term = exp(-mean), sum = term;
		uint64_t n = draw_poisson(mean) + draw_below(3);

		for (uint64_t k = 1; k <= n; k++)
			sum += term *= mean / (double)k;
		close_to(memscope_poisson_cdf(n, mean), sum, 1e-11);
	}
	close_to(memscope_poisson_cdf(0, 0), 1, 0);
	close_to(memscope_poisson_cdf(1000000, 1000000), 0.5, 1e-3);
}

static void chi2(void **state)
{
	for (int i = 0; i < 1000; i++) {
		double x = draw_between(0, 50);

		close_to(memscope_chi2_sf(x, 2), exp(-x / 2), 1e-13);
		close_to(memscope_chi2_sf(x, 1), erfc(sqrt(x / 2)), 1e-12);
	}
	close_to(memscope_chi2_sf(18.307, 10), 0.05, 1e-5);
}

static void wilson(void **state)
{
	double low, high;

	/* Newcombe 1998, table I, method 3: 81/263 and 0/20 */
	memscope_wilson(81, 263, MEMSCOPE_Z95, &low, &high);
	close_to(low, 0.2553, 5e-5);
	close_to(high, 0.3662, 5e-5);
	memscope_wilson(0, 20, MEMSCOPE_Z95, &low, &high);
	close_to(low, 0, 0);
	close_to(high, 0.1611, 5e-5);
	/* It is the inverse of the score test at each end. */
	for (int i = 0; i < 200; i++) {
		uint64_t n = 1 + draw_below(1000), hits = draw_below(n + 1);
		double p = (double)hits / (double)n, z;

		memscope_wilson(hits, n, 1.5, &low, &high);
		if (hits) {
			z = (p - low) / sqrt(low * (1 - low) / (double)n);
			close_to(z, 1.5, 1e-6);
		}
		if (hits < n) {
			z = (high - p) / sqrt(high * (1 - high) / (double)n);
			close_to(z, 1.5, 1e-6);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(normal),
		cmocka_unit_test(student),
		cmocka_unit_test(poisson),
		cmocka_unit_test(chi2),
		cmocka_unit_test(wilson),
	};

	draw_seed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
