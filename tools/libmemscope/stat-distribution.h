/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Distribution functions and the Wilson interval. Pure functions of their
 * arguments.
 */
#ifndef MEMSCOPE_STAT_DISTRIBUTION_H
#define MEMSCOPE_STAT_DISTRIBUTION_H

#include <stdint.h>

/* Two-sided 95 %: what every interval of memscope is, unless it says otherwise. */
#define MEMSCOPE_Z95	1.959963984540054

/** memscope_normal_cdf - P(Z <= z), Z standard normal */
double memscope_normal_cdf(double z);

/**
 * memscope_normal_quantile - z with P(Z <= z) = p
 * @p: in (0, 1); 0 and 1 give minus and plus infinity
 * Return: z, relative error below 1e-9.
 */
double memscope_normal_quantile(double p);

/** memscope_beta - the regularised incomplete beta function I_x(a, b) */
double memscope_beta(double x, double a, double b);

/** memscope_student_cdf - P(T <= t), Student's t with @df > 0 degrees of freedom */
double memscope_student_cdf(double t, double df);

/** memscope_poisson_cdf - P(N <= n), N Poisson with the given mean >= 0 */
double memscope_poisson_cdf(uint64_t n, double mean);

/** memscope_chi2_sf - P(X > x), chi-square with @df > 0 degrees of freedom */
double memscope_chi2_sf(double x, double df);

/**
 * memscope_wilson - score interval of a proportion (Wilson 1927)
 * @hits: successes
 * @n: trials, above 0
 * @z: half-width in standard deviations
 * @low: lower end, out
 * @high: upper end, out
 */
void memscope_wilson(uint64_t hits, uint64_t n, double z, double *low, double *high);

#endif /* MEMSCOPE_STAT_DISTRIBUTION_H */
