// SPDX-License-Identifier: GPL-2.0
/*
 * What the stack walk costs, and whether it is right: captures the stack of every
 * slab allocation of the running kernel, by tracepoints or by kprobes, and throws it
 * away. Built from kmod/unwind*.c and this file; their parameters are this module's.
 *
 * A file in debugfs, unwind_bench, has the counters. With pairs=N the module times N
 * times a hundred pairs of kmalloc and kfree when it is loaded, at several depths, and
 * the file has their nanoseconds too (under QEMU's -icount these are instructions).
 */
#include <linux/debugfs.h>
#include <linux/kprobes.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/tracepoint.h>

#include "unwind.h"

static char *probe = "tracepoint";
module_param(probe, charp, 0444);
MODULE_PARM_DESC(probe, "tracepoint, kprobe or none");

static uint depth = 16;
module_param(depth, uint, 0444);
MODULE_PARM_DESC(depth, "frames to capture; 0: the probes do all but that");

static bool frees;
module_param(frees, bool, 0444);
MODULE_PARM_DESC(frees, "capture the stacks of frees, too");

static bool keep = true;
module_param(keep, bool, 0444);
MODULE_PARM_DESC(keep, "keep a number for each stack, as a table of stacks would");

static uint pairs;
module_param(pairs, uint, 0444);
MODULE_PARM_DESC(pairs, "how often a hundred pairs are timed");

#define CONTEXTS	4
#define DEPTH_MAX	64

struct capture {
	bool busy;
	unsigned long frames[DEPTH_MAX];
};

static DEFINE_PER_CPU(struct capture [CONTEXTS], captures);
static DEFINE_PER_CPU(u64, taken);
static unsigned int last_frames;

static noinline void take(unsigned long call_site, struct pt_regs *regs)
{
	unsigned int context, frames;
	struct capture *capture;
	u32 *kept;

	preempt_disable_notrace();
	context = in_nmi() ? 3 : hardirq_count() ? 2 : in_serving_softirq() ? 1 : 0;
	capture = this_cpu_ptr(captures) + context;
	if (!capture->busy && depth) {
		capture->busy = true;
		frames = ms_unwind(capture->frames, depth, call_site, regs, &kept);
		if (!frames)
			last_frames = *kept;
		else if (kept && keep)
			*kept = frames;
		capture->busy = false;
	}
	this_cpu_inc(taken);
	preempt_enable_notrace();
}

/* All of the slab tracepoints begin with the call site. */
static void on_alloc(void *data, unsigned long call_site)
{
	take(call_site, NULL);
}

static struct tracepoint *attached[8];
static unsigned int n_attached;

static void attach_tracepoint(struct tracepoint *tracepoint, void *unused)
{
	static const char * const allocs[] = {
		"kmalloc", "kmalloc_node", "kmem_cache_alloc", "kmem_cache_alloc_node",
	};
	static const char * const free[] = { "kfree", "kmem_cache_free" };
	int i = match_string(allocs, ARRAY_SIZE(allocs), tracepoint->name);

	if (i < 0 && frees)
		i = match_string(free, ARRAY_SIZE(free), tracepoint->name);
	if (i >= 0 && n_attached < ARRAY_SIZE(attached) &&
	    !tracepoint_probe_register(tracepoint, on_alloc, NULL))
		attached[n_attached++] = tracepoint;
}

static unsigned long caller_of(struct pt_regs *regs)
{
#ifdef CONFIG_X86
	return *(unsigned long *)regs->sp;
#else
	return procedure_link_pointer(regs);
#endif
}

static int on_free(struct kprobe *kprobe, struct pt_regs *regs)
{
	take(caller_of(regs), regs);
	return 0;
}

static int on_call(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	*(unsigned long *)instance->data = caller_of(regs);
	return 0;
}

static int on_return(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	take(*(unsigned long *)instance->data, regs);
	return 0;
}

static const char * const functions[] = {
	"__kmalloc", "__kmalloc_noprof", "__kmalloc_node", "__kmalloc_node_noprof",
	"kmalloc_trace", "__kmalloc_cache_noprof", "kmem_cache_alloc_trace",
	"kmem_cache_alloc", "kmem_cache_alloc_noprof", "kmem_cache_alloc_lru",
	"kmem_cache_alloc_lru_noprof", "kmem_cache_alloc_node",
	"kmem_cache_alloc_node_noprof", "kmem_cache_alloc_bulk",
	"kmem_cache_alloc_bulk_noprof", "__kmalloc_node_track_caller",
	"__kmalloc_node_track_caller_noprof", "krealloc", "krealloc_noprof", "allocate_slab",
};

static struct kretprobe returns[ARRAY_SIZE(functions)];
static bool return_attached[ARRAY_SIZE(functions)];

static struct kprobe entries[] = {
	{ .symbol_name = "kfree", .pre_handler = on_free },
	{ .symbol_name = "kmem_cache_free", .pre_handler = on_free },
};
static bool entry_attached[ARRAY_SIZE(entries)];

static void attach_kprobes(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(functions); i++) {
		returns[i].kp.symbol_name = functions[i];
		returns[i].entry_handler = on_call;
		returns[i].handler = on_return;
		returns[i].data_size = sizeof(unsigned long);
		returns[i].maxactive = 256;
		return_attached[i] = !register_kretprobe(&returns[i]);
	}
	for (i = 0; i < ARRAY_SIZE(entries) && frees; i++)
		entry_attached[i] = !register_kprobe(&entries[i]);
}

static void detach(void)
{
	unsigned int i;

	while (n_attached)
		tracepoint_probe_unregister(attached[--n_attached], on_alloc, NULL);
	tracepoint_synchronize_unregister();
	for (i = 0; i < ARRAY_SIZE(functions); i++)
		if (return_attached[i])
			unregister_kretprobe(&returns[i]);
	for (i = 0; i < ARRAY_SIZE(entries); i++)
		if (entry_attached[i])
			unregister_kprobe(&entries[i]);
}

/* Of a hundred pairs, the least of all tries: one that no timer interrupted. */
static noinline u64 time_pairs(void)
{
	volatile size_t size = 128;
	u64 begin, least = U64_MAX;
	unsigned int n, i;

	for (n = 0; n < pairs; n++) {
		begin = ktime_get_ns();
		for (i = 0; i < 100; i++) {
			void *object = kmalloc(size, GFP_KERNEL);

			barrier();
			kfree(object);
		}
		least = min(least, ktime_get_ns() - begin);
	}
	return least;
}

/* barrier() keeps the call from becoming a jump, which would leave no frame. */
static noinline u64 time_at(unsigned int levels)
{
	u64 took = levels ? time_at(levels - 1) : time_pairs();

	barrier();
	return took;
}

/* A thread's call to time_at(0) is 5 frames deep: time_pairs ... ret_from_fork. */
#define SHALLOWEST	5
static const unsigned int depths[] = { 6, 12, 17, 32 };
static u64 took[ARRAY_SIZE(depths)];

static int time_all(void *done)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(depths); i++)
		took[i] = time_at(depths[i] - SHALLOWEST);
	complete(done);
	return 0;
}

static int time_in_thread(void)
{
	DECLARE_COMPLETION_ONSTACK(done);
	struct task_struct *thread = kthread_run(time_all, &done, "unwind_bench");

	if (IS_ERR(thread))
		return PTR_ERR(thread);
	wait_for_completion(&done);
	return 0;
}

static const char * const names[MS_UNWIND_COUNTERS] = {
	"fast", "unknown", "refused", "exception", "astray", "off", "lost_site", "learned",
	"audited", "mismatched",
};

static int counters_show(struct seq_file *file, void *unused)
{
	unsigned int cpu, i;
	u64 sum = 0;

	for_each_possible_cpu(cpu)
		sum += per_cpu(taken, cpu);
	seq_printf(file, "taken %llu\n", sum);
	for (i = 0; i < MS_UNWIND_COUNTERS; i++) {
		sum = 0;
		for_each_possible_cpu(cpu)
			sum += ms_unwind_count(cpu, i);
		seq_printf(file, "%s %llu\n", names[i], sum);
	}
	seq_printf(file, "paths %u\n", ms_unwind_paths());
	for (i = 0; i < ARRAY_SIZE(depths) && pairs; i++)
		seq_printf(file, "pair_at_%u %llu.%02llu\n", depths[i], took[i] / 100,
			   took[i] % 100);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(counters);

static struct dentry *dentry;

static int __init unwind_bench_init(void)
{
	int err = -EINVAL;

	if (depth > DEPTH_MAX)
		return err;
	err = ms_unwind_init();
	if (err)
		return err;
	if (!strcmp(probe, "tracepoint"))
		for_each_kernel_tracepoint(attach_tracepoint, NULL);
	else if (!strcmp(probe, "kprobe"))
		attach_kprobes();
	if (pairs) {
		err = time_in_thread();
		if (err) {
			detach();
			ms_unwind_exit();
			return err;
		}
	}
	dentry = debugfs_create_file("unwind_bench", 0400, NULL, NULL, &counters_fops);
	return 0;
}

static void __exit unwind_bench_exit(void)
{
	debugfs_remove(dentry);
	detach();
	ms_unwind_exit();
}

module_init(unwind_bench_init);
module_exit(unwind_bench_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Cost and correctness of memscope's stack walk");
