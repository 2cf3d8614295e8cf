/* SPDX-License-Identifier: GPL-2.0 */
/*
 * unwind: the call stack of an allocation.
 */
#ifndef _MEMSCOPE_UNWIND_H
#define _MEMSCOPE_UNWIND_H

#include <linux/percpu.h>
#include <linux/types.h>

struct pt_regs;

/* What became of the captures, by CPU.  New ones are appended. */
enum ms_unwind_counter {
	MS_UNWIND_FAST,		/* captures by the memoised walk, or recognised */
	MS_UNWIND_UNKNOWN,	/* by stack_trace_save: a return address without a rule yet */
	MS_UNWIND_REFUSED,	/* the same: a frame whose rule is refused */
	MS_UNWIND_EXCEPTION,	/* the same: interrupted code on yet another stack */
	MS_UNWIND_ASTRAY,	/* the same: off the stacks known, or call_site not met */
	MS_UNWIND_OFF,		/* the same: no memoised walk here, or it is switched off */
	MS_UNWIND_LOST_SITE,	/* of the slow ones: call_site was not in the stack */
	MS_UNWIND_LEARNED,	/* rules learned */
	MS_UNWIND_AUDITED,	/* fast captures compared with stack_trace_save */
	MS_UNWIND_MISMATCHED,	/* of these, captures that differed */

	MS_UNWIND_COUNTERS
};

DECLARE_PER_CPU(u64 [MS_UNWIND_COUNTERS], ms_unwind_counts);

int ms_unwind_init(void);
void ms_unwind_exit(void);

unsigned int ms_unwind(unsigned long *frames, unsigned int max,
		       unsigned long call_site, struct pt_regs *regs, u32 **kept);
void ms_unwind_forget(void);

unsigned int ms_unwind_paths(void);
u64 ms_unwind_count(unsigned int cpu, enum ms_unwind_counter which);

#endif /* _MEMSCOPE_UNWIND_H */
