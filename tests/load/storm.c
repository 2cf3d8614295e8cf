// SPDX-License-Identifier: GPL-2.0
/*
 * `storm [threads=N] [ms=T] [ops=N] [pause_us=T] [timer_us=T] [seed=N] [path=P]`
 * runs N threads, free to wander over the CPUs, for T ms or until each has done
 * `ops` operations. With timer_us= every CPU also has a timer which does one
 * operation in hard interrupt context, so at any point of the threads' work.
 *
 * An operation picks a path and one of its shared slots, and puts a new object or
 * nothing into it, and frees what was there. So objects are freed by other
 * threads, CPUs and contexts than those that made them. Slots change hands by
 * xchg(), without a lock. Every actor has counters of its own, summed when it has
 * ended; in the end all slots are emptied, so allocations equal frees.
 */
#include <linux/completion.h>
#include <linux/cpu.h>
#include <linux/delay.h>
#include <linux/hrtimer.h>
#include <linux/kthread.h>
#include <linux/prandom.h>
#include <linux/smp.h>
#include <linux/vmalloc.h>

#include "compat.h"
#include "path.h"
#include "storm.h"

#define STORM_THREADS_MAX	256
#define STORM_PATHS_MAX		40
#define STORM_SLOTS		64
#define STORM_BYTES_MAX		512

struct storm;

/* One who allocates and frees: a thread, or a CPU's timer. */
struct actor {
	struct storm *storm;
	struct task_struct *task;
	struct hrtimer timer;
	int cpu;
	bool armed;
	struct rnd_state random;
	u64 ops;
	struct load_truth truth[STORM_PATHS_MAX];
};

struct storm {
	const struct load_path *only;
	unsigned int threads, actors;
	u64 ops, pause_us, timer_ns;
	bool stop;
	atomic_t running;
	struct completion done;
	void *slot[STORM_PATHS_MAX][STORM_SLOTS];
	struct actor actor[];
};

static bool path_fits(const struct load_path *path, unsigned int context)
{
	return !path->unsupported && !path->slow && path->alloc_contexts & context &&
	       path->free_contexts & context;
}

static unsigned int pick_path(struct actor *actor, unsigned int context)
{
	unsigned int tries, pick = 0;

	if (actor->storm->only)
		return actor->storm->only - load_paths;
	for (tries = 0; tries < 100; tries++) {
		pick = prandom_u32_state(&actor->random) % load_paths_number;
		if (path_fits(&load_paths[pick], context))
			break;
	}
	return path_fits(&load_paths[pick], context) ? pick : 0;
}

/* One bulk, got and given back at once: slots hold single objects. */
static void operate_bulk(struct load_arguments *a, const struct load_path *path, u32 random)
{
	void *objects[LOAD_BATCH_MAX];
	unsigned int n = 1 + random % 16;

	n = load_path_alloc(path, a, n, objects);
	if (n)
		load_path_free(path, a, n, objects);
}

static void operate(struct actor *actor, unsigned int context)
{
	u32 random = prandom_u32_state(&actor->random);
	unsigned int pick = pick_path(actor, context);
	const struct load_path *path = &load_paths[pick];
	struct load_arguments a = {
		.size = load_path_size(path, 1 + (random >> 8) % STORM_BYTES_MAX),
		.gfp = context == LOAD_IN_PROCESS ? GFP_KERNEL : GFP_ATOMIC | __GFP_NOWARN,
		.node = numa_mem_id(),
		.truth = &actor->truth[pick],
	};
	void *object = NULL;

	actor->ops++;
	if (path->alloc_bulk || path->free_bulk) {
		operate_bulk(&a, path, random);
		return;
	}
	if (random & 1)
		object = path->alloc(&a);
	object = xchg(&actor->storm->slot[pick][(random >> 1) % STORM_SLOTS], object);
	if (object)
		path->free(&a, object);
}

static int storm_thread(void *argument)
{
	struct actor *actor = argument;
	struct storm *storm = actor->storm;

	while (!READ_ONCE(storm->stop) && (!storm->ops || actor->ops < storm->ops)) {
		operate(actor, LOAD_IN_PROCESS);
		if (actor->ops % 64)
			continue;
		if (storm->pause_us)
			usleep_range(storm->pause_us, 2 * storm->pause_us);
		else
			cond_resched();
	}
	if (atomic_dec_and_test(&storm->running))
		complete(&storm->done);
	for (;;) {
		set_current_state(TASK_INTERRUPTIBLE);
		if (kthread_should_stop())
			break;
		schedule();
	}
	__set_current_state(TASK_RUNNING);
	return 0;
}

static enum hrtimer_restart storm_timer(struct hrtimer *timer)
{
	struct actor *actor = container_of(timer, struct actor, timer);
	u64 span = actor->storm->timer_ns;

	operate(actor, LOAD_IN_HARDIRQ);
	/* at random about the period, so that it meets all places */
	span = span / 2 + prandom_u32_state(&actor->random) % span;
	hrtimer_forward_now(timer, ns_to_ktime(span));
	return HRTIMER_RESTART;
}

/* On the timer's CPU. */
static void storm_timer_arm(void *argument)
{
	struct actor *actor = argument;

	hrtimer_start(&actor->timer, ns_to_ktime(actor->storm->timer_ns),
		      HRTIMER_MODE_REL_PINNED_HARD);
	actor->armed = true;
}

static void storm_arm(struct storm *storm)
{
	unsigned int i;

	for (i = storm->threads; i < storm->actors; i++) {
		struct actor *actor = &storm->actor[i];

		load_hrtimer_setup(&actor->timer, storm_timer);
		/* fails where the CPU went away: then its timer does nothing */
		smp_call_function_single(actor->cpu, storm_timer_arm, actor, 1);
	}
}

static int storm_start(struct storm *storm)
{
	unsigned int i;

	atomic_set(&storm->running, storm->threads);
	for (i = 0; i < storm->threads; i++) {
		struct task_struct *task = kthread_create(storm_thread, &storm->actor[i],
							  "memscope_storm");

		if (IS_ERR(task))
			return PTR_ERR(task);
		storm->actor[i].task = task;
	}
	for (i = 0; i < storm->threads; i++)
		wake_up_process(storm->actor[i].task);
	if (storm->timer_ns)
		storm_arm(storm);
	return 0;
}

static void storm_wait(struct storm *storm, u64 ms)
{
	/* a writer that is killed ends its storm */
	if (ms)
		wait_for_completion_killable_timeout(&storm->done, msecs_to_jiffies(ms));
	else
		wait_for_completion_killable(&storm->done);
}

/* Actors end; then what the slots hold is freed, in the first one's name. */
static void storm_end(struct storm *storm)
{
	unsigned int i, slot;

	WRITE_ONCE(storm->stop, true);
	for (i = 0; i < storm->actors; i++) {
		if (storm->actor[i].task)
			kthread_stop(storm->actor[i].task);
		if (storm->actor[i].armed)
			hrtimer_cancel(&storm->actor[i].timer);
	}
	for (i = 0; i < load_paths_number; i++) {
		struct load_arguments a = { .truth = &storm->actor[0].truth[i] };

		for (slot = 0; slot < STORM_SLOTS; slot++) {
			if (storm->slot[i][slot])
				load_paths[i].free(&a, storm->slot[i][slot]);
		}
	}
}

static void truth_add(struct load_truth *sum, const struct load_truth *one)
{
	sum->allocs += one->allocs;
	sum->frees += one->frees;
	sum->deferred += one->deferred;
	sum->resizes += one->resizes;
	sum->failed += one->failed;
	sum->bytes_req += one->bytes_req;
	sum->bytes_alloc += one->bytes_alloc;
	sum->alloc_sum += one->alloc_sum;
	sum->free_sum += one->free_sum;
}

static void storm_tell(struct storm *storm, struct load_result *result)
{
	struct load_truth all = {};
	u64 ops = 0, timer_ops = 0;
	unsigned int i, k;

	for (k = 0; k < storm->actors; k++)
		*(k < storm->threads ? &ops : &timer_ops) += storm->actor[k].ops;
	load_result_u64(result, "threads", storm->threads);
	load_result_u64(result, "thread_ops", ops);
	load_result_u64(result, "timer_ops", timer_ops);
	load_result_open(result, "paths", '[');
	for (i = 0; i < load_paths_number; i++) {
		struct load_truth sum = {};

		for (k = 0; k < storm->actors; k++)
			truth_add(&sum, &storm->actor[k].truth[i]);
		truth_add(&all, &sum);
		if (load_paths[i].unsupported || (!sum.allocs && !sum.failed))
			continue;
		load_result_open(result, NULL, '{');
		load_result_string(result, "path", load_paths[i].name);
		load_path_tell(&load_paths[i], &sum, result);
		load_result_close(result, '}');
	}
	load_result_close(result, ']');
	load_result_u64(result, "allocs", all.allocs);
	load_result_u64(result, "frees", all.frees);
	load_result_u64(result, "deferred", all.deferred);
	load_result_u64(result, "alloc_failed", all.failed);
	load_result_u64(result, "bytes_req", all.bytes_req);
}

static int storm_only(struct load_command *command, const struct load_path **only)
{
	const char *name = load_command_string(command, "path", NULL);

	*only = NULL;
	if (!name)
		return 0;
	*only = load_path_find(name);
	if (!*only || !path_fits(*only, LOAD_IN_PROCESS))
		return load_result_fail(command->result, -EINVAL,
					"path=%s: not a path that storms run", name);
	return 0;
}

int load_storm(struct load_command *command, struct load_result *result)
{
	u64 threads, ms, ops, pause_us, timer_us, seed;
	const struct load_path *only;
	struct storm *storm;
	unsigned int i;
	int error, cpu;

	BUILD_BUG_ON(STORM_SLOTS & (STORM_SLOTS - 1));
	error = load_command_u64(command, "threads", 2, 1, STORM_THREADS_MAX, &threads) ?:
		load_command_u64(command, "ops", 0, 1, U32_MAX, &ops) ?:
		load_command_u64(command, "ms", ops ? 0 : 1000, 1, 3600000, &ms) ?:
		load_command_u64(command, "pause_us", 0, 0, 1000000, &pause_us) ?:
		load_command_u64(command, "timer_us", 0, 20, 1000000, &timer_us) ?:
		load_command_u64(command, "seed", 1, 0, U64_MAX, &seed) ?:
		storm_only(command, &only) ?:
		load_command_end(command);
	if (error)
		return error;
	if (load_paths_number > STORM_PATHS_MAX)
		return load_result_fail(result, -EINVAL, "more paths than a storm can count");
	if (timer_us && (IS_ENABLED(CONFIG_PREEMPT_RT) ||
			 (only && !path_fits(only, LOAD_IN_HARDIRQ))))
		return load_result_skip(result, "no allocation in hardirq context here");

	cpus_read_lock();
	storm = vzalloc(struct_size(storm, actor, threads + num_online_cpus()));
	if (storm) {
		init_completion(&storm->done);
		storm->only = only;
		storm->threads = storm->actors = threads;
		storm->ops = ops;
		storm->pause_us = pause_us;
		storm->timer_ns = timer_us * NSEC_PER_USEC;
		for_each_online_cpu(cpu) {
			if (timer_us)
				storm->actor[storm->actors++].cpu = cpu;
		}
	}
	cpus_read_unlock();
	if (!storm)
		return load_result_fail(result, -ENOMEM, "no memory for %llu threads", threads);
	for (i = 0; i < storm->actors; i++) {
		storm->actor[i].storm = storm;
		prandom_seed_state(&storm->actor[i].random, seed + i);
	}

	error = storm_start(storm);
	if (!error)
		storm_wait(storm, ms);
	storm_end(storm);
	storm_tell(storm, result);
	vfree(storm);
	if (error)
		return load_result_fail(result, error, "not all threads could be made");
	return 0;
}
