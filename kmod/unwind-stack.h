/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The stacks a walk may read: the current task's and this CPU's irq stack.
 */
#ifndef _MEMSCOPE_UNWIND_STACK_H
#define _MEMSCOPE_UNWIND_STACK_H

#include <linux/compiler.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/sched/task_stack.h>

struct ms_bounds {
	unsigned long begin, end;
};

/* Empty until the kernel's unwinder has told it. */
DECLARE_PER_CPU(struct ms_bounds, ms_irq_stack);

static __always_inline unsigned long ms_load(unsigned long address)
{
	return READ_ONCE_NOCHECK(*(unsigned long *)address);
}

static __always_inline bool ms_within(const struct ms_bounds *stack, unsigned long address,
				   unsigned long bytes)
{
	return address >= stack->begin && address <= stack->end - bytes && !(address & 7);
}

static __always_inline void ms_task_bounds(struct ms_bounds *stack)
{
	stack->begin = (unsigned long)task_stack_page(current);
	stack->end = stack->begin + THREAD_SIZE;
}

static __always_inline bool ms_on_task_stack(unsigned long sp)
{
	return sp - (unsigned long)task_stack_page(current) < THREAD_SIZE;
}

static __always_inline bool ms_bounds_of(struct ms_bounds *stack, unsigned long sp)
{
	ms_task_bounds(stack);
	if (likely(sp - stack->begin < THREAD_SIZE))
		return true;
	*stack = *this_cpu_ptr(&ms_irq_stack);
	return sp - stack->begin < stack->end - stack->begin;
}

/* The end of the stack that sp is on, or 0. */
static __always_inline unsigned long ms_end_of(unsigned long sp)
{
	struct ms_bounds stack;

	return ms_bounds_of(&stack, sp) ? stack.end : 0;
}

#endif /* _MEMSCOPE_UNWIND_STACK_H */
