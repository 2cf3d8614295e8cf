// SPDX-License-Identifier: GPL-2.0
/*
 * Rows of a report in order.
 */
#include <errno.h>
#include <stdlib.h>

#include "report.h"

struct row {
	uint64_t value;
	uint32_t number;
};

const char *memscope_sort_name(unsigned int sort)
{
	static const char *const names[MEMSCOPE_SORTS] = {
		[MEMSCOPE_SORT_LIVE] = "live", [MEMSCOPE_SORT_ALLOCS] = "allocs",
		[MEMSCOPE_SORT_WASTE] = "waste", [MEMSCOPE_SORT_BYTES] = "bytes",
		[MEMSCOPE_SORT_PEAK] = "peak",
	};

	return sort < MEMSCOPE_SORTS ? names[sort] : NULL;
}

uint64_t memscope_site_value(const struct memscope_site *site, enum memscope_sort sort)
{
	switch (sort) {
	case MEMSCOPE_SORT_ALLOCS:
		return site->allocs;
	case MEMSCOPE_SORT_WASTE:
		return site->bytes - site->bytes_req;
	case MEMSCOPE_SORT_BYTES:
		return site->bytes;
	case MEMSCOPE_SORT_PEAK:
		return site->peak_live_bytes;
	case MEMSCOPE_SORT_LIVE:
	case MEMSCOPE_SORTS:
		break;
	}
	return site->live_bytes;
}

uint64_t memscope_cache_value(const struct memscope_cache_totals *cache,
			      enum memscope_sort sort)
{
	switch (sort) {
	case MEMSCOPE_SORT_ALLOCS:
		return cache->allocs;
	case MEMSCOPE_SORT_WASTE:
		return cache->bytes - cache->bytes_req;
	case MEMSCOPE_SORT_BYTES:
		return cache->bytes;
	case MEMSCOPE_SORT_PEAK:
		return cache->peak_live_bytes;
	case MEMSCOPE_SORT_LIVE:
	case MEMSCOPE_SORTS:
		break;
	}
	return cache->live_bytes;
}

static int compare(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	if (x->value != y->value)
		return x->value > y->value ? -1 : 1;
	return x->number < y->number ? -1 : x->number > y->number;
}

/* Sorts rows, hands their first numbers out, and frees them. */
static int finish(struct row *rows, size_t total, size_t top, uint32_t **order,
		  size_t *count)
{
	size_t i;

	qsort(rows, total, sizeof(*rows), compare);
	if (top && top < total)
		total = top;
	*order = malloc((total + 1) * sizeof(**order));
	if (*order) {
		for (i = 0; i < total; i++)
			(*order)[i] = rows[i].number;
		*count = total;
	}
	free(rows);
	return *order ? 0 : -ENOMEM;
}

int memscope_report_sites(const struct memscope_model *model, enum memscope_sort sort,
			  size_t top, uint32_t **order, size_t *count)
{
	uint32_t total = memscope_model_site_count(model), i;
	struct row *rows = malloc((total + 1UL) * sizeof(*rows));

	if (!rows)
		return -ENOMEM;
	for (i = 0; i < total; i++) {
		rows[i].number = i;
		rows[i].value = memscope_site_value(memscope_model_site(model, i), sort);
	}
	return finish(rows, total, top, order, count);
}

int memscope_report_caches(const struct memscope_model *model, enum memscope_sort sort,
			   size_t top, uint32_t **order, size_t *count)
{
	const struct memscope_cache_totals *caches;
	size_t slots, i, total = 0;
	struct row *rows;

	caches = memscope_model_caches(model, &slots);
	rows = malloc((slots + 1) * sizeof(*rows));
	if (!rows)
		return -ENOMEM;
	for (i = 0; i < slots; i++) {
		if (!caches[i].allocs && !caches[i].slabs_alloc && !caches[i].slabs_free)
			continue;
		rows[total].number = i;
		rows[total++].value = memscope_cache_value(&caches[i], sort);
	}
	return finish(rows, total, top, order, count);
}
