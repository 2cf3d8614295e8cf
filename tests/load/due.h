/* SPDX-License-Identifier: GPL-2.0 */
/* What is due, in order of time: a binary heap under a lock. */
#ifndef LOAD_DUE_H
#define LOAD_DUE_H

#include <linux/spinlock.h>
#include <linux/types.h>

struct load_due {
	u64 ns;
	u32 what;
};

struct load_due_heap {
	spinlock_t lock;
	struct load_due *due;		/* under lock; so is length */
	unsigned int length;
};

int load_due_init(struct load_due_heap *heap, unsigned int size);
void load_due_fini(struct load_due_heap *heap);
bool load_due_push(struct load_due_heap *heap, u64 ns, u32 what);
u64 load_due_first(struct load_due_heap *heap);
u64 load_due_pop(struct load_due_heap *heap, u64 now, struct load_due *due);

#endif /* LOAD_DUE_H */
