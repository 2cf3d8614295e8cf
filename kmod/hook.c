// SPDX-License-Identifier: GPL-2.0
/*
 * Hooks: what a kprobe or a kretprobe on each function of the allocator does, and
 * the table of these functions.
 *
 * Handlers run in every context the allocator runs in, with preemption off.
 */
#include <linux/kernel.h>
#include <linux/kprobes.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "cache.h"
#include "compat.h"
#include "cpu.h"
#include "emit.h"
#include "event.h"
#include "hook.h"
#include "probe.h"

/* Which argument of a track_caller function is the call site. */
#define TRACK_CALLER	(3 + MS_BUCKET_ARGS)

/* Bytes that a kmalloc takes, by the bytes asked for in units of 8. */
static u16 small_bytes[1024 / 8 + 1] __ro_after_init;

static __always_inline u32 bytes_taken(size_t bytes)
{
	return likely(bytes <= 1024) ? small_bytes[(bytes + 7) / 8] : ms_kmalloc_bytes(bytes);
}

static void origin_of(struct ms_origin *origin, const struct ms_hook *hook,
		      const struct ms_call *call, struct pt_regs *regs)
{
	origin->call_site = call->word[hook->caller];
	origin->regs = regs;
	origin->cache = (struct kmem_cache *)call->word[hook->cache];
	origin->bytes_req = call->word[hook->bytes];
	origin->bytes_alloc = 0;
	origin->gfp = call->word[hook->gfp];
	origin->path = hook->path;
}

static void fire_kmalloc(const struct ms_hook *hook, const struct ms_call *call,
			 struct pt_regs *regs)
{
	const void *object = (const void *)regs_return_value(regs);
	size_t bytes = call->word[hook->bytes];
	struct ms_origin origin;

	if (ZERO_OR_NULL_PTR(object) || is_vmalloc_addr(object))
		return;
	origin_of(&origin, hook, call, regs);
	origin.bytes_alloc = bytes_taken(bytes);
	if (bytes > KMALLOC_MAX_CACHE_SIZE) {
		origin.bytes_alloc = PAGE_SIZE << get_order(bytes);
		origin.path = MEMSCOPE_PATH_KMALLOC_LARGE;
	}
	ms_event_alloc(&origin, object);
}

static void fire_cache_alloc(const struct ms_hook *hook, const struct ms_call *call,
			     struct pt_regs *regs)
{
	const void *object = (const void *)regs_return_value(regs);
	struct ms_origin origin;

	if (!object)
		return;
	origin_of(&origin, hook, call, regs);
	ms_event_alloc(&origin, object);
}

/* kmem_cache_alloc_bulk(cache, gfp, n, objects) */
static void fire_bulk_alloc(const struct ms_hook *hook, const struct ms_call *call,
			    struct pt_regs *regs)
{
	struct ms_origin origin;
	int got = ms_bulk_got(regs_return_value(regs), call->word[2]);

	if (got <= 0)
		return;
	origin_of(&origin, hook, call, regs);
	ms_event_alloc_bulk(&origin, (void **)call->word[3], got);
}

static void fire_kfree(const struct ms_hook *hook, const struct ms_call *call,
		       struct pt_regs *regs)
{
	const void *object = (const void *)call->word[0];

	if (!ZERO_OR_NULL_PTR(object))
		ms_event_free(MEMSCOPE_EVENT_FREE, hook->path, call->word[MS_CALL_CALLER],
			      NULL, object);
}

static void fire_bulk_free(const struct ms_hook *hook, const struct ms_call *call,
			   struct pt_regs *regs)
{
	ms_event_free_bulk(call->word[MS_CALL_CALLER], (struct kmem_cache *)call->word[0],
			   (void **)call->word[2], call->word[1]);
}

static void fire_rcu_free(const struct ms_hook *hook, const struct ms_call *call,
			  struct pt_regs *regs)
{
	const void *object = ms_kvfree_rcu_object(call->word[0], call->word[1]);

	if (!ZERO_OR_NULL_PTR(object) && !is_vmalloc_addr(object))
		ms_event_free(MEMSCOPE_EVENT_FREE_DEFERRED, hook->path, call->word[MS_CALL_CALLER],
			      NULL, object);
}

/* krealloc(object, bytes, gfp): moves are seen as the kmalloc and kfree in it. */
static void fire_krealloc(const struct ms_hook *hook, const struct ms_call *call,
			  struct pt_regs *regs)
{
	struct memscope_event event = {
		.ptr = regs_return_value(regs),
		.call_site = call->word[MS_CALL_CALLER],
		.bytes_req = call->word[hook->bytes],
		.gfp = call->word[hook->gfp],
	};

	if (event.ptr == call->word[0] && !ZERO_OR_NULL_PTR((const void *)event.ptr))
		ms_event_put(MEMSCOPE_EVENT_RESIZE, hook->path, NULL, &event);
}

static void put_slab(const struct ms_hook *hook, const struct ms_call *call, u8 type,
		     const struct page *page)
{
	struct memscope_event event = {
		.ptr = (unsigned long)page_address(page),
		.call_site = call->word[MS_CALL_CALLER],
		.bytes_alloc = page_size((struct page *)page),
	};

	ms_event_put(type, hook->path, (struct kmem_cache *)call->word[0], &event);
}

/* A struct slab lies over the struct page of its first page. */
static void fire_slab_page_alloc(const struct ms_hook *hook, const struct ms_call *call,
				 struct pt_regs *regs)
{
	const struct page *page = (const struct page *)regs_return_value(regs);

	if (page)
		put_slab(hook, call, MEMSCOPE_EVENT_PAGES_ALLOC, page);
}

static void fire_slab_page_free(const struct ms_hook *hook, const struct ms_call *call,
				struct pt_regs *regs)
{
	put_slab(hook, call, MEMSCOPE_EVENT_PAGES_FREE, (const struct page *)call->word[1]);
}

static void fire_cache_destroy(const struct ms_hook *hook, const struct ms_call *call,
			       struct pt_regs *regs)
{
	if (call->word[0])
		ms_cache_forget((struct kmem_cache *)call->word[0]);
}

static __always_inline void read_call(struct ms_call *call, struct pt_regs *regs,
				      unsigned int arguments)
{
	ms_read_arguments(call->word, regs, arguments);
	call->word[MS_CALL_NOTHING] = 0;
	call->word[MS_CALL_CALLER] = ms_call_site(ms_return_address(regs));
}

static int on_entry(struct kprobe *kprobe, struct pt_regs *regs)
{
	const struct ms_kprobe *probe = container_of(kprobe, struct ms_kprobe, entry);
	struct ms_call call;

	read_call(&call, regs, 5);
	probe->hook->fire(probe->hook, &call, regs);
	return 0;
}
NOKPROBE_SYMBOL(on_entry);

static int on_call(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	read_call((struct ms_call *)instance->data, regs, 5);
	return 0;
}
NOKPROBE_SYMBOL(on_call);

/* For functions of which the first three arguments are enough. */
static int on_short_call(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	read_call((struct ms_call *)instance->data, regs, 3);
	return 0;
}
NOKPROBE_SYMBOL(on_short_call);

/* Is this the end of an allocation that is traced itself (kvmalloc jumps to kmalloc)? */
static bool ends_traced_alloc(unsigned long returns_to)
{
	const struct kretprobe *innermost;
	unsigned int i;

	if (returns_to != ms_trampoline)
		return false;
	innermost = ms_innermost_kretprobe(&returns_to);
	for (i = 0; i < MS_HOOKS; i++) {
		if (innermost == &ms_kprobes[i].ret && ms_hooks[i].called)
			return ms_hooks[i].fire == fire_kmalloc;
	}
	return false;
}

/*
 * For functions whose calls are not to be reported where a traced function makes
 * them for its caller. Nonzero: this call's return is of no interest.
 */
static int on_wrapped_call(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	struct ms_call *call = (struct ms_call *)instance->data;

	read_call(call, regs, 5);
	if (likely(!ms_inside_allocator(call->word[MS_CALL_CALLER]) &&
		   !ends_traced_alloc(ms_return_address(regs))))
		return 0;
	ms_count(DUPLICATE);
	return 1;
}
NOKPROBE_SYMBOL(on_wrapped_call);

/* Likewise, for those that are told the call site. */
static int on_tracked_call(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	unsigned long *caller = &((struct ms_call *)instance->data)->word[TRACK_CALLER];

	if (on_wrapped_call(instance, regs))
		return 1;
	*caller = ms_call_site(*caller);
	return 0;
}
NOKPROBE_SYMBOL(on_tracked_call);

/* NULL: the probe is being taken away. */
static __always_inline const struct ms_hook *hook_of(struct kretprobe_instance *instance)
{
	struct kretprobe *kretprobe = get_kretprobe(instance);

	return likely(kretprobe) ? container_of(kretprobe, struct ms_kprobe, ret)->hook : NULL;
}

static int on_return(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	const struct ms_hook *hook = hook_of(instance);

	if (hook)
		hook->fire(hook, (struct ms_call *)instance->data, regs);
	return 0;
}
NOKPROBE_SYMBOL(on_return);

/* The long way of an event that ms_emit_alloc_fast() gave up. */
static noinline void alloc_rest(struct kretprobe_instance *instance, struct pt_regs *regs,
				u32 bytes_alloc)
{
	const void *object = (const void *)regs_return_value(regs);
	const struct ms_hook *hook = hook_of(instance);
	struct ms_origin origin;

	if (hook) {
		origin_of(&origin, hook, (struct ms_call *)instance->data, regs);
		origin.bytes_alloc = bytes_alloc;
		ms_emit_alloc(&origin, &object, 1);
	} else {
		preempt_enable_notrace();
	}
}
NOKPROBE_SYMBOL(alloc_rest);

/*
 * From here on: the paths on which the price of tracing depends. Their handlers know
 * their function's arguments, and keep and read no others.
 */
static __always_inline int kmalloc_returned(struct kretprobe_instance *instance,
					    struct pt_regs *regs, u8 bytes_at, u8 gfp_at,
					    u8 caller_at)
{
	const void *object = (const void *)regs_return_value(regs);
	const struct ms_call *call = (struct ms_call *)instance->data;
	size_t bytes = call->word[bytes_at];
	u32 taken;

	if (unlikely(ZERO_OR_NULL_PTR(object)))
		return 0;
	if (unlikely(bytes > KMALLOC_MAX_CACHE_SIZE))
		return on_return(instance, regs);
	taken = bytes_taken(bytes);
	if (!ms_emit_alloc_fast(false, MEMSCOPE_PATH_KMALLOC, call->word[caller_at], object,
				MEMSCOPE_CACHE_NONE, bytes, taken, call->word[gfp_at]))
		alloc_rest(instance, regs, taken);
	return 0;
}

static __always_inline int cache_object_returned(struct kretprobe_instance *instance,
						 struct pt_regs *regs, u8 gfp_at)
{
	const void *object = (const void *)regs_return_value(regs);
	const struct ms_call *call = (struct ms_call *)instance->data;
	const struct ms_cache_bucket *bucket;

	if (unlikely(!object))
		return 0;
	bucket = ms_cache_known((struct kmem_cache *)call->word[0]);
	if (unlikely(!bucket))
		return on_return(instance, regs);
	if (!ms_emit_alloc_fast(false, MEMSCOPE_PATH_CACHE_ALLOC, call->word[MS_CALL_CALLER],
				object, bucket->id, bucket->object_size, bucket->size,
				call->word[gfp_at]))
		alloc_rest(instance, regs, 0);
	return 0;
}

#define RETURNED(name, returned, ...)						\
static int name##_returned(struct kretprobe_instance *instance, struct pt_regs *regs) \
{										\
	return returned(instance, regs, __VA_ARGS__);				\
}										\
NOKPROBE_SYMBOL(name##_returned)

RETURNED(kmalloc_trace, kmalloc_returned, 2, 1, MS_CALL_CALLER);
RETURNED(kmalloc_node_trace, kmalloc_returned, 3, 1, MS_CALL_CALLER);
RETURNED(__kmalloc, kmalloc_returned, 0, 1 + MS_TOKEN_ARGS, MS_CALL_CALLER);
RETURNED(__kmalloc_node, kmalloc_returned, 0, 1 + MS_BUCKET_ARGS, MS_CALL_CALLER);
RETURNED(__kmalloc_track, kmalloc_returned, 0, 1 + MS_BUCKET_ARGS, TRACK_CALLER);
RETURNED(cache_alloc, cache_object_returned, 1);
RETURNED(cache_alloc_lru, cache_object_returned, 2);

static int kfree_entered(struct kprobe *kprobe, struct pt_regs *regs)
{
	const void *object = (const void *)regs_get_kernel_argument(regs, 0);
	unsigned long call_site = ms_call_site(ms_return_address(regs));

	if (likely(!ZERO_OR_NULL_PTR(object)) &&
	    !ms_emit_free_fast(false, MEMSCOPE_EVENT_FREE, MEMSCOPE_PATH_KFREE, call_site,
			       MEMSCOPE_CACHE_NONE, object))
		ms_event_free(MEMSCOPE_EVENT_FREE, MEMSCOPE_PATH_KFREE, call_site, NULL, object);
	return 0;
}
NOKPROBE_SYMBOL(kfree_entered);

/* kmem_cache_free(cache, object) */
static int cache_free_entered(struct kprobe *kprobe, struct pt_regs *regs)
{
	struct kmem_cache *key = (struct kmem_cache *)regs_get_kernel_argument(regs, 0);
	const void *object = (const void *)regs_get_kernel_argument(regs, 1);
	const struct ms_cache_bucket *bucket = ms_cache_known(key);
	unsigned long call_site = ms_call_site(ms_return_address(regs));

	if (unlikely(!object))
		return 0;
	if (unlikely(!bucket) ||
	    !ms_emit_free_fast(false, MEMSCOPE_EVENT_FREE, MEMSCOPE_PATH_CACHE_FREE, call_site,
			       bucket->id, object))
		ms_event_free(MEMSCOPE_EVENT_FREE, MEMSCOPE_PATH_CACHE_FREE, call_site, key,
			      object);
	return 0;
}
NOKPROBE_SYMBOL(cache_free_entered);

#define RETURN(path_, fire_, called_, returned_, args_, ...) \
	{ .path = MEMSCOPE_PATH_##path_, .fire = fire_, .called = called_, \
	  .returned = returned_, args_, .symbol = { __VA_ARGS__ } }
#define ENTRY(path_, fire_, entered_, ...) \
	{ .path = MEMSCOPE_PATH_##path_, .fire = fire_, .entered = entered_, \
	  .symbol = { __VA_ARGS__ } }
#define ARGS(cache_, bytes_, gfp_, caller_) \
	.cache = (cache_), .bytes = (bytes_), .gfp = (gfp_), .caller = (caller_)
#define N	MS_CALL_NOTHING
#define C	MS_CALL_CALLER
#define B	MS_BUCKET_ARGS
#define T	MS_TOKEN_ARGS

const struct ms_hook ms_hooks[] = {
	RETURN(KMALLOC, fire_kmalloc, on_short_call, kmalloc_trace_returned, ARGS(N, 2, 1, C),
	       "__kmalloc_cache_noprof", "kmalloc_trace", "kmem_cache_alloc_trace"),
	RETURN(KMALLOC, fire_kmalloc, on_call, kmalloc_node_trace_returned, ARGS(N, 3, 1, C),
	       "__kmalloc_cache_node_noprof", "kmalloc_node_trace", "kmem_cache_alloc_node_trace"),
	RETURN(KMALLOC, fire_kmalloc, on_wrapped_call, __kmalloc_returned, ARGS(N, 0, 1 + T, C),
	       "__kmalloc_noprof", "__kmalloc"),
	RETURN(KMALLOC, fire_kmalloc, on_wrapped_call, __kmalloc_node_returned,
	       ARGS(N, 0, 1 + B, C),
	       "__kmalloc_node_noprof", "__kmalloc_node"),
	RETURN(KMALLOC, fire_kmalloc, on_tracked_call, __kmalloc_track_returned,
	       ARGS(N, 0, 1 + B, TRACK_CALLER),
	       "__kmalloc_node_track_caller_noprof", "__kmalloc_node_track_caller"),
	RETURN(KMALLOC_LARGE, fire_kmalloc, on_wrapped_call, on_return, ARGS(N, 0, 1, C),
	       "__kmalloc_large_noprof", "kmalloc_large"),
	RETURN(KMALLOC_LARGE, fire_kmalloc, on_wrapped_call, on_return, ARGS(N, 0, 1, C),
	       "__kmalloc_large_node_noprof", "kmalloc_large_node"),
	RETURN(KVMALLOC, fire_kmalloc, on_call, on_return, ARGS(N, 0, 1 + MS_KVMALLOC_ARGS, C),
	       "__kvmalloc_node_noprof", "kvmalloc_node_noprof", "kvmalloc_node"),
	RETURN(CACHE_ALLOC, fire_cache_alloc, on_short_call, cache_alloc_returned, ARGS(0, N, 1, C),
	       "kmem_cache_alloc_noprof", "kmem_cache_alloc"),
	RETURN(CACHE_ALLOC, fire_cache_alloc, on_short_call, cache_alloc_returned, ARGS(0, N, 1, C),
	       "kmem_cache_alloc_node_noprof", "kmem_cache_alloc_node"),
	RETURN(CACHE_ALLOC, fire_cache_alloc, on_short_call, cache_alloc_lru_returned,
	       ARGS(0, N, 2, C),
	       "kmem_cache_alloc_lru_noprof", "kmem_cache_alloc_lru"),
	RETURN(SHEAF_ALLOC, fire_cache_alloc, on_call, on_return, ARGS(0, N, 1, C),
	       "kmem_cache_alloc_from_sheaf_noprof"),
	RETURN(BULK_ALLOC, fire_bulk_alloc, on_call, on_return, ARGS(0, N, 1, C),
	       "kmem_cache_alloc_bulk_noprof", "kmem_cache_alloc_bulk"),
	RETURN(NOLOCK_ALLOC, fire_kmalloc, on_call, on_return, ARGS(N, 0, 1 + T, C),
	       "_kmalloc_nolock_noprof", "kmalloc_nolock_noprof"),
	RETURN(KREALLOC, fire_krealloc, on_call, on_return, ARGS(N, 1, 3 + T, C),
	       "krealloc_node_align_noprof"),
	RETURN(KREALLOC, fire_krealloc, on_call, on_return, ARGS(N, 1, 2, C),
	       "krealloc_noprof", "krealloc"),
	RETURN(SLAB_PAGE_ALLOC, fire_slab_page_alloc, on_call, on_return, ARGS(0, N, 1, C),
	       "allocate_slab"),
	ENTRY(KFREE, NULL, kfree_entered, "kfree"),
	ENTRY(CACHE_FREE, NULL, cache_free_entered, "kmem_cache_free"),
	ENTRY(BULK_FREE, fire_bulk_free, on_entry, "kmem_cache_free_bulk"),
	ENTRY(NOLOCK_FREE, fire_kfree, on_entry, "kfree_nolock"),
	ENTRY(RCU_FREE, fire_rcu_free, on_entry, "kvfree_call_rcu"),
	ENTRY(SLAB_PAGE_FREE, fire_slab_page_free, on_entry, "__free_slab"),
	ENTRY(OTHER, fire_cache_destroy, on_entry, "kmem_cache_destroy"),
};

static_assert(ARRAY_SIZE(ms_hooks) == MS_HOOKS);

/**
 * ms_hook_init() - what does not change while the module is loaded
 *
 * Context: module init.
 */
void ms_hook_init(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(small_bytes); i++)
		small_bytes[i] = ms_kmalloc_bytes(8 * i);
}
