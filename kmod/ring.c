// SPDX-License-Identifier: GPL-2.0
/*
 * A per-CPU buffer of events: fixed slots, many nested writers, one reader.
 *
 * Writers run on the ring's own CPU with preemption disabled, in any context:
 * process, softirq, hardirq, NMI. A writer can therefore be interrupted by
 * others at any step, but never runs beside one. It reserves a slot by a local
 * cmpxchg on head (W1), fills it, and commits it by storing its type together
 * with what lies in the same word (W2).
 *
 * A writer knows one position, stop, from which on it has to look up: the ring may
 * be full there (limit), or it is the watermark, of which the reader is told.
 * Positions count slots since the ring was made and do not wrap: at a thousand
 * million events a second a long lasts 292 years.
 *
 * The reader runs anywhere, one at a time (the session's mutex). It takes slots
 * from tail in order and stops at the first that is not committed (R1), copies
 * it, marks it free (R2) and moves limit and stop (R3).
 *
 * Barriers: W2 releases the slot's contents to R1's acquire. R3 releases R2's
 * mark to the acquires of W0, and of limit where a writer moves stop itself, so
 * that a writer never sees an old type in a slot it has reserved, and the reader
 * never a slot half overwritten.
 *
 * Nothing here allocates, sleeps or takes a lock on the writers' side.
 */
#include <linux/kernel.h>
#include <linux/vmalloc.h>

#include "ring.h"

/* What ms_ring_word() puts into one. */
static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__);
static_assert(offsetof(struct memscope_event, type) % sizeof(u64) == 0);
static_assert(offsetof(struct memscope_event, flags) ==
	      offsetof(struct memscope_event, type) + 1);
static_assert(offsetof(struct memscope_event, cache) ==
	      offsetof(struct memscope_event, type) + 2);
static_assert(offsetof(struct memscope_event, tid) ==
	      offsetof(struct memscope_event, type) + 4);

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

	ring->slots = vzalloc_node(array_size(slots, sizeof(*ring->slots)), node);
	if (!ring->slots)
		return -ENOMEM;
	ring->mask = slots - 1;
	ring->size = slots;
	/* A CPU may be in ms_ring_reserve() already: these open the ring. */
	smp_store_release(&ring->limit, slots);
	smp_store_release(&ring->stop, slots);
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
	ring->stop = 0;
	ring->limit = 0;
	ring->size = 0;
	vfree(ring->slots);
	ring->slots = NULL;
}

/*
 * May a writer reserve this position, which is not before stop? The first that gets
 * to the watermark wakes the reader, and moves stop to the limit, unless the reader
 * has just moved it elsewhere.
 */
static bool look_up(struct ms_ring *ring, long head)
{
	long stop = READ_ONCE(ring->stop);
	long limit = smp_load_acquire(&ring->limit);

	if (head >= limit)
		return false;
	if (stop < limit && cmpxchg(&ring->stop, stop, limit) == stop)
		irq_work_queue(&ring->wake);
	return true;
}

/**
 * ms_ring_reserve_slow() - take the next slot, whatever has to be done for it
 * @ring: the ring of this CPU
 * @slot: set to it
 *
 * A head that has become stale, because interrupts have reserved since it was
 * read, is never behind the limit (which only grows), and W1 fails then.
 *
 * Context: any, preemption disabled.
 * Return: false if the ring is full, which is counted.
 */
bool ms_ring_reserve_slow(struct ms_ring *ring, struct memscope_event **slot)
{
	long head;

	do {
		head = local_read(&ring->head);
		if (head >= smp_load_acquire(&ring->stop) && !look_up(ring, head)) { /* W0 */
			local_inc(&ring->lost);
			return false;
		}
	} while (local_cmpxchg(&ring->head, head, head + 1) != head);	/* W1 */
	*slot = &ring->slots[head & ring->mask];
	return true;
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
		struct memscope_event *slot = &ring->slots[tail & ring->mask];

		if (!smp_load_acquire(&slot->type))		/* R1 */
			break;
		to[copied] = *slot;
		WRITE_ONCE(slot->type, MEMSCOPE_EVENT_NONE);	/* R2 */
	}
	WRITE_ONCE(ring->tail, tail);
	smp_store_release(&ring->limit, tail + ring->size);	/* R3 */
	return copied;
}

/**
 * ms_ring_set_watermark() - choose where a writer wakes the reader
 * @ring: any ring
 * @slots: how many slots from now on the reader leaves alone; 0: never wake
 *
 * The writer that takes the last of these slots wakes; where it has been taken
 * already, the next writer does. To be called after reading: ms_ring_read() by
 * itself leaves stop where it was.
 *
 * Context: process; one reader at a time.
 */
void ms_ring_set_watermark(struct ms_ring *ring, u32 slots)
{
	long stop = ring->limit;

	if (slots && slots <= ring->size)
		stop = ring->tail + slots - 1;
	smp_store_release(&ring->stop, stop);			/* R3 */
}
