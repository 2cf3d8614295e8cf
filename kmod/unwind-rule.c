// SPDX-License-Identifier: GPL-2.0
/*
 * How the kernel's ORC unwinder leaves the frame of a return address.
 *
 * The kernel keeps its ORC tables to itself, but unwind_next_frame works on a
 * public struct that may describe any stack.  So a made-up stack, on which every
 * word is different, is put under it, and the rule is read off where it looked:
 * once as it is, once with the stack pointer moved, once with rbp moved.  What
 * does not answer in exactly one of the known ways is refused.
 *
 * Refused too is all code that may go away without a module notifier's call:
 * outside the kernel image and outside named functions of modules (BPF, ftrace
 * and kprobe trampolines lie in the modules' address range).
 *
 * Context: any.  The made-up stack is written once and only read after that.
 */
#include <linux/init_task.h>
#include <linux/kallsyms.h>
#include <linux/kernel.h>
#include <linux/sched/task.h>
#include <linux/string.h>
#include <asm/pgtable.h>
#include <asm/unwind.h>

#include "unwind-rule.h"

#define WORDS		2048
#define SP		256	/* where the stack pointer stands: room for frames of 7 KiB */
#define BP		1200
#define MOVED		3
#define POINTER		100	/* where the stack pointer stands on a pointer */
#define BP_POINTER	1500	/* where rbp stands behind pointers */
#define POINTERS	16	/* words before these two that point to others */
#define POINTED		1600
#define APART		7	/* words between what two neighbours point to */

static unsigned long words[WORDS];

/* What one step made of a made-up frame. */
struct step {
	unsigned long sp, bp;		/* before */
	unsigned long to;		/* the caller's stack pointer, or the pt_regs */
	unsigned long bp_at;		/* where the caller's rbp was read, 0: nowhere */
	bool regs;
	bool end;
};

/* The word that holds the value, or 0. */
static unsigned long pointer_to(unsigned long value, unsigned int last)
{
	unsigned int i;

	for (i = last - POINTERS; i <= last; i++)
		if (words[i] == value)
			return (unsigned long)&words[i];
	return 0;
}

static unsigned long address_of(unsigned long value)
{
	unsigned long i = value - 1;

	if (i < WORDS)
		return words[i] == value ? (unsigned long)&words[i] : 0;
	return pointer_to(value, POINTER) ?: pointer_to(value, BP_POINTER);
}

/*
 * init_task stands for the task: it owns no word of the made-up stack, and the
 * unwinder warns of what it can't do for the current task only.
 */
static bool step(struct step *step, unsigned long ip, unsigned int sp, unsigned int bp)
{
	struct unwind_state state = {
		.task = &init_task,
		.stack_info = {
			.type = STACK_TYPE_TASK,
			.begin = words,
			.end = words + WORDS,
		},
		.stack_mask = 1UL << STACK_TYPE_TASK,
		.ip = ip,
		.sp = (unsigned long)&words[sp],
		.bp = (unsigned long)&words[bp],
	};

	memset(step, 0, sizeof(*step));
	step->sp = state.sp;
	step->bp = state.bp;
	if (!unwind_next_frame(&state)) {
		step->end = !state.error;
		return false;
	}
	if (state.error)
		return false;
	if (state.regs) {
		step->regs = true;
		step->to = (unsigned long)state.regs;
		return state.full_regs;
	}
	step->to = state.sp;
	if (address_of(state.ip) != state.sp - sizeof(long))
		return false;
	if (state.bp != step->bp)
		step->bp_at = address_of(state.bp);
	return state.bp == step->bp || step->bp_at;
}

/* bp's distance below the caller's stack pointer is the same in all; else -1. */
static int bp_distance(const struct step *steps, unsigned int n)
{
	long bp = steps[0].bp_at ? steps[0].to - steps[0].bp_at : 0;
	unsigned int i;

	for (i = 1; i < n; i++)
		if (bp != (long)(steps[i].bp_at ? steps[i].to - steps[i].bp_at : 0))
			return -1;
	return bp >= 0 && bp <= 0xff ? bp : -1;
}

static u32 direct_rule(const struct step *s, int bp)
{
	long by_sp = s[0].to - s[0].sp, by_bp = s[0].to - s[0].bp;
	bool moves_with_sp = s[1].to - s[1].sp == by_sp && s[2].to - s[2].sp == by_sp;
	bool moves_with_bp = s[1].to - s[1].bp == by_bp && s[2].to - s[2].bp == by_bp;

	if (moves_with_sp && s[0].regs)
		return by_sp >= 0 && by_sp <= S16_MAX ?
			MS_RULE(MS_RULE_REGS, 0, by_sp) : MS_RULE(MS_RULE_REFUSED, 0, 0);
	/* what the callee saved lies in its frame, so the walk need not check */
	if (moves_with_sp && by_sp >= 8 && by_sp <= S16_MAX && bp <= by_sp)
		return MS_RULE(MS_RULE_SIMPLE, bp, by_sp);
	if (moves_with_bp && !s[0].regs && by_bp == (s16)by_bp)
		return MS_RULE(MS_RULE_BP, bp, by_bp);
	return MS_RULE(MS_RULE_REFUSED, 0, 0);
}

static u32 indirect_rule(unsigned long ip)
{
	struct step s[3];
	long offset;
	int bp;

	if (!step(&s[0], ip, POINTER, BP) || !step(&s[1], ip, POINTER - MOVED, BP) ||
	    !step(&s[2], ip, POINTER, BP + MOVED) || s[0].regs || s[1].regs || s[2].regs)
		return MS_RULE(MS_RULE_REFUSED, 0, 0);
	offset = s[0].to - words[POINTER];
	bp = bp_distance(s, 3);
	if (bp < 0 || offset < 8 || offset > S16_MAX || bp > offset ||
	    s[1].to - words[POINTER - MOVED] != offset || s[2].to - words[POINTER] != offset)
		return MS_RULE(MS_RULE_REFUSED, 0, 0);
	return MS_RULE(MS_RULE_INDIRECT, bp, offset);
}

/* A function that has aligned its frame keeps the caller's stack pointer by rbp. */
static u32 realigned_rule(unsigned long ip)
{
	unsigned long from[3];
	struct step s[3];
	unsigned int i;

	if (!step(&s[0], ip, SP, BP_POINTER) || !step(&s[1], ip, SP + MOVED, BP_POINTER) ||
	    !step(&s[2], ip, SP, BP_POINTER - MOVED))
		return MS_RULE(MS_RULE_REFUSED, 0, 0);
	for (i = 0; i < 3; i++) {
		from[i] = pointer_to(s[i].to, BP_POINTER);
		if (s[i].regs || !from[i] || s[i].bp_at != s[i].bp ||
		    from[i] - s[i].bp != from[0] - s[0].bp)
			return MS_RULE(MS_RULE_REFUSED, 0, 0);
	}
	return MS_RULE(MS_RULE_REALIGNED, 0, from[0] - s[0].bp);
}

/* Code of a module that is a function of its symbol table. */
static bool in_module_function(unsigned long ip)
{
	char name[KSYM_SYMBOL_LEN];
	const char *module;

	sprint_symbol_no_offset(name, ip);
	module = strstr(name, " [");
	return module && !strstarts(module, " [__builtin__") && !strstarts(module, " [bpf]");
}

static bool lasting_text(unsigned long ip)
{
	struct unwind_state state = {
		.stack_info.type = STACK_TYPE_TASK,
		.ip = ip,
	};

	if (ip < __START_KERNEL_map || ip >= MODULES_END || !unwind_get_return_address(&state))
		return false;
	return ip < MODULES_VADDR || in_module_function(ip);
}

/**
 * ms_rule_of() - the rule for a return address
 * @ip: the return address
 *
 * Context: any; some ten thousand instructions.
 * Return: the rule, MS_RULE_REFUSED if it isn't one of the known ones.
 */
u32 ms_rule_of(unsigned long ip)
{
	struct step s[3];
	u32 rule;
	int bp;

	if (!lasting_text(ip))
		return MS_RULE(MS_RULE_REFUSED, 0, 0);
	if (!step(&s[0], ip, SP, BP)) {
		if (s[0].end)
			return MS_RULE(MS_RULE_END, 0, 0);
		rule = indirect_rule(ip);
		return MS_RULE_KIND(rule) == MS_RULE_REFUSED ? realigned_rule(ip) : rule;
	}
	if (!step(&s[1], ip, SP + MOVED, BP) || !step(&s[2], ip, SP, BP + MOVED) ||
	    s[1].regs != s[0].regs || s[2].regs != s[0].regs)
		return MS_RULE(MS_RULE_REFUSED, 0, 0);
	bp = bp_distance(s, 3);
	return bp < 0 ? MS_RULE(MS_RULE_REFUSED, 0, 0) : direct_rule(s, bp);
}

/**
 * ms_rule_init() - lay out the made-up stack
 *
 * Context: process, before the first ms_rule_of().
 */
void ms_rule_init(void)
{
	unsigned int i;

	for (i = 0; i < WORDS; i++)
		words[i] = i + 1;
	for (i = 0; i <= POINTERS; i++) {
		words[POINTER - i] = (unsigned long)&words[POINTED + i * APART];
		words[BP_POINTER - i] = (unsigned long)&words[POINTED + (i + 20) * APART];
	}
}
