/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A site's impact, 0 to 100: the weighted arithmetic mean of its shares of
 * what the allocator costs the machine. The shares of all sites add up to 1
 * in each part, so their impacts add up to 100; more of any part never lowers
 * it; and what stands beside the number is all that it is made of.
 *
 *	part			weight
 *	allocation calls	0.30
 *	byte-seconds held	0.25
 *	wasted bytes		0.15	allocated but not asked for
 *	frees on another CPU	0.15	these take the slow path of the allocator
 *	slabs allocated		0.15	so do these; needs slab page events
 *
 * A part of which the recording has nothing at all is left out and the
 * weights of the others grow to make up 1.
 */
#ifndef MEMSCOPE_ANALYSIS_IMPACT_H
#define MEMSCOPE_ANALYSIS_IMPACT_H

#include "analysis.h"

enum memscope_impact_part {
	MEMSCOPE_IMPACT_CALLS,
	MEMSCOPE_IMPACT_BYTE_SECONDS,
	MEMSCOPE_IMPACT_WASTED_BYTES,
	MEMSCOPE_IMPACT_OTHER_CPU_FREES,
	MEMSCOPE_IMPACT_SLABS,

	MEMSCOPE_IMPACT_PARTS
};

/** struct memscope_impact - parts, of a site or summed over all sites */
struct memscope_impact {
	double part[MEMSCOPE_IMPACT_PARTS];
};

/**
 * struct memscope_impact_result - impact of a site
 * @impact: 0 to 100
 * @share: its share of each part, 0 to 1; UNTRACKED where nobody has any
 * @weight: of each part, after those left out
 */
struct memscope_impact_result {
	struct memscope_figure impact;
	struct memscope_figure share[MEMSCOPE_IMPACT_PARTS];
	double weight[MEMSCOPE_IMPACT_PARTS];
};

/** memscope_impact_part_name - as in JSON, "allocation_calls" and so on */
const char *memscope_impact_part_name(unsigned int part);

/**
 * memscope_impact_of - parts of one site
 * @site: the site
 * @hold_state: state of the hold analysis in it
 * @sharing_state: state of the sharing analysis in it
 * @slabs: slabs allocated on its behalf, 0 if not recorded
 * @context: the recording
 * @impact: filled
 */
void memscope_impact_of(const struct memscope_site *site, const void *hold_state,
			const void *sharing_state, uint64_t slabs,
			const struct memscope_analysis_context *context,
			struct memscope_impact *impact);

/** memscope_impact_add - adds a site to the sum over all */
void memscope_impact_add(struct memscope_impact *sum, const struct memscope_impact *site);

/**
 * memscope_impact_result - impact of one site among all
 * @site: its parts
 * @sum: parts of all sites
 * @context: the recording
 * @result: filled
 * Return: 0.
 */
int memscope_impact_result(const struct memscope_impact *site,
			   const struct memscope_impact *sum,
			   const struct memscope_analysis_context *context,
			   struct memscope_impact_result *result);

#endif /* MEMSCOPE_ANALYSIS_IMPACT_H */
