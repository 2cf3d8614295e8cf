// SPDX-License-Identifier: GPL-2.0
/*
 * Survivors: one look at every live object. Sites are asked about once each.
 */
#include <errno.h>
#include <stdlib.h>

#include "survivor.h"

static int compare(const void *a, const void *b)
{
	const struct memscope_survivor *x = a, *y = b;

	if (x->bytes != y->bytes)
		return x->bytes > y->bytes ? -1 : 1;
	return x->site < y->site ? -1 : x->site > y->site;
}

static void count_objects(const struct memscope_model *model,
			  const struct memscope_survivor_filter *filter,
			  struct memscope_survivor *by_site)
{
	uint32_t sites = memscope_model_site_count(model);
	const struct memscope_object *object;
	size_t cursor = 0;

	while ((object = memscope_model_object(model, &cursor))) {
		struct memscope_survivor *row;

		if (object->deferred || object->site >= sites ||
		    object->time_ns < filter->from_ns || object->time_ns >= filter->to_ns ||
		    (filter->object && !filter->object(filter->ctx, object)))
			continue;
		row = &by_site[object->site];
		if (!row->objects || object->time_ns < row->oldest_ns)
			row->oldest_ns = object->time_ns;
		row->objects++;
		row->bytes += object->bytes_alloc;
	}
}

int memscope_survivors(const struct memscope_model *model,
		       const struct memscope_survivor_filter *filter,
		       struct memscope_survivor **rows, size_t *count)
{
	uint32_t sites = memscope_model_site_count(model), i;
	struct memscope_survivor *all = calloc(sites + 1UL, sizeof(*all));
	size_t kept = 0;

	if (!all)
		return -ENOMEM;
	count_objects(model, filter, all);
	for (i = 0; i < sites; i++) {
		all[i].site = i;
		if (all[i].objects && (!filter->site ||
		    filter->site(filter->ctx, memscope_model_site(model, i))))
			all[kept++] = all[i];
	}
	qsort(all, kept, sizeof(*all), compare);
	*rows = all;
	*count = kept;
	return 0;
}
