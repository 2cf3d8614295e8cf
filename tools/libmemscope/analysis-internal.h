/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Internal fragmentation: bytes that objects take beyond what was asked for.
 * Exact, for a site as for a cache: both know their sums.
 */
#ifndef MEMSCOPE_ANALYSIS_INTERNAL_H
#define MEMSCOPE_ANALYSIS_INTERNAL_H

#include "analysis.h"

/**
 * struct memscope_internal_result - bytes allocated but not asked for
 * @live_bytes: in objects that live at the end
 * @live_share: their share of all live bytes
 * @bytes: in all objects allocated
 * @share: their share of all bytes allocated
 */
struct memscope_internal_result {
	struct memscope_figure live_bytes, live_share;
	struct memscope_figure bytes, share;
};

/**
 * memscope_internal_result - internal fragmentation
 * @allocs: objects allocated
 * @bytes: they took
 * @bytes_req: were asked for
 * @live: objects that live
 * @live_bytes: they take
 * @live_bytes_req: were asked for
 * @context: the recording
 * @result: filled
 * Return: 0.
 */
int memscope_internal_result(uint64_t allocs, uint64_t bytes, uint64_t bytes_req,
			     uint64_t live, uint64_t live_bytes, uint64_t live_bytes_req,
			     const struct memscope_analysis_context *context,
			     struct memscope_internal_result *result);

#endif /* MEMSCOPE_ANALYSIS_INTERNAL_H */
