/* SPDX-License-Identifier: GPL-2.0 */
#ifndef MS_CPU_H
#define MS_CPU_H

#include <linux/percpu.h>
#include <linux/irq_work.h>
#include <linux/preempt.h>

#include "ring.h"

/**
 * struct ms_cpu - what one CPU owns while a session runs
 * @busy: by context, a stack walk or a filter is at work in it
 * @stack_left: allocations before the one that gets the next stack
 * @load_left: allocations before the one that has a load sample considered
 * @load_ns: when the last load sample was taken
 * @load_work: takes a load sample on this CPU
 * @count: by enum memscope_counter; READ by the reader, the rest by this CPU
 *	(LOST and BUFFERED are the ring's, HITS the sum of @hits)
 * @hits: by enum memscope_path
 * @ring: events of this CPU
 *
 * All but the reader's side of the ring is changed by this CPU only, with
 * preemption disabled. @busy has a byte a context because an interrupt may come
 * between the load and the store of a bit; countdowns may lose a tick that way,
 * which shifts a sample and nothing else.
 */
struct ms_cpu {
	u8 busy[4];
	int stack_left;
	int load_left;
	u64 load_ns;
	struct irq_work load_work;
	unsigned long count[MEMSCOPE_COUNTERS];
	unsigned long hits[MEMSCOPE_PATHS];
	struct ms_ring ring;
};

DECLARE_PER_CPU(struct ms_cpu, ms_cpu);

#define ms_count(which)	this_cpu_inc(ms_cpu.count[MEMSCOPE_COUNTER_##which])

/* The part of the preemption count that is not 0 outside process context. */
static __always_inline unsigned long ms_context_count(void)
{
	unsigned long count = preempt_count() & (NMI_MASK | HARDIRQ_MASK | SOFTIRQ_OFFSET);

	/* PREEMPT_RT counts softirqs elsewhere. */
	if (IS_ENABLED(CONFIG_PREEMPT_RT) && in_serving_softirq())
		count |= SOFTIRQ_OFFSET;
	return count;
}

static __always_inline u8 ms_context_of(unsigned long count)
{
	if (count & NMI_MASK)
		return MEMSCOPE_CONTEXT_NMI;
	if (count & HARDIRQ_MASK)
		return MEMSCOPE_CONTEXT_HARDIRQ;
	return count ? MEMSCOPE_CONTEXT_SOFTIRQ : MEMSCOPE_CONTEXT_PROCESS;
}

/**
 * ms_context() - which context runs now
 *
 * Context: any.
 * Return: MEMSCOPE_CONTEXT_*.
 */
static __always_inline u8 ms_context(void)
{
	unsigned long count = ms_context_count();

	return likely(!count) ? MEMSCOPE_CONTEXT_PROCESS : ms_context_of(count);
}

#endif /* MS_CPU_H */
