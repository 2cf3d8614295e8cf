// SPDX-License-Identifier: GPL-2.0
/*
 * The memoised stack walk, where the kernel unwinds by ORC.
 *
 * The kernel's unwinder looks up each return address in sorted tables, some 550
 * instructions a frame.  Here the outcome of that look-up, a rule (unwind-rule.h),
 * is kept in a hash table by return address; a frame then costs about 20.
 *
 * What makes a rule trusted:
 *  - it is the kernel's own: the ORC entry of an address depends on nothing but
 *    the address, and the rule is read off the kernel's unwinder, not guessed from
 *    one stack (unwind-rule.c);
 *  - the kernel's unwinder, going the same step on a live stack, came out at the
 *    same stack pointer, rbp and return address (learn_step);
 *  - its code can't go without notice: rules of a module's code go with the module,
 *    those of its init code at the end of init.
 * Retired rules (an audit found their walk different) are refused for good.
 *
 * What the walk reads lies on the current task's stack or this CPU's irq stack,
 * whose bounds the kernel's unwinder told; every address is checked against them
 * before it is read.  The walk goes from the irq stack to the task's, not back.
 * Whatever else comes, it gives up, and the caller asks stack_trace_save.
 *
 * Contexts: any, NMI included, preemption disabled.  No locks: a rule and the
 * address it is for are one word of the table, written by cmpxchg.  A rule can't be
 * removed under a walk that needs it: only code that has ended is unloaded.
 */
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <asm/ptrace.h>
#include <asm/unwind.h>

#include "unwind.h"
#include "unwind-orc.h"
#include "unwind-path.h"
#include "unwind-reference.h"
#include "unwind-stack.h"
#include "unwind-table.h"

#define LEARN_MAX	16	/* rules learned at one go */

DEFINE_PER_CPU(struct ms_bounds, ms_irq_stack);

/* A known simple rule that leaves rbp alone, for recover(). */
static u64 plain_rule;

/*
 * The return address that a trampoline (kretprobe, function graph) stands in for,
 * in the slot below sp: the kernel's unwinder tells as it leaves a frame whose
 * caller's stack pointer is sp.
 */
static unsigned long recover(const struct ms_bounds *stack, unsigned long sp)
{
	u64 plain = READ_ONCE(plain_rule);
	struct unwind_state state = {
		.task = current,
		.stack_info = {
			.type = STACK_TYPE_TASK,
			.begin = (unsigned long *)stack->begin,
			.end = (unsigned long *)stack->end,
		},
		.stack_mask = 1UL << STACK_TYPE_TASK,
		.ip = MS_RULES_HIGH | plain >> 32,
		.sp = sp - MS_RULE_OFFSET((u32)plain),
	};

	if (!plain || !ms_within(stack, sp - sizeof(long), sizeof(long)))
		return 0;
	if (!unwind_next_frame(&state) || state.error || state.sp != sp)
		return 0;
	return state.ip;
}

/**
 * ms_orc_start() - the frame that called a probed function
 * @regs: of a kretprobe, where the return address was just taken off the stack; or of
 *	a kprobe at the function's first instruction, where it is on top
 * @call_site: the return address, or one further out
 *
 * In a kretprobe the instruction pointer is the return address, and the trampoline
 * lies below the stack pointer (5.15 on), or the stack pointer itself does. In a kprobe
 * made by ftrace the address behind ftrace's call, a few bytes on, does.
 *
 * Context: any, preemption disabled.
 * Return: the return address and the frame's stack pointer, 0 if they are neither.
 */
struct ms_start ms_orc_start(const struct pt_regs *regs, unsigned long call_site)
{
	struct ms_start start = { 0, 0 };
	struct ms_bounds stack;
	unsigned long below, top;

	if (!ms_bounds_of(&stack, regs->sp) ||
	    !ms_within(&stack, regs->sp - sizeof(long), 2 * sizeof(long)))
		return start;
	below = ms_load(regs->sp - sizeof(long));
	top = ms_load(regs->sp);
	if (ms_rules_get(below) == MS_RULE(MS_RULE_TRAMPOLINE, 0, 0))
		start = (struct ms_start){ regs->ip, regs->sp };
	else if (below == regs->sp)
		start = (struct ms_start){ call_site, regs->sp };
	else if (top == call_site || below - regs->ip < 8)
		start = (struct ms_start){ top, regs->sp + sizeof(long) };
	return start;
}

/**
 * ms_orc_step() - out of one frame, to its caller
 * @walk: moved
 * @stack: the bounds, changed on the way off the irq stack
 * @rule: the frame's; above U32_MAX if it isn't looked up yet
 *
 * A thread's first frame has no caller, that of entry code has struct pt_regs.
 *
 * Context: any, preemption disabled.
 * Return: MS_WALK_ON if there is a caller, else how the walk ends.
 */
noinline enum ms_walk_end ms_orc_step(struct ms_walk *walk, struct ms_bounds *stack, u64 rule)
{
	unsigned long sp = walk->sp, bp_at = 0;
	long offset;

	if (rule > U32_MAX)
		rule = ms_rules_get(walk->ip);
	if (rule > U32_MAX)
		return MS_WALK_UNKNOWN;
	offset = MS_RULE_OFFSET((u32)rule);
	switch (MS_RULE_KIND((u32)rule)) {
	case MS_RULE_SIMPLE:
		sp += offset;
		break;
	case MS_RULE_BP:
		sp = READ_ONCE_NOCHECK(*walk->bp_at) + offset;
		break;
	case MS_RULE_REALIGNED:
		bp_at = READ_ONCE_NOCHECK(*walk->bp_at);
		if (!ms_within(stack, bp_at + offset, sizeof(long)))
			return MS_WALK_ASTRAY;
		sp = ms_load(bp_at + offset);
		break;
	case MS_RULE_INDIRECT:
		if (!ms_within(stack, sp, sizeof(long)) || ms_on_task_stack(sp))
			return MS_WALK_ASTRAY;
		sp = ms_load(sp) + offset;
		ms_task_bounds(stack);
		walk->sp = stack->begin;
		break;
	case MS_RULE_REGS:
		walk->regs = (struct pt_regs *)(sp + offset);
		if (!ms_within(stack, (unsigned long)walk->regs, sizeof(*walk->regs)))
			return MS_WALK_ASTRAY;
		return user_mode(walk->regs) ? MS_WALK_COMPLETE : MS_WALK_INTERRUPTED;
	case MS_RULE_END:
		return MS_WALK_COMPLETE;
	default:
		return MS_WALK_REFUSED;
	}
	if (sp <= walk->sp || !ms_within(stack, sp - sizeof(long), sizeof(long)))
		return MS_WALK_ASTRAY;
	if (MS_RULE_BP_AT((u32)rule))
		bp_at = sp - MS_RULE_BP_AT((u32)rule);
	if (bp_at) {
		if (!ms_within(stack, bp_at, sizeof(long)))
			return MS_WALK_ASTRAY;
		walk->bp_at = (unsigned long *)bp_at;
	}
	walk->sp = sp;
	walk->ip = ms_load(sp - sizeof(long));
	return MS_WALK_ON;
}

/*
 * Into the code that was interrupted: on the same stack, or from the irq stack on
 * the task's. To the caller of that code: its rule is that of a return address
 * behind the first byte of the instruction it was at.
 */
static enum ms_walk_end step_interrupted(struct ms_walk *walk, struct ms_bounds *stack)
{
	const struct pt_regs *regs = walk->regs;

	if (!ms_within(stack, regs->sp, sizeof(long)) || regs->sp < (unsigned long)regs) {
		if (ms_on_task_stack((unsigned long)regs) || !ms_on_task_stack(regs->sp))
			return MS_WALK_INTERRUPTED;
		ms_task_bounds(stack);
	}
	walk->ip = regs->ip + 1;
	walk->sp = regs->sp;
	walk->bp_at = &regs->bp;
	return ms_orc_step(walk, stack, MS_RULES_NONE);
}

/* From where the walk begins to the frame of call_site. */
static __always_inline enum ms_walk_end step_to(struct ms_walk *walk, struct ms_bounds *stack,
						unsigned long call_site)
{
	unsigned int left = MS_FRONT_MAX;
	enum ms_walk_end end;
	u64 rule;

	while (walk->ip != call_site) {
		if (!--left)
			return MS_WALK_ASTRAY;
		rule = ms_rules_first(walk->ip);
		if (likely(rule < MS_RULE_SIMPLE_END)) {
			walk->sp += (u16)rule;
			if (unlikely(walk->sp > stack->end))
				return MS_WALK_ASTRAY;
			if (MS_RULE_BP_AT(rule))
				walk->bp_at = (unsigned long *)(walk->sp - MS_RULE_BP_AT(rule));
			walk->ip = ms_load(walk->sp - sizeof(long));
			continue;
		}
		end = ms_orc_step(walk, stack, rule);
		if (end != MS_WALK_ON)
			return end == MS_WALK_UNKNOWN ? end : MS_WALK_ASTRAY;
	}
	return MS_WALK_ON;
}

/**
 * ms_orc_walk() - the return addresses from call_site on
 * @frames: where they go, innermost first
 * @n: set to how many there are
 * @max: how many fit, from 1
 * @call_site: the first of them; what the walk meets before it is left out
 * @from: where the walk begins, on the current stack; @detour is set if need be
 *
 * Context: any, preemption disabled.
 * Return: how the walk ended; COMPLETE also when @max is reached.
 */
enum ms_walk_end ms_orc_walk(unsigned long *frames, unsigned int *n, unsigned int max,
			     unsigned long call_site, struct ms_walk *from)
{
	unsigned long *frame = frames, *const full = frames + max;
	struct ms_walk walk = *from;
	enum ms_walk_end end;
	struct ms_bounds stack;
	u64 rule;

	if (!ms_bounds_of(&stack, walk.sp))
		return MS_WALK_ASTRAY;
	end = step_to(&walk, &stack, call_site);
	if (end != MS_WALK_ON)
		return end;
	for (;;) {
		unsigned long ip = walk.ip, sp = walk.sp;
		const unsigned long *bp_at = walk.bp_at;
		const unsigned long stack_end = stack.end;

		/* the way of nearly all frames: keep it at twenty instructions */
		for (;;) {
			rule = ms_rules_first(ip);
			if (unlikely(rule >= MS_RULE_SIMPLE_END))
				break;
			*frame = ip;
			if (++frame == full)
				goto out;
			sp += (u16)rule;
			if (unlikely(sp > stack_end))
				return MS_WALK_ASTRAY;
			if (MS_RULE_BP_AT(rule))
				bp_at = (unsigned long *)(sp - MS_RULE_BP_AT(rule));
			ip = ms_load(sp - sizeof(long));
		}
		walk.ip = ip;
		walk.sp = sp;
		walk.bp_at = bp_at;
		if (rule > U32_MAX)
			rule = ms_rules_get(ip);
		if (MS_RULE_KIND(rule) == MS_RULE_TRAMPOLINE) {
			walk.ip = recover(&stack, sp);
			if (!walk.ip || walk.ip == ip)
				return MS_WALK_REFUSED;
			from->detour = true;
			continue;
		}
		end = ms_orc_step(&walk, &stack, rule);
		if (end > MS_WALK_INTERRUPTED)
			return end;
		*frame++ = ip;
		if (end == MS_WALK_COMPLETE || frame == full)
			break;
		if (end == MS_WALK_INTERRUPTED) {
			if (ms_reference_ends_at(ip))
				break;
			from->detour = true;
			ip = walk.regs->ip;
			end = step_interrupted(&walk, &stack);
			if (end != MS_WALK_ON)
				return end;
			*frame++ = ip;
			if (frame == full)
				break;
		}
	}
out:
	*n = frame - frames;
	return end == MS_WALK_INTERRUPTED ? MS_WALK_TRIMMED : MS_WALK_COMPLETE;
}

/* What the kernel's unwinder knows of a frame. */
struct frame {
	unsigned long ip, sp, bp;
};

/* Did the kernel's unwinder, in going from the frame to state, follow the rule? */
static bool agrees(u32 rule, const struct frame *frame, const struct unwind_state *state,
		   bool more)
{
	unsigned long sp = frame->sp;

	switch (MS_RULE_KIND(rule)) {
	case MS_RULE_END:
		return !more && !state->error;
	case MS_RULE_REGS:
		return more && state->full_regs &&
		       (unsigned long)state->regs == sp + MS_RULE_OFFSET(rule);
	case MS_RULE_SIMPLE:
		break;
	case MS_RULE_BP:
		sp = frame->bp;
		break;
	case MS_RULE_INDIRECT:
		sp = ms_load(sp);
		break;
	case MS_RULE_REALIGNED:
		return more && !state->error && !state->regs && state->bp == ms_load(frame->bp) &&
		       state->sp == ms_load(frame->bp + MS_RULE_OFFSET(rule));
	default:
		return false;
	}
	if (!more || state->error || state->regs || state->sp != sp + MS_RULE_OFFSET(rule))
		return false;
	return state->bp == (MS_RULE_BP_AT(rule) ?
			     ms_load(state->sp - MS_RULE_BP_AT(rule)) : frame->bp);
}

static void learn(const struct frame *frame, const struct unwind_state *state, bool more)
{
	u32 rule = ms_rule_of(frame->ip);

	if (!agrees(rule, frame, state, more))
		rule = MS_RULE(MS_RULE_REFUSED, 0, 0);
	ms_rules_set(frame->ip, rule);
	if (MS_RULE_KIND(rule) == MS_RULE_SIMPLE && !MS_RULE_BP_AT(rule) &&
	    within_module(frame->ip, THIS_MODULE))
		WRITE_ONCE(plain_rule, (u64)frame->ip << 32 | rule);
	this_cpu_inc(ms_unwind_counts[MS_UNWIND_LEARNED]);
}

/**
 * ms_orc_learn() - learn the rules of the stack we are on
 *
 * Goes the whole stack with the kernel's unwinder, some ten thousand instructions
 * for each return address that has no rule yet, LEARN_MAX of them at most.
 *
 * Context: any, preemption disabled.
 */
void ms_orc_learn(void)
{
	unsigned int budget = LEARN_MAX;
	struct unwind_state state;
	struct frame frame = {};
	bool more = true, known;

	unwind_start(&state, current, NULL, NULL);
	while (more && budget && !unwind_done(&state) && unwind_get_return_address(&state)) {
		if (state.stack_info.type == STACK_TYPE_IRQ) {
			this_cpu_write(ms_irq_stack.begin, (unsigned long)state.stack_info.begin);
			this_cpu_write(ms_irq_stack.end, (unsigned long)state.stack_info.end);
		}
		if (state.signal && ms_reference_ends_at(frame.ip))
			break;
		frame = (struct frame){ state.ip + state.signal, state.sp, state.bp };
		if (!state.regs && ms_load(frame.sp - sizeof(long)) != frame.ip)
			ms_rules_set(ms_load(frame.sp - sizeof(long)),
				     MS_RULE(MS_RULE_TRAMPOLINE, 0, 0));
		known = ms_rules_get(frame.ip) != MS_RULES_NONE;
		more = unwind_next_frame(&state);
		if (!known) {
			learn(&frame, &state, more);
			budget--;
		}
	}
}

/**
 * ms_orc_retire() - trust no more what led to the last of these frames' caller
 * @frames: of a walk that went wrong behind the last one
 * @n: how many, from 1
 *
 * If the last went by rbp, an earlier rule may have told it wrong: all go.
 *
 * Context: any.
 */
void ms_orc_retire(const unsigned long *frames, unsigned int n)
{
	bool by_bp = MS_RULE_KIND((u32)ms_rules_get(frames[n - 1])) == MS_RULE_BP;

	do {
		ms_rules_set(frames[--n], MS_RULE(MS_RULE_REFUSED, 0, 0));
		ms_path_retire(frames[n]);
	} while (n && by_bp);
}

/**
 * ms_orc_init() - make ms_orc_walk() ready
 *
 * Context: process, may sleep.
 * Return: 0 or -errno.
 */
int ms_orc_init(void)
{
	int err;

	ms_rule_init();
	err = ms_path_init();
	if (err)
		return err;
	err = ms_rules_init();
	if (err)
		ms_path_exit();
	return err;
}

/**
 * ms_orc_exit() - undo ms_orc_init()
 *
 * Context: process, may sleep.
 */
void ms_orc_exit(void)
{
	ms_rules_exit();
	ms_path_exit();
}
