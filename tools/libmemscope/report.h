/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Rows of a report in the order a reader wants them. Knows no text.
 */
#ifndef MEMSCOPE_REPORT_H
#define MEMSCOPE_REPORT_H

#include <stddef.h>
#include <stdint.h>

#include "model.h"

enum memscope_sort {
	MEMSCOPE_SORT_LIVE,		/* live bytes */
	MEMSCOPE_SORT_ALLOCS,
	MEMSCOPE_SORT_WASTE,		/* bytes allocated and not asked for, in all */
	MEMSCOPE_SORT_BYTES,		/* bytes allocated in all */
	MEMSCOPE_SORT_PEAK,		/* most live bytes at one time */

	MEMSCOPE_SORTS
};

/* Name on the command line; NULL beyond the last. */
const char *memscope_sort_name(unsigned int sort);

uint64_t memscope_site_value(const struct memscope_site *site, enum memscope_sort sort);
uint64_t memscope_cache_value(const struct memscope_cache_totals *cache,
			      enum memscope_sort sort);

/*
 * Numbers of sites, or slots of caches that events named, highest first; ties
 * in order of number. The caller frees *order. top 0: all.
 */
int memscope_report_sites(const struct memscope_model *model, enum memscope_sort sort,
			  size_t top, uint32_t **order, size_t *count);
int memscope_report_caches(const struct memscope_model *model, enum memscope_sort sort,
			   size_t top, uint32_t **order, size_t *count);

#endif /* MEMSCOPE_REPORT_H */
