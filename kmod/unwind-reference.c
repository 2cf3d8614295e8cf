// SPDX-License-Identifier: GPL-2.0
/*
 * The reference: stack_trace_save, cut to what a capture is to show.
 *
 * Its stack begins inside this module and ends, in an interrupt, in the code that was
 * interrupted; what is handed out begins at the caller of the probed function and ends
 * where the interrupted code begins, so that one path is one stack.
 *
 * Runs in any context, NMI included, with preemption disabled; takes no lock. Each
 * context of each CPU has a scratch stack of its own: an interrupt that nests finds
 * another one, and the callers do not nest within a context.
 */
#include <linux/kallsyms.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/stacktrace.h>
#include <linux/string.h>

#include "unwind.h"
#include "unwind-reference.h"

#define CONTEXTS	4	/* process, softirq, hardirq, NMI */
#define FRONT		32	/* frames of the tracer and what calls it, at most */
#define DEPTH		(64 + FRONT)

struct scratch {
	unsigned long frames[DEPTH];
	char name[KSYM_SYMBOL_LEN];
};

static struct scratch __percpu *scratches;	/* CONTEXTS of them */

static bool unwind_trim = true;
module_param(unwind_trim, bool, 0644);
MODULE_PARM_DESC(unwind_trim, "End stacks of interrupts where the interrupted code begins");

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

/**
 * ms_reference() - the call stack as the kernel's own walk has it
 * @frames: where the return addresses go, innermost first
 * @max: how many fit
 * @call_site: the first of them
 *
 * Context: any, preemption disabled.
 * Return: how many were written.
 */
unsigned int ms_reference(unsigned long *frames, unsigned int max, unsigned long call_site)
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

/**
 * ms_reference_ends_at() - is the code that was interrupted left out of this stack?
 * @ip: return address in the entry code in front of it
 *
 * Context: any, preemption disabled.
 */
bool ms_reference_ends_at(unsigned long ip)
{
	unsigned int level = context();

	return level && READ_ONCE(unwind_trim) &&
	       kind_of(ip, scratch_of(level)->name) == KIND_INTERRUPT;
}

/**
 * ms_reference_agrees() - compare another walk's stack with the reference
 * @frames: the other walk's, from call_site on
 * @n: how many
 * @whole: are they all there are?
 *
 * Context: any, preemption disabled.
 * Return: how many of the frames are right; -1 if all are.
 */
int ms_reference_agrees(const unsigned long *frames, unsigned int n, bool whole)
{
	struct scratch *scratch = scratch_of(context());
	unsigned int total, from = 0, same = 0;

	total = stack_trace_save(scratch->frames, DEPTH, 0);
	while (from < total && scratch->frames[from] != frames[0])
		from++;
	while (same < n && from + same < total && frames[same] == scratch->frames[from + same])
		same++;
	return same == n && (!whole || from + n == total) ? -1 : same;
}

/**
 * ms_reference_init() - make ms_reference() ready
 *
 * Context: process, may sleep.
 * Return: 0 or -ENOMEM.
 */
int ms_reference_init(void)
{
	scratches = __alloc_percpu(CONTEXTS * sizeof(*scratches), __alignof__(*scratches));
	return scratches ? 0 : -ENOMEM;
}

/**
 * ms_reference_exit() - undo ms_reference_init()
 *
 * Context: process, may sleep.
 */
void ms_reference_exit(void)
{
	free_percpu(scratches);
}
