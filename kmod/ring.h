/* SPDX-License-Identifier: GPL-2.0 */
#ifndef MS_RING_H
#define MS_RING_H

#include <linux/irq_work.h>
#include <linux/types.h>
#include <asm/barrier.h>
#include <asm/local.h>

#include "uapi/memscope.h"

/**
 * struct ms_ring - one CPU's buffer of events
 * @head: position of the next slot to reserve; moved by this CPU only
 * @stop: position from which a writer looks up before it reserves: the watermark
 *	or @limit, whichever comes first; never above @limit
 * @slots: the events; NULL until allocated
 * @mask: number of slots - 1, a power of two less one
 * @size: number of slots; 0 until allocated
 * @limit: position of the first slot that is not free; moved by the reader only
 * @lost: events refused because the ring was full
 * @wake: tells the reader that the watermark was passed
 * @tail: position of the next slot to read; moved by the reader only
 */
struct ms_ring {
	local_t head;
	long stop;
	struct memscope_event *slots;
	unsigned long mask;
	u32 size;
	long limit;
	local_t lost;
	struct irq_work wake;
	unsigned long tail ____cacheline_aligned;
};

int ms_ring_init(struct ms_ring *ring, u32 slots, int node);
void ms_ring_destroy(struct ms_ring *ring);
bool ms_ring_reserve_slow(struct ms_ring *ring, struct memscope_event **slot);

unsigned long ms_ring_head(const struct ms_ring *ring);
unsigned long ms_ring_used(const struct ms_ring *ring);
u32 ms_ring_read(struct ms_ring *ring, struct memscope_event *to, u32 max,
		 unsigned long end);
void ms_ring_set_watermark(struct ms_ring *ring, u32 slots);

/**
 * ms_ring_try_reserve() - take the next slot if that is straightforward
 * @ring: the ring of this CPU
 * @slot: set to it
 *
 * Context: any, preemption disabled.
 * Return: false if the ring is to be looked at, or an interrupt came between;
 * nothing is done then.
 */
static __always_inline bool ms_ring_try_reserve(struct ms_ring *ring,
						struct memscope_event **slot)
{
	long head = local_read(&ring->head);

	if (unlikely(head >= smp_load_acquire(&ring->stop)) ||		/* W0 */
	    unlikely(local_cmpxchg(&ring->head, head, head + 1) != head))	/* W1 */
		return false;
	*slot = &ring->slots[head & ring->mask];
	return true;
}

/**
 * ms_ring_reserve() - take the next slot
 * @ring: the ring of this CPU
 * @slot: set to it
 *
 * Context: any, preemption disabled.
 * Return: false if the ring is full, which is counted.
 */
static __always_inline bool ms_ring_reserve(struct ms_ring *ring, struct memscope_event **slot)
{
	return likely(ms_ring_try_reserve(ring, slot)) || ms_ring_reserve_slow(ring, slot);
}

/**
 * ms_ring_commit() - hand a filled slot to the reader
 * @slot: all but the word from its type to its tid is filled
 * @word: of ms_ring_word()
 *
 * Context: any, preemption disabled since the reservation.
 */
static __always_inline void ms_ring_commit(struct memscope_event *slot, u64 word)
{
	smp_store_release((u64 *)&slot->type, word);			/* W2 */
}

/* Type, flags, cache and tid of an event, as one word. */
static __always_inline u64 ms_ring_word(u8 type, u8 flags, u16 cache, u32 tid)
{
	return type | (u32)flags << 8 | (u32)cache << 16 | (u64)tid << 32;
}

#endif /* MS_RING_H */
