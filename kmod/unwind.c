// SPDX-License-Identifier: GPL-2.0
/*
 * unwind: the call stack of an allocation, as fast as it can be told.
 *
 * Three ways, each the fall-back of the one before:
 *  - a stack that was met before is recognised (unwind-path.c),
 *  - the walk by memoised rules (unwind-orc.c),
 *  - stack_trace_save (unwind-reference.c), the only one where the kernel does not
 *    unwind by ORC; every unwind_audit-th stack of the others is compared with it.
 *
 * Contexts: any, NMI included, preemption disabled. No locks.
 */
#include <linux/kernel.h>
#include <linux/moduleparam.h>
#include <linux/percpu.h>
#include <asm/ptrace.h>

#include "unwind.h"
#include "unwind-orc.h"
#include "unwind-path.h"
#include "unwind-reference.h"
#include "unwind-stack.h"

DEFINE_PER_CPU(u64 [MS_UNWIND_COUNTERS], ms_unwind_counts);

static unsigned int unwind_audit = 1024;
module_param(unwind_audit, uint, 0644);
MODULE_PARM_DESC(unwind_audit, "Compare every n-th fast stack walk with the kernel's (0: none)");

static bool unwind_fast = true;
module_param(unwind_fast, bool, 0644);
MODULE_PARM_DESC(unwind_fast, "Walk stacks by memoised unwind rules");

#ifdef MS_UNWIND_ORC
static DEFINE_PER_CPU(int, audit_left);

static bool audit_due(void)
{
	unsigned int every;

	if (likely(this_cpu_dec_return(audit_left) > 0))
		return false;
	every = READ_ONCE(unwind_audit);
	this_cpu_write(audit_left, every && every < INT_MAX ? every : INT_MAX);
	return every;
}

/* Compare a stack with the reference; false if it is wrong. */
static bool audit(const unsigned long *frames, unsigned int n, bool whole)
{
	int right = ms_reference_agrees(frames, n, whole);

	this_cpu_inc(ms_unwind_counts[MS_UNWIND_AUDITED]);
	if (right < 0)
		return true;
	this_cpu_inc(ms_unwind_counts[MS_UNWIND_MISMATCHED]);
	if (right)
		ms_orc_retire(frames, right);
	return false;
}

/* Write a recognised stack out. Returns 0 if it is left to the reference. */
static noinline unsigned int written(const struct ms_path *path, unsigned long *frames,
				     bool audited)
{
	bool whole;
	unsigned int n = ms_path_frames(path, frames, &whole);

	return audited && !audit(frames, n, whole) ? 0 : n;
}

static const enum ms_unwind_counter reasons[MS_WALK_ENDS] = {
	[MS_WALK_INTERRUPTED] = MS_UNWIND_EXCEPTION,
	[MS_WALK_UNKNOWN] = MS_UNWIND_UNKNOWN,
	[MS_WALK_REFUSED] = MS_UNWIND_REFUSED,
	[MS_WALK_ASTRAY] = MS_UNWIND_ASTRAY,
};

/*
 * The last step of the stack, or NULL if it isn't a known one. The walk begins at the
 * frame with return address ip, stack pointer sp and rbp at bp_at. Here are the ways
 * that nearly all stacks go; ms_path_follow() knows the others.
 */
static __always_inline struct ms_path *
recognise(unsigned long ip, unsigned long sp, const unsigned long *bp_at,
	  unsigned int max, unsigned long call_site)
{
	unsigned long end = ms_end_of(sp), next;
	struct ms_path *path;
	u32 rule;

	path = ms_path_search(ms_path_first(max, call_site), ip, sp, end);
	while (likely(path)) {
		if (path->bp)
			bp_at = (unsigned long *)(sp + path->bp - 1);
		sp += path->total;
		rule = path->exit;
		if (unlikely(rule >= MS_RULE_SIMPLE_END)) {
			switch (MS_RULE_KIND(rule)) {
			case MS_RULE_REALIGNED:
				bp_at = (unsigned long *)READ_ONCE_NOCHECK(*bp_at);
				next = (unsigned long)bp_at + MS_RULE_OFFSET(rule);
				if (next < sp || (unsigned long)bp_at > end - sizeof(long))
					return NULL;
				next = ms_load(next);
				if (next <= sp || next > end)
					return NULL;
				sp = next;
				break;
			case MS_RULE_BP:
				next = READ_ONCE_NOCHECK(*bp_at) + MS_RULE_OFFSET(rule);
				if (next <= sp || next > end || MS_RULE_BP_AT(rule) > next - sp)
					return NULL;
				sp = next;
				if (MS_RULE_BP_AT(rule))
					bp_at = (unsigned long *)(sp - MS_RULE_BP_AT(rule));
				break;
			case MS_RULE_REGS:
				next = sp + MS_RULE_OFFSET(rule);
				if (next + sizeof(struct pt_regs) <= end &&
				    user_mode((struct pt_regs *)next))
					return path;
				return ms_path_follow(path, sp, bp_at);
			case MS_RULE_KIND(MS_PATH_CUT):
			case MS_RULE_END:
				return path;
			default:
				return ms_path_follow(path, sp, bp_at);
			}
		}
		ip = ms_load(sp - sizeof(long));
		path = ms_path_search(path->self | (u32)ip, ip, sp, end);
	}
	return NULL;
}

/* Returns 0 if the stack is left to the reference. */
static noinline unsigned int walk(unsigned long *frames, unsigned int max,
				  unsigned long call_site, struct ms_walk from, u32 **kept)
{
	struct ms_path *path;
	enum ms_walk_end end;
	unsigned int n;

	end = ms_orc_walk(frames, &n, max, call_site, &from);
	if (likely(end == MS_WALK_COMPLETE || end == MS_WALK_TRIMMED)) {
		this_cpu_inc(ms_unwind_counts[MS_UNWIND_FAST]);
		if (unlikely(audit_due()) &&
		    !audit(frames, n, end == MS_WALK_COMPLETE && n < max))
			return 0;
		path = ms_path_add(&from, max, call_site);
		if (path)
			*kept = &path->id;
		return n;
	}
	this_cpu_inc(ms_unwind_counts[reasons[end]]);
	if (end == MS_WALK_UNKNOWN || end == MS_WALK_ASTRAY)
		ms_orc_learn();
	return 0;
}
#endif

/**
 * ms_unwind() - the call stack of the event at hand
 * @frames: where the return addresses go, innermost first
 * @max: how many fit, from 1 to MEMSCOPE_STACK_DEPTH_MAX
 * @call_site: the first of them: the caller of the probed function
 * @regs: what a kprobe or kretprobe handler was given; NULL in a tracepoint's
 * @kept: set to where the caller may keep a number for this very stack, or to NULL
 *
 * The frames in front of @call_site are left out: those of this module, of the
 * tracing that called it, and of the probed function.
 *
 * A stack that was met before may be recognised without being written out. That is
 * done only if the caller had put a number other than 0 into *@kept then: it finds
 * it there again, until ms_unwind_forget().
 *
 * Context: any, preemption disabled, not nested within one context of a CPU.
 * Return: how many frames were written; 0 if *@kept has the stack's number.
 */
noinline unsigned int ms_unwind(unsigned long *frames, unsigned int max,
				unsigned long call_site, struct pt_regs *regs, u32 **kept)
{
#ifdef MS_UNWIND_ORC
	const unsigned long *bp_at;
	struct ms_start start;
	unsigned long ip, sp;
	struct ms_path *path;
	unsigned int n;
	bool due;

	if (likely(READ_ONCE(unwind_fast))) {
		if (!regs) {
			bp_at = __builtin_frame_address(0);
			ip = bp_at[1];
			sp = (unsigned long)(bp_at + 2);
		} else {
			start = (struct ms_start){ call_site, regs->sp };
			if (regs->ip != call_site)
				start = ms_orc_start(regs, call_site);
			bp_at = &regs->bp;
			ip = start.ip;
			sp = start.sp;
		}
		path = recognise(ip, sp, bp_at, max, call_site);
		if (likely(path)) {
			due = audit_due();
			this_cpu_inc(ms_unwind_counts[MS_UNWIND_FAST]);
			*kept = &path->id;
			if (likely(path->id && !due))
				return 0;
			n = written(path, frames, due);
			if (likely(n))
				return path->id ? 0 : n;
		} else {
			*kept = NULL;
			n = walk(frames, max, call_site,
				 (struct ms_walk){ .ip = ip, .sp = sp, .bp_at = bp_at }, kept);
			if (likely(n))
				return n;
		}
		*kept = NULL;
		return ms_reference(frames, max, call_site);
	}
#endif
	this_cpu_inc(ms_unwind_counts[MS_UNWIND_OFF]);
	*kept = NULL;
	return ms_reference(frames, max, call_site);
}

/**
 * ms_unwind_forget() - forget the numbers that were kept for stacks
 *
 * Context: process, may sleep, while nobody can be in ms_unwind().
 */
void ms_unwind_forget(void)
{
#ifdef MS_UNWIND_ORC
	ms_path_forget();
#endif
}

/**
 * ms_unwind_paths() - parts of known stacks that are kept now, of unwind_paths
 *
 * Context: any.
 */
unsigned int ms_unwind_paths(void)
{
#ifdef MS_UNWIND_ORC
	return ms_path_used();
#else
	return 0;
#endif
}

/**
 * ms_unwind_count() - one CPU's counter
 * @cpu: a possible CPU
 * @which: the counter
 *
 * Context: any.
 */
u64 ms_unwind_count(unsigned int cpu, enum ms_unwind_counter which)
{
	return READ_ONCE(per_cpu(ms_unwind_counts, cpu)[which]);
}

/**
 * ms_unwind_init() - make ms_unwind() ready
 *
 * Context: process, may sleep.
 * Return: 0, or -errno.
 */
int ms_unwind_init(void)
{
	int err = ms_reference_init();

	if (err)
		return err;
	err = ms_orc_init();
	if (err)
		ms_reference_exit();
	return err;
}

/**
 * ms_unwind_exit() - undo ms_unwind_init(), once no probe can call ms_unwind()
 *
 * Context: process, may sleep.
 */
void ms_unwind_exit(void)
{
	ms_orc_exit();
	ms_reference_exit();
}
