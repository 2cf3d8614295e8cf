// SPDX-License-Identifier: GPL-2.0
/*
 * A per-CPU buffer of events: fixed slots, many nested writers, one reader.
 *
 * Writers run on the ring's own CPU with preemption disabled, in any context:
 * process, softirq, hardirq, NMI. A writer can therefore be interrupted by
 * others at any step, but never runs beside one. It reserves a slot by a local
 * cmpxchg on head (W1), fills it, and commits it by storing its type (W2).
 *
 * The reader runs anywhere, one at a time (the session's mutex). It takes slots
 * from tail in order and stops at the first that is not committed (R1), copies
 * it, marks it free (R2) and moves tail (R3).
 *
 * Barriers: W2 releases the slot's contents to R1's acquire. R3 releases R2's
 * mark to W0's acquire, so that a writer never sees an old type in a slot it
 * has reserved, and the reader never a slot half overwritten.
 *
 * Nothing here allocates, sleeps or takes a lock on the writers' side.
 */
#include <linux/kernel.h>
#include <linux/vmalloc.h>

#include "ring.h"

/**
 * ms_ring_init() - allocate a ring's slots
 * @ring: zeroed, or destroyed before
 * @slots: a power of two
 * @node: NUMA node of the CPU it is for
 *
 * Context: process, may sleep.
 * Return: 0 or -ENOMEM; after that the ring refuses all and counts it lost.
 */
int ms_ring_init(struct ms_ring *ring, u32 slots, int node)
{
	local_set(&ring->head, 0);
	local_set(&ring->lost, 0);
	ring->tail = 0;
	ring->wake_slot = NULL;

	ring->slots = vzalloc_node(array_size(slots, sizeof(*ring->slots)), node);
	if (!ring->slots)
		return -ENOMEM;
	/* A CPU may be in ms_ring_reserve() already: size opens the ring. */
	smp_store_release(&ring->size, slots);
	return 0;
}

/**
 * ms_ring_destroy() - free a ring's slots
 * @ring: no writer and no reader uses it any more
 *
 * Context: process, may sleep.
 */
void ms_ring_destroy(struct ms_ring *ring)
{
	ring->size = 0;
	vfree(ring->slots);
	ring->slots = NULL;
}

/**
 * ms_ring_reserve() - take the next slot
 * @ring: the ring of this CPU
 *
 * Context: any, preemption disabled.
 * Return: a slot to fill and commit, or NULL: the ring is full and the event
 * already counted as lost.
 */
struct memscope_event *ms_ring_reserve(struct ms_ring *ring)
{
	u32 size = smp_load_acquire(&ring->size);
	long head = local_read(&ring->head);
	long seen;

	for (;;) {
		/*
		 * W0. Interrupts may have reserved, and the reader read, past
		 * the head seen here: negative is not full, and W1 fails then.
		 */
		if ((long)(head - smp_load_acquire(&ring->tail)) >= (long)size) {
			local_inc(&ring->lost);
			return NULL;
		}
		seen = local_cmpxchg(&ring->head, head, head + 1);	/* W1 */
		if (likely(seen == head))
			return &ring->slots[head & (size - 1)];
		head = seen;
	}
}

/**
 * ms_ring_commit() - hand a filled slot to the reader
 * @ring: the ring it was reserved from
 * @event: the slot; all but its type is filled
 * @type: not MEMSCOPE_EVENT_NONE
 *
 * Context: any, preemption disabled since the reservation.
 */
void ms_ring_commit(struct ms_ring *ring, struct memscope_event *event, u8 type)
{
	smp_store_release(&event->type, type);			/* W2 */
	if (unlikely(event == READ_ONCE(ring->wake_slot)))
		irq_work_queue(&ring->wake);
}

/**
 * ms_ring_head() - the position up to which slots are reserved now
 * @ring: any ring
 *
 * Context: any, any CPU.
 */
unsigned long ms_ring_head(const struct ms_ring *ring)
{
	return local_read(&ring->head);
}

/**
 * ms_ring_used() - slots reserved and not read
 * @ring: any ring
 *
 * Context: any, any CPU; a snapshot.
 */
unsigned long ms_ring_used(const struct ms_ring *ring)
{
	unsigned long tail = READ_ONCE(ring->tail);

	return ms_ring_head(ring) - tail;
}

/**
 * ms_ring_read() - take committed events
 * @ring: any ring
 * @to: room for @max events
 * @max: how many at most
 * @end: a position from ms_ring_head() where to stop, so that a reader cannot
 *	be kept busy for ever by writers that keep up with it
 *
 * Context: process; one reader at a time.
 * Return: how many were copied: fewer than @max at @end or at a slot that is
 * not committed yet.
 */
u32 ms_ring_read(struct ms_ring *ring, struct memscope_event *to, u32 max,
		 unsigned long end)
{
	unsigned long tail = ring->tail;
	u32 copied;

	for (copied = 0; copied < max && tail != end; copied++, tail++) {
		struct memscope_event *slot = &ring->slots[tail & (ring->size - 1)];

		if (!smp_load_acquire(&slot->type))		/* R1 */
			break;
		to[copied] = *slot;
		WRITE_ONCE(slot->type, MEMSCOPE_EVENT_NONE);	/* R2 */
	}
	smp_store_release(&ring->tail, tail);			/* R3 */
	return copied;
}

/**
 * ms_ring_set_watermark() - choose the slot whose commit wakes the reader
 * @ring: any ring
 * @slots: how many slots from now on the reader leaves alone; 0: never wake
 *
 * A watermark that is passed already queues nothing: the caller looks at
 * ms_ring_used() after setting it.
 *
 * Context: process; one reader at a time.
 */
void ms_ring_set_watermark(struct ms_ring *ring, u32 slots)
{
	struct memscope_event *slot = NULL;

	if (slots && ring->size)
		slot = &ring->slots[(ring->tail + slots - 1) & (ring->size - 1)];
	WRITE_ONCE(ring->wake_slot, slot);
}
