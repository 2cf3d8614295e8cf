/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What all analyses share: figures that say how good they are, and what is
 * known of the recording once the pass has ended.
 *
 * An analysis is a struct memscope_analysis (model.h) and a function that
 * reads its state in a site: memscope_<name>_result(). Results hold figures;
 * each was measured, or estimated with an interval, or there was too little
 * to go by, and then it says why. Nothing is guessed from an object's size.
 * Intervals are two-sided at 95 % unless a result says otherwise.
 */
#ifndef MEMSCOPE_ANALYSIS_H
#define MEMSCOPE_ANALYSIS_H

#include "model.h"
#include "stat-survival.h"

enum memscope_quality {
	MEMSCOPE_INSUFFICIENT,		/* no value */
	MEMSCOPE_MEASURED,		/* counted */
	MEMSCOPE_ESTIMATED,		/* has an interval, or rests on a model */
};

/* Why there is no value. */
enum memscope_why {
	MEMSCOPE_WHY_NONE,
	MEMSCOPE_WHY_FEW,		/* too few objects or arrivals; see n */
	MEMSCOPE_WHY_SHORT,		/* observed for too short a time */
	MEMSCOPE_WHY_CENSORED,		/* too many objects still live to tell */
	MEMSCOPE_WHY_SAMPLED,		/* the site saw only some of its allocations */
	MEMSCOPE_WHY_LOST,		/* lost events could explain it */
	MEMSCOPE_WHY_TOPOLOGY,		/* which CPU is on which node is not known */
	MEMSCOPE_WHY_UNSTEADY,		/* holds for steady sites only */
	MEMSCOPE_WHY_APERIODIC,		/* holds for Constant sites only */
	MEMSCOPE_WHY_UNTRACKED,		/* what it needs was not recorded */
	MEMSCOPE_WHY_SERVED,		/* holds for requests that fail only */

	MEMSCOPE_WHYS
};

/**
 * struct memscope_figure - a value and how good it is
 * @value: NAN if insufficient; infinite: beyond all that was seen
 * @low: lower end of its interval; @value itself where there is none
 * @high: upper end, may be infinite
 * @n: how many objects, arrivals or windows it rests on
 * @quality: enum memscope_quality
 * @why: enum memscope_why, of an insufficient one
 * @weakened: events were lost that may have changed it
 */
struct memscope_figure {
	double value, low, high;
	uint64_t n;
	uint8_t quality, why;
	bool weakened;
};

/**
 * struct memscope_analysis_context - the recording as a whole
 * @start_ns: when it began, CLOCK_MONOTONIC
 * @end_ns: when it ended
 * @nr_cpus: entries of @cpu_node
 * @cpu_node: NUMA node of each CPU, -1 where there is none; NULL if not known
 * @events: events applied
 * @lost: events lost in full buffers, and probe hits the kernel skipped
 * @stack_every: a stack was taken of every n-th allocation
 * @sampled: sites saw only some of their allocations for another reason
 */
struct memscope_analysis_context {
	uint64_t start_ns, end_ns;
	uint32_t nr_cpus;
	const int16_t *cpu_node;
	uint64_t events, lost;
	uint32_t stack_every;
	bool sampled;
};

/**
 * struct memscope_live - the objects of one site that were live at one time
 * @birth_ns: when each was allocated, in any order
 * @n: how many
 */
struct memscope_live {
	const uint64_t *birth_ns;
	size_t n;
};

/** memscope_quality_name - "measured", "estimated" or "insufficient data" */
const char *memscope_quality_name(unsigned int quality);

/** memscope_why_sentence - why a figure is insufficient, for people */
const char *memscope_why_sentence(unsigned int why);

/** memscope_measured - a counted figure */
struct memscope_figure memscope_measured(double value, uint64_t n);

/** memscope_estimated - a figure with an interval */
struct memscope_figure memscope_estimated(struct memscope_range range, uint64_t n);

/** memscope_insufficient - a figure that is not there */
struct memscope_figure memscope_insufficient(enum memscope_why why, uint64_t n);

/** memscope_share - hits of n, measured, with the Wilson interval; FEW if n is 0 */
struct memscope_figure memscope_share(uint64_t hits, uint64_t n);

/** memscope_loss - share of events that were lost, 0 to 1 */
double memscope_loss(const struct memscope_analysis_context *context);

/**
 * memscope_arrivals_sampled - do sites miss some of their own allocations?
 * With a stack on every n-th allocation only, a stack's site has the n-th of
 * its allocations, and the call site the rest: the gaps of neither are real.
 */
static inline bool memscope_arrivals_sampled(const struct memscope_analysis_context *context)
{
	return context->sampled || context->stack_every > 1;
}

#endif /* MEMSCOPE_ANALYSIS_H */
