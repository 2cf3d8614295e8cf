/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Trend of a short evenly spaced series: the test of Mann (1945) and Kendall
 * with ties, its variance corrected for autocorrelation (Hamed and Rao 1998),
 * and the slope of Theil (1950) and Sen (1968).
 */
#ifndef MEMSCOPE_STAT_TREND_H
#define MEMSCOPE_STAT_TREND_H

#include <stddef.h>
#include <stdint.h>

/**
 * struct memscope_trend - a trend test and its slope
 * @n: points
 * @score: Kendall's S: pairs that rise less pairs that fall
 * @variance: of S where values are independent, ties taken into account
 * @hamed_rao: by how much autocorrelation widens it, by their formula
 * @inflation: the same as it is used: not below 1, nor below that of a
 *	       first-order process
 * @z: of S with continuity correction and the widened variance
 * @p_rise: probability of such a z or a higher one without a trend
 * @slope: median of the slopes of all pairs, per step
 * @slope_low: lower end of its interval, from the widened variance
 * @slope_high: upper end
 */
struct memscope_trend {
	size_t n;
	int64_t score;
	double variance, hamed_rao, inflation;
	double z, p_rise;
	double slope, slope_low, slope_high;
};

/**
 * memscope_trend_test - is the series rising, and how fast
 * @y: values, evenly spaced
 * @n: how many, at least 4; time and memory grow with its square
 * @z: half-width of the slope's interval in standard deviations
 * @trend: filled
 * Return: 0, -EINVAL for a short series, -ENOMEM.
 */
int memscope_trend_test(const double *y, size_t n, double z, struct memscope_trend *trend);

#endif /* MEMSCOPE_STAT_TREND_H */
