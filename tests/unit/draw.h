/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Random draws from the distributions that tests of statistics need, on one
 * generator for the whole program: draw_seed() first in main().
 */
#ifndef DRAW_H
#define DRAW_H

#include <errno.h>
#include <math.h>

#include "unit.h"

static struct unit_random draw_random;

static inline void draw_seed(void)
{
	draw_random = unit_random("all");
}

/* In (0, 1). */
static inline double draw_uniform(void)
{
	return ((double)(unit_next(&draw_random) >> 12) + 0.5) * 0x1p-52;
}

static inline double draw_between(double low, double high)
{
	return low + (high - low) * draw_uniform();
}

/* Log-uniform. */
static inline double draw_scale(double low, double high)
{
	return exp(draw_between(log(low), log(high)));
}

/* 0 to n - 1 */
static inline uint64_t draw_below(uint64_t n)
{
	return unit_below(&draw_random, n);
}

static inline double draw_exponential(double mean)
{
	return -mean * log(draw_uniform());
}

static inline double draw_normal(void)
{
	return sqrt(-2 * log(draw_uniform())) * cos(2 * M_PI * draw_uniform());
}

static inline uint64_t draw_poisson(double mean)
{
	uint64_t n = 0;

	for (double t = draw_exponential(1); t < mean; t += draw_exponential(1))
		n++;
	return n;
}

/* Fails the test unless got is within tolerance of want; not a number fails. */
static inline void close_to(double got, double want, double tolerance)
{
	if (!(fabs(got - want) <= tolerance))
		fail_msg("got %.15g, want %.15g within %g", got, want, tolerance);
}

#endif /* DRAW_H */
