// SPDX-License-Identifier: GPL-2.0
/*
 * Live objects by site: a counting sort.
 */
#include <errno.h>
#include <stdlib.h>

#include "live-index.h"

static bool counts(const struct memscope_object *object, uint32_t sites)
{
	return !object->deferred && object->site < sites;
}

int memscope_live_index_create(struct memscope_live_index *index,
			       const struct memscope_model *model)
{
	const struct memscope_object *object;
	uint32_t sites = memscope_model_site_count(model);
	size_t cursor = 0;

	*index = (struct memscope_live_index){ .sites = sites };
	/* One more in front: what is counted there moves up while it is filled. */
	index->start = calloc((size_t)sites + 2, sizeof(*index->start));
	if (!index->start)
		return -ENOMEM;
	while ((object = memscope_model_object(model, &cursor)))
		if (counts(object, sites))
			index->start[object->site + 2]++;
	for (uint32_t i = 0; i < sites; i++)
		index->start[i + 2] += index->start[i + 1];
	index->birth_ns = calloc(index->start[sites + 1] + 1, sizeof(*index->birth_ns));
	if (!index->birth_ns) {
		memscope_live_index_fini(index);
		return -ENOMEM;
	}
	cursor = 0;
	while ((object = memscope_model_object(model, &cursor)))
		if (counts(object, sites))
			index->birth_ns[index->start[object->site + 1]++] = object->time_ns;
	return 0;
}

void memscope_live_index_fini(struct memscope_live_index *index)
{
	free(index->birth_ns);
	free(index->start);
	*index = (struct memscope_live_index){ 0 };
}

struct memscope_live memscope_live_of(const struct memscope_live_index *index, uint32_t site)
{
	if (site >= index->sites)
		return (struct memscope_live){ 0 };
	return (struct memscope_live){
		.birth_ns = index->birth_ns + index->start[site],
		.n = index->start[site + 1] - index->start[site],
	};
}
