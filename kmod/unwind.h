/* SPDX-License-Identifier: GPL-2.0 */
/*
 * unwind: the call stack of an allocation.
 */
#ifndef _MEMSCOPE_UNWIND_H
#define _MEMSCOPE_UNWIND_H

#include <linux/types.h>

struct pt_regs;

/* What became of the captures, by CPU.  New ones are appended. */
enum ms_unwind_counter {
	MS_UNWIND_FAST,		/* captures by the memoised walk alone */
	MS_UNWIND_SLOW,		/* captures by stack_trace_save */
	MS_UNWIND_LOST_SITE,	/* of these: call_site was not in the stack */
	MS_UNWIND_AUDITED,	/* fast captures compared with stack_trace_save */
	MS_UNWIND_MISMATCHED,	/* of these, captures that differed */

	MS_UNWIND_COUNTERS
};

int ms_unwind_init(void);
void ms_unwind_exit(void);

unsigned int ms_unwind(unsigned long *frames, unsigned int max,
		       unsigned long call_site, struct pt_regs *regs);

u64 ms_unwind_count(unsigned int cpu, enum ms_unwind_counter which);

#endif /* _MEMSCOPE_UNWIND_H */
