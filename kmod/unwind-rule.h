/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A rule: how the frame of one return address leads to its caller's.
 */
#ifndef _MEMSCOPE_UNWIND_RULE_H
#define _MEMSCOPE_UNWIND_RULE_H

#include <linux/types.h>

/*
 * With s the frame's stack pointer (behind its own return address) and b its
 * rbp, the caller's stack pointer S is
 *	SIMPLE		s + offset		return address below S
 *	BP		b + offset		return address below S
 *	INDIRECT	*s + offset		return address below S; the way off an irq stack
 *	REALIGNED	*(b + offset)		return address below S; caller's rbp at b
 *	REGS		s + offset holds struct pt_regs: entry code
 * and the caller's rbp, if not said, is at S - bp, or where it was if bp is 0.
 */
enum ms_rule_kind {
	MS_RULE_SIMPLE,
	MS_RULE_BP,
	MS_RULE_INDIRECT,
	MS_RULE_REALIGNED,
	MS_RULE_REGS,
	MS_RULE_END,		/* a kernel thread's first frame */
	MS_RULE_TRAMPOLINE,	/* stands in for a return address the kernel keeps elsewhere */
	MS_RULE_REFUSED,	/* for the kernel's unwinder alone */
};

/* One word: kind in bits 24-31, bp in bits 16-23, offset in bits 0-15. */
#define MS_RULE(kind, bp, offset)	((u32)(kind) << 24 | (u32)(u8)(bp) << 16 | (u16)(offset))
#define MS_RULE_SIMPLE_END	(1UL << 24)	/* simple rules are below */
#define MS_RULE_KIND(rule)		((rule) >> 24)
#define MS_RULE_BP_AT(rule)		((rule) >> 16 & 0xff)
#define MS_RULE_OFFSET(rule)		((s16)(rule))

void ms_rule_init(void);
u32 ms_rule_of(unsigned long ip);

#endif /* _MEMSCOPE_UNWIND_RULE_H */
