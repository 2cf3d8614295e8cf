// SPDX-License-Identifier: GPL-2.0
/*
 * Comparisons: against values known from elsewhere, and how often they are
 * wrong where nothing differs.
 */
#include <math.h>

#include "unit.h"
#include "draw.h"
#include "stat-compare.h"
#include "stat-distribution.h"

static void assert_near(double got, double want, double within)
{
	if (!(fabs(got - want) <= within))
		fail_msg("got %.12g, want %.12g", got, want);
}

static double uniform(struct unit_random *random)
{
	return (unit_next(random) >> 11) * 0x1p-53;
}

static double normal(struct unit_random *random)
{
	return memscope_normal_quantile(uniform(random) * (1 - 1e-12) + 1e-13);
}

static void counts_by_the_conditional_binomial(void **state)
{
	/* P(X >= 20), X of 25 with 1/2, is 0.002038658, twice that both sides */
	assert_near(memscope_compare_counts(5, 10, 20, 10, 1), 2 * 0.002038657665, 1e-9);
	assert_near(memscope_compare_counts(20, 10, 5, 10, 1), 2 * 0.002038657665, 1e-9);
	/* the same rate in another time */
	assert_near(memscope_compare_counts(100, 10, 200, 20, 1), 1, 0.1);
	assert_near(memscope_compare_counts(0, 10, 0, 10, 1), 1, 0);
	/* none in A: (1/2)^10 in one tail */
	assert_near(memscope_compare_counts(0, 1, 10, 1, 1), 2 * pow(0.5, 10), 1e-12);
	/* ten at a time are one */
	assert_near(memscope_compare_counts(50, 10, 200, 10, 10), 2 * 0.002038657665, 1e-9);
	assert_true(isnan(memscope_compare_counts(1, 0, 1, 1, 1)));
	assert_true(memscope_compare_counts(1e6, 10, 1.1e6, 10, 1) < 1e-12);
}

/* Poisson counts of bursts of a size, in windows. */
static void draw_counts(struct unit_random *random, uint64_t *count, size_t n, double rate,
			unsigned int burst)
{
	size_t i;

	for (i = 0; i < n; i++) {
		double left = rate / burst;

		count[i] = 0;
		while ((left += log(1 - uniform(random))) > 0)
			count[i] += burst;
	}
}

static void dispersion_is_the_burst_size(void **state)
{
	struct unit_random random = unit_random("dispersion");
	double sum = 0, bursty = 0;
	uint64_t count[128];
	int i;

	for (i = 0; i < 100; i++) {
		draw_counts(&random, count, 128, 20, 1);
		sum += memscope_dispersion(count, 128) / 100;
		draw_counts(&random, count, 128, 2000, 100);
		bursty += memscope_dispersion(count, 128) / 100;
	}
	assert_near(sum, 1.2, 0.3);
	assert_near(bursty, 120, 30);
	memset(count, 0, sizeof(count));
	assert_near(memscope_dispersion(count, 128), 1, 0);
	assert_near(memscope_dispersion(count, 2), 1, 0);
}

/* Bursty sites that did not change: at 5 %, no more than 5 % are called changed. */
static void counts_seldom_err(void **state)
{
	struct unit_random random = unit_random("counts_seldom_err");
	unsigned int wrong = 0, i, j;

	for (i = 0; i < 1000; i++) {
		uint64_t a[64], b[64];
		double sum_a = 0, sum_b = 0;

		draw_counts(&random, a, 64, 40, 20);
		draw_counts(&random, b, 64, 40, 20);
		for (j = 0; j < 64; j++) {
			sum_a += a[j];
			sum_b += b[j];
		}
		wrong += memscope_compare_counts(sum_a, 64, sum_b, 64,
						 fmax(memscope_dispersion(a, 64),
						      memscope_dispersion(b, 64))) < 0.05;
	}
	/* 5 % of 1000 and four standard deviations */
	assert_true(wrong < 78);
}

static void draw_series(struct unit_random *random, double *y, size_t n, double rise, double r)
{
	double rest = normal(random);
	size_t i;

	for (i = 0; i < n; i++) {
		rest = r * rest + sqrt(1 - r * r) * normal(random);
		y[i] = 1000 + rise * i + 10 * rest;
	}
}

static void levels_follow_a_rise(void **state)
{
	struct unit_random random = unit_random("levels_follow_a_rise");
	struct memscope_level level, steady;
	double y[64];

	draw_series(&random, y, 64, 100, 0);
	level = memscope_level_at_end(y, 64, 0);
	assert_near(level.value, 1000 + 6300, 15);
	draw_series(&random, y, 64, 0, 0);
	steady = memscope_level_at_end(y, 64, 0);
	assert_true(memscope_compare_levels(&steady, &level) < 1e-9);
	/* too short for a line */
	level = memscope_level_at_end(y, 3, 4);
	assert_near(level.value, y[2], 0);
	assert_near(level.variance, 4, 0);
	assert_true(isinf(level.df));
	level = (struct memscope_level){ 100, 100, INFINITY };
	steady = (struct memscope_level){ 100 + 1.959963984540054 * sqrt(200), 100,
					  INFINITY };
	assert_near(memscope_compare_levels(&level, &steady), 0.05, 1e-9);
	level.variance = steady.variance = 0;
	assert_near(memscope_compare_levels(&level, &steady), 0, 0);
}

/* It rises and then stays: a line fits badly, and yet it is high. */
static void a_bend_is_no_noise(void **state)
{
	const double nothing[16] = { 0 };
	struct memscope_level bent, none;
	double y[64];
	int i;

	for (i = 0; i < 64; i++)
		y[i] = i < 44 ? 500 + 14 * i : 500 + 14 * 44;
	bent = memscope_level_at_end(y, 64, 1200);
	assert_near(bent.value, 500 + 14 * 44, 0);
	assert_near(sqrt(bent.variance), 52, 8);
	none = memscope_level_at_end(nothing, 16, 1);
	assert_true(memscope_compare_levels(&none, &bent) < 1e-9);
}

static void levels_seldom_err(void **state)
{
	struct unit_random random = unit_random("levels_seldom_err");
	unsigned int wrong = 0, i;

	for (i = 0; i < 1000; i++) {
		struct memscope_level a, b;
		double y[64];

		draw_series(&random, y, 64, 3, 0.5);
		a = memscope_level_at_end(y, 64, 0);
		draw_series(&random, y, 64, 3, 0.5);
		b = memscope_level_at_end(y, 64, 0);
		wrong += memscope_compare_levels(&a, &b) < 0.01;
	}
	/* The correlation is an estimate, and a little too low: 1 % may be 3 % */
	assert_true(wrong < 40);
}

static void fit(struct memscope_survival *survival, const double *ended, size_t ends,
		const double *living, size_t lives)
{
	struct memscope_observation all[64];
	size_t i;

	for (i = 0; i < ends; i++)
		all[i] = (struct memscope_observation){ ended[i], 1 };
	for (i = 0; i < lives; i++)
		all[ends + i] = (struct memscope_observation){ living[i], 0 };
	assert_int_equal(memscope_survival_fit_exact(survival, all, ends + lives), 0);
}

/* Remission times of 42 leukemia patients (Freireich 1963): chi-square 16.79. */
static void survival_by_the_log_rank_test(void **state)
{
	const double treated[] = { 6, 6, 6, 7, 10, 13, 16, 22, 23 };
	const double left[] = { 6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35 };
	const double placebo[] = { 1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15,
				   17, 22, 23 };
	struct memscope_survival a, b;

	fit(&a, treated, 9, left, 12);
	fit(&b, placebo, 21, NULL, 0);
	assert_near(memscope_compare_survival(&a, &b), memscope_chi2_sf(16.793, 1), 1e-7);
	assert_near(memscope_compare_survival(&b, &a), memscope_compare_survival(&a, &b), 1e-12);
	assert_near(memscope_compare_survival(&a, &a), 1, 1e-12);
	memscope_survival_fini(&b);
	fit(&b, NULL, 0, left, 12);
	assert_true(isnan(memscope_compare_survival(&b, &b)));
	memscope_survival_fini(&a);
	memscope_survival_fini(&b);
}

static void holm_is_a_step_down(void **state)
{
	double p[] = { 0.04, NAN, 0.01, 0.03, 0.005 };

	assert_int_equal(memscope_holm(p, 5), 0);
	assert_near(p[4], 0.02, 1e-12);
	assert_near(p[2], 0.03, 1e-12);
	assert_near(p[3], 0.06, 1e-12);
	assert_near(p[0], 0.06, 1e-12);
	assert_true(isnan(p[1]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_by_the_conditional_binomial),
		cmocka_unit_test(dispersion_is_the_burst_size),
		cmocka_unit_test(counts_seldom_err),
		cmocka_unit_test(levels_follow_a_rise),
		cmocka_unit_test(a_bend_is_no_noise),
		cmocka_unit_test(levels_seldom_err),
		cmocka_unit_test(survival_by_the_log_rank_test),
		cmocka_unit_test(holm_is_a_step_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
