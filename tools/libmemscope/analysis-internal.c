// SPDX-License-Identifier: GPL-2.0
/*
 * Internal fragmentation. Keeps no state: sites and caches have the sums.
 */
#include "analysis-internal.h"

static void waste(uint64_t n, uint64_t bytes, uint64_t bytes_req, bool weakened,
		  struct memscope_figure *wasted, struct memscope_figure *share)
{
	/* krealloc in place can ask for less or more than before, never for more than there is. */
	uint64_t more = bytes > bytes_req ? bytes - bytes_req : 0;

	*wasted = memscope_measured((double)more, n);
	wasted->weakened = weakened;
	if (bytes)
		*share = memscope_measured((double)more / (double)bytes, n);
	else
		*share = memscope_insufficient(MEMSCOPE_WHY_FEW, n);
	share->weakened = weakened;
}

int memscope_internal_result(uint64_t allocs, uint64_t bytes, uint64_t bytes_req,
			     uint64_t live, uint64_t live_bytes, uint64_t live_bytes_req,
			     const struct memscope_analysis_context *context,
			     struct memscope_internal_result *result)
{
	bool weakened = context->lost > 0;

	waste(allocs, bytes, bytes_req, weakened, &result->bytes, &result->share);
	waste(live, live_bytes, live_bytes_req, weakened, &result->live_bytes,
	      &result->live_share);
	return 0;
}
