// SPDX-License-Identifier: GPL-2.0
/*
 * Kaplan-Meier curves and what is read from them. See the header for the
 * method and its sources.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "stat-distribution.h"
#include "stat-survival.h"

/* S reaches a level by products of ratios: compare with this much slack. */
#define SLACK	1e-12

/* Fills survival and greenwood of steps that hold time, ended and censored. */
static void accumulate(struct memscope_survival *survival)
{
	uint64_t at_risk = survival->n;
	double s = 1, greenwood = 0;

	for (size_t i = 0; i < survival->steps; i++) {
		struct memscope_survival_step *step = &survival->step[i];

		step->at_risk = at_risk;
		if (step->ended == at_risk) {
			s = 0;
			greenwood = INFINITY;
		} else if (step->ended) {
			double n = (double)at_risk, d = (double)step->ended;

			s *= 1 - d / n;
			greenwood += d / (n * (n - d));
		}
		step->survival = s;
		step->greenwood = greenwood;
		survival->ended += step->ended;
		at_risk -= step->ended + step->censored;
	}
}

int memscope_survival_fit(struct memscope_survival *survival,
			  const struct memscope_histogram *ended,
			  const struct memscope_histogram *censored)
{
	struct memscope_bucket d[MEMSCOPE_HISTOGRAM_BUCKETS], c[MEMSCOPE_HISTOGRAM_BUCKETS];
	size_t nd = memscope_histogram_list(ended, d);
	size_t nc = memscope_histogram_list(censored, c);

	*survival = (struct memscope_survival){ 0 };
	survival->step = calloc(nd + nc + 1, sizeof(*survival->step));
	if (!survival->step)
		return -ENOMEM;
	for (size_t i = 0, j = 0; i < nd || j < nc;) {
		struct memscope_survival_step *step = &survival->step[survival->steps++];
		uint16_t bucket;

		if (j == nc || (i < nd && d[i].bucket <= c[j].bucket))
			bucket = d[i].bucket;
		else
			bucket = c[j].bucket;
		step->time = memscope_bucket_middle(bucket);
		if (i < nd && d[i].bucket == bucket)
			step->ended = d[i++].count;
		if (j < nc && c[j].bucket == bucket)
			step->censored = c[j++].count;
		survival->n += step->ended + step->censored;
	}
	accumulate(survival);
	return 0;
}

static int by_time(const void *a, const void *b)
{
	const struct memscope_observation *left = a, *right = b;

	return (left->time > right->time) - (left->time < right->time);
}

int memscope_survival_fit_exact(struct memscope_survival *survival,
				struct memscope_observation *observation, size_t n)
{
	*survival = (struct memscope_survival){ .n = n };
	survival->step = calloc(n + 1, sizeof(*survival->step));
	if (!survival->step)
		return -ENOMEM;
	if (n)
		qsort(observation, n, sizeof(*observation), by_time);
	for (size_t i = 0; i < n; i++) {
		struct memscope_survival_step *step;

		if (!i || observation[i].time > observation[i - 1].time)
			survival->steps++;
		step = &survival->step[survival->steps - 1];
		step->time = observation[i].time;
		if (observation[i].ended)
			step->ended++;
		else
			step->censored++;
	}
	accumulate(survival);
	return 0;
}

void memscope_survival_fini(struct memscope_survival *survival)
{
	free(survival->step);
	*survival = (struct memscope_survival){ 0 };
}

/* Steps with a time at or before t. */
static size_t steps_until(const struct memscope_survival *survival, double t)
{
	size_t low = 0, high = survival->steps;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (survival->step[middle].time <= t)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The log(-log S) interval. */
static struct memscope_range interval(double s, double greenwood, double z)
{
	struct memscope_range range = { s, s, s };
	double width;

	if (s <= 0 || s >= 1)
		return range;
	width = z * sqrt(greenwood) / -log(s);
	range.low = pow(s, exp(width));
	range.high = pow(s, exp(-width));
	return range;
}

/* At step i; where S is 0 its upper end is that of the last step above 0. */
static struct memscope_range range_at(const struct memscope_survival *survival, size_t i,
				      double z)
{
	struct memscope_range range;
	size_t above = i;

	while (above && survival->step[above].survival <= 0)
		above--;
	range = interval(survival->step[above].survival, survival->step[above].greenwood, z);
	if (survival->step[i].survival <= 0) {
		range.value = 0;
		range.low = 0;
		if (survival->step[above].survival <= 0)	/* all ended at the first step */
			range.high = 0;
	}
	return range;
}

struct memscope_range memscope_survival_at(const struct memscope_survival *survival,
					   double t, double z)
{
	size_t steps = steps_until(survival, t);

	if (!steps)
		return (struct memscope_range){ 1, 1, 1 };
	return range_at(survival, steps - 1, z);
}

struct memscope_range memscope_survival_quantile(const struct memscope_survival *survival,
						 double p, double z)
{
	struct memscope_range quantile = { INFINITY, INFINITY, INFINITY };
	double level = 1 - p + SLACK;

	for (size_t i = 0; i < survival->steps; i++) {
		struct memscope_range s;
		double time = survival->step[i].time;

		if (!survival->step[i].ended)
			continue;
		s = range_at(survival, i, z);
		if (s.value <= level && isinf(quantile.value))
			quantile.value = time;
		if (s.low <= level && isinf(quantile.low))
			quantile.low = time;
		if (s.high <= level) {
			quantile.high = time;
			break;
		}
	}
	return quantile;
}

struct memscope_range memscope_survival_outlive(const struct memscope_survival *survival,
						double t, double x, double z,
						uint64_t *at_risk)
{
	size_t from = steps_until(survival, t);
	size_t to = steps_until(survival, t + x);
	uint64_t seen = from < survival->steps ? survival->step[from].at_risk : 0;
	uint64_t last = seen;
	struct memscope_range range;
	double s = 1, greenwood = 0;

	*at_risk = seen;
	/* Nothing is known beyond the last step, unless nothing lived on there. */
	if (!seen || (t + x > survival->step[survival->steps - 1].time &&
		      survival->step[survival->steps - 1].survival > 0)) {
		*at_risk = 0;
		return (struct memscope_range){ NAN, NAN, NAN };
	}
	for (size_t i = from; i < to; i++) {
		double n = (double)survival->step[i].at_risk;
		double d = (double)survival->step[i].ended;

		if (!survival->step[i].ended)
			continue;
		s *= 1 - d / n;
		greenwood += d < n ? d / (n * (n - d)) : 0;
	}
	if (to > from)
		last = survival->step[to - 1].at_risk;
	range = interval(s, greenwood, z);
	if (s >= 1)
		range.low = pow(1 - memscope_normal_cdf(z), 1 / (double)last);
	if (s <= 0)
		range.high = 1 - pow(1 - memscope_normal_cdf(z), 1 / (double)seen);
	return range;
}

double memscope_survival_mean(const struct memscope_survival *survival, double limit,
			      double *sd)
{
	double mean = 0, variance = 0, right = limit;

	/* From the right: the area behind each step weighs its Greenwood term. */
	for (size_t i = survival->steps; i-- > 0;) {
		const struct memscope_survival_step *step = &survival->step[i];
		double n = (double)step->at_risk, d = (double)step->ended;

		if (step->time >= limit)
			continue;
		mean += step->survival * (right - step->time);
		right = step->time;
		if (step->ended && step->ended < step->at_risk)
			variance += mean * mean * d / (n * (n - d));
	}
	*sd = sqrt(variance);
	return mean + right;
}
