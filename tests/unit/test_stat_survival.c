// SPDX-License-Identifier: GPL-2.0
/*
 * Kaplan-Meier against two textbook data sets (as R's survival 3.5 prints
 * them: survfit with conf.type "log-log") and against closed forms.
 */
#include "draw.h"
#include "stat-distribution.h"
#include "stat-survival.h"

struct row {
	double time, survival, sd, low, high;
};

static void compare(const struct memscope_survival *survival, const struct row *row, size_t rows)
{
	for (size_t i = 0; i < rows; i++) {
		struct memscope_range s = memscope_survival_at(survival, row[i].time, MEMSCOPE_Z95);
		struct memscope_range before = memscope_survival_at(survival, row[i].time - 0.5, 1);

		close_to(s.value, row[i].survival, 1e-9);
		close_to(s.low, row[i].low, 1e-9);
		close_to(s.high, row[i].high, 1e-9);
		assert_true(before.value > s.value);
		for (size_t k = 0; k < survival->steps; k++)
			if (survival->step[k].time == row[i].time)
				close_to(s.value * sqrt(survival->step[k].greenwood),
					 row[i].sd, 1e-9);
	}
}

/* Freireich et al. 1963: remission under 6-MP, weeks. */
static void freireich(void **state)
{
	struct memscope_observation data[] = {
		{ 6, 1 }, { 6, 1 }, { 6, 1 }, { 6, 0 }, { 7, 1 }, { 9, 0 }, { 10, 1 },
		{ 10, 0 }, { 11, 0 }, { 13, 1 }, { 16, 1 }, { 17, 0 }, { 19, 0 }, { 20, 0 },
		{ 22, 1 }, { 23, 1 }, { 25, 0 }, { 32, 0 }, { 32, 0 }, { 34, 0 }, { 35, 0 },
	};
	static const struct row row[] = {
		{ 6, 0.8571428571, 0.07636035483, 0.6197179553, 0.9515517476 },
		{ 7, 0.8067226891, 0.08693528518, 0.5631465646, 0.9228090192 },
		{ 10, 0.7529411765, 0.09634965299, 0.5031995108, 0.8893618352 },
		{ 13, 0.6901960784, 0.10681470778, 0.4316102225, 0.8490659633 },
		{ 16, 0.6274509804, 0.11405386526, 0.3675108560, 0.8049121895 },
		{ 22, 0.5378151261, 0.12823375169, 0.2677789368, 0.7467907176 },
		{ 23, 0.4481792717, 0.13459145676, 0.1880520060, 0.6801426285 },
	};
	struct memscope_survival survival;
	struct memscope_range q;
	uint64_t at_risk;
	double sd;

	assert_int_equal(memscope_survival_fit_exact(&survival, data, 21), 0);
	assert_int_equal(survival.n, 21);
	assert_int_equal(survival.ended, 9);
	compare(&survival, row, 7);
	q = memscope_survival_quantile(&survival, 0.5, MEMSCOPE_Z95);
	close_to(q.value, 23, 0);
	close_to(q.low, 13, 0);
	assert_true(isinf(q.high));
	q = memscope_survival_quantile(&survival, 0.25, MEMSCOPE_Z95);
	close_to(q.value, 13, 0);
	close_to(q.low, 6, 0);
	close_to(q.high, 22, 0);
	q = memscope_survival_quantile(&survival, 0.9, MEMSCOPE_Z95);
	assert_true(isinf(q.value) && isinf(q.low));
	close_to(memscope_survival_mean(&survival, 35, &sd), 23.287394958, 1e-8);
	close_to(sd, 2.827467623, 1e-8);

	q = memscope_survival_outlive(&survival, 10, 10, MEMSCOPE_Z95, &at_risk);
	close_to(q.value, 0.6274509804 / 0.7529411765, 1e-9);
	assert_int_equal(at_risk, 13);
	q = memscope_survival_outlive(&survival, 23, 10, MEMSCOPE_Z95, &at_risk);
	close_to(q.value, 1, 0);	/* none of the 2 left at 33 ended: 0.025^(1/4) at 32 */
	close_to(q.low, pow(0.025, 0.25), 1e-9);
	q = memscope_survival_outlive(&survival, 23, 13, MEMSCOPE_Z95, &at_risk);
	assert_true(isnan(q.value));
	assert_int_equal(at_risk, 0);
	memscope_survival_fini(&survival);
}

/* Miller 1997: acute myelogenous leukaemia, both arms, weeks. */
static void miller(void **state)
{
	struct memscope_observation data[] = {
		{ 9, 1 }, { 13, 1 }, { 13, 0 }, { 18, 1 }, { 23, 1 }, { 28, 0 }, { 31, 1 },
		{ 34, 1 }, { 45, 0 }, { 48, 1 }, { 161, 0 }, { 5, 1 }, { 5, 1 }, { 8, 1 },
		{ 8, 1 }, { 12, 1 }, { 16, 0 }, { 23, 1 }, { 27, 1 }, { 30, 1 }, { 33, 1 },
		{ 43, 1 }, { 45, 1 },
	};
	static const struct row row[] = {
		{ 5, 0.91304347826, 0.05875338476, 0.694947537532, 0.9775156699 },
		{ 9, 0.78260869565, 0.08600614870, 0.554211506669, 0.9032074899 },
		{ 27, 0.49689440994, 0.10840178079, 0.275565628012, 0.6842137884 },
		{ 43, 0.22084195997, 0.09536743849, 0.070996648983, 0.4221674434 },
		{ 48, 0.08281573499, 0.07266180050, 0.006955966799, 0.2867603680 },
	};
	static const double quantile[][4] = {
		{ 0.1, 8, 5, 12 }, { 0.25, 12, 5, 23 }, { 0.5, 27, 13, 34 },
		{ 0.75, 43, 30, INFINITY }, { 0.9, 48, 43, INFINITY },
	};
	struct memscope_survival survival;
	double sd;

	assert_int_equal(memscope_survival_fit_exact(&survival, data, 23), 0);
	compare(&survival, row, 5);
	for (size_t i = 0; i < 5; i++) {
		struct memscope_range q = memscope_survival_quantile(&survival, quantile[i][0],
								     MEMSCOPE_Z95);

		assert_true(q.value == quantile[i][1]);
		assert_true(q.low == quantile[i][2]);
		assert_true(q.high == quantile[i][3]);
	}
	close_to(memscope_survival_mean(&survival, 161, &sd), 36.364389234, 1e-8);
	close_to(sd, 9.854101057, 1e-8);
	memscope_survival_fini(&survival);
}

/* Without censoring S is the empirical share, its variance binomial. */
static void uncensored(void **state)
{
	enum { N = 500 };
	struct memscope_observation data[N];
	struct memscope_survival survival;

	for (int i = 0; i < N; i++)
		data[i] = (struct memscope_observation){ (double)draw_below(100), 1 };
	assert_int_equal(memscope_survival_fit_exact(&survival, data, N), 0);
	for (int t = 0; t < 100; t++) {
		struct memscope_range s = memscope_survival_at(&survival, t, 1);
		int above = 0;

		for (int i = 0; i < N; i++)
			above += data[i].time > t;
		close_to(s.value, (double)above / N, 1e-12);
		for (size_t k = 0; k < survival.steps; k++)
			if (survival.step[k].time == t && above)
				close_to(s.value * s.value * survival.step[k].greenwood,
					 s.value * (1 - s.value) / N, 1e-12);
	}
	assert_true(memscope_survival_at(&survival, 100, 1).value == 0);
	assert_true(memscope_survival_at(&survival, 100, 1).high > 0);
	memscope_survival_fini(&survival);
}

/*
 * Exponential lifetimes with exponential censoring, through histograms. With
 * 20,000 objects S has a standard deviation below 0.0063 at every t tried: 0.044
 * is 7 of them (3e-12 a point), plus 1.6 % of time for the buckets (0.006 of S).
 * Coverage:
 * of 400 intervals at 95 % at least 340 hold the truth (a shortfall of 40 is
 * 9 standard deviations).
 */
static void exponential(void **state)
{
	int inside = 0;

	for (int round = 0; round < 400; round++) {
		struct memscope_histogram ended = { 0 }, censored = { 0 };
		double mean = draw_scale(1e3, 1e9), censor = mean * draw_between(0.7, 3);
		int n = round ? 400 : 20000;
		struct memscope_survival survival;
		struct memscope_range s;
		uint64_t at_risk;

		for (int i = 0; i < n; i++) {
			double life = draw_exponential(mean), seen = draw_exponential(censor);

			if (life <= seen)
				memscope_histogram_add(&ended, (uint64_t)life);
			else
				memscope_histogram_add(&censored, (uint64_t)seen);
		}
		assert_int_equal(memscope_survival_fit(&survival, &ended, &censored), 0);
		assert_int_equal(survival.n, n);
		s = memscope_survival_at(&survival, mean / 2, MEMSCOPE_Z95);
		inside += s.low <= exp(-0.5) && exp(-0.5) <= s.high;
		if (!round) {
			for (double t = 0.1; t < 1.6; t += 0.1)
				close_to(memscope_survival_at(&survival, t * mean, 1).value,
					 exp(-t), 0.05);
			/* Exponential lives do not age. */
			s = memscope_survival_outlive(&survival, mean / 2, mean / 2, 7, &at_risk);
			assert_true(s.low - 0.006 <= exp(-0.5) && exp(-0.5) <= s.high + 0.006);
			assert_true(at_risk > 5000);
		}
		memscope_survival_fini(&survival);
		memscope_histogram_fini(&ended);
		memscope_histogram_fini(&censored);
	}
	assert_true(inside >= 340);
}

static void empty(void **state)
{
	struct memscope_histogram none = { 0 };
	struct memscope_survival survival;
	uint64_t at_risk;
	double sd;

	assert_int_equal(memscope_survival_fit(&survival, &none, &none), 0);
	assert_int_equal(survival.n, 0);
	assert_true(memscope_survival_at(&survival, 5, 1).value == 1);
	assert_true(isinf(memscope_survival_quantile(&survival, 0.5, 1).value));
	assert_true(isnan(memscope_survival_outlive(&survival, 1, 1, 1, &at_risk).value));
	assert_true(memscope_survival_mean(&survival, 5, &sd) == 5);
	memscope_survival_fini(&survival);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(freireich),
		cmocka_unit_test(miller),
		cmocka_unit_test(uncensored),
		cmocka_unit_test(exponential),
		cmocka_unit_test(empty),
	};

	draw_seed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
