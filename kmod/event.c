// SPDX-License-Identifier: GPL-2.0
/*
 * The way of one event, from a probe into the ring of its CPU.
 *
 * Runs in every context the allocator runs in, NMI included: no lock, no
 * allocation, no sleeping, no function that might trace or print. Preemption is
 * off from enter() to leave(), which tracepoint callbacks of newer kernels do
 * not give.
 *
 * Each object offered is a hit, and a hit ends in exactly one way: recursion,
 * self, filtered, lost (by the ring) or in the ring. What is cheap to decide is
 * decided first; the stack walk comes last.
 *
 * Recursion: nothing called here allocates. The guard is for what we cannot see
 * (a debugging allocator, another tracer) and keeps one byte a context, so that
 * interrupts nest freely.
 */
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/ktime.h>

#include "cache.h"
#include "cpu.h"
#include "event.h"
#include "filter.h"
#include "load.h"
#include "options.h"
#include "stack.h"
#include "session.h"
#include "unwind.h"

DEFINE_PER_CPU(struct ms_cpu, ms_cpu);

/* Read by every event, written when a session starts or is tuned. */
static struct {
	bool stacks;
	bool load;
	u32 stack_every;
	u32 stack_depth;
	u32 load_every;
	u32 load_interval_ns;
	u32 reader;		/* tgid of the reader, 0: none */
	u32 worker;		/* tgid of the thread that is waking it, 0: none */
} tuned __read_mostly;

/* Frames of one walk: too many for the stack of an interrupted task. */
struct walk {
	unsigned long frame[4][MEMSCOPE_STACK_DEPTH_MAX];	/* by context */
};

static struct walk __percpu *walks;

/**
 * ms_event_init() - prepare for the events of a session
 * @options: of the session
 *
 * Context: process; no probe is attached.
 * Return: 0 or -ENOMEM.
 */
int ms_event_init(const struct ms_options *options)
{
	walks = alloc_percpu(struct walk);
	if (!walks)
		return -ENOMEM;
	ms_event_tune(options);
	return 0;
}

/**
 * ms_event_exit() - undo ms_event_init()
 *
 * Context: process; no probe is attached.
 */
void ms_event_exit(void)
{
	free_percpu(walks);
	walks = NULL;
}

/**
 * ms_event_tune() - take over options that may change while a session runs
 * @options: valid ones
 *
 * Context: process, under the session's mutex.
 */
void ms_event_tune(const struct ms_options *options)
{
	tuned.stacks = options->features & MEMSCOPE_F_STACKS;
	tuned.load = options->features & MEMSCOPE_F_LOAD;
	WRITE_ONCE(tuned.stack_every, options->stack_every);
	tuned.stack_depth = options->stack_depth;
	WRITE_ONCE(tuned.load_every, options->load_every);
	WRITE_ONCE(tuned.load_interval_ns, options->load_interval_ms * NSEC_PER_MSEC);
}

/**
 * ms_event_set_reader() - whose allocations are the tracer's own
 * @tgid: of the process that reads events, 0: none
 *
 * Context: process, under the session's mutex.
 */
void ms_event_set_reader(u32 tgid)
{
	WRITE_ONCE(tuned.reader, tgid);
}

/**
 * ms_event_set_worker() - likewise for a kernel thread that works for it now
 * @tgid: of the thread, 0: none
 *
 * Context: process.
 */
void ms_event_set_worker(u32 tgid)
{
	WRITE_ONCE(tuned.worker, tgid);
}

static __always_inline struct ms_cpu *enter(u8 path, u32 n, u8 *context)
{
	struct ms_cpu *cpu;

	preempt_disable_notrace();
	cpu = this_cpu_ptr(&ms_cpu);
	*context = ms_context();
	this_cpu_add(ms_cpu.hits[path], n);
	if (unlikely(cpu->busy[*context])) {
		this_cpu_add(ms_cpu.count[MEMSCOPE_COUNTER_RECURSION], n);
		preempt_enable_notrace();
		return NULL;
	}
	cpu->busy[*context] = 1;
	barrier();	/* an interrupt on this CPU sees it set */
	return cpu;
}

static __always_inline void leave(struct ms_cpu *cpu, u8 context)
{
	barrier();	/* an interrupt before this line still sees it set */
	cpu->busy[context] = 0;
	preempt_enable_notrace();
}

/* In an interrupt, current is whoever was interrupted: not its work. */
static __always_inline bool is_self(u8 context)
{
	u32 tgid = current->tgid;

	return unlikely(tgid == READ_ONCE(tuned.reader) || tgid == READ_ONCE(tuned.worker)) &&
	       tgid && context == MEMSCOPE_CONTEXT_PROCESS;
}

static __always_inline u8 flags_of(u8 path, u8 context)
{
	return path << 4 | context;
}

static noinline u32 take_stack(u8 context, unsigned long call_site, struct pt_regs *regs)
{
	unsigned long *frame = this_cpu_ptr(walks)->frame[context];
	unsigned int frames;
	u32 id, *kept;

	frames = ms_unwind(frame, tuned.stack_depth, call_site, regs, &kept);
	if (likely(!frames && kept)) {
		ms_count(STACKS);
		return READ_ONCE(*kept);
	}
	if (!frames) {
		ms_count(STACK_FAILED);
		return MEMSCOPE_STACK_LOST;
	}
	id = ms_stack_id(&ms_session.stacks, frame, frames);
	if (id == MEMSCOPE_STACK_LOST) {
		ms_count(STACK_FULL);
	} else {
		ms_count(STACKS);
		if (kept)
			WRITE_ONCE(*kept, id);
	}
	return id;
}

static __always_inline u32 sample_stack(struct ms_cpu *cpu, u8 context,
					const struct ms_origin *origin)
{
	if (!ms_built(STACKS) || !tuned.stacks)
		return MEMSCOPE_STACK_NONE;
	if (cpu->stack_left > 1) {
		cpu->stack_left--;
		return MEMSCOPE_STACK_NONE;
	}
	cpu->stack_left = READ_ONCE(tuned.stack_every);
	return take_stack(context, origin->call_site, origin->regs);
}

static __always_inline void sample_load(struct ms_cpu *cpu, u64 now)
{
	if (!ms_built(LOAD) || !tuned.load)
		return;
	if (likely(cpu->load_left > 1)) {
		cpu->load_left--;
		return;
	}
	cpu->load_left = READ_ONCE(tuned.load_every);
	if (now - cpu->load_ns >= READ_ONCE(tuned.load_interval_ns))
		irq_work_queue(&cpu->load_work);
}

static __always_inline void
offer_allocs(const struct ms_origin *origin, const void *const *objects, u32 n)
{
	const struct ms_cache *cache = NULL;
	struct memscope_event *event;
	struct ms_cpu *cpu;
	u32 stack, i;
	u8 context;
	u64 now;

	cpu = enter(origin->path, n, &context);
	if (!cpu)
		return;
	if (is_self(context)) {
		this_cpu_add(ms_cpu.count[MEMSCOPE_COUNTER_SELF], n);
		goto out;
	}
	if (origin->cache)
		cache = ms_cache_find(origin->cache);
	if (unlikely(ms_filter.active) && !ms_filter_wants(origin, cache)) {
		this_cpu_add(ms_cpu.count[MEMSCOPE_COUNTER_FILTERED], n);
		goto out;
	}

	stack = sample_stack(cpu, context, origin);
	now = ktime_get_mono_fast_ns();
	for (i = 0; i < n; i++) {
		event = ms_ring_reserve(&cpu->ring);
		if (!event)
			continue;
		event->time_ns = now;
		event->flags = flags_of(origin->path, context);
		event->cache = cache ? cache->shown.id : MEMSCOPE_CACHE_NONE;
		event->tid = current->pid;
		event->ptr = (unsigned long)objects[i];
		event->call_site = origin->call_site;
		event->bytes_req = cache ? cache->shown.object_size : origin->bytes_req;
		event->bytes_alloc = cache ? cache->shown.size : origin->bytes_alloc;
		event->stack = stack;
		event->gfp = origin->gfp;
		ms_ring_commit(&cpu->ring, event, MEMSCOPE_EVENT_ALLOC);
	}
	sample_load(cpu, now);
out:
	leave(cpu, context);
}

/**
 * ms_event_alloc() - an object was allocated
 * @origin: by whom and how
 * @object: not NULL
 *
 * Context: any.
 */
void ms_event_alloc(const struct ms_origin *origin, const void *object)
{
	offer_allocs(origin, &object, 1);
}

/**
 * ms_event_alloc_bulk() - objects were allocated by one call
 * @origin: by whom and how
 * @objects: none of them NULL
 * @n: how many
 *
 * Context: any.
 */
void ms_event_alloc_bulk(const struct ms_origin *origin, void **objects, u32 n)
{
	offer_allocs(origin, (const void *const *)objects, n);
}

/*
 * Frees are never filtered and never skipped as the reader's own: what matters
 * is who allocated the object, and only the reader of the events knows that.
 */
static __always_inline void
offer_free(u8 type, u8 path, unsigned long call_site, struct kmem_cache *key,
	   const void *object)
{
	const struct ms_cache *cache = NULL;
	struct memscope_event *event;
	struct ms_cpu *cpu;
	u8 context;
	u64 now;

	cpu = enter(path, 1, &context);
	if (!cpu)
		return;
	if (key)
		cache = ms_cache_find(key);
	now = ktime_get_mono_fast_ns();
	event = ms_ring_reserve(&cpu->ring);
	if (event) {
		event->time_ns = now;
		event->flags = flags_of(path, context);
		if (is_self(context))
			event->flags |= MEMSCOPE_EVENT_SELF;
		event->cache = cache ? cache->shown.id : MEMSCOPE_CACHE_NONE;
		event->tid = current->pid;
		event->ptr = (unsigned long)object;
		event->call_site = call_site;
		event->bytes_req = 0;
		event->bytes_alloc = 0;
		event->stack = MEMSCOPE_STACK_NONE;
		event->gfp = 0;
		ms_ring_commit(&cpu->ring, event, type);
	}
	leave(cpu, context);
}

/**
 * ms_event_free() - an object is about to be freed
 * @path: enum memscope_path
 * @call_site: who frees it
 * @cache: of kmem_cache_free, else NULL
 * @object: neither NULL nor ZERO_SIZE_PTR
 *
 * Context: any.
 */
void ms_event_free(u8 path, unsigned long call_site, struct kmem_cache *cache,
		   const void *object)
{
	offer_free(MEMSCOPE_EVENT_FREE, path, call_site, cache, object);
}

/**
 * ms_event_free_bulk() - objects are about to be freed by one call
 * @call_site: who frees them
 * @cache: may be NULL
 * @objects: NULL and ZERO_SIZE_PTR among them are passed over
 * @n: how many
 *
 * Context: any.
 */
void ms_event_free_bulk(unsigned long call_site, struct kmem_cache *cache,
			void **objects, u32 n)
{
	u32 i;

	for (i = 0; i < n; i++) {
		if (!ZERO_OR_NULL_PTR(objects[i]))
			offer_free(MEMSCOPE_EVENT_FREE, MEMSCOPE_PATH_BULK_FREE,
				   call_site, cache, objects[i]);
	}
}

/**
 * ms_event_free_deferred() - kfree_rcu was called
 * @call_site: by whom
 * @object: what will be freed after a grace period
 *
 * Context: any.
 */
void ms_event_free_deferred(unsigned long call_site, const void *object)
{
	offer_free(MEMSCOPE_EVENT_FREE_DEFERRED, MEMSCOPE_PATH_RCU_FREE, call_site,
		   NULL, object);
}

/**
 * ms_event_put() - write an event of another type
 * @type: enum memscope_event_type
 * @path: enum memscope_path
 * @cache: the kmem_cache it is about, or NULL
 * @what: the part that depends on the type; the rest is filled here
 *
 * Context: any.
 */
void ms_event_put(u8 type, u8 path, struct kmem_cache *cache,
		  const struct memscope_event *what)
{
	const struct ms_cache *found = NULL;
	struct memscope_event *event;
	struct ms_cpu *cpu;
	u8 context;
	u64 now;

	cpu = enter(path, 1, &context);
	if (!cpu)
		return;
	if (cache)
		found = ms_cache_find(cache);
	now = ktime_get_mono_fast_ns();
	event = ms_ring_reserve(&cpu->ring);
	if (event) {
		event->time_ns = now;
		event->flags = flags_of(path, context);
		event->cache = found ? found->shown.id : MEMSCOPE_CACHE_NONE;
		event->tid = current->pid;
		memcpy(event->load, what->load, sizeof(event->load));
		ms_ring_commit(&cpu->ring, event, type);
	}
	leave(cpu, context);
}
