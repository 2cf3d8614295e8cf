/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Address reuse: which addresses a site's allocations get. It says nothing of
 * how the memory is read or written: slab events do not see that.
 *
 * State of a site: 16 bytes; from its 33rd allocation on 3.2 KiB more, whatever
 * comes, and only what comes from then on is told of. All of the next 4,096
 * allocations are looked at, then 128 in a row of each 1,024: the figures of
 * such a site are estimated. Kept are:
 *   - the previous address and step on each CPU (8 CPUs, the latest stay);
 *   - addresses freed lately (64, a newer one takes the place of an older);
 *   - how often each of up to 96 addresses was taken, a uniform sample of all
 *     distinct ones: those whose hash ends in so many zero bits that they fit
 *     (Wegman's adaptive sampling, Flajolet 1990); while all fit, all are kept.
 *
 * Classes, by these rules in this order, from 64 allocations on:
 *   Sequential	half of the steps or more go to the next object up or down: the
 *		address on the same CPU before it, plus or minus the object's
 *		size, or the stride that the step before had if that is less
 *		than twice the size; a step back to where it came from is none
 *   Hotspot	of 20 addresses or more a tenth take half of the allocations; two
 *		thirds if it would be Cached, too, for one address after the
 *		other taken for a while looks much like that
 *   Cached	half of the allocations or more take an address that this site
 *		freed on the same CPU no more than 16 of its allocations ago
 *   Random	none of these
 */
#ifndef MEMSCOPE_ANALYSIS_REUSE_H
#define MEMSCOPE_ANALYSIS_REUSE_H

#include "analysis.h"

extern const struct memscope_analysis memscope_analysis_reuse;

#define MEMSCOPE_REUSE_DISTANCE	16

enum memscope_reuse {
	MEMSCOPE_REUSE_UNKNOWN,		/* see why sequential is insufficient */
	MEMSCOPE_REUSE_SEQUENTIAL,
	MEMSCOPE_REUSE_HOTSPOT,
	MEMSCOPE_REUSE_CACHED,
	MEMSCOPE_REUSE_RANDOM,

	MEMSCOPE_REUSES
};

/**
 * struct memscope_reuse_result - which addresses a site's allocations get
 * @reuse: enum memscope_reuse
 * @sequential: share of steps to the next object
 * @cached: share of allocations of an address freed shortly before
 * @addresses: distinct addresses among the allocations looked at
 * @gini: how unequally they are used, 0 (all alike) to 1
 * @top_decile: share of allocations that the most used tenth of them takes
 */
struct memscope_reuse_result {
	enum memscope_reuse reuse;
	struct memscope_figure sequential, cached;
	struct memscope_figure addresses, gini, top_decile;
};

/** memscope_reuse_name - "Sequential", "Hotspot", "Cached", "Random" or "unknown" */
const char *memscope_reuse_name(unsigned int reuse);

/**
 * memscope_reuse_result - which addresses a site's allocations get
 * @site: the site
 * @state: the analysis' state in it
 * @context: the recording
 * @result: filled
 * Return: 0.
 */
int memscope_reuse_result(const struct memscope_site *site, const void *state,
			  const struct memscope_analysis_context *context,
			  struct memscope_reuse_result *result);

#endif /* MEMSCOPE_ANALYSIS_REUSE_H */
