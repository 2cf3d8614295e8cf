/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a site held over time: the integrals of its live objects and live
 * bytes. Terms are never below 0, so that their sums round off by far less
 * than a millionth however long it runs. State of a site: 24 bytes.
 */
#ifndef MEMSCOPE_ANALYSIS_HOLD_H
#define MEMSCOPE_ANALYSIS_HOLD_H

#include "analysis.h"

extern const struct memscope_analysis memscope_analysis_hold;

/**
 * struct memscope_hold_result - what a site held, from its objects' allocation on
 * @byte_seconds: bytes times seconds
 * @object_seconds: objects times seconds
 * @live_mean: objects, mean over the recording
 * @live_bytes_mean: bytes, mean over the recording
 */
struct memscope_hold_result {
	struct memscope_figure byte_seconds, object_seconds;
	struct memscope_figure live_mean, live_bytes_mean;
};

/**
 * memscope_hold_result - what a site held until the end of the recording
 * @site: the site, with the live objects of the end
 * @state: the analysis' state in it
 * @context: the recording
 * @result: filled
 * Return: 0.
 */
int memscope_hold_result(const struct memscope_site *site, const void *state,
			 const struct memscope_analysis_context *context,
			 struct memscope_hold_result *result);

#endif /* MEMSCOPE_ANALYSIS_HOLD_H */
