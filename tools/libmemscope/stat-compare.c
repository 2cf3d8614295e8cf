// SPDX-License-Identifier: GPL-2.0
/*
 * Comparisons of two samples.
 */
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "stat-compare.h"
#include "stat-distribution.h"

#define LINE_MIN	4		/* values that a line needs */
#define CORRELATED	0.95		/* more is taken for so much */

static double fano(const uint64_t *count, size_t n, size_t together)
{
	double sum = 0, squares = 0, mean;
	size_t windows = n / together, i, j;

	if (windows < LINE_MIN)
		return 1;
	for (i = 0; i < windows; i++) {
		double value = 0;

		for (j = 0; j < together; j++)
			value += (double)count[i * together + j];
		sum += value;
		squares += value * value;
	}
	mean = sum / (double)windows;
	if (mean <= 0)
		return 1;
	return (squares - sum * mean) / (double)(windows - 1) / mean;
}

double memscope_dispersion(const uint64_t *count, size_t n)
{
	return fmax(fmax(1, fano(count, n, 1)), fmax(fano(count, n, 4), fano(count, n, 8)));
}

double memscope_compare_counts(double a, double time_a, double b, double time_b,
			       double dispersion)
{
	double share, n, low, high;

	if (time_a <= 0 || time_b <= 0 || dispersion <= 0)
		return NAN;
	a /= dispersion;
	b /= dispersion;
	n = a + b;
	if (n <= 0)
		return 1;
	share = time_b / (time_a + time_b);
	/* P(B <= b) and P(B >= b), also for what is no whole number. */
	low = memscope_beta(1 - share, n - b, b + 1);
	high = memscope_beta(share, b, n - b + 1);
	return fmin(1, 2 * fmin(low, high));
}

struct memscope_level memscope_level_at_end(const double *y, size_t n, double least)
{
	struct memscope_level level = { .value = n ? y[n - 1] : 0, .variance = least,
					.df = INFINITY };
	double mean_x = ((double)n - 1) / 2, mean = 0, xx = 0, xy = 0, slope;
	double squares = 0, lagged = 0, before = 0, r = 0, widened, variance, df;
	double drift, walk = 0;
	size_t i;

	if (n < LINE_MIN)
		return level;
	for (i = 0; i < n; i++)
		mean += y[i] / (double)n;
	for (i = 0; i < n; i++) {
		xx += ((double)i - mean_x) * ((double)i - mean_x);
		xy += ((double)i - mean_x) * (y[i] - mean);
	}
	slope = xy / xx;
	level.value = mean + slope * mean_x;
	for (i = 0; i < n; i++) {
		double rest = y[i] - mean - slope * ((double)i - mean_x);

		squares += rest * rest;
		lagged += i ? rest * before : 0;
		before = rest;
	}
	if (squares > 0)
		r = fmin(fmax(lagged / squares, 0), CORRELATED);
	widened = (1 + r) / (1 - r);
	variance = squares / ((double)n - 2) * (1 / (double)n + mean_x * mean_x / xx) * widened;
	df = fmax(1, (double)n / widened - 2);
	drift = (y[n - 1] - y[0]) / ((double)n - 1);
	for (i = 1; i < n; i++)
		walk += (y[i] - y[i - 1] - drift) * (y[i] - y[i - 1] - drift);
	walk *= (double)n / ((double)n - 2);
	if (walk < variance) {
		variance = walk;
		df = (double)n - 2;
		level.value = y[n - 1];
	}
	if (variance <= least)
		return level;
	level.variance = variance;
	level.df = df;
	return level;
}

double memscope_compare_levels(const struct memscope_level *a, const struct memscope_level *b)
{
	double variance = a->variance + b->variance, t, df;

	if (variance <= 0)
		return a->value == b->value ? 1 : 0;
	t = fabs(b->value - a->value) / sqrt(variance);
	df = a->variance * a->variance / a->df + b->variance * b->variance / b->df;
	if (df <= 0)
		return 2 * memscope_normal_cdf(-t);
	return 2 * memscope_student_cdf(-t, variance * variance / df);
}

double memscope_compare_survival(const struct memscope_survival *a,
				 const struct memscope_survival *b)
{
	double risk_a = (double)a->n, risk_b = (double)b->n, excess = 0, variance = 0;
	size_t i = 0, j = 0;

	while (i < a->steps || j < b->steps) {
		bool at_a, at_b;
		double ended_a, ended_b, ended, risk = risk_a + risk_b;

		at_a = i < a->steps && (j == b->steps || a->step[i].time <= b->step[j].time);
		at_b = j < b->steps && (i == a->steps || b->step[j].time <= a->step[i].time);
		ended_a = at_a ? (double)a->step[i].ended : 0;
		ended_b = at_b ? (double)b->step[j].ended : 0;
		ended = ended_a + ended_b;
		if (ended > 0 && risk > 1) {
			double share = risk_b / risk;

			excess += ended_b - ended * share;
			variance += ended * share * (1 - share) * (risk - ended) / (risk - 1);
		}
		risk_a -= at_a ? ended_a + (double)a->step[i].censored : 0;
		risk_b -= at_b ? ended_b + (double)b->step[j].censored : 0;
		i += at_a;
		j += at_b;
	}
	if (variance <= 0)
		return NAN;
	return memscope_chi2_sf(excess * excess / variance, 1);
}

struct rank {
	double p;
	size_t place;
};

static int compare(const void *a, const void *b)
{
	double x = ((const struct rank *)a)->p, y = ((const struct rank *)b)->p;

	return (x > y) - (x < y);
}

int memscope_holm(double *p, size_t n)
{
	struct rank *ranks = malloc((n + 1) * sizeof(*ranks));
	size_t tests = 0, i;
	double before = 0;

	if (!ranks)
		return -ENOMEM;
	for (i = 0; i < n; i++)
		if (!isnan(p[i]))
			ranks[tests++] = (struct rank){ p[i], i };
	qsort(ranks, tests, sizeof(*ranks), compare);
	for (i = 0; i < tests; i++) {
		before = fmax(before, fmin(1, ranks[i].p * (double)(tests - i)));
		p[ranks[i].place] = before;
	}
	free(ranks);
	return 0;
}
