// SPDX-License-Identifier: GPL-2.0
/*
 * A site's impact. See the header for the formula. Keeps no state of its own:
 * the parts come from the site and from other analyses.
 */
#include "analysis-hold.h"
#include "analysis-impact.h"
#include "analysis-sharing.h"

static const struct {
	const char *name;
	double weight;
} parts[MEMSCOPE_IMPACT_PARTS] = {
	[MEMSCOPE_IMPACT_CALLS] = { "allocation_calls", 0.30 },
	[MEMSCOPE_IMPACT_BYTE_SECONDS] = { "byte_seconds", 0.25 },
	[MEMSCOPE_IMPACT_WASTED_BYTES] = { "wasted_bytes", 0.15 },
	[MEMSCOPE_IMPACT_OTHER_CPU_FREES] = { "other_cpu_frees", 0.15 },
	[MEMSCOPE_IMPACT_SLABS] = { "slabs", 0.15 },
};

const char *memscope_impact_part_name(unsigned int part)
{
	return part < MEMSCOPE_IMPACT_PARTS ? parts[part].name : "unknown";
}

void memscope_impact_of(const struct memscope_site *site, const void *hold_state,
			const void *sharing_state, uint64_t slabs,
			const struct memscope_analysis_context *context,
			struct memscope_impact *impact)
{
	struct memscope_hold_result hold;
	struct memscope_sharing_result sharing;

	memscope_hold_result(site, hold_state, context, &hold);
	memscope_sharing_result(site, sharing_state, context, &sharing);
	*impact = (struct memscope_impact){ .part = {
		[MEMSCOPE_IMPACT_CALLS] = (double)site->allocs,
		[MEMSCOPE_IMPACT_BYTE_SECONDS] = hold.byte_seconds.value,
		[MEMSCOPE_IMPACT_WASTED_BYTES] = (double)(site->bytes - site->bytes_req),
		[MEMSCOPE_IMPACT_OTHER_CPU_FREES] = (double)sharing.other_cpu_frees,
		[MEMSCOPE_IMPACT_SLABS] = (double)slabs,
	} };
}

void memscope_impact_add(struct memscope_impact *sum, const struct memscope_impact *site)
{
	for (int i = 0; i < MEMSCOPE_IMPACT_PARTS; i++)
		sum->part[i] += site->part[i];
}

int memscope_impact_result(const struct memscope_impact *site,
			   const struct memscope_impact *sum,
			   const struct memscope_analysis_context *context,
			   struct memscope_impact_result *result)
{
	uint64_t n = (uint64_t)site->part[MEMSCOPE_IMPACT_CALLS];
	double weights = 0, mean = 0;

	*result = (struct memscope_impact_result){ 0 };
	for (int i = 0; i < MEMSCOPE_IMPACT_PARTS; i++)
		if (sum->part[i] > 0)
			weights += parts[i].weight;
	for (int i = 0; i < MEMSCOPE_IMPACT_PARTS; i++) {
		if (sum->part[i] <= 0) {
			result->share[i] = memscope_insufficient(MEMSCOPE_WHY_UNTRACKED, n);
			continue;
		}
		result->share[i] = memscope_measured(site->part[i] / sum->part[i], n);
		result->share[i].weakened = context->lost > 0;
		result->weight[i] = parts[i].weight / weights;
		mean += result->weight[i] * result->share[i].value;
	}
	if (weights > 0)
		result->impact = memscope_measured(100 * mean, n);
	else
		result->impact = memscope_insufficient(MEMSCOPE_WHY_FEW, n);
	result->impact.weakened = context->lost > 0;
	return 0;
}
