// SPDX-License-Identifier: GPL-2.0
/*
 * The paths. Each has functions of its own, never inlined or merged, so that an
 * event's call site tells which path made it; and each counts, as it calls the
 * allocator, the events that must be seen. The functions run in any context
 * that their row of the table allows, on arguments which only they use then.
 */
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/stacktrace.h>
#include <linux/string.h>

#include "cache.h"
#include "compat.h"
#include "path.h"

#define CONST_SIZE		100
#define CONST_LARGE_SIZE	(4 * PAGE_SIZE + 1)
#define TEXT_SIZE		4096

/* A tail of it is a string of any size. */
static const char text[TEXT_SIZE] = { [0 ... TEXT_SIZE - 2] = 'x' };

struct rcu_object {
	struct rcu_head rcu;
};

/* First frame: the path's own function, up to the call of this one. */
static noinline void stack_take(struct load_arguments *a)
{
	a->stack->frames = stack_trace_save(a->stack->frame, LOAD_STACK_DEPTH, 1);
	a->stack = NULL;
}

static inline void counted_alloc(struct load_arguments *a, const void *p, size_t size, bool slab)
{
	struct load_truth *truth = a->truth;

	if (!p) {
		truth->failed++;
		return;
	}
	truth->allocs++;
	truth->bytes_req += size;
	truth->alloc_sum += (unsigned long)p;
	if (!slab)
		truth->bytes_alloc += load_kmalloc_bytes(size, p);
}

static inline void counted_free(struct load_arguments *a, const void *p)
{
	a->truth->frees++;
	a->truth->free_sum += (unsigned long)p;
}

/* An allocation that is one event, of @bytes. */
#define ALLOC(name, bytes, slab, call)						\
static noinline __noclone void *load_alloc_##name(struct load_arguments *a)	\
{										\
	void *p;								\
										\
	if (unlikely(a->stack))							\
		stack_take(a);							\
	p = (call);								\
	counted_alloc(a, p, bytes, slab);					\
	return p;								\
}

/* A free that is one event. */
#define FREE(name, call)							\
static noinline __noclone void load_free_##name(struct load_arguments *a, void *p)	\
{										\
	counted_free(a, p);							\
	call;									\
}

/* kfree_rcu and its like: the event is that it was called. */
#define FREE_RCU(name, call)							\
static noinline __noclone void load_free_##name(struct load_arguments *a, void *p)	\
{										\
	struct rcu_object *object = p;						\
										\
	a->truth->deferred++;							\
	a->truth->free_sum += (unsigned long)p;					\
	call;									\
}

ALLOC(kmalloc, CONST_SIZE, false, kmalloc(CONST_SIZE, a->gfp))
FREE(kmalloc, kfree(p))
ALLOC(kmalloc_node, CONST_SIZE, false, kmalloc_node(CONST_SIZE, a->gfp, a->node))
FREE(kmalloc_node, kfree(p))
ALLOC(variable, a->size, false, kmalloc(a->size, a->gfp))
FREE(variable, kfree(p))
ALLOC(variable_node, a->size, false, kmalloc_node(a->size, a->gfp, a->node))
FREE(variable_node, kfree(p))
ALLOC(kstrdup, a->size, false, kstrdup(text + TEXT_SIZE - a->size, a->gfp))
FREE(kstrdup, kfree(p))
ALLOC(kmemdup, a->size, false, kmemdup(text, a->size, a->gfp))
FREE(kmemdup, kfree(p))
ALLOC(large, CONST_LARGE_SIZE, false, kmalloc(CONST_LARGE_SIZE, a->gfp))
FREE(large, kfree(p))
ALLOC(large_variable, a->size, false, kmalloc(a->size, a->gfp))
FREE(large_variable, kfree(p))
ALLOC(kvmalloc, a->size, false, kvmalloc(a->size, a->gfp))
FREE(kvmalloc, kvfree(p))
ALLOC(sensitive, a->size, false, kmalloc(a->size, a->gfp))
FREE(sensitive, kfree_sensitive(p))

ALLOC(cache, LOAD_OBJECT_SIZE, true, kmem_cache_alloc(load_cache, a->gfp))
FREE(cache, kmem_cache_free(load_cache, p))
ALLOC(cache_node, LOAD_OBJECT_SIZE, true, kmem_cache_alloc_node(load_cache, a->gfp, a->node))
FREE(cache_node, kmem_cache_free(load_cache, p))
#ifdef HAS_KMEM_CACHE_ALLOC_LRU
ALLOC(cache_lru, LOAD_OBJECT_SIZE, true, kmem_cache_alloc_lru(load_cache, NULL, a->gfp))
FREE(cache_lru, kmem_cache_free(load_cache, p))
#define ROW_LRU .alloc = load_alloc_cache_lru, .free = load_free_cache_lru
#else
#define ROW_LRU .unsupported = "this kernel has no kmem_cache_alloc_lru()"
#endif
ALLOC(cache_kfree, LOAD_OBJECT_SIZE, true, kmem_cache_alloc(load_cache, a->gfp))
FREE(cache_kfree, kfree(p))
ALLOC(pages, LOAD_PAGES_SIZE, true, kmem_cache_alloc(load_cache_pages, a->gfp))
FREE(pages, kmem_cache_free(load_cache_pages, p))

ALLOC(rcu, a->size, false, kmalloc(a->size, a->gfp))
FREE_RCU(rcu, kfree_rcu(object, rcu))
ALLOC(rcu_sleep, a->size, false, kmalloc(a->size, a->gfp))
FREE_RCU(rcu_sleep, load_kfree_rcu_mightsleep(object))
#ifdef HAS_KVFREE_RCU_BARRIER
ALLOC(cache_rcu, LOAD_OBJECT_SIZE, true, kmem_cache_alloc(load_cache, a->gfp))
FREE_RCU(cache_rcu, kfree_rcu(object, rcu))
#define ROW_CACHE_RCU .alloc = load_alloc_cache_rcu, .free = load_free_cache_rcu
#else
#define ROW_CACHE_RCU .unsupported = \
	"without kvfree_rcu_barrier() a cache cannot wait for kfree_rcu() before it goes"
#endif

#ifdef HAS_KMALLOC_NOLOCK
ALLOC(nolock, a->size, false, kmalloc_nolock(a->size, 0, a->node))
FREE(nolock, kfree_nolock(p))
ALLOC(nolock_kfree, a->size, false, kmalloc_nolock(a->size, 0, a->node))
FREE(nolock_kfree, kfree(p))
#define ROW_NOLOCK .alloc = load_alloc_nolock, .free = load_free_nolock
#define ROW_NOLOCK_KFREE .alloc = load_alloc_nolock_kfree, .free = load_free_nolock_kfree
#else
#define ROW_NOLOCK .unsupported = "this kernel has no kmalloc_nolock()"
#define ROW_NOLOCK_KFREE ROW_NOLOCK
#endif

/* Freed by a callback of ours, where grace periods end. */
static noinline __noclone void load_callback(struct rcu_head *rcu)
{
	kfree(container_of(rcu, struct rcu_object, rcu));
}

ALLOC(call_rcu, a->size, false, kmalloc(a->size, a->gfp))
FREE(call_rcu, call_rcu(&((struct rcu_object *)p)->rcu, load_callback))

/* Larger than any kmalloc, so vmalloc serves it: no event of the slab allocator. */
static noinline __noclone void *load_alloc_vmalloc(struct load_arguments *a)
{
	void *p;

	if (unlikely(a->stack))
		stack_take(a);
	p = kvmalloc(a->size, a->gfp);
	if (!p)
		a->truth->failed++;
	return p;
}

static noinline __noclone void load_free_vmalloc(struct load_arguments *a, void *p)
{
	kvfree(p);
}

/* kfree_rcu of what is no slab object. */
static noinline __noclone void *load_alloc_vmalloc_rcu(struct load_arguments *a)
{
	void *p;

	if (unlikely(a->stack))
		stack_take(a);
	p = kvmalloc(a->size, a->gfp);
	if (!p)
		a->truth->failed++;
	return p;
}

static noinline __noclone void load_free_vmalloc_rcu(struct load_arguments *a, void *p)
{
	struct rcu_object *object = p;

	kvfree_rcu(object, rcu);
}

/* Neither NULL nor an object of no size is one. */
static noinline __noclone void *load_alloc_null(struct load_arguments *a)
{
	size_t size = 0;

	OPTIMIZER_HIDE_VAR(size);
	if (unlikely(a->stack))
		stack_take(a);
	return kmalloc(size, a->gfp);
}

static noinline __noclone void load_free_null(struct load_arguments *a, void *p)
{
	void *null = NULL;

	OPTIMIZER_HIDE_VAR(null);
	kfree(null);
	kfree(p);
}

/* Grows out of its place: an allocation, and the free that krealloc makes. */
static noinline __noclone void *load_alloc_move(struct load_arguments *a)
{
	size_t small = a->size / 4;
	void *p, *q;

	if (unlikely(a->stack))
		stack_take(a);
	p = kmalloc(small, a->gfp);
	counted_alloc(a, p, small, false);
	if (!p)
		return NULL;
	a->truth->free_sum += (unsigned long)p;
	q = krealloc(p, a->size, a->gfp);
	counted_alloc(a, q, a->size, false);
	a->truth->frees++;
	if (!q)
		kfree(p);
	return q;
}

FREE(move, kfree(p))

/* Grows within the bytes it has: one object, resized. */
static noinline __noclone void *load_alloc_in_place(struct load_arguments *a)
{
	void *p, *q;

	if (unlikely(a->stack))
		stack_take(a);
	p = kmalloc(CONST_SIZE, a->gfp);
	counted_alloc(a, p, CONST_SIZE, false);
	if (!p)
		return NULL;
	q = krealloc(p, CONST_SIZE + 20, a->gfp);
	if (q)
		a->truth->resizes++;
	return q ? q : p;
}

FREE(in_place, kfree(p))

static inline void counted_bulk(struct load_arguments *a, unsigned int n, void **objects)
{
	while (n)
		counted_free(a, objects[--n]);
}

#define ALLOC_BULK(name)							\
static noinline __noclone unsigned int load_alloc_##name(struct load_arguments *a,	\
							 unsigned int n, void **objects) \
{										\
	unsigned int i;								\
										\
	if (unlikely(a->stack))							\
		stack_take(a);							\
	if (!kmem_cache_alloc_bulk(load_cache, a->gfp, n, objects)) {		\
		a->truth->failed += n;						\
		return 0;							\
	}									\
	for (i = 0; i < n; i++)							\
		counted_alloc(a, objects[i], LOAD_OBJECT_SIZE, true);		\
	return n;								\
}

#define FREE_BULK(name, call)							\
static noinline __noclone void load_free_##name(struct load_arguments *a,	\
						unsigned int n, void **objects)	\
{										\
	counted_bulk(a, n, objects);						\
	call;									\
}

ALLOC_BULK(bulk)
FREE_BULK(bulk, kmem_cache_free_bulk(load_cache, n, objects))
ALLOC_BULK(bulk_single)
FREE(bulk_single, kmem_cache_free(load_cache, p))
ALLOC(single_bulk, LOAD_OBJECT_SIZE, true, kmem_cache_alloc(load_cache, a->gfp))
FREE_BULK(single_bulk, kmem_cache_free_bulk(load_cache, n, objects))
ALLOC(kfree_bulk, a->size, false, kmalloc(a->size, a->gfp))
FREE_BULK(kfree_bulk, kfree_bulk(n, objects))

/*
 * Contexts in which an atomic allocation works. In the NMI that this module
 * raises, no lock of the allocator is held on its CPU: all work but for lockdep,
 * which forbids what it cannot know to be safe.
 */
#define IN_TASK		(LOAD_IN_PROCESS)
#define IN_SOFT		(LOAD_IN_PROCESS | LOAD_IN_SOFTIRQ)
#define IN_HARD		(IN_SOFT | (IS_ENABLED(CONFIG_PREEMPT_RT) ? 0 : LOAD_IN_HARDIRQ))
#define IN_ALL		(IN_HARD | (IS_ENABLED(CONFIG_PREEMPT_RT) ||			\
				    IS_ENABLED(CONFIG_PROVE_LOCKING) ? 0 : LOAD_IN_NMI))
#define IN_NOLOCK	(IN_SOFT | LOAD_IN_HARDIRQ | LOAD_IN_NMI)

#define SMALL		.min = 1, .max = PAGE_SIZE
#define RCU		.min = sizeof(struct rcu_object), .max = PAGE_SIZE
#define OBJECT		.cache = "memscope_load", .fixed = LOAD_OBJECT_SIZE
#define CONTEXTS(in)	.alloc_contexts = (in), .free_contexts = (in)
#define SITES(a, f)	.alloc_site = LOAD_SITE_##a, .free_site = LOAD_SITE_##f
#define CALLS(f)	.alloc = load_alloc_##f, .free = load_free_##f

const struct load_path load_paths[] = {
	{ "kmalloc", .fixed = CONST_SIZE, CONTEXTS(IN_ALL), SITES(OWN, OWN), CALLS(kmalloc) },
	{ "kmalloc-node", .fixed = CONST_SIZE, CONTEXTS(IN_ALL), SITES(OWN, OWN),
	  CALLS(kmalloc_node) },
	{ "variable", SMALL, CONTEXTS(IN_ALL), SITES(OWN, OWN), CALLS(variable) },
	{ "variable-node", SMALL, CONTEXTS(IN_ALL), SITES(OWN, OWN), CALLS(variable_node) },
	{ "kstrdup", SMALL, CONTEXTS(IN_ALL), SITES(OWN, OWN), CALLS(kstrdup) },
	{ "kmemdup", SMALL, CONTEXTS(IN_ALL), SITES(OWN, OWN), CALLS(kmemdup) },
	{ "large", .fixed = CONST_LARGE_SIZE, .slow = true, CONTEXTS(IN_HARD), SITES(OWN, OWN),
	  CALLS(large) },
	{ "large-variable", .min = 2 * PAGE_SIZE + 1, .max = 32 * PAGE_SIZE, .slow = true,
	  CONTEXTS(IN_HARD), SITES(OWN, OWN), CALLS(large_variable) },
	{ "kvmalloc", SMALL, CONTEXTS(IN_TASK), SITES(WRAPPER, WRAPPER), CALLS(kvmalloc) },
	{ "kvmalloc-vmalloc", .min = KMALLOC_MAX_SIZE + 1, .max = 2 * KMALLOC_MAX_SIZE,
	  .slow = true, CONTEXTS(IN_TASK), SITES(NONE, NONE), CALLS(vmalloc) },
	{ "kvfree-rcu-vmalloc", .min = KMALLOC_MAX_SIZE + 1, .max = 2 * KMALLOC_MAX_SIZE,
	  .slow = true, CONTEXTS(IN_TASK), SITES(NONE, NONE), CALLS(vmalloc_rcu) },
	{ "krealloc-move", .min = 64, .max = PAGE_SIZE, CONTEXTS(IN_ALL), SITES(OWN, OWN),
	  CALLS(move) },
	{ "krealloc-in-place", .fixed = CONST_SIZE, CONTEXTS(IN_ALL), SITES(OWN, OWN),
	  CALLS(in_place) },
	{ "kfree-sensitive", SMALL, CONTEXTS(IN_ALL), SITES(OWN, WRAPPER), CALLS(sensitive) },
	{ "kfree-null", CONTEXTS(IN_ALL), SITES(NONE, NONE), CALLS(null) },
	{ "cache", OBJECT, CONTEXTS(IN_ALL), SITES(OWN, OWN), CALLS(cache) },
	{ "cache-node", OBJECT, CONTEXTS(IN_ALL), SITES(OWN, OWN), CALLS(cache_node) },
	{ "cache-lru", OBJECT, CONTEXTS(IN_ALL), SITES(OWN, OWN), ROW_LRU },
	{ "cache-kfree", OBJECT, CONTEXTS(IN_ALL), SITES(OWN, OWN), CALLS(cache_kfree) },
	{ "bulk", OBJECT, CONTEXTS(IN_SOFT), SITES(OWN, OWN),
	  .alloc_bulk = load_alloc_bulk, .free_bulk = load_free_bulk },
	{ "bulk-single", OBJECT, CONTEXTS(IN_SOFT), SITES(OWN, OWN),
	  .alloc_bulk = load_alloc_bulk_single, .free = load_free_bulk_single },
	{ "single-bulk", OBJECT, CONTEXTS(IN_SOFT), SITES(OWN, OWN),
	  .alloc = load_alloc_single_bulk, .free_bulk = load_free_single_bulk },
	{ "kfree-bulk", SMALL, CONTEXTS(IN_SOFT), SITES(OWN, OWN),
	  .alloc = load_alloc_kfree_bulk, .free_bulk = load_free_kfree_bulk },
	{ "kfree-rcu", RCU, CONTEXTS(IN_HARD), SITES(OWN, OWN), CALLS(rcu) },
	{ "kfree-rcu-mightsleep", RCU, CONTEXTS(IN_TASK), SITES(OWN, OWN), CALLS(rcu_sleep) },
	{ "cache-rcu", OBJECT, CONTEXTS(IN_HARD), SITES(OWN, OWN), ROW_CACHE_RCU },
	{ "call-rcu", RCU, CONTEXTS(IN_HARD), SITES(OWN, OWN), CALLS(call_rcu),
	  .free_function = load_callback },
	{ "slab-pages", .cache = "memscope_load_pages", .fixed = LOAD_PAGES_SIZE, .slow = true,
	  CONTEXTS(IN_TASK), SITES(OWN, OWN), CALLS(pages) },
	{ "nolock", SMALL, CONTEXTS(IN_NOLOCK), SITES(OWN, OWN), ROW_NOLOCK },
	{ "nolock-kfree", SMALL, .alloc_contexts = IN_NOLOCK, .free_contexts = IN_HARD,
	  SITES(OWN, OWN), ROW_NOLOCK_KFREE },
	{ "sheaf", .unsupported =
	  "kmem_cache_alloc_from_sheaf() is for the kernel itself: not exported to modules" },
};

const unsigned int load_paths_number = ARRAY_SIZE(load_paths);

const struct load_path *load_path_find(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(load_paths); i++) {
		if (!strcmp(load_paths[i].name, name))
			return &load_paths[i];
	}
	return NULL;
}

/* The size nearest to the wanted one that the path has. */
size_t load_path_size(const struct load_path *path, size_t wanted)
{
	return path->max ? clamp(wanted, path->min, path->max) : path->fixed;
}

/**
 * load_path_alloc() - allocate objects, a bulk at a time where the path has bulks
 * @path: a supported one
 * @a: its arguments; the context allows them
 * @n: how many, at most LOAD_BATCH_MAX for a path with bulks
 * @objects: filled from the front
 *
 * Context: any of the path's.
 * Return: how many were got; failures are counted in a->truth.
 */
unsigned int load_path_alloc(const struct load_path *path, struct load_arguments *a,
			     unsigned int n, void **objects)
{
	unsigned int i, got = 0;

	if (path->alloc_bulk)
		return path->alloc_bulk(a, n, objects);
	for (i = 0; i < n; i++) {
		objects[got] = path->alloc(a);
		if (objects[got])
			got++;
	}
	return got;
}

void load_path_free(const struct load_path *path, struct load_arguments *a,
		    unsigned int n, void **objects)
{
	unsigned int i;

	if (path->free_bulk) {
		path->free_bulk(a, n, objects);
		return;
	}
	for (i = 0; i < n; i++)
		path->free(a, objects[i]);
}

/* The items of a result that say what a path did, and from where. */
void load_path_tell(const struct load_path *path, const struct load_truth *truth,
		    struct load_result *result)
{
	static const char *const sites[] = { "none", "own", "wrapper" };
	const void *allocates = path->alloc ? (void *)path->alloc : (void *)path->alloc_bulk;
	const void *frees = path->free ? (void *)path->free : (void *)path->free_bulk;

	load_result_u64(result, "allocs", truth->allocs);
	load_result_u64(result, "frees", truth->frees);
	load_result_u64(result, "deferred", truth->deferred);
	load_result_u64(result, "resizes", truth->resizes);
	load_result_u64(result, "alloc_failed", truth->failed);
	load_result_u64(result, "bytes_req", truth->bytes_req);
	load_result_u64(result, "bytes_alloc", truth->bytes_alloc);
	load_result_hex(result, "alloc_ptr_sum", truth->alloc_sum);
	load_result_hex(result, "free_ptr_sum", truth->free_sum);
	load_result_string(result, "cache", path->cache ? path->cache : "kmalloc");
	load_result_string(result, "alloc_site", sites[path->alloc_site]);
	load_result_string(result, "free_site", sites[path->free_site]);
	load_result_function(result, "alloc", allocates);
	load_result_function(result, "free", path->free_function ? path->free_function : frees);
}
