// SPDX-License-Identifier: GPL-2.0
/*
 * Mann-Kendall and Theil-Sen. Work memory is n^2/2 values.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "stat-distribution.h"
#include "stat-trend.h"

static int by_value(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return (left > right) - (left < right);
}

static void sort(double *value, size_t n)
{
	qsort(value, n, sizeof(*value), by_value);
}

/* n(n-1)(2n+5)/18 less the same for each group of equal values. */
static double variance_of_score(const double *y, size_t n, double *work)
{
	double sum = (double)n * (double)(n - 1) * (double)(2 * n + 5);

	for (size_t i = 0; i < n; i++)
		work[i] = y[i];
	sort(work, n);
	for (size_t i = 0, j; i < n; i = j) {
		double t;

		for (j = i + 1; j < n && work[j] == work[i]; j++)
			;
		t = (double)(j - i);
		sum -= t * (t - 1) * (2 * t + 5);
	}
	return sum / 18;
}

/* Ranks from 1, equal values share their mean rank. */
static void rank(const double *y, size_t n, double *out)
{
	for (size_t i = 0; i < n; i++) {
		size_t below = 0, equal = 0;

		for (size_t j = 0; j < n; j++) {
			below += y[j] < y[i];
			equal += y[j] == y[i];
		}
		out[i] = (double)below + ((double)equal + 1) / 2;
	}
}

/* Weight of the autocorrelation at one lag in the variance of S. */
static double weight(size_t n, size_t lag)
{
	double left = (double)(n - lag);

	return left * (left - 1) * (left - 2) /
	       ((double)n * (double)(n - 1) * (double)(n - 2));
}

/*
 * Hamed and Rao: n/n* = 1 + 2/(n(n-1)(n-2)) sum (n-i)(n-i-1)(n-i-2) r_i over
 * the lags whose autocorrelation r_i of ranks, the slope taken out, is
 * significant at 5 %. In series as short as these most are not, and the test
 * errs twice as often as it says; so r_i is also taken as that of a first-
 * order process, r_1^i, with r_1 freed of its bias in detrended series
 * (Marriott and Pope 1954: about -(2 + 4 r)/n), and the wider result is used.
 * A result below 1 is not: that values alternate must not make a rise surer.
 */
static void inflate(struct memscope_trend *trend, const double *y, size_t n, double *work)
{
	double *flat = work, *r = work + n, mean = ((double)n + 1) / 2, c0 = 0;
	double edge = MEMSCOPE_Z95 / sqrt((double)n), first = 0, power = 1;
	double significant = 0, process = 0;

	for (size_t i = 0; i < n; i++)
		flat[i] = y[i] - trend->slope * (double)i;
	rank(flat, n, r);
	for (size_t i = 0; i < n; i++)
		c0 += (r[i] - mean) * (r[i] - mean);
	trend->hamed_rao = 1;
	trend->inflation = 1;
	if (c0 <= 0)
		return;
	for (size_t lag = 1; lag + 2 < n; lag++) {
		double c = 0;

		for (size_t i = 0; i + lag < n; i++)
			c += (r[i] - mean) * (r[i + lag] - mean);
		c /= c0;
		if (lag == 1 && n > 8)
			first = fmin((c * (double)n + 2) / ((double)n - 4), 0.99);
		power *= first;
		if (fabs(c) > edge)
			significant += weight(n, lag) * c;
		process += weight(n, lag) * power;
	}
	trend->hamed_rao = 1 + 2 * significant;
	if (first > 0)
		trend->inflation += 2 * process;
	trend->inflation = fmax(trend->inflation, trend->hamed_rao);
}

static double at_rank(const double *sorted, size_t n, double rank_from_0)
{
	double low = fmin(fmax(rank_from_0, 0), (double)(n - 1));
	size_t i = (size_t)low;

	if (i + 1 >= n)
		return sorted[n - 1];
	return sorted[i] + (low - (double)i) * (sorted[i + 1] - sorted[i]);
}

int memscope_trend_test(const double *y, size_t n, double z, struct memscope_trend *trend)
{
	size_t pairs = n * (n - 1) / 2, k = 0;
	double *slope, half, sd;

	*trend = (struct memscope_trend){ .n = n };
	if (n < 4)
		return -EINVAL;
	slope = malloc((pairs + 2 * n) * sizeof(*slope));
	if (!slope)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		for (size_t j = i + 1; j < n; j++) {
			trend->score += (y[j] > y[i]) - (y[j] < y[i]);
			slope[k++] = (y[j] - y[i]) / (double)(j - i);
		}
	}
	sort(slope, pairs);
	trend->slope = at_rank(slope, pairs, ((double)pairs - 1) / 2);
	trend->variance = variance_of_score(y, n, slope + pairs);
	inflate(trend, y, n, slope + pairs);
	sd = sqrt(trend->variance * trend->inflation);
	if (sd > 0 && trend->score)
		trend->z = ((double)trend->score - (trend->score > 0 ? 1 : -1)) / sd;
	trend->p_rise = memscope_normal_cdf(-trend->z);
	/* Ranks (N - z sd) / 2 and (N + z sd) / 2 + 1, counted from 1 (Gilbert 1987). */
	half = z * sd / 2;
	trend->slope_low = at_rank(slope, pairs, (double)pairs / 2 - half - 1);
	trend->slope_high = at_rank(slope, pairs, (double)pairs / 2 + half);
	free(slope);
	return 0;
}
