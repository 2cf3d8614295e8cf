/* SPDX-License-Identifier: GPL-2.0 */
/*
 * When a site allocates: how often, how evenly, in which bursts.
 *
 * State of a site: 24 bytes; the latest arrival times, 4 at first and 256 at
 * most; from the 257th arrival on 1.3 KiB more: power sums of all gaps, counts
 * in windows of four widths, and counts of all arrivals in up to 256 equal
 * bins of 1 ms that double in width as time goes on. So gaps, burstiness and Fano
 * factors are of all arrivals; the period, and how long and large bursts are,
 * of the latest 256; burst intervals of all, by gaps up to 256 arrivals and
 * by bins beyond.
 *
 * Classes, by these rules in this order, from 21 arrivals on:
 *   Sporadic	fewer arrivals: too few to tell
 *   Burst	all within a quarter of the recording; or A >= 0.2; or F >> 1
 *   Constant	A < -0.5 and a steady rate: each quarter of the time between
 *		the first and the last arrival has a quarter of the arrivals,
 *		give or take a quarter of that and 2
 *   Regular	all others
 * A is the burstiness of Kim and Jo. F is the Fano factor of a window of
 * stated width, over the time from the first to the last arrival; F >> 1 means
 * that in 8 windows or more it exceeds 3 by 5 standard deviations of Poisson's
 * (sqrt(2 / (windows - 1))), and that counts differ by three quarters of their
 * mean beyond chance: a busy site's rate wavers by some percent, and that
 * alone makes its F as large as one likes.
 * None of this is told where a site saw only some of its allocations.
 */
#ifndef MEMSCOPE_ANALYSIS_FREQUENCY_H
#define MEMSCOPE_ANALYSIS_FREQUENCY_H

#include "analysis.h"

extern const struct memscope_analysis memscope_analysis_frequency;

enum memscope_pattern {
	MEMSCOPE_PATTERN_UNKNOWN,	/* see why burstiness is insufficient */
	MEMSCOPE_PATTERN_CONSTANT,
	MEMSCOPE_PATTERN_REGULAR,
	MEMSCOPE_PATTERN_BURST,
	MEMSCOPE_PATTERN_SPORADIC,

	MEMSCOPE_PATTERNS
};

#define MEMSCOPE_FREQUENCY_WINDOWS	4
#define MEMSCOPE_FREQUENCY_BURSTS	8

/**
 * struct memscope_arrival_burst - a stretch of fast arrivals
 * @start_ns: CLOCK_MONOTONIC
 * @end_ns: CLOCK_MONOTONIC
 * @arrivals: in it
 */
struct memscope_arrival_burst {
	uint64_t start_ns, end_ns, arrivals;
};

/**
 * struct memscope_frequency_result - when a site allocates
 * @arrivals: allocations
 * @pattern: enum memscope_pattern
 * @steady: the rate is steady between the first and the last arrival
 * @per_second: arrivals over the length of the recording
 * @active: share of the recording between the first and the last arrival
 * @gap_ns: mean gap
 * @gap_cv: r, standard deviation of gaps / their mean
 * @burstiness: A, -1 (a clock) to 1
 * @fano_window_ns: widths of the windows
 * @fano: Fano factor at each width; n is the number of windows
 * @period_ns: of Constant sites, from the latest 256 arrivals at most
 * @false_alarm: probability of so clear a period in random arrivals
 * @bursts_found: bursts in all, of Burst sites
 * @bursts: entries of @burst
 * @burst: the heaviest ones, in the order of time
 * @burst_resolution_ns: their ends are only known to this; 0: exactly
 * @burst_arrivals: mean arrivals of a burst, among the latest 256 arrivals
 * @burst_ns: mean length of these
 */
struct memscope_frequency_result {
	uint64_t arrivals;
	enum memscope_pattern pattern;
	bool steady;
	struct memscope_figure per_second, active;
	struct memscope_figure gap_ns, gap_cv, burstiness;
	uint64_t fano_window_ns[MEMSCOPE_FREQUENCY_WINDOWS];
	struct memscope_figure fano[MEMSCOPE_FREQUENCY_WINDOWS];
	struct memscope_figure period_ns, false_alarm;
	uint64_t bursts_found;
	unsigned int bursts;
	struct memscope_arrival_burst burst[MEMSCOPE_FREQUENCY_BURSTS];
	uint64_t burst_resolution_ns;
	struct memscope_figure burst_arrivals, burst_ns;
};

/** memscope_pattern_name - "Constant", "Regular", "Burst", "Sporadic" or "unknown" */
const char *memscope_pattern_name(unsigned int pattern);

/**
 * memscope_frequency_result - when a site allocates
 * @site: the site
 * @state: the analysis' state in it
 * @context: the recording
 * @result: filled
 * Return: 0 or -ENOMEM.
 */
int memscope_frequency_result(const struct memscope_site *site, const void *state,
			      const struct memscope_analysis_context *context,
			      struct memscope_frequency_result *result);

#endif /* MEMSCOPE_ANALYSIS_FREQUENCY_H */
