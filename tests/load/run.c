// SPDX-License-Identifier: GPL-2.0
/*
 * `run path=P [context=C] [cpu=N] [free_context=C] [free_cpu=N] [n=N] [size=BYTES]
 *      [node=N] [batch=N] [free=yes|no|each]`
 * allocates n objects, then frees them all (yes), keeps them until `drop` or the
 * module's end (no: a leak), or frees each before the next is allocated (each).
 * Without cpu= the writer itself does it, through its write().
 *
 * Kept runs are in a list, under a mutex. Process context.
 */
#include <linux/cpu.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/sort.h>
#include <linux/vmalloc.h>

#include "cache.h"
#include "path.h"
#include "run.h"

#define RUN_MAX			1000000
#define RUN_MAX_INTERRUPT	10000
#define RUN_MAX_NMI		16	/* at once: the kernel complains of long handlers */
#define RUN_MAX_BYTES		(256UL << 20)

enum run_free { RUN_FREE_YES, RUN_FREE_NO, RUN_FREE_EACH };

struct run {
	struct list_head list;		/* in kept */
	const struct load_path *path;
	enum load_context context, free_context;
	int cpu, free_cpu;
	enum run_free how;
	unsigned int batch;
	struct load_arguments arguments;
	struct load_truth truth;
	struct load_stack stack;
	u64 n, done, live;		/* live: objects[0..live) are allocated */
	u64 part;			/* how many the next call does */
	pid_t tid, free_tid;
	int ran_on, freed_on;		/* CPUs */
	u64 slabs;
	char tag[32];
	void *objects[];
};

static LIST_HEAD(kept);
static DEFINE_MUTEX(kept_lock);

/* In the context of the allocations. */
static void run_alloc(void *argument)
{
	struct run *run = argument;
	u64 end = min(run->n, run->done + run->part);

	run->tid = current->pid;
	run->ran_on = raw_smp_processor_id();
	while (run->done < end) {
		unsigned int n = min_t(u64, run->batch, end - run->done);
		void **objects = run->objects + run->live;

		n = load_path_alloc(run->path, &run->arguments, n, objects);
		run->done += min_t(u64, run->batch, end - run->done);
		if (run->how == RUN_FREE_EACH)
			load_path_free(run->path, &run->arguments, n, objects);
		else
			run->live += n;
	}
}

/* In the context of the frees: last in, first out, as the slab allocator likes it. */
static void run_free(void *argument)
{
	struct run *run = argument;
	u64 end = run->live > run->part ? run->live - run->part : 0;

	run->free_tid = current->pid;
	run->freed_on = raw_smp_processor_id();
	while (run->live > end) {
		unsigned int n = min_t(u64, run->batch, run->live - end);

		run->live -= n;
		load_path_free(run->path, &run->arguments, n, run->objects + run->live);
	}
}

static gfp_t context_gfp(enum load_context context)
{
	return context == LOAD_PROCESS ? GFP_KERNEL : GFP_ATOMIC | __GFP_NOWARN;
}

static u64 context_part(enum load_context context)
{
	return context == LOAD_NMI ? RUN_MAX_NMI : RUN_MAX;
}

static int compare_heads(const void *a, const void *b)
{
	unsigned long x = *(unsigned long *)a, y = *(unsigned long *)b;

	return x < y ? -1 : x > y;
}

/* In how many slabs are the objects? The cache was empty before, so that many came. */
static int run_count_slabs(struct run *run)
{
	unsigned long *heads = vmalloc(array_size(run->live, sizeof(*heads)));
	u64 i;

	if (!heads)
		return -ENOMEM;
	for (i = 0; i < run->live; i++)
		heads[i] = (unsigned long)virt_to_head_page(run->objects[i]);
	sort(heads, run->live, sizeof(*heads), compare_heads, NULL);
	for (i = 0; i < run->live; i++)
		run->slabs += !i || heads[i] != heads[i - 1];
	vfree(heads);
	return 0;
}

static int run_free_all(struct run *run)
{
	int error = 0;

	run->part = context_part(run->free_context);
	run->arguments.gfp = context_gfp(run->free_context);
	while (run->live && !error)
		error = load_context_call(run->free_context, run->free_cpu, run_free, run);
	if (!strcmp(run->path->name, "slab-pages"))
		kmem_cache_shrink(load_cache_pages);
	return error;
}

static int run_go(struct run *run)
{
	int error = 0;

	run->arguments.truth = &run->truth;
	run->arguments.stack = &run->stack;
	run->arguments.gfp = context_gfp(run->context);
	run->part = context_part(run->context);
	while (run->done < run->n && !error)
		error = load_context_call(run->context, run->cpu, run_alloc, run);
	if (!error && run->path->cache && !strcmp(run->path->name, "slab-pages"))
		error = run_count_slabs(run);
	if (run->live && run->how == RUN_FREE_YES)
		error = run_free_all(run) ?: error;
	return error;
}

static int run_refuse_context(struct load_command *command, const struct load_path *path,
			      enum load_context context, unsigned int allowed, const char *what)
{
	const char *missing = load_context_missing(context);

	if (missing)
		return load_result_skip(command->result, "%s", missing);
	if (!(allowed & (1U << context)))
		return load_result_skip(command->result, "%s is not allowed to %s in %s context here",
					path->name, what, load_context_names[context]);
	return 0;
}

static int parse_context(struct load_command *command, const char *key,
			 enum load_context otherwise, enum load_context *context)
{
	const char *name = load_command_string(command, key, load_context_names[otherwise]);
	int found = load_context_find(name);

	if (found < 0)
		return load_result_fail(command->result, -EINVAL,
					"%s=%s: process, softirq, hardirq or nmi", key, name);
	*context = found;
	return 0;
}

static int parse_free(struct load_command *command, enum run_free *how)
{
	static const char *const names[] = { "yes", "no", "each" };
	const char *name = load_command_string(command, "free", "yes");
	int found = match_string(names, ARRAY_SIZE(names), name);

	if (found < 0)
		return load_result_fail(command->result, -EINVAL, "free=%s: yes, no or each", name);
	*how = found;
	return 0;
}

/* Fills all but the path and the objects. */
static int run_parse(struct load_command *command, struct run *run)
{
	struct load_result *result = command->result;
	u64 size, node, batch;
	int error;

	error = parse_context(command, "context", LOAD_PROCESS, &run->context) ?:
		parse_context(command, "free_context",
			      run->path->free_contexts & (1U << run->context) ?
			      run->context : LOAD_PROCESS, &run->free_context) ?:
		load_command_cpu(command, "cpu", -1, &run->cpu) ?:
		load_command_cpu(command, "free_cpu", run->cpu, &run->free_cpu) ?:
		parse_free(command, &run->how) ?:
		load_command_u64(command, "size", 100, 0, U32_MAX, &size) ?:
		load_command_u64(command, "node", 0, 0, MAX_NUMNODES - 1, &node) ?:
		load_command_u64(command, "batch", 16, 1, LOAD_BATCH_MAX, &batch);
	if (error)
		return error;
	if (!node_online(node))
		return load_result_fail(result, -ENXIO, "node=%llu: not online", node);
	if (run->how == RUN_FREE_EACH &&
	    (run->context != run->free_context || run->cpu != run->free_cpu))
		return load_result_fail(result, -EINVAL,
					"free=each: frees where it allocates");
	run->arguments.size = load_path_size(run->path, size);
	run->arguments.node = node;
	run->batch = run->how == RUN_FREE_EACH && !run->path->alloc_bulk &&
		     !run->path->free_bulk ? 1 : batch;
	if (run->n > RUN_MAX_INTERRUPT &&
	    (run->context != LOAD_PROCESS || run->free_context != LOAD_PROCESS))
		return load_result_fail(result, -ERANGE, "n: at most %u in an interrupt",
					RUN_MAX_INTERRUPT);
	if (run->how != RUN_FREE_EACH && run->n * run->arguments.size > RUN_MAX_BYTES)
		return load_result_fail(result, -ERANGE,
					"n * size: at most %lu bytes at a time", RUN_MAX_BYTES);
	strscpy(run->tag, load_command_string(command, "tag", ""), sizeof(run->tag));
	return load_command_end(command);
}

static void run_tell(const struct run *run, struct load_result *result)
{
	unsigned int i;

	load_result_string(result, "path", run->path->name);
	load_result_string(result, "context", load_context_names[run->context]);
	load_result_string(result, "free_context", load_context_names[run->free_context]);
	load_result_u64(result, "cpu", run->ran_on);
	load_result_u64(result, "free_cpu", run->freed_on);
	load_result_u64(result, "tid", run->tid);
	load_result_u64(result, "free_tid", run->free_tid);
	load_result_u64(result, "n", run->n);
	load_result_u64(result, "size", run->arguments.size);
	load_result_u64(result, "live", run->live);
	load_path_tell(run->path, &run->truth, result);
	if (run->slabs)
		load_result_u64(result, "slabs", run->slabs);
	load_result_u64(result, "stack_frames", run->stack.frames);
	load_result_open(result, "stack", '[');
	for (i = 0; i < run->stack.frames; i++)
		load_result_hex(result, NULL, run->stack.frame[i]);
	load_result_close(result, ']');
}

static int run_one(struct load_command *command, struct load_result *result, struct run *run)
{
	int error = run_parse(command, run);

	if (error)
		return error;
	if (run->path->unsupported)
		return load_result_skip(result, "%s", run->path->unsupported);
	error = run_refuse_context(command, run->path, run->context, run->path->alloc_contexts,
				   "allocate");
	if (!error && !result->skipped && run->how != RUN_FREE_NO)
		error = run_refuse_context(command, run->path, run->free_context,
					   run->path->free_contexts, "free");
	if (error || result->skipped)
		return error;
	error = run_go(run);
	run_tell(run, result);
	if (error)
		return load_result_fail(result, error, "the context was not entered");
	return 0;
}

int load_run(struct load_command *command, struct load_result *result)
{
	const char *name = load_command_string(command, "path", "");
	const struct load_path *path = load_path_find(name);
	struct run *run;
	u64 n;
	int error;

	if (!path)
		return load_result_fail(result, -ENOENT, "path=%s: no such path; see `paths`", name);
	error = load_command_u64(command, "n", 1, 1, RUN_MAX, &n);
	if (error)
		return error;
	run = vzalloc(struct_size(run, objects, n));
	if (!run)
		return load_result_fail(result, -ENOMEM, "no memory for %llu pointers", n);
	run->path = path;
	run->n = n;
	run->ran_on = run->freed_on = raw_smp_processor_id();

	cpus_read_lock();
	error = run_one(command, result, run);
	cpus_read_unlock();

	if (run->live) {
		mutex_lock(&kept_lock);
		list_add_tail(&run->list, &kept);
		mutex_unlock(&kept_lock);
	} else {
		vfree(run);
	}
	return error;
}

/* Frees what was kept, by this task. Adds up what it freed. */
static u64 drop(const char *tag, struct load_result *result)
{
	struct run *run, *next;
	u64 dropped = 0;

	mutex_lock(&kept_lock);
	list_for_each_entry_safe(run, next, &kept, list) {
		struct load_truth truth = {};

		if (tag && strcmp(tag, run->tag))
			continue;
		run->arguments.truth = &truth;
		run->free_context = LOAD_PROCESS;
		run->free_cpu = -1;
		dropped += run->live;
		run_free_all(run);
		if (result) {
			load_result_open(result, NULL, '{');
			load_result_string(result, "path", run->path->name);
			load_result_string(result, "tag", run->tag);
			load_path_tell(run->path, &truth, result);
			load_result_close(result, '}');
		}
		list_del(&run->list);
		vfree(run);
	}
	mutex_unlock(&kept_lock);
	return dropped;
}

/* `drop [tag=T]`: frees what runs with free=no have kept. */
int load_run_drop(struct load_command *command, struct load_result *result)
{
	const char *tag = load_command_string(command, "tag", NULL);
	int error = load_command_end(command);
	u64 dropped;

	if (error)
		return error;
	load_result_open(result, "dropped", '[');
	dropped = drop(tag, result);
	load_result_close(result, ']');
	load_result_u64(result, "objects", dropped);
	return 0;
}

/* `paths`: what there is on this kernel, and in which contexts. */
int load_run_paths(struct load_command *command, struct load_result *result)
{
	int error = load_command_end(command);
	unsigned int i, context;

	if (error)
		return error;
	load_result_open(result, "paths", '[');
	for (i = 0; i < load_paths_number; i++) {
		const struct load_path *path = &load_paths[i];
		unsigned int allowed = path->unsupported ? 0 : path->alloc_contexts;

		load_result_open(result, NULL, '{');
		load_result_string(result, "name", path->name);
		for (context = 0; context < LOAD_CONTEXTS; context++)
			load_result_u64(result, load_context_names[context],
					(allowed >> context) & 1 && !load_context_missing(context));
		load_result_u64(result, "size_min", path->max ? path->min : path->fixed);
		load_result_u64(result, "size_max", path->max ? path->max : path->fixed);
		if (path->unsupported)
			load_result_string(result, "unsupported", path->unsupported);
		load_result_close(result, '}');
	}
	load_result_close(result, ']');
	return 0;
}

void load_run_exit(void)
{
	drop(NULL, NULL);
}
