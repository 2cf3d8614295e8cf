/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Does a site leak? Four things are asked, and a verdict names what was found:
 *
 *   rising	The floor of its live bytes rises: Mann-Kendall with its variance
 *		widened for autocorrelation, p < 0.05, and Theil-Sen's slope is above
 *		0, no part of its interval below. The floor is, for each of 32 to 64
 *		equal bins of time, the bytes that were live when it began and still
 *		are when it ends: short-lived objects are not in it. (A floor that
 *		only ever rises is as correlated as can be, and has p 0.015 to 0.03.)
 *   tail	Live objects have grown older than objects of this site get. c is
 *		the 99th, 99.9th or 99.99th percentile or the maximum of lifetimes
 *		that ended, or a 64th of the observed time if that is more. Older
 *		than c, a site that can ever be steady must lose objects at a rate
 *		of at least 1 / age, or its mean lifetime would be infinite; so
 *		E = sum of ln(age / c) over its objects older than c should have
 *		been freed at least. Passed if so few ends were seen with a chance
 *		below 1e-4 (Poisson) and 5 or more live objects are older than c.
 *		c must be half of the observed time at most: lives that are long
 *		against that look endless.
 *		Open if nothing was ever freed: there is nothing to compare with.
 *   ages	The number of distinct ages keeps rising: of 32 equal stretches of
 *		the time up to c before the end, 3 or more of the later 16 have
 *		objects in them that are live and older than c, and no fewer than
 *		a third of those of the earlier 16.
 *   plateau	A cache that has warmed up: of these 32 stretches the last ones are
 *		empty, and k that are not, strewn at random, would leave so many
 *		empty with a chance below 1e-4; or the objects in them become ever
 *		fewer (Kendall's z of the 32 counts below -4, and less than half as
 *		many in the last 8 as in the first 8). Stretches, not objects, are
 *		counted, since many may leak at once.
 *
 *   leak	tail passed, ages, no plateau, rising; or tail open, all else, for
 *		20 seconds and 10 objects or more, of a cache that is not known
 *		to be reclaimable
 *   suspect	tail passed, ages, no plateau, but the rise is not significant; or
 *		tail open, all else, for a shorter time, or of a reclaimable cache
 *   growing	rising to the end, but as sites do that free their objects later
 *   steady	none of these
 *
 * No verdict where lost events could explain it: more than 5 % lost, or the
 * frees lost in proportion would be a tenth of the objects in question.
 *
 * State of a site: 8 bytes, from its fourth allocation on 544 more.
 */
#ifndef MEMSCOPE_ANALYSIS_LEAK_H
#define MEMSCOPE_ANALYSIS_LEAK_H

#include "analysis.h"
#include "stat-trend.h"

extern const struct memscope_analysis memscope_analysis_leak;

#define MEMSCOPE_LEAK_BINS	64

enum memscope_verdict {
	MEMSCOPE_VERDICT_UNKNOWN,	/* see why */
	MEMSCOPE_VERDICT_STEADY,
	MEMSCOPE_VERDICT_GROWING,
	MEMSCOPE_VERDICT_SUSPECT,
	MEMSCOPE_VERDICT_LEAK,

	MEMSCOPE_VERDICTS
};

enum memscope_tail {
	MEMSCOPE_TAIL_OPEN,
	MEMSCOPE_TAIL_FAILED,
	MEMSCOPE_TAIL_PASSED,
};

/**
 * struct memscope_leak_result - verdict and evidence
 * @verdict: enum memscope_verdict
 * @why: enum memscope_why, of an unknown verdict
 * @weakened: events were lost, though too few to explain it
 * @rising: the floor rises
 * @ages: the number of distinct ages rises
 * @plateau: objects in question stopped coming, or slow down
 * @tail: enum memscope_tail
 * @trend: of the floor; its slope is in bytes per bin
 * @floor: bytes; @trend.n bins
 * @bin_ns: length of a bin
 * @floor_start_ns: when the first one began, CLOCK_MONOTONIC
 * @limit_ns: c; 0 if the tail is open
 * @overdue: live objects older than c; all live ones if the tail is open
 * @oldest_ns: age of the oldest live object
 * @tail_chance: chance of so few ends beyond c
 * @ages_early: of the earlier 16 stretches of time, those with such objects
 * @ages_late: of the later 16
 * @stopped_chance: chance of so long a rest at the end
 * @slowing_z: Kendall's z of the number of such objects in each stretch
 * @bytes_per_second: slope of the floor; of any verdict but steady
 * @seconds_to_gib: until the site holds 1 GiB at that pace
 */
struct memscope_leak_result {
	enum memscope_verdict verdict;
	enum memscope_why why;
	bool weakened;
	bool rising, ages, plateau;
	enum memscope_tail tail;
	struct memscope_trend trend;
	double floor[MEMSCOPE_LEAK_BINS];
	uint64_t bin_ns, floor_start_ns;
	uint64_t limit_ns, overdue, oldest_ns;
	double tail_chance;
	unsigned int ages_early, ages_late;
	double stopped_chance, slowing_z;
	struct memscope_figure bytes_per_second, seconds_to_gib;
};

/** memscope_verdict_name - "leak", "suspect", "growing", "steady" or "unknown" */
const char *memscope_verdict_name(unsigned int verdict);

/** memscope_tail_name - "passed", "failed" or "open" */
const char *memscope_tail_name(unsigned int tail);

/**
 * memscope_leak_result - does a site leak?
 * @site: the site
 * @state: the analysis' state in it
 * @lifetime_state: state of the lifetime analysis in it
 * @context: the recording
 * @live: its objects that live at the end
 * @reclaimable: the kernel can take its cache's objects back under pressure
 *		 (reclaim_account in sysfs); false if not known
 * @result: filled
 * Return: 0 or -ENOMEM.
 */
int memscope_leak_result(const struct memscope_site *site, const void *state,
			 const void *lifetime_state,
			 const struct memscope_analysis_context *context,
			 const struct memscope_live *live, bool reclaimable,
			 struct memscope_leak_result *result);

#endif /* MEMSCOPE_ANALYSIS_LEAK_H */
