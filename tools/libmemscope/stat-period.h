/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The period of arrivals.
 *
 * Arrivals are points in time, not a quantity sampled at times, so the
 * periodogram is Rayleigh's: P(f) = |sum exp(2 pi i f t)|^2 / n, which is what
 * Lomb's (1976) and Scargle's (1982) becomes for events of equal weight. If
 * arrivals came at random, P at one frequency would be exponential with mean
 * 1. The false-alarm probability of the highest peak over a band is the bound
 * of Baluev (MNRAS 385, 2008): 1 - (1 - exp(-z)) exp(-W sqrt(z) exp(-z)) with
 * W = (f1 - f0) sqrt(4 pi Var t). It does not depend on how finely the band
 * was searched.
 */
#ifndef MEMSCOPE_STAT_PERIOD_H
#define MEMSCOPE_STAT_PERIOD_H

#include <stddef.h>

/**
 * struct memscope_period - the highest peak
 * @frequency: per unit of time
 * @resolution: half-width of the peak, 1 / (2 span), per unit of time
 * @power: P there, at most n
 * @false_alarm: probability of such a peak if arrivals came at random
 */
struct memscope_period {
	double frequency, resolution, power, false_alarm;
};

/**
 * memscope_period_search - the highest peak in a band of frequencies
 * @time: arrivals, any order, any origin
 * @n: how many, at least 3
 * @low: lower end of the band, above 1 / span
 * @high: upper end
 * @period: the peak, out
 * Return: 0, -EINVAL if there is nothing to search, -ENOMEM.
 */
int memscope_period_search(const double *time, size_t n, double low, double high,
			   struct memscope_period *period);

#endif /* MEMSCOPE_STAT_PERIOD_H */
