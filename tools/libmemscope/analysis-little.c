// SPDX-License-Identifier: GPL-2.0
/*
 * Little's law. Keeps no state of its own.
 */
#include <math.h>

#include "analysis-hold.h"
#include "analysis-lifetime.h"
#include "analysis-little.h"
#include "stat-distribution.h"

#define ENDED_MIN	30
#define LIFETIMES_MIN	10
#define SIGMAS		4

/* Mean lifetime until the longest that ended, and its standard deviation. */
static double mean_lifetime(const struct memscope_survival *survival, double *sd)
{
	double longest = 0;

	for (size_t i = 0; i < survival->steps; i++)
		if (survival->step[i].ended)
			longest = survival->step[i].time;
	return memscope_survival_mean(survival, longest, sd);
}

int memscope_little_result(const struct memscope_site *site, const void *lifetime_state,
			   const void *hold_state,
			   const struct memscope_analysis_context *context,
			   const struct memscope_live *live,
			   struct memscope_little_result *result)
{
	double span = (double)(context->end_ns - context->start_ns);
	double mean, rate, expected, sd, excess;
	struct memscope_survival survival;
	struct memscope_hold_result hold;
	uint64_t n;
	int err;

	err = memscope_lifetime_survival(lifetime_state, context, live, &survival);
	if (err)
		return err;
	mean = mean_lifetime(&survival, &sd);
	n = survival.ended;
	memscope_survival_fini(&survival);
	memscope_hold_result(site, hold_state, context, &hold);
	*result = (struct memscope_little_result){
		.live_mean = hold.live_mean,
		.live_end = memscope_measured((double)site->live, site->allocs),
	};
	result->live_end.weakened = context->lost > 0;
	if (n < ENDED_MIN || mean * LIFETIMES_MIN > span) {
		result->expected = memscope_insufficient(n < ENDED_MIN ? MEMSCOPE_WHY_FEW :
							 MEMSCOPE_WHY_SHORT, n);
		result->excess = result->expected;
		return 0;
	}
	rate = (double)site->allocs / span;
	expected = rate * mean;
	/* That of a Poisson count, and of the mean lifetime. */
	sd = hypot(sqrt(expected), rate * sd);
	excess = (double)site->live - expected;
	result->expected = memscope_estimated((struct memscope_range){ expected,
		fmax(0, expected - MEMSCOPE_Z95 * sd), expected + MEMSCOPE_Z95 * sd }, n);
	result->excess = memscope_estimated((struct memscope_range){ excess,
		excess - MEMSCOPE_Z95 * sd, excess + MEMSCOPE_Z95 * sd }, n);
	result->lasting = excess > SIGMAS * sd && hold.live_mean.quality &&
			  hold.live_mean.value - expected > SIGMAS * sd;
	result->expected.weakened = context->lost > 0;
	result->excess.weakened = context->lost > 0;
	return 0;
}
