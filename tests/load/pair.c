// SPDX-License-Identifier: GPL-2.0
/*
 * `pair n=N [depth=FRAMES] [work=N] [size=BYTES] [cpu=N]`
 * times n pairs of kmalloc and kfree; size=128 is known when compiling. depth= is
 * the number of frames that a stack taken at the kmalloc has; frames are added by
 * recursion until it is reached.
 * work= is a number of instructions done between pairs (a loop of two, so even).
 * The thread is bound to the CPU and may be interrupted: under QEMU's icount, or
 * as the least of some runs, the time is the cost. Process context.
 */
#include <linux/cpu.h>
#include <linux/ktime.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/stacktrace.h>

#include "context.h"
#include "pair.h"
#include "path.h"

#define PAIR_SIZE	128

struct pair {
	u64 n, size, work;
	unsigned int depth, frames;	/* wanted, and truly there */
	u64 failed;
	u64 ns;
	pid_t tid;
	unsigned long frame[LOAD_STACK_DEPTH];	/* scratch */
};

static inline void do_work(u64 instructions)
{
	u64 loops = instructions / 2;

	if (!loops)
		return;
#ifdef CONFIG_X86_64
	asm volatile("1: dec %0\n\tjnz 1b" : "+r"(loops) : : "cc");
#elif defined(CONFIG_ARM64)
	asm volatile("1: subs %0, %0, #1\n\tb.ne 1b" : "+r"(loops) : : "cc");
#else
	while (loops--)
		barrier();
#endif
}

static noinline __noclone void load_pair_const(struct pair *pair)
{
	u64 i;

	for (i = 0; i < pair->n; i++) {
		void *p = kmalloc(PAIR_SIZE, GFP_KERNEL);

		if (!p)
			pair->failed++;
		kfree(p);
		do_work(pair->work);
	}
}

static noinline __noclone void load_pair_variable(struct pair *pair)
{
	u64 i;

	for (i = 0; i < pair->n; i++) {
		void *p = kmalloc(pair->size, GFP_KERNEL);

		if (!p)
			pair->failed++;
		kfree(p);
		do_work(pair->work);
	}
}

/* The frame of the caller is the last but the loop's. */
static __always_inline void pair_time(struct pair *pair)
{
	void (*loop)(struct pair *pair) = pair->size == PAIR_SIZE ?
					  load_pair_const : load_pair_variable;
	u64 start;

	pair->frames = stack_trace_save(pair->frame, LOAD_STACK_DEPTH, 0) + 1;
	start = ktime_get_ns();
	loop(pair);
	pair->ns = ktime_get_ns() - start;
}

static noinline __noclone void pair_deeper(struct pair *pair, unsigned int more)
{
	if (more)
		pair_deeper(pair, more - 1);
	else
		pair_time(pair);
	barrier();
}

static noinline __noclone void pair_begin(void *argument)
{
	struct pair *pair = argument;
	unsigned int here = stack_trace_save(pair->frame, LOAD_STACK_DEPTH, 0);

	pair->tid = current->pid;
	/* the loop adds a frame, and so does each pair_deeper() */
	if (pair->depth >= here + 2)
		pair_deeper(pair, pair->depth - here - 2);
	else
		pair_time(pair);
}

int load_pair(struct load_command *command, struct load_result *result)
{
	struct pair pair = {};
	u64 depth;
	int cpu, error;

	error = load_command_u64(command, "n", 100000, 1, 1000000000, &pair.n) ?:
		load_command_u64(command, "depth", 0, 0, LOAD_STACK_DEPTH, &depth) ?:
		load_command_u64(command, "work", 0, 0, 100000000, &pair.work) ?:
		load_command_u64(command, "size", PAIR_SIZE, 1, PAGE_SIZE, &pair.size) ?:
		load_command_cpu(command, "cpu", 0, &cpu) ?:
		load_command_end(command);
	if (error)
		return error;
	pair.depth = depth;

	cpus_read_lock();
	error = load_context_call(LOAD_PROCESS, cpu, pair_begin, &pair);
	cpus_read_unlock();
	if (error)
		return load_result_fail(result, error, "no thread on CPU %d", cpu);

	load_result_u64(result, "n", pair.n);
	load_result_u64(result, "size", pair.size);
	load_result_u64(result, "frames", pair.frames);
	load_result_u64(result, "work", pair.work);
	load_result_u64(result, "tid", pair.tid);
	load_result_u64(result, "alloc_failed", pair.failed);
	load_result_u64(result, "ns", pair.ns);
	load_result_u64(result, "ns_per_1000_pairs", pair.ns * 1000 / pair.n);
	load_result_function(result, "alloc", pair.size == PAIR_SIZE ?
			     load_pair_const : load_pair_variable);
	return 0;
}
