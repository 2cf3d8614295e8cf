/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The memoised stack walk, where the kernel unwinds by ORC.
 */
#ifndef _MEMSCOPE_UNWIND_ORC_H
#define _MEMSCOPE_UNWIND_ORC_H

#include <linux/errno.h>
#include <linux/types.h>

struct ms_bounds;
struct pt_regs;

/* How a walk stands, or ended.  What is behind INTERRUPTED left frames unread. */
enum ms_walk_end {
	MS_WALK_ON,
	MS_WALK_COMPLETE,
	MS_WALK_TRIMMED,	/* where the interrupted code begins, which is left out */
	MS_WALK_INTERRUPTED,	/* at entry code, in front of interrupted code */
	MS_WALK_UNKNOWN,	/* a return address without a rule yet */
	MS_WALK_REFUSED,	/* one whose rule is refused */
	MS_WALK_ASTRAY,		/* off the stack, or call_site was not met */

	MS_WALK_ENDS
};

#define MS_FRONT_MAX	24	/* frames in front of call_site, at most */

/* Where a walk begins: the return address and stack pointer of a frame. */
struct ms_walk {
	unsigned long ip;
	unsigned long sp;
	const unsigned long *bp_at;	/* where rbp of that moment is */
	struct pt_regs *regs;		/* of the code that was interrupted, if it stands there */
	bool detour;			/* it went by more than rules of return addresses */
};

struct ms_start {
	unsigned long ip, sp;
};

#if defined(CONFIG_X86_64) && defined(CONFIG_UNWINDER_ORC)
#define MS_UNWIND_ORC
int ms_orc_init(void);
void ms_orc_exit(void);
struct ms_start ms_orc_start(const struct pt_regs *regs, unsigned long call_site);
enum ms_walk_end ms_orc_walk(unsigned long *frames, unsigned int *n, unsigned int max,
			     unsigned long call_site, struct ms_walk *from);
enum ms_walk_end ms_orc_step(struct ms_walk *walk, struct ms_bounds *stack, u64 rule);
void ms_orc_learn(void);
void ms_orc_retire(const unsigned long *frames, unsigned int n);
#else
static inline int ms_orc_init(void)
{
	return 0;
}

static inline void ms_orc_exit(void)
{
}
#endif

#endif /* _MEMSCOPE_UNWIND_ORC_H */
