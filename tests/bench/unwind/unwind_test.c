// SPDX-License-Identifier: GPL-2.0
/*
 * What the stack walk costs, and whether it is right: captures the stack of every
 * slab allocation (and free) of the running kernel, by tracepoints or by kprobes,
 * and throws it away.
 *
 * Built from kmod/unwind*.c and this file. Parameters: probe (none, null,
 * tracepoint, kprobe), depth, frees, and the unwinder's own; bench=N times N
 * hundred pairs of kmalloc and kfree at several depths when loaded. Counters are printed on removal.
 */
#include <linux/delay.h>
#include <linux/kprobes.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/stacktrace.h>
#include <linux/tracepoint.h>
#include <trace/events/kmem.h>

#include "unwind.h"

static char *probe = "tracepoint";
module_param(probe, charp, 0444);
static uint depth = 16;
module_param(depth, uint, 0444);
static bool frees;
module_param(frees, bool, 0444);
static uint bench;
module_param(bench, uint, 0444);
static bool keep = true;
module_param(keep, bool, 0444);
static bool show;
module_param(show, bool, 0444);

#define LEVELS	4

struct capture {
	int busy;
	unsigned long frames[64];
};

static DEFINE_PER_CPU(struct capture [LEVELS], captures);
static DEFINE_PER_CPU(u64, taken);
static DEFINE_PER_CPU(u64, nested);
static unsigned int counted;		/* frames of the last capture, for bench */
static bool quiet;			/* attached, but does nothing */
static atomic_t shown = ATOMIC_INIT(0);

static void show_stack_of(unsigned long *frames, unsigned int n, struct pt_regs *regs)
{
	unsigned int i;

	pr_info("stack of %s, %s:\n", current->comm, regs ? "regs" : "tracepoint");
	for (i = 0; i < n; i++)
		pr_info("  %pS\n", (void *)frames[i]);
}

static noinline void take(unsigned long call_site, struct pt_regs *regs)
{
	unsigned int level, n;
	struct capture *capture;
	u32 *kept;

	if (quiet)
		return;
	preempt_disable_notrace();
	level = in_nmi() ? 3 : hardirq_count() ? 2 : in_serving_softirq() ? 1 : 0;
	capture = this_cpu_ptr(captures) + level;
	if (capture->busy) {
		this_cpu_inc(nested);
	} else {
		capture->busy = 1;
		n = depth ? ms_unwind(capture->frames, depth, call_site, regs, &kept) : -1;
		if (!n)
			n = *kept;
		else if (depth && kept && keep)
			*kept = n;
		counted = n;
		if (show && atomic_inc_return(&shown) < 40)
			show_stack_of(capture->frames, n, regs);
		capture->busy = 0;
		this_cpu_inc(taken);
	}
	preempt_enable_notrace();
}

static void on_alloc5(void *data, unsigned long call_site, const void *ptr, size_t req,
		      size_t alloc, gfp_t gfp, int node)
{
	take(call_site, NULL);
}

static void on_cache_alloc(void *data, unsigned long call_site, const void *ptr,
			   struct kmem_cache *s, gfp_t gfp, int node)
{
	take(call_site, NULL);
}

static void on_kfree(void *data, unsigned long call_site, const void *ptr)
{
	if (frees)
		take(call_site, NULL);
}

static int on_return(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	take(get_kretprobe_retaddr(ri), regs);
	return 0;
}

static int on_entry(struct kprobe *p, struct pt_regs *regs)
{
	if (frees)
		take(*(unsigned long *)regs->sp, regs);
	return 0;
}

static const char * const allocs[] = {
	"__kmalloc", "__kmalloc_noprof", "__kmalloc_node", "__kmalloc_node_noprof",
	"kmalloc_trace", "__kmalloc_cache_noprof", "kmem_cache_alloc", "kmem_cache_alloc_noprof",
	"kmem_cache_alloc_node", "kmem_cache_alloc_node_noprof", "kmem_cache_alloc_lru",
	"kmem_cache_alloc_lru_noprof", "__kmalloc_node_track_caller",
	"__kmalloc_node_track_caller_noprof", "kmem_cache_alloc_bulk",
	"kmem_cache_alloc_bulk_noprof", "allocate_slab", "krealloc", "krealloc_noprof",
};

static struct kretprobe returns[ARRAY_SIZE(allocs)];
static struct kprobe free_probe = { .symbol_name = "kfree", .pre_handler = on_entry };
static struct kprobe cache_free_probe = {
	.symbol_name = "kmem_cache_free", .pre_handler = on_entry
};
static bool by_tracepoint, by_kprobe;

static int attach(void)
{
	unsigned int i;

	if (!strcmp(probe, "tracepoint") || !strcmp(probe, "null")) {
		quiet = probe[0] == 'n';
		by_tracepoint = true;
		return register_trace_kmalloc(on_alloc5, NULL) ?:
		       register_trace_kmem_cache_alloc(on_cache_alloc, NULL) ?:
		       register_trace_kfree(on_kfree, NULL);
	}
	if (!strcmp(probe, "kprobe") || !strcmp(probe, "kprobenull")) {
		quiet = probe[6];
		by_kprobe = true;
		for (i = 0; i < ARRAY_SIZE(allocs); i++) {
			returns[i].kp.symbol_name = allocs[i];
			returns[i].handler = on_return;
			returns[i].maxactive = 256;
			if (register_kretprobe(&returns[i]))
				returns[i].handler = NULL;
		}
		return register_kprobe(&free_probe) ?: register_kprobe(&cache_free_probe);
	}
	return 0;
}

static void detach(void)
{
	unsigned int i;

	if (by_tracepoint) {
		unregister_trace_kmalloc(on_alloc5, NULL);
		unregister_trace_kmem_cache_alloc(on_cache_alloc, NULL);
		unregister_trace_kfree(on_kfree, NULL);
		tracepoint_synchronize_unregister();
	}
	if (by_kprobe) {
		for (i = 0; i < ARRAY_SIZE(allocs); i++)
			if (returns[i].handler)
				unregister_kretprobe(&returns[i]);
		unregister_kprobe(&free_probe);
		unregister_kprobe(&cache_free_probe);
	}
}

/* Nanoseconds of a hundred pairs, the least of n tries: none with a timer's tick. */
static u64 pairs(unsigned int n)
{
	volatile size_t size = 128;
	u64 begin, took, least = U64_MAX;
	unsigned int i;

	while (n--) {
		begin = ktime_get_ns();
		for (i = 0; i < 100; i++) {
			void *p = kmalloc(size, GFP_KERNEL);

			barrier();
			kfree(p);
		}
		took = ktime_get_ns() - begin;
		least = min(least, took);
	}
	return least;
}

/* Not a tail call, or there would be one frame only. */
static noinline u64 deeper(unsigned int levels, unsigned int n)
{
	u64 took = levels ? deeper(levels - 1, n) : pairs(n);

	barrier();
	return took;
}

static const unsigned int levels[] = { 0, 2, 11, 13 };

static int bench_thread(void *unused)
{
	unsigned int i;
	u64 ns;

	for (i = 0; i < ARRAY_SIZE(levels); i++) {
		ns = deeper(levels[i], bench);
		pr_info("bench %s: %u frames: %llu.%02llu a pair\n", probe, counted, ns / 100, ns % 100);
	}
	while (!kthread_should_stop())
		msleep(20);
	return 0;
}

static const char * const names[MS_UNWIND_COUNTERS] = {
	"fast", "unknown", "refused", "exception", "astray", "off", "lost_site", "learned",
	"audited", "mismatched",
};

static void print_counters(void)
{
	u64 sum[MS_UNWIND_COUNTERS] = {}, all = 0, again = 0;
	unsigned int cpu, i;

	for_each_possible_cpu(cpu) {
		for (i = 0; i < MS_UNWIND_COUNTERS; i++)
			sum[i] += ms_unwind_count(cpu, i);
		all += per_cpu(taken, cpu);
		again += per_cpu(nested, cpu);
	}
	pr_info("probe %s taken %llu nested %llu\n", probe, all, again);
	pr_info("  %-10s %u\n", "paths", ms_unwind_paths());
	for (i = 0; i < MS_UNWIND_COUNTERS; i++)
		pr_info("  %-10s %llu\n", names[i], sum[i]);
}

static struct task_struct *thread;

static int __init unwind_test_init(void)
{
	int err = ms_unwind_init();

	if (err)
		return err;
	err = attach();
	if (err) {
		pr_err("attach: %d\n", err);
		return err;
	}
	if (bench) {
		u64 ns = deeper(4, bench);

		pr_info("bench %s: %u frames, in a syscall: %llu.%02llu a pair\n", probe, counted,
			ns / 100, ns % 100);
		thread = kthread_run(bench_thread, NULL, "unwind_bench");
	}
	return 0;
}

static void __exit unwind_test_exit(void)
{
	if (!IS_ERR_OR_NULL(thread))
		kthread_stop(thread);
	detach();
	print_counters();
	ms_unwind_exit();
}

module_init(unwind_test_init);
module_exit(unwind_test_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Cost and correctness of memscope's stack walk");
