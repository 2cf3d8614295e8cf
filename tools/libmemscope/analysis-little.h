/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Little's law (1961): where a site is steady, its live objects are as many
 * as it allocates in the mean lifetime of one. The mean is the area under the
 * Kaplan-Meier curve up to the longest lifetime that ended: objects cut off by
 * the recording's end are allowed for, while objects that outlive all that were
 * freed show up as an excess. An excess in the mean of the whole recording as
 * well as at its end is a lasting one: a hint at a leak, which the leak
 * analysis looks into.
 */
#ifndef MEMSCOPE_ANALYSIS_LITTLE_H
#define MEMSCOPE_ANALYSIS_LITTLE_H

#include "analysis.h"

/**
 * struct memscope_little_result - live objects against what they should be
 * @expected: allocations per second times mean lifetime, in objects. SHORT
 *	      unless the recording is ten such lifetimes long and 30 were freed
 * @live_mean: objects live, mean over the recording
 * @live_end: objects live at the end
 * @excess: @live_end - @expected
 * @lasting: mean and end both lie above the expected by over 4 standard
 *	     deviations of a Poisson count
 */
struct memscope_little_result {
	struct memscope_figure expected, live_mean, live_end, excess;
	bool lasting;
};

/**
 * memscope_little_result - checks a site by Little's law
 * @site: the site
 * @lifetime_state: state of the lifetime analysis in it
 * @hold_state: state of the hold analysis in it
 * @context: the recording
 * @live: its objects that live at the end
 * @result: filled
 * Return: 0 or -ENOMEM.
 */
int memscope_little_result(const struct memscope_site *site, const void *lifetime_state,
			   const void *hold_state,
			   const struct memscope_analysis_context *context,
			   const struct memscope_live *live,
			   struct memscope_little_result *result);

#endif /* MEMSCOPE_ANALYSIS_LITTLE_H */
