/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The way of one event, from a probe into the ring of its CPU, inlined into each
 * probe: what a probe does not know costs no instruction in it.
 *
 * Runs in every context the allocator runs in, NMI included: no lock, no
 * allocation, no sleeping, no function that might trace or print. Preemption is
 * off meanwhile, which tracepoint callbacks of newer kernels do not give.
 *
 * Each object offered is a hit, and a hit ends in exactly one way: recursion,
 * self, filtered, lost (by the ring) or in the ring.
 *
 * There are two ways to write an event. The fast one calls nothing, so it needs no
 * registers saved; before it has done anything it gives up where something is out
 * of the ordinary (a detour, the reader's own work, a stack that is due, a ring to
 * be looked at, an interrupt at the wrong instruction), and the probe goes the long
 * way, which knows everything.
 *
 * Recursion: nothing can be met again on the fast way. On the long one the stack
 * walk and the filter are guarded (event.c) against what we cannot see in them (a
 * debugging allocator, another tracer); nothing else there leaves this module.
 */
#ifndef MS_EMIT_H
#define MS_EMIT_H

#include <linux/sched.h>

#include "cache.h"
#include "clock.h"
#include "cpu.h"
#include "event.h"
#include "filter.h"
#include "options.h"
#include "ring.h"

/* In the flags of an event in a ring: its time is in cycles. Readers never see it. */
#define MS_EMIT_CYCLES	(1U << 3)

/* Why every event has to take the long way. */
enum ms_detour {
	MS_DETOUR_CLOCK,	/* the counter is no clock here */
	MS_DETOUR_FILTER,	/* there is a filter */
	MS_DETOUR_WORKER,	/* a thread that works for the reader is running */
};

/**
 * struct ms_tuned - read by every event, written when a session starts or is tuned
 * @detours: by enum ms_detour
 * @reader: tgid of the reader, or MS_NOBODY
 * @worker: tgid of the thread that works for it, or MS_NOBODY
 */
struct ms_tuned {
	unsigned long detours;
	u32 reader;
	u32 worker;
};

#define MS_NOBODY	U32_MAX

extern struct ms_tuned ms_tuned;

/* event.c, for the long way only */
void ms_emit_detour(enum ms_detour why, bool set);
bool ms_event_filtered(struct ms_cpu *cpu, u8 context, u32 n,
		       struct ms_origin origin, const struct ms_cache *cache);
u32 ms_event_stack(struct ms_cpu *cpu, u8 context, unsigned long call_site,
		   struct pt_regs *regs);
void ms_event_load_due(struct ms_cpu *cpu);

/* The word of an event that was stamped in cycles. */
static __always_inline u64 ms_emit_word(u8 type, u8 path, u16 cache)
{
	u64 word = ms_ring_word(type, path << 4 | MS_EMIT_CYCLES, cache, 0);
	unsigned long count = ms_context_count();

	if (unlikely(count))
		word |= ms_context_of(count) << 8;
	return word | (u64)current->pid << 32;
}

/* A slot with its time filled in, if nothing is out of the ordinary. */
static __always_inline bool ms_emit_slot(struct ms_cpu *cpu, u8 path,
					 struct memscope_event **slot)
{
	u64 cycles;

	if (unlikely(data_race(ms_tuned.detours)) ||
	    unlikely(current->tgid == data_race(ms_tuned.reader)))
		return false;
	cycles = ms_clock_cycles();
	if (!ms_ring_try_reserve(&cpu->ring, slot))
		return false;
	this_cpu_inc(ms_cpu.hits[path]);
	(*slot)->time_ns = cycles;
	return true;
}

/**
 * ms_emit_alloc_fast() - an object was allocated
 * @preemptible: preemption may be on (a constant)
 * @path: enum memscope_path
 * @call_site: who called the allocator
 * @object: not NULL
 * @cache: its kmem_cache's id, or MEMSCOPE_CACHE_NONE; known already
 * @bytes_req: bytes asked for
 * @bytes_alloc: bytes taken
 * @gfp: gfp_t
 *
 * Context: any.
 * Return: false if the event is to go on by ms_emit_alloc(); preemption is then off.
 */
static __always_inline bool
ms_emit_alloc_fast(bool preemptible, u8 path, unsigned long call_site, const void *object,
		   u16 cache, u32 bytes_req, u32 bytes_alloc, u32 gfp)
{
	struct memscope_event *event;
	struct ms_cpu *cpu;

	if (preemptible)
		preempt_disable_notrace();
	cpu = this_cpu_ptr(&ms_cpu);
	if ((ms_built(STACKS) && --cpu->stack_left < 0) || !ms_emit_slot(cpu, path, &event)) {
		if (!preemptible)
			preempt_disable_notrace();
		return false;
	}
	event->ptr = (unsigned long)object;
	event->call_site = call_site;
	event->bytes_req = bytes_req;
	event->bytes_alloc = bytes_alloc;
	event->stack = MEMSCOPE_STACK_NONE;
	event->gfp = gfp;
	ms_ring_commit(event, ms_emit_word(MEMSCOPE_EVENT_ALLOC, path, cache));
	if (ms_built(LOAD) && unlikely(--cpu->load_left < 0))
		ms_event_load_due(cpu);
	if (preemptible)
		preempt_enable_notrace();
	return true;
}

/**
 * ms_emit_free_fast() - an object is about to be freed
 * @preemptible: preemption may be on (a constant)
 * @type: MEMSCOPE_EVENT_FREE or MEMSCOPE_EVENT_FREE_DEFERRED
 * @path: enum memscope_path
 * @call_site: who frees it
 * @cache: its kmem_cache's id, or MEMSCOPE_CACHE_NONE; known already
 * @object: neither NULL nor ZERO_SIZE_PTR
 *
 * Context: any.
 * Return: false if the event is to go by ms_event_free().
 */
static __always_inline bool
ms_emit_free_fast(bool preemptible, u8 type, u8 path, unsigned long call_site, u16 cache,
		  const void *object)
{
	struct memscope_event *event;
	bool fast;

	if (preemptible)
		preempt_disable_notrace();
	fast = ms_emit_slot(this_cpu_ptr(&ms_cpu), path, &event);
	if (likely(fast)) {
		event->ptr = (unsigned long)object;
		event->call_site = call_site;
		event->bytes_req = 0;
		event->bytes_alloc = 0;
		event->stack = MEMSCOPE_STACK_NONE;
		event->gfp = 0;
		ms_ring_commit(event, ms_emit_word(type, path, cache));
	}
	if (preemptible)
		preempt_enable_notrace();
	return fast;
}

/* In an interrupt, current is whoever was interrupted: not its work. */
static __always_inline bool ms_emit_self(u8 context)
{
	u32 tgid = current->tgid;

	return unlikely(tgid == READ_ONCE(ms_tuned.reader) ||
			tgid == READ_ONCE(ms_tuned.worker)) &&
	       context == MEMSCOPE_CONTEXT_PROCESS;
}

static __always_inline bool ms_emit_has_detour(enum ms_detour why)
{
	return READ_ONCE(ms_tuned.detours) & BIT(why);
}

/* The time, and in flags whether it is in cycles. */
static __always_inline u64 ms_emit_stamp(u8 *flags)
{
	if (unlikely(ms_emit_has_detour(MS_DETOUR_CLOCK)))
		return ktime_get_mono_fast_ns();
	*flags |= MS_EMIT_CYCLES;
	return ms_clock_cycles();
}

static __always_inline void
ms_emit_alloc_one(struct ms_cpu *cpu, u8 flags, const struct ms_origin *origin,
		  const struct ms_cache *cache, u32 stack, u64 stamp, const void *object)
{
	struct memscope_event *event;

	if (!ms_ring_reserve(&cpu->ring, &event))
		return;
	event->time_ns = stamp;
	event->ptr = (unsigned long)object;
	event->call_site = origin->call_site;
	event->bytes_req = cache ? cache->shown.object_size : origin->bytes_req;
	event->bytes_alloc = cache ? cache->shown.size : origin->bytes_alloc;
	event->stack = stack;
	event->gfp = origin->gfp;
	ms_ring_commit(event, ms_ring_word(MEMSCOPE_EVENT_ALLOC, flags,
					   cache ? cache->shown.id : MEMSCOPE_CACHE_NONE,
					   current->pid));
}

/**
 * ms_emit_alloc() - an object was allocated, the long way
 * @origin: by whom and how
 * @objects: none of them NULL
 * @n: how many
 *
 * Context: any, preemption disabled, which this enables; stack_left is counted down.
 */
static __always_inline void ms_emit_alloc(const struct ms_origin *origin,
					  const void *const *objects, u32 n)
{
	struct ms_cpu *cpu = this_cpu_ptr(&ms_cpu);
	const struct ms_cache *cache = NULL;
	u32 stack = MEMSCOPE_STACK_NONE, i;
	u8 context = ms_context();
	u8 flags = origin->path << 4 | context;
	u64 stamp;

	this_cpu_add(ms_cpu.hits[origin->path], n);
	if (ms_emit_self(context)) {
		this_cpu_add(ms_cpu.count[MEMSCOPE_COUNTER_SELF], n);
		goto out;
	}
	if (origin->cache)
		cache = ms_cache_find(origin->cache);
	/* By value, so that the origin may stay in registers. */
	if (unlikely(ms_emit_has_detour(MS_DETOUR_FILTER)) &&
	    ms_event_filtered(cpu, context, n, *origin, cache))
		goto out;
	if (ms_built(STACKS) && cpu->stack_left < 0)
		stack = ms_event_stack(cpu, context, origin->call_site, origin->regs);
	stamp = ms_emit_stamp(&flags);
	for (i = 0; i < n; i++)
		ms_emit_alloc_one(cpu, flags, origin, cache, stack, stamp, objects[i]);
	if (ms_built(LOAD) && unlikely(--cpu->load_left < 0))
		ms_event_load_due(cpu);
out:
	preempt_enable_notrace();
}

#endif /* MS_EMIT_H */
