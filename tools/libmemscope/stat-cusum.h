/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Change points of a stream of figures (a rate, a growth): the cumulative sum
 * of Page (1954), two one-sided sums in standard deviations. The baseline is
 * either given or learned while it runs: then each value is measured by those
 * before it and made standard normal through Student's t (Hawkins, self-
 * starting CUSUM, The Statistician 36, 1987), so that nothing must be known
 * beforehand and a false alarm is as rare as with a known baseline.
 *
 * Between false alarms of one side pass about (exp(2kb) - 2kb - 1) / (2 k^2)
 * independent values, b = h + 1.166 (Siegmund 1985): 930 for k 0.5, h 5;
 * 19,000 for h 8; 140,000 for h 10. A stream whose values follow each other
 * needs a higher h.
 */
#ifndef MEMSCOPE_STAT_CUSUM_H
#define MEMSCOPE_STAT_CUSUM_H

#include <stdbool.h>
#include <stdint.h>

/**
 * struct memscope_cusum - one stream
 * @k: half the change to find, in standard deviations
 * @h: height at which a sum gives alarm, in standard deviations
 * @known: the baseline was given
 * @n: values seen
 * @mean: of the baseline
 * @squares: sum of squared deviations; the variance if @known
 * @up: sum for rises
 * @down: sum for falls
 * @up_since: index of the value @up began to rise at: where the change is put
 * @down_since: the same for @down
 */
struct memscope_cusum {
	double k, h;
	bool known;
	uint64_t n;
	double mean, squares;
	double up, down;
	uint64_t up_since, down_since;
};

/** memscope_cusum_start - baseline to be learned; the first 3 values give no alarm */
void memscope_cusum_start(struct memscope_cusum *cusum, double k, double h);

/** memscope_cusum_start_known - baseline given, @sd above 0 */
void memscope_cusum_start_known(struct memscope_cusum *cusum, double k, double h,
				double mean, double sd);

/**
 * memscope_cusum_add - the next value
 * @cusum: stream
 * @value: finite
 * Return: 1 when a rise is found, -1 when a fall is, else 0. It goes on
 * giving alarm until it is started anew.
 */
int memscope_cusum_add(struct memscope_cusum *cusum, double value);

#endif /* MEMSCOPE_STAT_CUSUM_H */
