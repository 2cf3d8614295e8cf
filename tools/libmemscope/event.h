/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Events as they arrive: the check that a run of bytes is an array of them,
 * and the names of their types, contexts and paths.
 */
#ifndef MEMSCOPE_EVENT_H
#define MEMSCOPE_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../kmod/uapi/memscope.h"

/* Kernels have at most 8192 CPUs; a larger number is damage. */
#define MEMSCOPE_CPUS_MAX	8192

/**
 * struct memscope_batch - events of one CPU, in the order they were reserved
 * @cpu: whose buffer they come from
 * @floor_ns: no later event of that CPU has a lower key; 0: not known
 * @events: borrowed, valid in the callback only
 * @count: may be 0
 */
struct memscope_batch {
	uint32_t cpu;
	uint64_t floor_ns;
	const struct memscope_event *events;
	size_t count;
};

/* Bytes as events, not copied. -EPROTO if they are no whole number of them. */
int memscope_events_view(const void *data, size_t bytes,
			 const struct memscope_event **events, size_t *count);

/* A type this library knows; others are skipped and counted. */
static inline bool memscope_event_known(const struct memscope_event *event)
{
	return event->type > MEMSCOPE_EVENT_NONE &&
	       event->type < MEMSCOPE_EVENT_TYPES;
}

/* Events that carry ptr, call_site and the fields beside them. */
static inline bool memscope_event_is_slab(const struct memscope_event *event)
{
	return event->type >= MEMSCOPE_EVENT_ALLOC &&
	       event->type <= MEMSCOPE_EVENT_PAGES_FREE;
}

static inline bool memscope_event_has_stack(const struct memscope_event *event)
{
	return event->stack != MEMSCOPE_STACK_NONE &&
	       event->stack != MEMSCOPE_STACK_LOST;
}

/* Names as they are printed and parsed; never NULL. */
const char *memscope_event_type_name(unsigned int type);
const char *memscope_context_name(unsigned int context);
const char *memscope_path_name(unsigned int path);
const char *memscope_attached_name(unsigned int attached);
const char *memscope_counter_name(unsigned int counter);

#endif /* MEMSCOPE_EVENT_H */
