/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Slabs that appeared while the session ran, by address.
 */
#ifndef MEMSCOPE_SLAB_H
#define MEMSCOPE_SLAB_H

#include <stdbool.h>
#include <stddef.h>

#include "model.h"

struct memscope_slab_table {
	struct memscope_slab *slots;	/* open addressing; ptr 0: empty */
	size_t mask;
	size_t count;
};

int memscope_slab_table_init(struct memscope_slab_table *table);
void memscope_slab_table_deinit(struct memscope_slab_table *table);

/* In place of one at the same address, which goes to old; old->ptr 0: none was. */
int memscope_slab_table_put(struct memscope_slab_table *table,
			    const struct memscope_slab *slab, struct memscope_slab *old);
/* False if there is none. */
bool memscope_slab_table_take(struct memscope_slab_table *table, uint64_t ptr,
			      struct memscope_slab *slab);

#endif /* MEMSCOPE_SLAB_H */
