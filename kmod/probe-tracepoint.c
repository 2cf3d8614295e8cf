// SPDX-License-Identifier: GPL-2.0
/*
 * Paths attached through tracepoints.
 *
 * Callbacks run in every context the allocator runs in, preemptible on newer
 * kernels (emit.h switches preemption off). The prototypes are checked by
 * compile probes: a kernel whose tracepoint has another form gets kprobes for
 * that path.
 */
#include <linux/kernel.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/tracepoint.h>

#include "compat.h"
#include "cpu.h"
#include "emit.h"
#include "event.h"
#include "options.h"
#include "probe.h"

/*
 * The long way of events that emit.h's fast one gave up. These functions take just
 * what the callbacks got, so that going on in them is one jump.
 */
#define rest	noinline __noclone

static rest void on_kmalloc_rest(void *data, unsigned long call_site, const void *object,
				 size_t bytes_req, size_t bytes_alloc, gfp_t gfp, int node)
{
	const struct ms_origin origin = {
		.call_site = call_site,
		.bytes_req = bytes_req,
		.bytes_alloc = bytes_alloc,
		.gfp = (__force u32)gfp,
		.path = MEMSCOPE_PATH_KMALLOC,
	};

	ms_emit_alloc(&origin, &object, 1);
}

/* Above the largest cache, thus from the page allocator; or a trampoline's. */
static noinline void on_kmalloc_odd(unsigned long call_site, const void *object,
				    size_t bytes_req, size_t bytes_alloc, gfp_t gfp)
{
	bool large = bytes_alloc > KMALLOC_MAX_CACHE_SIZE;
	const struct ms_origin origin = {
		.call_site = ms_call_site(call_site),
		.bytes_req = bytes_req,
		.bytes_alloc = bytes_alloc,
		.gfp = (__force u32)gfp,
		.path = large ? MEMSCOPE_PATH_KMALLOC_LARGE : MEMSCOPE_PATH_KMALLOC,
	};

	if (large && ms_inside_allocator(origin.call_site))
		ms_count(DUPLICATE);
	else
		ms_event_alloc(&origin, object);
}

static void on_kmalloc(void *data, unsigned long call_site, const void *object,
		       size_t bytes_req, size_t bytes_alloc, gfp_t gfp, int node)
{
	if (unlikely(ZERO_OR_NULL_PTR(object)))
		return;
	if (unlikely(bytes_alloc > KMALLOC_MAX_CACHE_SIZE || call_site == ms_trampoline)) {
		on_kmalloc_odd(call_site, object, bytes_req, bytes_alloc, gfp);
		return;
	}
	if (!ms_emit_alloc_fast(true, MEMSCOPE_PATH_KMALLOC, call_site, object, MEMSCOPE_CACHE_NONE,
				bytes_req, bytes_alloc, (__force u32)gfp))
		on_kmalloc_rest(data, call_site, object, bytes_req, bytes_alloc, gfp, node);
}

static rest void on_cache_alloc_rest(void *data, unsigned long call_site,
				     const void *object, struct kmem_cache *cache,
				     gfp_t gfp, int node)
{
	const struct ms_origin origin = {
		.call_site = call_site,
		.cache = cache,
		.gfp = (__force u32)gfp,
		.path = MEMSCOPE_PATH_CACHE_ALLOC,
	};

	ms_emit_alloc(&origin, &object, 1);
}

/* A cache that is new, or a trampoline's call. */
static rest void on_cache_alloc_odd(void *data, unsigned long call_site,
				    const void *object, struct kmem_cache *cache,
				    gfp_t gfp, int node)
{
	const struct ms_origin origin = {
		.call_site = ms_call_site(call_site),
		.cache = cache,
		.gfp = (__force u32)gfp,
		.path = MEMSCOPE_PATH_CACHE_ALLOC,
	};

	ms_event_alloc(&origin, object);
}

static void on_cache_alloc(void *data, unsigned long call_site, const void *object,
			   struct kmem_cache *cache, gfp_t gfp, int node)
{
	const struct ms_cache_bucket *bucket;

	if (unlikely(!object))
		return;
	bucket = ms_cache_known(cache);
	if (unlikely(!bucket || call_site == ms_trampoline)) {
		on_cache_alloc_odd(data, call_site, object, cache, gfp, node);
		return;
	}
	if (!ms_emit_alloc_fast(true, MEMSCOPE_PATH_CACHE_ALLOC, call_site, object, bucket->id,
				bucket->object_size, bucket->size, (__force u32)gfp))
		on_cache_alloc_rest(data, call_site, object, cache, gfp, node);
}

static rest void on_kfree_rest(void *data, unsigned long call_site, const void *object)
{
	ms_event_free(MEMSCOPE_EVENT_FREE, MEMSCOPE_PATH_KFREE, ms_call_site(call_site),
		      NULL, object);
}

/* Fires before the allocator looks whether there is anything to free. */
static void on_kfree(void *data, unsigned long call_site, const void *object)
{
	if (unlikely(ZERO_OR_NULL_PTR(object)))
		return;
	if (unlikely(call_site == ms_trampoline) ||
	    !ms_emit_free_fast(true, MEMSCOPE_EVENT_FREE, MEMSCOPE_PATH_KFREE, call_site,
			       MEMSCOPE_CACHE_NONE, object))
		on_kfree_rest(data, call_site, object);
}

static rest void on_cache_free_rest(void *data, unsigned long call_site,
				    const void *object, const struct kmem_cache *cache)
{
	ms_event_free(MEMSCOPE_EVENT_FREE, MEMSCOPE_PATH_CACHE_FREE, ms_call_site(call_site),
		      (struct kmem_cache *)cache, object);
}

static void on_cache_free(void *data, unsigned long call_site, const void *object,
			  const struct kmem_cache *cache)
{
	const struct ms_cache_bucket *bucket;

	if (unlikely(!object))
		return;
	bucket = ms_cache_known((struct kmem_cache *)cache);
	if (unlikely(!bucket || call_site == ms_trampoline) ||
	    !ms_emit_free_fast(true, MEMSCOPE_EVENT_FREE, MEMSCOPE_PATH_CACHE_FREE, call_site,
			       bucket->id, object))
		on_cache_free_rest(data, call_site, object, cache);
}

static void put_task(const struct task_struct *task, bool ended)
{
	struct memscope_event event = {
		.task.tgid = task->tgid,
		.task.ended = ended,
	};

	strscpy(event.task.comm, task->comm, sizeof(event.task.comm));
	ms_event_put(MEMSCOPE_EVENT_TASK, MEMSCOPE_PATH_OTHER, NULL, &event);
}

/* Both run in the task itself; what follows the first argument is not read. */
static void on_task_exit(void *data, struct task_struct *task)
{
	put_task(task, true);
}

static void on_task_exec(void *data, struct task_struct *task)
{
	put_task(task, false);
}

static struct hook {
	const char *name;
	void *callback;
	u32 feature;
	s8 path[3];			/* that it covers, -1: no more */
	struct tracepoint *tracepoint;
	bool registered;
} hooks[] = {
#ifdef HAS_TRACE_KMALLOC_NODE
	{ "kmalloc", on_kmalloc, 0,
	  { MEMSCOPE_PATH_KMALLOC, MEMSCOPE_PATH_KMALLOC_LARGE, MEMSCOPE_PATH_KVMALLOC } },
#endif
#ifdef HAS_TRACE_CACHE_ALLOC_CACHE
	{ "kmem_cache_alloc", on_cache_alloc, 0,
	  { MEMSCOPE_PATH_CACHE_ALLOC, MEMSCOPE_PATH_SHEAF_ALLOC, -1 } },
#endif
#ifdef HAS_TRACE_KFREE
	{ "kfree", on_kfree, 0, { MEMSCOPE_PATH_KFREE, -1, -1 } },
#endif
#ifdef HAS_TRACE_CACHE_FREE_CACHE
	{ "kmem_cache_free", on_cache_free, 0, { MEMSCOPE_PATH_CACHE_FREE, -1, -1 } },
#endif
	{ "sched_process_exit", on_task_exit, MEMSCOPE_F_TASKS,
	  { MEMSCOPE_PATH_OTHER, -1, -1 } },
	{ "sched_process_exec", on_task_exec, MEMSCOPE_F_TASKS,
	  { MEMSCOPE_PATH_OTHER, -1, -1 } },
};

static void match(struct tracepoint *tracepoint, void *unused)
{
	struct hook *hook;

	for (hook = hooks; hook < hooks + ARRAY_SIZE(hooks); hook++) {
		if (!strcmp(tracepoint->name, hook->name))
			hook->tracepoint = tracepoint;
	}
}

/**
 * ms_tracepoint_init() - look the tracepoints up
 *
 * Context: module init.
 */
void ms_tracepoint_init(void)
{
	for_each_kernel_tracepoint(match, NULL);
}

static bool wanted(const struct hook *hook, const struct ms_options *options, bool frees)
{
	if (!hook->tracepoint || ms_path_frees(hook->path[0]) != frees)
		return false;
	if (hook->feature)
		return options->features & hook->feature;
	return options->probe == MEMSCOPE_PROBE_AUTO;
}

/**
 * ms_tracepoint_attach() - attach the paths that have tracepoints
 * @options: of the session
 * @frees: those that end objects, or the others
 *
 * Context: process, under the session's mutex.
 * Return: 0, or an error of tracepoint_probe_register() with nothing attached.
 */
int ms_tracepoint_attach(const struct ms_options *options, bool frees)
{
	struct hook *hook;
	unsigned int i;
	int err;

	for (hook = hooks; hook < hooks + ARRAY_SIZE(hooks); hook++) {
		if (!wanted(hook, options, frees))
			continue;
		err = tracepoint_probe_register(hook->tracepoint, hook->callback, NULL);
		if (err) {
			pr_err("tracepoint %s refused its probe: %d\n", hook->name, err);
			ms_tracepoint_detach(frees);
			return err;
		}
		hook->registered = true;
		for (i = 0; i < ARRAY_SIZE(hook->path) && hook->path[i] >= 0; i++)
			ms_path_attached(hook->path[i], MEMSCOPE_ATTACHED_TRACEPOINT,
					 hook->name);
	}
	return 0;
}

/**
 * ms_tracepoint_detach() - undo ms_tracepoint_attach()
 * @frees: those that end objects, or the others
 *
 * Context: process, may sleep. No callback runs any more when it returns.
 */
void ms_tracepoint_detach(bool frees)
{
	struct hook *hook;

	for (hook = hooks; hook < hooks + ARRAY_SIZE(hooks); hook++) {
		if (!hook->registered || ms_path_frees(hook->path[0]) != frees)
			continue;
		tracepoint_probe_unregister(hook->tracepoint, hook->callback, NULL);
		hook->registered = false;
	}
	tracepoint_synchronize_unregister();
}
