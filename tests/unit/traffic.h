/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Made-up events: plausible ones, or any that a struct can hold.
 */
#ifndef UNIT_TRAFFIC_H
#define UNIT_TRAFFIC_H

#include "unit.h"
#include "event.h"

/* Any values at all, in types that exist or do not. */
static inline void traffic_any(struct unit_random *random, struct memscope_event *events,
			       size_t count)
{
	size_t i, w;

	for (i = 0; i < count; i++) {
		uint64_t *words = (uint64_t *)&events[i];

		for (w = 0; w < sizeof(*events) / 8; w++)
			words[w] = unit_next(random) >> unit_below(random, 64);
		events[i].type = unit_below(random, 5) ?
				 unit_below(random, MEMSCOPE_EVENT_TYPES) : unit_next(random);
	}
}

/* Allocations and frees of a few sites, most objects short-lived. */
static inline void traffic_real(struct unit_random *random, struct memscope_event *events,
				size_t count, uint64_t *now)
{
	uint64_t live[64], site;
	size_t i, alive = 0, stack;

	for (i = 0; i < count; i++) {
		struct memscope_event *event = &events[i];

		memset(event, 0, sizeof(*event));
		*now += unit_below(random, 2000);
		event->time_ns = *now;
		event->tid = 100 + unit_below(random, 3);
		site = unit_below(random, 12);
		if (alive == 64 || (alive && unit_below(random, 2))) {
			size_t victim = unit_below(random, alive);

			event->type = MEMSCOPE_EVENT_FREE;
			event->ptr = live[victim];
			event->call_site = 0xffffffff81200000 + site * 0x40;
			live[victim] = live[--alive];
		} else {
			event->type = MEMSCOPE_EVENT_ALLOC;
			event->ptr = 0xffff888000000000 + unit_below(random, 1 << 20) * 64;
			event->call_site = 0xffffffff81100000 + site * 0x40;
			event->bytes_req = 16 << site % 6;
			event->bytes_alloc = 32 << site % 6;
			stack = unit_below(random, 10);
			event->stack = stack ? 0 : 1 + site;
			event->gfp = 0xcc0;
			event->cache = site % 3;
			live[alive++] = event->ptr;
		}
	}
}

#endif /* UNIT_TRAFFIC_H */
