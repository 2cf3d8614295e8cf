/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Survivors: objects that were allocated in a window of time and are still
 * live at the end, by site. An object given to kfree_rcu is none.
 */
#ifndef MEMSCOPE_SURVIVOR_H
#define MEMSCOPE_SURVIVOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model.h"

/**
 * struct memscope_survivor_filter - which objects count
 * @from_ns: allocated then or later
 * @to_ns: and before
 * @site: true: objects of that site count; NULL: of all
 * @object: true: this one counts; NULL: all do
 * @ctx: of both
 */
struct memscope_survivor_filter {
	uint64_t from_ns, to_ns;
	bool (*site)(void *ctx, const struct memscope_site *site);
	bool (*object)(void *ctx, const struct memscope_object *object);
	void *ctx;
};

struct memscope_survivor {
	uint32_t site;			/* its number */
	uint64_t objects;
	uint64_t bytes;			/* that they take */
	uint64_t oldest_ns;		/* when the first of them was allocated */
};

/*
 * Sites with survivors, most bytes first; ties by number. The caller frees
 * *rows. 0 or -ENOMEM.
 */
int memscope_survivors(const struct memscope_model *model,
		       const struct memscope_survivor_filter *filter,
		       struct memscope_survivor **rows, size_t *count);

#endif /* MEMSCOPE_SURVIVOR_H */
