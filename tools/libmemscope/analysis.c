// SPDX-License-Identifier: GPL-2.0
/*
 * Figures and their quality. Keeps no state.
 */
#include <math.h>

#include "analysis.h"
#include "stat-distribution.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

const char *memscope_quality_name(unsigned int quality)
{
	static const char *const names[] = {
		[MEMSCOPE_INSUFFICIENT] = "insufficient data",
		[MEMSCOPE_MEASURED] = "measured",
		[MEMSCOPE_ESTIMATED] = "estimated",
	};

	return quality < COUNT_OF(names) ? names[quality] : "unknown";
}

const char *memscope_why_sentence(unsigned int why)
{
	static const char *const sentences[] = {
		[MEMSCOPE_WHY_NONE] = "",
		[MEMSCOPE_WHY_FEW] = "too few were seen",
		[MEMSCOPE_WHY_SHORT] = "it was watched for too short a time",
		[MEMSCOPE_WHY_CENSORED] = "too many objects were still live at the end",
		[MEMSCOPE_WHY_SAMPLED] = "the site saw only some of its allocations",
		[MEMSCOPE_WHY_LOST] = "lost events could explain it",
		[MEMSCOPE_WHY_TOPOLOGY] = "the node of each CPU is not known",
		[MEMSCOPE_WHY_UNSTEADY] = "the site is not steady",
		[MEMSCOPE_WHY_APERIODIC] = "arrivals are not near periodic",
		[MEMSCOPE_WHY_UNTRACKED] = "what it needs was not recorded",
		[MEMSCOPE_WHY_SERVED] = "the request would be served",
	};

	_Static_assert(COUNT_OF(sentences) == MEMSCOPE_WHYS, "a sentence for each reason");
	return why < COUNT_OF(sentences) ? sentences[why] : "unknown";
}

struct memscope_figure memscope_measured(double value, uint64_t n)
{
	return (struct memscope_figure){
		.value = value, .low = value, .high = value, .n = n,
		.quality = MEMSCOPE_MEASURED,
	};
}

struct memscope_figure memscope_estimated(struct memscope_range range, uint64_t n)
{
	return (struct memscope_figure){
		.value = range.value, .low = range.low, .high = range.high, .n = n,
		.quality = MEMSCOPE_ESTIMATED,
	};
}

struct memscope_figure memscope_insufficient(enum memscope_why why, uint64_t n)
{
	return (struct memscope_figure){
		.value = NAN, .low = NAN, .high = NAN, .n = n,
		.quality = MEMSCOPE_INSUFFICIENT, .why = (uint8_t)why,
	};
}

struct memscope_figure memscope_share(uint64_t hits, uint64_t n)
{
	struct memscope_figure figure;

	if (!n)
		return memscope_insufficient(MEMSCOPE_WHY_FEW, 0);
	figure = memscope_measured((double)hits / (double)n, n);
	memscope_wilson(hits, n, MEMSCOPE_Z95, &figure.low, &figure.high);
	return figure;
}

double memscope_loss(const struct memscope_analysis_context *context)
{
	if (!context->lost)
		return 0;
	return (double)context->lost / ((double)context->events + (double)context->lost);
}
