// SPDX-License-Identifier: GPL-2.0
/*
 * A heap of fixed size, which its owner has made large enough for all that can
 * be due at once. Each call takes the heap's lock. Process context.
 */
#include <linux/errno.h>
#include <linux/vmalloc.h>

#include "due.h"

int load_due_init(struct load_due_heap *heap, unsigned int size)
{
	spin_lock_init(&heap->lock);
	heap->length = 0;
	heap->due = vmalloc(array_size(size, sizeof(*heap->due)));
	return heap->due ? 0 : -ENOMEM;
}

void load_due_fini(struct load_due_heap *heap)
{
	vfree(heap->due);
}

/* Returns true when it is now the first. */
bool load_due_push(struct load_due_heap *heap, u64 ns, u32 what)
{
	unsigned int i;

	spin_lock(&heap->lock);
	i = heap->length++;
	while (i && heap->due[(i - 1) / 2].ns > ns) {
		heap->due[i] = heap->due[(i - 1) / 2];
		i = (i - 1) / 2;
	}
	heap->due[i] = (struct load_due){ ns, what };
	spin_unlock(&heap->lock);
	return !i;
}

/* When the first is due; U64_MAX: none is. */
u64 load_due_first(struct load_due_heap *heap)
{
	u64 first;

	spin_lock(&heap->lock);
	first = heap->length ? heap->due[0].ns : U64_MAX;
	spin_unlock(&heap->lock);
	return first;
}

static void pop(struct load_due_heap *heap)
{
	struct load_due last = heap->due[--heap->length];
	unsigned int i = 0, child;

	while ((child = 2 * i + 1) < heap->length) {
		if (child + 1 < heap->length && heap->due[child + 1].ns < heap->due[child].ns)
			child++;
		if (heap->due[child].ns >= last.ns)
			break;
		heap->due[i] = heap->due[child];
		i = child;
	}
	heap->due[i] = last;
}

/**
 * load_due_pop() - take the first, if it is due
 * @heap: the heap
 * @now: its time has come if it is not later than this
 * @due: filled with it
 *
 * Return: 0 when one was taken, else the first one's time, U64_MAX when empty.
 */
u64 load_due_pop(struct load_due_heap *heap, u64 now, struct load_due *due)
{
	u64 next = U64_MAX;

	spin_lock(&heap->lock);
	if (heap->length) {
		next = heap->due[0].ns;
		if (next <= now) {
			*due = heap->due[0];
			pop(heap);
			next = 0;
		}
	}
	spin_unlock(&heap->lock);
	return next;
}
