/* SPDX-License-Identifier: GPL-2.0 */
/*
 * When the live objects of each site were allocated: what analyses ask for
 * at the end of a pass, gathered in two passes over the model's objects.
 * Memory: 8 bytes a live object and 8 a site.
 */
#ifndef MEMSCOPE_LIVE_INDEX_H
#define MEMSCOPE_LIVE_INDEX_H

#include "analysis.h"

struct memscope_live_index {
	uint64_t *birth_ns;		/* by site */
	size_t *start;			/* of each site, and one behind the last */
	uint32_t sites;
};

/**
 * memscope_live_index_create - of the model as it stands
 * @index: undo with memscope_live_index_fini; void once the model goes on
 * @model: objects given to kfree_rcu are not live any more and left out
 * Return: 0 or -ENOMEM.
 */
int memscope_live_index_create(struct memscope_live_index *index,
			       const struct memscope_model *model);
void memscope_live_index_fini(struct memscope_live_index *index);

/** memscope_live_of - the live objects of a site */
struct memscope_live memscope_live_of(const struct memscope_live_index *index, uint32_t site);

#endif /* MEMSCOPE_LIVE_INDEX_H */
