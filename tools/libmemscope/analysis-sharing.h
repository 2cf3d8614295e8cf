/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where a site's objects are freed: on another CPU or NUMA node than the one
 * they were allocated on, by another task, in another context.
 *
 * State of a site: 104 bytes. From the first free on another CPU on a table of
 * pairs of CPUs, with 8 slots at first and 128 at most (96 in use), 16 bytes
 * each: nodes are not known before the recording's end. Frees of pairs that found no room are
 * represented by 256 of them drawn at random (1 KiB more); the share of other
 * nodes is then estimated, else it is measured.
 *
 * Intervals are Wilson's: of the chance behind the share, were the frees
 * independent.
 */
#ifndef MEMSCOPE_ANALYSIS_SHARING_H
#define MEMSCOPE_ANALYSIS_SHARING_H

#include "analysis.h"

extern const struct memscope_analysis memscope_analysis_sharing;

/**
 * struct memscope_sharing_result - shares of a site's frees, 0 to 1
 * @frees: objects freed
 * @other_cpu_frees: of these on another CPU
 * @other_cpu: their share
 * @other_node: freed on another NUMA node
 * @other_task: by another task, of those allocated and freed in process context
 *		(an interrupt's task is whichever it interrupted)
 * @other_context: in another context than allocated in (process, softirq,
 *		   hardirq, NMI)
 * @in_context: freed in each context, by MEMSCOPE_CONTEXT_*
 * @deferred: freed through kfree_rcu
 */
struct memscope_sharing_result {
	uint64_t frees, other_cpu_frees;
	struct memscope_figure other_cpu, other_node, other_task, other_context;
	struct memscope_figure in_context[4];
	struct memscope_figure deferred;
};

/**
 * memscope_sharing_result - where a site's objects are freed
 * @site: the site
 * @state: the analysis' state in it
 * @context: the recording
 * @result: filled
 * Return: 0.
 */
int memscope_sharing_result(const struct memscope_site *site, const void *state,
			    const struct memscope_analysis_context *context,
			    struct memscope_sharing_result *result);

#endif /* MEMSCOPE_ANALYSIS_SHARING_H */
