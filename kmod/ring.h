/* SPDX-License-Identifier: GPL-2.0 */
#ifndef MS_RING_H
#define MS_RING_H

#include <linux/irq_work.h>
#include <linux/types.h>
#include <asm/local.h>

#include "uapi/memscope.h"

/**
 * struct ms_ring - one CPU's buffer of events
 * @slots: the events; NULL until allocated
 * @size: number of slots, a power of two; 0 until allocated
 * @wake_slot: the writer that commits this slot queues @wake; set by the reader
 * @wake: tells the reader that the watermark was passed
 * @lost: events refused because the ring was full
 * @head: position of the next slot to reserve; moved by this CPU only
 * @tail: position of the next slot to read; moved by the reader only
 */
struct ms_ring {
	struct memscope_event *slots;
	u32 size;
	struct memscope_event *wake_slot;
	struct irq_work wake;
	local_t lost;
	local_t head;
	unsigned long tail ____cacheline_aligned;
};

int ms_ring_init(struct ms_ring *ring, u32 slots, int node);
void ms_ring_destroy(struct ms_ring *ring);

struct memscope_event *ms_ring_reserve(struct ms_ring *ring);
void ms_ring_commit(struct ms_ring *ring, struct memscope_event *event, u8 type);

unsigned long ms_ring_head(const struct ms_ring *ring);
unsigned long ms_ring_used(const struct ms_ring *ring);
u32 ms_ring_read(struct ms_ring *ring, struct memscope_event *to, u32 max,
		 unsigned long end);
void ms_ring_set_watermark(struct ms_ring *ring, u32 slots);

#endif /* MS_RING_H */
