// SPDX-License-Identifier: GPL-2.0
/*
 * Rayleigh's periodogram of arrivals, searched over a grid four times finer
 * than its resolution and then around the best point. Each arrival's phase
 * is turned by a constant rotation from one frequency to the next, which
 * saves a sine and a cosine each; it is renewed now and then, since rounding
 * adds up.
 */
#include <complex.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "stat-period.h"

#define OVERSAMPLE	4
#define RENEW		512
#define REFINE		16

static double power(const double *time, size_t n, double frequency)
{
	double c = 0, s = 0;

	for (size_t i = 0; i < n; i++) {
		double phase = 2 * M_PI * fmod(frequency * time[i], 1);

		c += cos(phase);
		s += sin(phase);
	}
	return (c * c + s * s) / (double)n;
}

/* The best frequency of low, low + step, ... */
static double search(const double *time, size_t n, double low, double step, size_t steps,
		     double complex *phase, double complex *turn)
{
	double best = low, highest = -1;

	for (size_t i = 0; i < n; i++)
		turn[i] = cexp(2 * M_PI * I * fmod(step * time[i], 1));
	for (size_t k = 0; k < steps; k++) {
		double frequency = low + step * (double)k, c = 0, s = 0, p;

		if (k % RENEW == 0)
			for (size_t i = 0; i < n; i++)
				phase[i] = cexp(2 * M_PI * I * fmod(frequency * time[i], 1));
		for (size_t i = 0; i < n; i++) {
			double a = creal(phase[i]), b = cimag(phase[i]);
			double ta = creal(turn[i]), tb = cimag(turn[i]);

			c += a;
			s += b;
			phase[i] = CMPLX(a * ta - b * tb, a * tb + b * ta);
		}
		p = c * c + s * s;
		if (p > highest) {
			highest = p;
			best = frequency;
		}
	}
	return best;
}

static double false_alarm(double z, double band)
{
	double single = exp(-z);

	/* 1 - (1 - single) exp(-...), without losing a small result */
	return single - (1 - single) * expm1(-band * sqrt(z) * single);
}

int memscope_period_search(const double *time, size_t n, double low, double high,
			   struct memscope_period *period)
{
	double first = INFINITY, last = -INFINITY, mean = 0, variance = 0, width, step, best;
	double complex *work;
	double *origin;
	size_t steps;

	for (size_t i = 0; i < n; i++) {
		first = fmin(first, time[i]);
		last = fmax(last, time[i]);
		mean += time[i] / (double)n;
	}
	if (n < 3 || last <= first || low <= 0 || high <= low)
		return -EINVAL;
	work = calloc(2 * n, sizeof(*work));
	origin = calloc(n, sizeof(*origin));
	if (!work || !origin) {
		free(work);
		free(origin);
		return -ENOMEM;
	}
	for (size_t i = 0; i < n; i++) {
		origin[i] = time[i] - first;
		variance += (time[i] - mean) * (time[i] - mean) / (double)n;
	}
	width = (high - low) * sqrt(4 * M_PI * variance);
	step = 1 / (OVERSAMPLE * (last - first));
	steps = (size_t)((high - low) / step) + 1;
	best = search(origin, n, low, step, steps, work, work + n);
	for (int round = 0; round < 3; round++) {
		double from = fmax(best - step, low), to = fmin(best + step, high);

		step = (to - from) / REFINE;
		best = search(origin, n, from, step, REFINE + 1, work, work + n);
	}
	period->frequency = best;
	period->resolution = 1 / (2 * (last - first));
	period->power = power(origin, n, best);
	period->false_alarm = false_alarm(period->power, width);
	free(work);
	free(origin);
	return 0;
}
