/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Two recordings of the same work, before and after: what changed at each
 * site and cache, whether that is more than chance, and whether it is a
 * regression. All is per second, or of the time that both recordings have.
 *
 *	live	  bytes live when the shorter recording ended, both having begun
 *		  with none: the end of a line through the later half of each
 *		  time series, by Welch's t test, its variance widened for
 *		  autocorrelation (stat-compare.h) and not below that of as many
 *		  objects that come and go by chance, in bursts as they do
 *		  (size^2 * objects * dispersion)
 *	rate	  allocations a second: conditional binomial test, counts divided
 *		  by the larger dispersion of both
 *	waste	  bytes a second allocated but not asked for: normal test, the
 *		  variance that of a compound Poisson process of that dispersion
 *		  whose objects waste as much as the mean and the largest allow
 *	lifetime  log-rank test; shown as the median
 *
 * p-values are adjusted by Holm over all rows and figures of a table. The
 * tests know what varies within a recording; what varies from one run to the
 * next, they do not: hence the limits below, beneath which nothing counts.
 */
#ifndef MEMSCOPE_DIFF_H
#define MEMSCOPE_DIFF_H

#include <stdbool.h>

#include "analysis.h"
#include "diff-match.h"
#include "live-index.h"

enum memscope_diff_figure {
	MEMSCOPE_DIFF_LIVE,
	MEMSCOPE_DIFF_RATE,
	MEMSCOPE_DIFF_WASTE,
	MEMSCOPE_DIFF_LIFETIME,

	MEMSCOPE_DIFF_FIGURES
};

/* "live", "rate", "waste" or "lifetime" */
const char *memscope_diff_name(unsigned int figure);

/* Analyses the models must have been made with, in this order; ended by NULL. */
extern const struct memscope_analysis *const memscope_diff_analyses[];

struct memscope_diff_side {
	struct memscope_match_side match;
	const struct memscope_analysis_context *context;
	const struct memscope_live_index *live;
};

/**
 * struct memscope_diff_limits - what a regression is at least
 * @alpha: the adjusted p is below
 * @percent: and the figure rose by more than so many percent,
 * @least: and by more than this, in its unit; negative: it is no regression ever
 */
struct memscope_diff_limits {
	double alpha;
	double percent[MEMSCOPE_DIFF_FIGURES];
	double least[MEMSCOPE_DIFF_FIGURES];
};

extern const struct memscope_diff_limits memscope_diff_limits_default;

enum memscope_diff_verdict {
	MEMSCOPE_DIFF_SAME,
	MEMSCOPE_DIFF_BETTER,		/* it fell by as much as would count if it had risen */
	MEMSCOPE_DIFF_WORSE,
};

/* One figure on both sides; lifetime in ns, NAN where it is not known. */
struct memscope_diff_value {
	double value[2];
	double p, adjusted;		/* NAN: not tested */
	enum memscope_diff_verdict verdict;
};

struct memscope_diff_row {
	const struct memscope_match *match;
	uint64_t allocs[2], live_objects[2];
	struct memscope_diff_value figure[MEMSCOPE_DIFF_FIGURES];
};

struct memscope_diff {
	struct memscope_matches matches;
	struct memscope_diff_row *rows;	/* as many as matches */
	double common_seconds;		/* in both */
	size_t worse;			/* rows with a regression */
};

/* caches: rows are caches, else sites. 0 or -ENOMEM */
int memscope_diff_create(struct memscope_diff *diff, const struct memscope_diff_side sides[2],
			 bool caches, const struct memscope_diff_limits *limits);
void memscope_diff_fini(struct memscope_diff *diff);

/* Any figure of it is a regression. */
bool memscope_diff_row_worse(const struct memscope_diff_row *row);

/* Numbers of rows, regressions first, then by the size of the change. Caller frees. */
size_t *memscope_diff_order(const struct memscope_diff *diff, enum memscope_diff_figure figure);

#endif /* MEMSCOPE_DIFF_H */
