// SPDX-License-Identifier: GPL-2.0
/*
 * unwind: the call stack of an allocation.
 *
 * The reference is stack_trace_save.  Its stack begins inside this module and
 * ends, in an interrupt, in the code that was interrupted; what is handed out
 * begins at the caller of the probed function and ends where the interrupted
 * code begins, so that one path is one stack.  Where there is a memoised walk
 * (unwind-orc.c) it is tried first, and every unwind_audit-th of its stacks is
 * compared with the reference.
 *
 * Runs in any context, NMI included, with preemption disabled; takes no lock.
 * Each context of each CPU has a scratch stack of its own: an interrupt that
 * nests finds another one, and the callers do not nest within a context.
 */
#include <linux/kernel.h>
#include <linux/moduleparam.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/kallsyms.h>
#include <linux/module.h>
#include <linux/stacktrace.h>
#include <linux/string.h>

#include "unwind.h"
#include "unwind-orc.h"

#define CONTEXTS	4	/* process, softirq, hardirq, NMI */
#define FRONT		32	/* frames of the tracer and what calls it, at most */
#define DEPTH		(64 + FRONT)

struct scratch {
	unsigned long frames[DEPTH];
	char name[KSYM_SYMBOL_LEN];
};

static struct scratch __percpu *scratches;	/* CONTEXTS of them */

DEFINE_PER_CPU(u64 [MS_UNWIND_COUNTERS], ms_unwind_counts);
static DEFINE_PER_CPU(int, audit_left);

static bool unwind_trim = true;
module_param(unwind_trim, bool, 0644);
MODULE_PARM_DESC(unwind_trim, "End stacks of interrupts where the interrupted code begins");

static unsigned int unwind_audit = 1024;
module_param(unwind_audit, uint, 0644);
MODULE_PARM_DESC(unwind_audit, "Compare every n-th fast stack walk with the kernel's (0: none)");

static bool unwind_fast = true;
module_param(unwind_fast, bool, 0644);
MODULE_PARM_DESC(unwind_fast, "Walk stacks by memoised unwind rules");

/*
 * What a return address belongs to, by its symbol's name.  Names are looked up
 * once: the cache holds the address, its two top bits (always set in kernel
 * addresses) shifted out, and the kind in the two bottom ones.
 */
enum kind {
	KIND_PLAIN,
	KIND_TRACING,		/* between the probed function and its probe */
	KIND_INTERRUPT,		/* entry code: its caller is interrupted code */
};

static unsigned long kinds[512];

static const char * const tracing_names[] = {
	"__traceiter_", "__bpf_trace_", "kprobe_", "kretprobe_", "__kretprobe_",
	"rethook_", "arch_rethook_", "ftrace_", "arch_ftrace_", "aggr_pre_handler",
	"aggr_post_handler", "opt_pre_handler", "optimized_callback", "pre_handler_kretprobe",
	"trampoline_handler", "trampoline_probe_handler", "exc_int3", "asm_exc_int3",
	"do_int3", "notifier_call_chain", "brk_handler", "call_break_hook",
	"do_debug_exception", "do_el1_brk64", "el1_brk64", "el1_dbg", "el1h_64_sync",
	"el1_sync",
};

static const char * const interrupt_names[] = {
	"asm_sysvec_", "asm_common_interrupt", "asm_exc_nmi",
	"end_repeat_nmi", "el1h_64_irq", "el1h_64_fiq",
	"el1h_64_error", "el1_irq", "el1_error",
};

static bool begins_with_any(const char *name, const char * const *prefixes, size_t n)
{
	while (n--)
		if (strstarts(name, prefixes[n]))
			return true;
	return false;
}

static enum kind kind_of(unsigned long ip, char *name)
{
	unsigned long *slot = &kinds[(ip ^ ip >> 12) % ARRAY_SIZE(kinds)];
	unsigned long seen = READ_ONCE(*slot);
	enum kind kind = KIND_PLAIN;

	if ((seen | 3) == (ip << 2 | 3))
		return seen & 3;
	if (within_module(ip, THIS_MODULE)) {
		kind = KIND_TRACING;
	} else {
		sprint_symbol_no_offset(name, ip);
		if (begins_with_any(name, tracing_names, ARRAY_SIZE(tracing_names)))
			kind = KIND_TRACING;
		else if (begins_with_any(name, interrupt_names, ARRAY_SIZE(interrupt_names)))
			kind = KIND_INTERRUPT;
	}
	WRITE_ONCE(*slot, ip << 2 | kind);
	return kind;
}

static unsigned int context(void)
{
	return in_nmi() ? 3 : hardirq_count() ? 2 : in_serving_softirq() ? 1 : 0;
}

/* The index of call_site, else of the first frame behind the tracing ones. */
static unsigned int front(struct scratch *scratch, unsigned int n, unsigned long call_site)
{
	unsigned int i, plain = 0;

	for (i = 0; i < n; i++)
		if (scratch->frames[i] == call_site)
			return i;
	this_cpu_inc(ms_unwind_counts[MS_UNWIND_LOST_SITE]);
	for (i = 0; i < n && i < FRONT; i++)
		if (kind_of(scratch->frames[i], scratch->name) == KIND_TRACING)
			plain = i + 1;
	return plain;
}

/* Where the interrupted code begins, or n. */
static unsigned int trimmed(struct scratch *scratch, unsigned int from, unsigned int n)
{
	unsigned int i;

	for (i = from; i < n; i++)
		if (kind_of(scratch->frames[i], scratch->name) == KIND_INTERRUPT)
			return i + 1;
	return n;
}

static struct scratch *scratch_of(unsigned int level)
{
	return this_cpu_ptr(scratches) + level;
}

static unsigned int unwind_slow(unsigned long *frames, unsigned int max,
				unsigned long call_site)
{
	unsigned int level = context();
	struct scratch *scratch = scratch_of(level);
	unsigned int n, from, written = 0;

	n = stack_trace_save(scratch->frames, DEPTH, 0);
	from = front(scratch, n, call_site);
	if (level && READ_ONCE(unwind_trim))
		n = trimmed(scratch, from, n);
	if (max && (from >= n || scratch->frames[from] != call_site))
		frames[written++] = call_site;
	while (written < max && from < n)
		frames[written++] = scratch->frames[from++];
	return written;
}

#ifdef MS_UNWIND_ORC
/**
 * ms_unwind_ends_at() - is the code that was interrupted left out of this stack?
 * @ip: return address in the entry code in front of it
 *
 * Context: any, preemption disabled.
 */
bool ms_unwind_ends_at(unsigned long ip)
{
	unsigned int level = context();

	return level && READ_ONCE(unwind_trim) &&
	       kind_of(ip, scratch_of(level)->name) == KIND_INTERRUPT;
}

/* Compare a fast walk's frames with the reference; false if it is wrong. */
static bool audit(const unsigned long *frames, unsigned int n, bool whole)
{
	struct scratch *scratch = scratch_of(context());
	unsigned int total, from = 0, same = 0;

	this_cpu_inc(ms_unwind_counts[MS_UNWIND_AUDITED]);
	total = stack_trace_save(scratch->frames, DEPTH, 0);
	while (from < total && scratch->frames[from] != frames[0])
		from++;
	while (same < n && from + same < total && frames[same] == scratch->frames[from + same])
		same++;
	if (same == n && (!whole || from + n == total))
		return true;
	this_cpu_inc(ms_unwind_counts[MS_UNWIND_MISMATCHED]);
	if (same)
		ms_orc_retire(frames, same);
	return false;
}

static bool audit_due(void)
{
	unsigned int every;

	if (likely(this_cpu_dec_return(audit_left) > 0))
		return false;
	every = READ_ONCE(unwind_audit);
	this_cpu_write(audit_left, every && every < INT_MAX ? every : INT_MAX);
	return every;
}

static const enum ms_unwind_counter reasons[MS_WALK_ENDS] = {
	[MS_WALK_INTERRUPTED] = MS_UNWIND_EXCEPTION,
	[MS_WALK_UNKNOWN] = MS_UNWIND_UNKNOWN,
	[MS_WALK_REFUSED] = MS_UNWIND_REFUSED,
	[MS_WALK_ASTRAY] = MS_UNWIND_ASTRAY,
};

/* Returns 0 if the stack is left to the reference. */
static __always_inline unsigned int unwind_memoised(unsigned long *frames, unsigned int max,
						    unsigned long call_site,
						    const struct ms_walk *from)
{
	enum ms_walk_end end;
	unsigned int n;

	end = ms_orc_walk(frames, &n, max, call_site, from);
	if (likely(end == MS_WALK_COMPLETE || end == MS_WALK_TRIMMED)) {
		this_cpu_inc(ms_unwind_counts[MS_UNWIND_FAST]);
		if (unlikely(audit_due()) &&
		    !audit(frames, n, end == MS_WALK_COMPLETE && n < max))
			return 0;
		return n;
	}
	this_cpu_inc(ms_unwind_counts[reasons[end]]);
	if (end == MS_WALK_UNKNOWN || end == MS_WALK_ASTRAY)
		ms_orc_learn();
	return 0;
}

/* The frame that called the function this is inlined into. */
static __always_inline void here(struct ms_walk *walk)
{
	unsigned long *frame = __builtin_frame_address(0);

	walk->bp_at = frame;
	walk->ip = frame[1];
	walk->sp = (unsigned long)(frame + 2);
}
#endif

/**
 * ms_unwind() - the call stack of the event at hand
 * @frames: where the return addresses go, innermost first
 * @max: how many fit, from 1 to MEMSCOPE_STACK_DEPTH_MAX
 * @call_site: the first of them: the caller of the probed function
 * @regs: what a kprobe or kretprobe handler was given; NULL in a tracepoint's
 *
 * The frames in front of @call_site are left out: those of this module, of the
 * tracing that called it, and of the probed function.
 *
 * Context: any, preemption disabled, not nested within one context of a CPU.
 * Return: how many were written.
 */
noinline unsigned int ms_unwind(unsigned long *frames, unsigned int max,
				unsigned long call_site, struct pt_regs *regs)
{
#ifdef MS_UNWIND_ORC
	struct ms_walk from;
	unsigned int n;

	if (likely(READ_ONCE(unwind_fast))) {
		if (!regs) {
			here(&from);
		} else if (!ms_orc_from_regs(&from, call_site, regs)) {
			this_cpu_inc(ms_unwind_counts[MS_UNWIND_ASTRAY]);
			ms_orc_learn();
			return unwind_slow(frames, max, call_site);
		}
		n = unwind_memoised(frames, max, call_site, &from);
		return likely(n) ? n : unwind_slow(frames, max, call_site);
	}
#endif
	this_cpu_inc(ms_unwind_counts[MS_UNWIND_OFF]);
	return unwind_slow(frames, max, call_site);
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
	int err;

	scratches = __alloc_percpu(CONTEXTS * sizeof(*scratches), __alignof__(*scratches));
	if (!scratches)
		return -ENOMEM;
	err = ms_orc_init();
	if (err)
		goto err_free;
	return 0;

err_free:
	free_percpu(scratches);
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
	free_percpu(scratches);
}
