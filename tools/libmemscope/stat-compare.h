/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Are two things seen apart really different? Two-sided probabilities of what
 * was seen, or more, if they were the same. Pure functions of their arguments.
 */
#ifndef MEMSCOPE_STAT_COMPARE_H
#define MEMSCOPE_STAT_COMPARE_H

#include <stddef.h>
#include <stdint.h>

#include "stat-survival.h"

/**
 * memscope_dispersion - how much more counts vary than a Poisson process's
 * @count: in windows of equal length
 * @n: windows
 * Return: the Fano factor, of windows as they are or of 4 or 8 of them in one,
 * whichever is highest; never below 1. Bursts and slow changes raise it.
 */
double memscope_dispersion(const uint64_t *count, size_t n);

/**
 * memscope_compare_counts - two rates, by the conditional binomial test
 * @a: events in @time_a
 * @b: events in @time_b
 * @dispersion: counts are divided by it: so many events come as one
 *
 * Given a + b, b of two equal Poisson processes is binomial with the share
 * time_b / (time_a + time_b) (Przyborowski and Wilenski 1940).
 */
double memscope_compare_counts(double a, double time_a, double b, double time_b,
			       double dispersion);

/**
 * struct memscope_level - where a series stands at its end
 * @value: of the line through it
 * @variance: of @value
 * @df: degrees of freedom; infinite where the variance is known
 */
struct memscope_level {
	double value, variance, df;
};

/**
 * memscope_level_at_end - a level with its variance, from a time series
 * @y: evenly spaced
 * @n: how many; below 4 the last one is the level and @least its variance
 * @least: the variance is not taken for less
 *
 * A straight line by least squares, so that a series that rises has a level
 * too; its variance is widened by (1 + r) / (1 - r), r being the residuals'
 * autocorrelation, since neighbours tell the same thing twice. Where the series
 * has a bend that makes it too wide, that of a random walk with drift is taken
 * if it is less: n times the variance of the steps.
 */
struct memscope_level memscope_level_at_end(const double *y, size_t n, double least);

/* memscope_compare_levels - Welch's t test of two levels */
double memscope_compare_levels(const struct memscope_level *a, const struct memscope_level *b);

/* memscope_compare_survival - the log-rank test (Mantel 1966); NAN: none ended */
double memscope_compare_survival(const struct memscope_survival *a,
				 const struct memscope_survival *b);

/**
 * memscope_holm - what p-values amount to among so many (Holm 1979)
 * @p: replaced by adjusted ones; NAN: not a test, stays
 * @n: how many
 * Return: 0 or -ENOMEM.
 *
 * If those below alpha are taken for differences, the chance that any of them
 * is none is alpha at most, however they depend on each other.
 */
int memscope_holm(double *p, size_t n);

#endif /* MEMSCOPE_STAT_COMPARE_H */
