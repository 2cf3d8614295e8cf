// SPDX-License-Identifier: GPL-2.0
/*
 * Events beside the way of one (emit.h): the options that it reads, what it calls
 * on the long way, and events that are rare, come in bulk or are no slab work.
 *
 * What emit.h calls runs in every context the allocator runs in, NMI included, with
 * preemption off, and keeps the rules told there.
 *
 * The guard against recursion is one byte a context of a CPU, so that interrupts
 * nest freely: a stack walk or a filter that is met again within itself is left
 * out. Then the event is kept without its stack, or counted as recursion.
 */
#include <linux/ktime.h>
#include <linux/slab.h>

#include "cache.h"
#include "clock.h"
#include "cpu.h"
#include "emit.h"
#include "event.h"
#include "filter.h"
#include "options.h"
#include "session.h"
#include "stack.h"
#include "unwind.h"

DEFINE_PER_CPU(struct ms_cpu, ms_cpu);

struct ms_tuned ms_tuned __read_mostly = {
	.detours = BIT(MS_DETOUR_CLOCK),
	.reader = MS_NOBODY,
	.worker = MS_NOBODY,
};

/* Countdowns of a CPU begin with these; what is off waits very long. */
static struct {
	int stack_every;
	int load_every;
	u32 stack_depth;
	bool stacks, load;
	u64 load_interval_ns;
} tuned __read_mostly;

/* Frames of one walk: too many for the stack of an interrupted task. */
struct walk {
	unsigned long frame[4][MEMSCOPE_STACK_DEPTH_MAX];	/* by context */
};

static struct walk __percpu *walks;

/**
 * ms_emit_detour() - begin or end to send all events the long way
 * @why: the reason
 * @set: begin
 *
 * Context: any.
 */
void ms_emit_detour(enum ms_detour why, bool set)
{
	if (set)
		set_bit(why, &ms_tuned.detours);
	else
		clear_bit(why, &ms_tuned.detours);
}

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
	int cpu;

	tuned.stacks = options->features & MEMSCOPE_F_STACKS;
	tuned.load = options->features & MEMSCOPE_F_LOAD;
	tuned.stack_depth = options->stack_depth;
	WRITE_ONCE(tuned.stack_every, min_t(u32, options->stack_every, INT_MAX));
	WRITE_ONCE(tuned.load_every, min_t(u32, options->load_every, INT_MAX));
	WRITE_ONCE(tuned.load_interval_ns, options->load_interval_ms * NSEC_PER_MSEC);
	/* A countdown that is under way elsewhere may win; it ends too. */
	for_each_possible_cpu(cpu) {
		WRITE_ONCE(per_cpu(ms_cpu, cpu).stack_left, 0);
		WRITE_ONCE(per_cpu(ms_cpu, cpu).load_left, 0);
	}
}

/**
 * ms_event_set_reader() - whose allocations are the tracer's own
 * @tgid: of the process that reads events, 0: none
 *
 * Context: process, under the session's mutex.
 */
void ms_event_set_reader(u32 tgid)
{
	WRITE_ONCE(ms_tuned.reader, tgid ? tgid : MS_NOBODY);
}

/**
 * ms_event_set_worker() - likewise for a kernel thread that works for it now
 * @tgid: of the thread, 0: none
 *
 * Context: process.
 */
void ms_event_set_worker(u32 tgid)
{
	WRITE_ONCE(ms_tuned.worker, tgid ? tgid : MS_NOBODY);
	ms_emit_detour(MS_DETOUR_WORKER, tgid);
}

static __always_inline bool enter(struct ms_cpu *cpu, u8 context)
{
	if (unlikely(cpu->busy[context]))
		return false;
	cpu->busy[context] = 1;
	barrier();	/* what is guarded sees it set */
	return true;
}

static __always_inline void leave(struct ms_cpu *cpu, u8 context)
{
	barrier();
	cpu->busy[context] = 0;
}

/**
 * ms_event_filtered() - is an allocation not wanted?
 * @cpu: this one
 * @context: MEMSCOPE_CONTEXT_*
 * @n: objects allocated
 * @origin: by whom and how
 * @cache: of a kmem_cache allocation, else NULL
 *
 * Context: any, preemption disabled.
 * Return: true if it has been counted, as filtered or as recursion.
 */
noinline bool ms_event_filtered(struct ms_cpu *cpu, u8 context, u32 n,
				struct ms_origin origin, const struct ms_cache *cache)
{
	bool wanted;

	if (!enter(cpu, context)) {
		this_cpu_add(ms_cpu.count[MEMSCOPE_COUNTER_RECURSION], n);
		return true;
	}
	wanted = ms_filter_wants(&origin, cache);
	leave(cpu, context);
	if (!wanted)
		this_cpu_add(ms_cpu.count[MEMSCOPE_COUNTER_FILTERED], n);
	return !wanted;
}

/**
 * ms_event_stack() - the stack of an allocation for which one is due
 * @cpu: this one
 * @context: MEMSCOPE_CONTEXT_*
 * @call_site: who called the allocator
 * @regs: of a kprobe or kretprobe, else NULL
 *
 * Context: any, preemption disabled.
 * Return: an id, or MEMSCOPE_STACK_NONE or _LOST.
 */
noinline u32 ms_event_stack(struct ms_cpu *cpu, u8 context, unsigned long call_site,
			    struct pt_regs *regs)
{
	unsigned long *frame = this_cpu_ptr(walks)->frame[context];
	unsigned int frames;
	u32 id, *kept;

	if (!tuned.stacks) {
		cpu->stack_left = INT_MAX;
		return MEMSCOPE_STACK_NONE;
	}
	cpu->stack_left = READ_ONCE(tuned.stack_every) - 1;
	if (!enter(cpu, context)) {
		ms_count(STACK_FAILED);
		return MEMSCOPE_STACK_LOST;
	}
	frames = ms_unwind(frame, tuned.stack_depth, call_site, regs, &kept);
	leave(cpu, context);
	if (likely(!frames && kept)) {
		ms_count(STACKS);
		return READ_ONCE(*kept);
	}
	if (unlikely(!frames)) {
		ms_count(STACK_FAILED);
		return MEMSCOPE_STACK_LOST;
	}
	id = ms_stack_id(&ms_session.stacks, frame, frames);
	if (unlikely(id == MEMSCOPE_STACK_LOST)) {
		ms_count(STACK_FULL);
		return id;
	}
	ms_count(STACKS);
	if (kept)
		WRITE_ONCE(*kept, id);
	return id;
}

/**
 * ms_event_load_due() - it is time to think of a load sample
 * @cpu: this one
 *
 * Context: any, preemption disabled.
 */
noinline void ms_event_load_due(struct ms_cpu *cpu)
{
	if (!tuned.load) {
		cpu->load_left = INT_MAX;
		return;
	}
	cpu->load_left = READ_ONCE(tuned.load_every) - 1;
	if (ktime_get_mono_fast_ns() - cpu->load_ns >= READ_ONCE(tuned.load_interval_ns))
		irq_work_queue(&cpu->load_work);
}

static __always_inline void alloc(const struct ms_origin *origin,
				  const void *const *objects, u32 n)
{
	preempt_disable_notrace();
	if (ms_built(STACKS))
		this_cpu_ptr(&ms_cpu)->stack_left--;
	ms_emit_alloc(origin, objects, n);
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
	alloc(origin, &object, 1);
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
	alloc(origin, (const void *const *)objects, n);
}

/* The long way of what is not an allocation. */
static __always_inline void put(u8 type, u8 path, struct kmem_cache *key,
				const u64 what[4])
{
	const struct ms_cache *cache = NULL;
	struct memscope_event *event;
	u8 context, flags;
	u64 stamp;

	preempt_disable_notrace();
	context = ms_context();
	flags = path << 4 | context;
	this_cpu_inc(ms_cpu.hits[path]);
	if (ms_emit_self(context))
		flags |= MEMSCOPE_EVENT_SELF;
	if (key)
		cache = ms_cache_find(key);
	stamp = ms_emit_stamp(&flags);
	if (ms_ring_reserve(this_cpu_ptr(&ms_cpu.ring), &event)) {
		event->time_ns = stamp;
		memcpy(event->load, what, sizeof(event->load));
		ms_ring_commit(event, ms_ring_word(type, flags, cache ? cache->shown.id :
						   MEMSCOPE_CACHE_NONE, current->pid));
	}
	preempt_enable_notrace();
}

/**
 * ms_event_free() - an object is about to be freed
 * @type: MEMSCOPE_EVENT_FREE or MEMSCOPE_EVENT_FREE_DEFERRED
 * @path: enum memscope_path
 * @call_site: who frees it
 * @cache: its cache if that is known, else NULL
 * @object: neither NULL nor ZERO_SIZE_PTR
 *
 * Frees are never filtered and never skipped as the reader's own: what matters
 * is who allocated the object, and only the reader of the events knows that.
 *
 * Context: any.
 */
void ms_event_free(u8 type, u8 path, unsigned long call_site, struct kmem_cache *cache,
		   const void *object)
{
	const struct memscope_event event = {
		.ptr = (unsigned long)object,
		.call_site = call_site,
		.stack = MEMSCOPE_STACK_NONE,
	};

	put(type, path, cache, event.load);
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
			ms_event_free(MEMSCOPE_EVENT_FREE, MEMSCOPE_PATH_BULK_FREE,
				      call_site, cache, objects[i]);
	}
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
	put(type, path, cache, what->load);
}
