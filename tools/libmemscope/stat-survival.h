/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Survival by Kaplan and Meier (1958): the share S(t) of objects that live
 * longer than t, from lifetimes that ended and from ages of objects that live
 * on (right-censored). The variance is Greenwood's (1926); intervals are
 * those of log(-log S) (Kalbfleisch and Prentice 1980), which stay in [0, 1];
 * quantile intervals are the times at which the interval of S holds 1 - p
 * (Brookmeyer and Crowley 1982). Times are in the unit of the input.
 *
 * An object censored at a time at which others end is at risk for them.
 */
#ifndef MEMSCOPE_STAT_SURVIVAL_H
#define MEMSCOPE_STAT_SURVIVAL_H

#include "stat-histogram.h"

/**
 * struct memscope_survival_step - the curve from one time on
 * @time: of the step
 * @at_risk: objects known to live until just before @time
 * @ended: of these, how many ended at @time
 * @censored: of these, how many were seen last at @time
 * @survival: S from @time until the next step
 * @greenwood: sum of ended / (at_risk (at_risk - ended)) so far; infinite when S is 0
 */
struct memscope_survival_step {
	double time;
	uint64_t at_risk, ended, censored;
	double survival, greenwood;
};

struct memscope_survival {
	struct memscope_survival_step *step;
	size_t steps;
	uint64_t n, ended;
};

/** struct memscope_range - a value with its interval; infinite where not reached */
struct memscope_range {
	double value, low, high;
};

/** struct memscope_observation - one lifetime, or one age when last seen alive */
struct memscope_observation {
	double time;
	int ended;
};

/**
 * memscope_survival_fit - the curve of two histograms
 * @survival: filled; undo with memscope_survival_fini
 * @ended: lifetimes that ended
 * @censored: ages of objects that live on
 * Return: 0, or -ENOMEM.
 */
int memscope_survival_fit(struct memscope_survival *survival,
			  const struct memscope_histogram *ended,
			  const struct memscope_histogram *censored);

/**
 * memscope_survival_fit_exact - the curve of single observations
 * @survival: filled; undo with memscope_survival_fini
 * @observation: sorted by this function
 * @n: how many
 * Return: 0, or -ENOMEM.
 */
int memscope_survival_fit_exact(struct memscope_survival *survival,
				struct memscope_observation *observation, size_t n);

void memscope_survival_fini(struct memscope_survival *survival);

/** memscope_survival_at - S(t) with its interval of @z standard deviations */
struct memscope_range memscope_survival_at(const struct memscope_survival *survival,
					   double t, double z);

/**
 * memscope_survival_quantile - the time by which a share @p of objects has ended
 * @survival: a curve
 * @p: share, in (0, 1)
 * @z: half-width of the interval in standard deviations
 * Return: the time; each of its three may be infinite: not reached.
 */
struct memscope_range memscope_survival_quantile(const struct memscope_survival *survival,
						 double p, double z);

/**
 * memscope_survival_outlive - S(t + x) / S(t): will one of age t live x more?
 * @survival: a curve
 * @t: age
 * @x: how much more
 * @z: half-width of the interval in standard deviations
 * @at_risk: objects seen at age @t, out; 0: the answer is not known (NAN)
 *
 * Greenwood's sum is taken from t to t + x only: what was before t is given.
 * Where none ended in between, the lower end is the exact binomial one.
 */
struct memscope_range memscope_survival_outlive(const struct memscope_survival *survival,
						double t, double x, double z,
						uint64_t *at_risk);

/**
 * memscope_survival_mean - mean lifetime restricted to @limit, the area under S
 * @survival: a curve
 * @limit: upper end of the area
 * @sd: standard deviation of the estimate, out
 */
double memscope_survival_mean(const struct memscope_survival *survival, double limit,
			      double *sd);

#endif /* MEMSCOPE_STAT_SURVIVAL_H */
