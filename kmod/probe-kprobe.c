// SPDX-License-Identifier: GPL-2.0
/*
 * Paths attached through kprobes (what is known when a function is entered) and
 * kretprobes (what is known when it returns).
 *
 * Handlers run in every context the allocator runs in, with preemption off. A
 * hit while another handler is at work on the CPU, which takes an interrupt in
 * that handler, is skipped by the kernel and only counted; so are calls for
 * which a kretprobe has no instance left. ms_kprobe_missed() tells both.
 *
 * Kprobes are filled anew before each registration: unregistering leaves marks
 * in them that make a second registration fail.
 */
#include <linux/kernel.h>
#include <linux/kprobes.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "cache.h"
#include "compat.h"
#include "cpu.h"
#include "event.h"
#include "options.h"
#include "probe.h"

/* Calls of one function that may be under way (an allocation may sleep). */
#define INSTANCES	512

/**
 * struct call - the arguments of a traced call
 * @call_site: where it returns to
 * @regs: at the probe
 * @arg: the first five, as they came
 */
struct call {
	unsigned long call_site;
	struct pt_regs *regs;
	unsigned long arg[5];
};

struct hook;

typedef void (*fire_t)(const struct hook *hook, const struct call *call,
		       unsigned long returned);

/**
 * struct hook - one function of one path
 * @path: enum memscope_path
 * @on_return: a kretprobe
 * @wrapped: not to be reported where a traced function calls it for its caller
 * @fire: what to do when it is entered, or when it returns if @on_return
 * @cache: index of this argument; for each of them -1: it has none
 * @bytes: likewise
 * @gfp: likewise
 * @caller: likewise; the call site that track_caller functions are told
 * @symbol: names it has had, newest first
 */
struct hook {
	u8 path;
	bool on_return;
	bool wrapped;
	fire_t fire;
	s8 cache, bytes, gfp, caller;
	const char *symbol[3];
};

static unsigned long argument(const struct call *call, s8 index)
{
	return index < 0 ? 0 : call->arg[index];
}

static void origin_of(struct ms_origin *origin, const struct hook *hook,
		      const struct call *call)
{
	origin->call_site = hook->caller < 0 ? call->call_site
					     : argument(call, hook->caller);
	origin->regs = call->regs;
	origin->cache = NULL;
	origin->bytes_req = 0;
	origin->bytes_alloc = 0;
	origin->gfp = argument(call, hook->gfp);
	origin->path = hook->path;
}

static void fire_kmalloc(const struct hook *hook, const struct call *call,
			 unsigned long returned)
{
	const void *object = (const void *)returned;
	size_t bytes = argument(call, hook->bytes);
	struct ms_origin origin;

	if (ZERO_OR_NULL_PTR(object) || is_vmalloc_addr(object))
		return;
	origin_of(&origin, hook, call);
	origin.bytes_req = bytes;
	origin.bytes_alloc = ms_kmalloc_bytes(bytes);
	if (bytes > KMALLOC_MAX_CACHE_SIZE) {
		origin.bytes_alloc = PAGE_SIZE << get_order(bytes);
		origin.path = MEMSCOPE_PATH_KMALLOC_LARGE;
	}
	ms_event_alloc(&origin, object);
}

static void fire_cache_alloc(const struct hook *hook, const struct call *call,
			     unsigned long returned)
{
	struct ms_origin origin;

	if (!returned)
		return;
	origin_of(&origin, hook, call);
	origin.cache = (struct kmem_cache *)argument(call, hook->cache);
	ms_event_alloc(&origin, (const void *)returned);
}

/* kmem_cache_alloc_bulk(cache, gfp, n, objects) */
static void fire_bulk_alloc(const struct hook *hook, const struct call *call,
			    unsigned long returned)
{
	struct ms_origin origin;
	int got = ms_bulk_got(returned, call->arg[2]);

	if (got <= 0)
		return;
	origin_of(&origin, hook, call);
	origin.cache = (struct kmem_cache *)argument(call, hook->cache);
	ms_event_alloc_bulk(&origin, (void **)call->arg[3], got);
}

static void fire_kfree(const struct hook *hook, const struct call *call,
		       unsigned long unused)
{
	const void *object = (const void *)call->arg[0];

	if (!ZERO_OR_NULL_PTR(object))
		ms_event_free(hook->path, call->call_site, NULL, object);
}

static void fire_cache_free(const struct hook *hook, const struct call *call,
			    unsigned long unused)
{
	const void *object = (const void *)call->arg[1];

	if (object)
		ms_event_free(hook->path, call->call_site,
			      (struct kmem_cache *)call->arg[0], object);
}

static void fire_bulk_free(const struct hook *hook, const struct call *call,
			   unsigned long unused)
{
	ms_event_free_bulk(call->call_site, (struct kmem_cache *)call->arg[0],
			   (void **)call->arg[2], call->arg[1]);
}

static void fire_rcu_free(const struct hook *hook, const struct call *call,
			  unsigned long unused)
{
	const void *object = ms_kvfree_rcu_object(call->arg[0], call->arg[1]);

	if (!ZERO_OR_NULL_PTR(object) && !is_vmalloc_addr(object))
		ms_event_free_deferred(call->call_site, object);
}

/* krealloc(object, bytes, gfp): moves are seen as the kmalloc and kfree in it. */
static void fire_krealloc(const struct hook *hook, const struct call *call,
			  unsigned long returned)
{
	struct memscope_event event = {
		.ptr = returned,
		.call_site = call->call_site,
		.bytes_req = call->arg[1],
		.gfp = argument(call, hook->gfp),
	};

	if (returned == call->arg[0] && !ZERO_OR_NULL_PTR((const void *)returned))
		ms_event_put(MEMSCOPE_EVENT_RESIZE, hook->path, NULL, &event);
}

static void put_slab(const struct hook *hook, const struct call *call, u8 type,
		     const struct page *page)
{
	struct memscope_event event = {
		.ptr = (unsigned long)page_address(page),
		.call_site = call->call_site,
		.bytes_alloc = page_size((struct page *)page),
	};

	ms_event_put(type, hook->path, (struct kmem_cache *)call->arg[0], &event);
}

/* A struct slab lies over the struct page of its first page. */
static void fire_slab_page_alloc(const struct hook *hook, const struct call *call,
				 unsigned long returned)
{
	if (returned)
		put_slab(hook, call, MEMSCOPE_EVENT_PAGES_ALLOC,
			 (const struct page *)returned);
}

static void fire_slab_page_free(const struct hook *hook, const struct call *call,
				unsigned long unused)
{
	put_slab(hook, call, MEMSCOPE_EVENT_PAGES_FREE, (const struct page *)call->arg[1]);
}

static void fire_cache_destroy(const struct hook *hook, const struct call *call,
			       unsigned long unused)
{
	if (call->arg[0])
		ms_cache_forget((struct kmem_cache *)call->arg[0]);
}

#define RETURN(path_, fire_, ...) \
	{ .path = MEMSCOPE_PATH_##path_, .fire = fire_, .on_return = true, __VA_ARGS__ }
#define ENTRY(path_, fire_, ...) \
	{ .path = MEMSCOPE_PATH_##path_, .fire = fire_, .cache = -1, .bytes = -1, \
	  .gfp = -1, .caller = -1, .symbol = { __VA_ARGS__ } }
#define ARGS(cache_, bytes_, gfp_, caller_) \
	.cache = (cache_), .bytes = (bytes_), .gfp = (gfp_), .caller = (caller_)
#define B	MS_BUCKET_ARGS
#define T	MS_TOKEN_ARGS

static const struct hook hooks[] = {
	RETURN(KMALLOC, fire_kmalloc, ARGS(0, 2, 1, -1),
	       .symbol = { "__kmalloc_cache_noprof", "kmalloc_trace",
			   "kmem_cache_alloc_trace" }),
	RETURN(KMALLOC, fire_kmalloc, ARGS(0, 3, 1, -1),
	       .symbol = { "__kmalloc_cache_node_noprof", "kmalloc_node_trace",
			   "kmem_cache_alloc_node_trace" }),
	RETURN(KMALLOC, fire_kmalloc, ARGS(-1, 0, 1 + T, -1), .wrapped = true,
	       .symbol = { "__kmalloc_noprof", "__kmalloc" }),
	RETURN(KMALLOC, fire_kmalloc, ARGS(-1, 0, 1 + B, -1), .wrapped = true,
	       .symbol = { "__kmalloc_node_noprof", "__kmalloc_node" }),
	RETURN(KMALLOC, fire_kmalloc, ARGS(-1, 0, 1 + B, 3 + B), .wrapped = true,
	       .symbol = { "__kmalloc_node_track_caller_noprof",
			   "__kmalloc_node_track_caller" }),
	RETURN(KMALLOC_LARGE, fire_kmalloc, ARGS(-1, 0, 1, -1), .wrapped = true,
	       .symbol = { "__kmalloc_large_noprof", "kmalloc_large" }),
	RETURN(KMALLOC_LARGE, fire_kmalloc, ARGS(-1, 0, 1, -1), .wrapped = true,
	       .symbol = { "__kmalloc_large_node_noprof", "kmalloc_large_node" }),
	RETURN(KVMALLOC, fire_kmalloc, ARGS(-1, 0, 1 + MS_KVMALLOC_ARGS, -1),
	       .symbol = { "__kvmalloc_node_noprof", "kvmalloc_node_noprof",
			   "kvmalloc_node" }),
	RETURN(CACHE_ALLOC, fire_cache_alloc, ARGS(0, -1, 1, -1),
	       .symbol = { "kmem_cache_alloc_noprof", "kmem_cache_alloc" }),
	RETURN(CACHE_ALLOC, fire_cache_alloc, ARGS(0, -1, 1, -1),
	       .symbol = { "kmem_cache_alloc_node_noprof", "kmem_cache_alloc_node" }),
	RETURN(CACHE_ALLOC, fire_cache_alloc, ARGS(0, -1, 2, -1),
	       .symbol = { "kmem_cache_alloc_lru_noprof", "kmem_cache_alloc_lru" }),
	RETURN(SHEAF_ALLOC, fire_cache_alloc, ARGS(0, -1, 1, -1),
	       .symbol = { "kmem_cache_alloc_from_sheaf_noprof" }),
	RETURN(BULK_ALLOC, fire_bulk_alloc, ARGS(0, -1, 1, -1),
	       .symbol = { "kmem_cache_alloc_bulk_noprof", "kmem_cache_alloc_bulk" }),
	RETURN(NOLOCK_ALLOC, fire_kmalloc, ARGS(-1, 0, 1 + T, -1),
	       .symbol = { "_kmalloc_nolock_noprof", "kmalloc_nolock_noprof" }),
	RETURN(KREALLOC, fire_krealloc, ARGS(-1, 1, 3 + T, -1),
	       .symbol = { "krealloc_node_align_noprof" }),
	RETURN(KREALLOC, fire_krealloc, ARGS(-1, 1, 2, -1),
	       .symbol = { "krealloc_noprof", "krealloc" }),
	RETURN(SLAB_PAGE_ALLOC, fire_slab_page_alloc, ARGS(0, -1, 1, -1),
	       .symbol = { "allocate_slab" }),
	ENTRY(KFREE, fire_kfree, "kfree"),
	ENTRY(CACHE_FREE, fire_cache_free, "kmem_cache_free"),
	ENTRY(BULK_FREE, fire_bulk_free, "kmem_cache_free_bulk"),
	ENTRY(NOLOCK_FREE, fire_kfree, "kfree_nolock"),
	ENTRY(RCU_FREE, fire_rcu_free, "kvfree_call_rcu"),
	ENTRY(SLAB_PAGE_FREE, fire_slab_page_free, "__free_slab"),
	ENTRY(OTHER, fire_cache_destroy, "kmem_cache_destroy"),
};

/**
 * struct probe - a hook that may be attached
 * @hook: what for
 * @registered: it is
 * @entry: used if not @hook->on_return
 * @ret: used if @hook->on_return
 */
static struct probe {
	const struct hook *hook;
	bool registered;
	union {
		struct kprobe entry;
		struct kretprobe ret;
	};
} probes[ARRAY_SIZE(hooks)];

/* The address that kretprobes put in the place of return addresses. */
unsigned long ms_trampoline __ro_after_init;

/**
 * ms_kprobe_returns_to() - the call site behind the trampoline of kretprobes
 * @call_site: a return address that is ms_trampoline
 *
 * Context: any, in the call that has this call site.
 * Return: where the innermost call with a kretprobe returns to.
 */
unsigned long ms_kprobe_returns_to(unsigned long call_site)
{
	ms_innermost_kretprobe(&call_site);
	return call_site;
}

/* Is this the end of an allocation that is traced itself (kvmalloc jumps to kmalloc)? */
static bool ends_traced_alloc(unsigned long returns_to)
{
	const struct kretprobe *innermost;
	unsigned int i;

	if (returns_to != ms_trampoline)
		return false;
	innermost = ms_innermost_kretprobe(&returns_to);
	for (i = 0; i < ARRAY_SIZE(probes); i++) {
		if (innermost == &probes[i].ret && hooks[i].on_return)
			return hooks[i].fire == fire_kmalloc;
	}
	return false;
}

static void read_call(struct call *call, struct pt_regs *regs)
{
	unsigned int i;

	call->call_site = ms_call_site(ms_return_address(regs));
	call->regs = regs;
	for (i = 0; i < ARRAY_SIZE(call->arg); i++)
		call->arg[i] = regs_get_kernel_argument(regs, i);
}

static int on_entry(struct kprobe *kprobe, struct pt_regs *regs)
{
	const struct probe *probe = container_of(kprobe, struct probe, entry);
	struct call call;

	read_call(&call, regs);
	probe->hook->fire(probe->hook, &call, 0);
	return 0;
}
NOKPROBE_SYMBOL(on_entry);

/* Nonzero: this call's return is of no interest. */
static int on_call(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	const struct probe *probe = container_of(get_kretprobe(instance), struct probe, ret);
	struct call *call = (struct call *)instance->data;

	read_call(call, regs);
	if (probe->hook->caller >= 0)
		call->arg[probe->hook->caller] =
			ms_call_site(call->arg[probe->hook->caller]);
	if (!probe->hook->wrapped ||
	    (!ms_inside_allocator(call->call_site) && !ends_traced_alloc(ms_return_address(regs))))
		return 0;
	ms_count(DUPLICATE);
	return 1;
}
NOKPROBE_SYMBOL(on_call);

static int on_return(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	struct kretprobe *kretprobe = get_kretprobe(instance);
	struct call *call = (struct call *)instance->data;
	const struct probe *probe;

	if (!kretprobe)
		return 0;
	probe = container_of(kretprobe, struct probe, ret);
	call->regs = regs;
	probe->hook->fire(probe->hook, call, regs_return_value(regs));
	return 0;
}
NOKPROBE_SYMBOL(on_return);

/**
 * ms_kprobe_address() - where a function is that can be probed
 * @symbol: its name
 *
 * Context: process, may sleep.
 * Return: its address (behind an ENDBR, if it has one), or 0.
 */
unsigned long ms_kprobe_address(const char *symbol)
{
	struct kprobe kprobe = { .symbol_name = symbol, .flags = KPROBE_FLAG_DISABLED };
	unsigned long address;

	if (register_kprobe(&kprobe))
		return 0;
	address = (unsigned long)kprobe.addr;
	unregister_kprobe(&kprobe);
	return address;
}

/**
 * ms_kprobe_init() - look up what does not change while the module is loaded
 *
 * The trampoline itself must not be probed, so its registration fails, but not
 * before its address was looked up.
 *
 * Context: module init.
 */
void ms_kprobe_init(void)
{
	static const char * const names[] = {
		"arch_rethook_trampoline", "__kretprobe_trampoline", "kretprobe_trampoline",
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names) && !ms_trampoline; i++) {
		struct kprobe kprobe = { .symbol_name = names[i], .flags = KPROBE_FLAG_DISABLED };

		if (!register_kprobe(&kprobe))
			unregister_kprobe(&kprobe);
		ms_trampoline = (unsigned long)kprobe.addr;
	}
}

static int register_symbol(struct probe *probe, const char *symbol)
{
	memset(&probe->ret, 0, sizeof(probe->ret));	/* the larger of the two */
	if (!probe->hook->on_return) {
		probe->entry.symbol_name = symbol;
		probe->entry.pre_handler = on_entry;
		return register_kprobe(&probe->entry);
	}
	probe->ret.kp.symbol_name = symbol;
	probe->ret.entry_handler = on_call;
	probe->ret.handler = on_return;
	probe->ret.data_size = sizeof(struct call);
	probe->ret.maxactive = INSTANCES;
	return register_kretprobe(&probe->ret);
}

/* Tries the names a function has had. -ENOENT: this kernel has none of them. */
static int register_hook(struct probe *probe)
{
	const struct hook *hook = probe->hook;
	unsigned int i;
	int err;

	for (i = 0; i < ARRAY_SIZE(hook->symbol) && hook->symbol[i]; i++) {
		err = register_symbol(probe, hook->symbol[i]);
		if (err == -ENOENT || err == -EINVAL)
			continue;
		if (err)
			return err;
		probe->registered = true;
		if (hook->path != MEMSCOPE_PATH_OTHER)
			ms_path_attached(hook->path, hook->on_return ?
					 MEMSCOPE_ATTACHED_KRETPROBE :
					 MEMSCOPE_ATTACHED_KPROBE, hook->symbol[i]);
		return 0;
	}
	return -ENOENT;
}

static bool wanted(const struct hook *hook, const struct ms_options *options)
{
	const struct ms_path *path = &ms_paths[hook->path];

	if (path->attached == MEMSCOPE_ATTACHED_TRACEPOINT && path->tracepoint)
		return false;
	return !path->feature || (options->features & path->feature);
}

/**
 * ms_kprobe_attach() - attach the paths that are not attached to tracepoints
 * @options: of the session
 * @extack: a sentence on refusal
 *
 * Context: process, may sleep, under the session's mutex.
 * Return: 0 (functions this kernel does not have are left out), or an error of
 * register_kprobe() with nothing attached.
 */
int ms_kprobe_attach(const struct ms_options *options, struct netlink_ext_ack *extack)
{
	unsigned int i;
	int err;

	for (i = 0; i < ARRAY_SIZE(hooks); i++) {
		memset(&probes[i], 0, sizeof(probes[i]));
		probes[i].hook = &hooks[i];
		if (!wanted(&hooks[i], options))
			continue;
		err = register_hook(&probes[i]);
		if (!err || err == -ENOENT)
			continue;
		pr_err("%s refused its kprobe: %d\n", hooks[i].symbol[0], err);
		NL_SET_ERR_MSG(extack, "a function of the allocator refused its kprobe: see the kernel log, and /sys/kernel/debug/kprobes/enabled");
		ms_kprobe_detach();
		return err;
	}
	return 0;
}

/**
 * ms_kprobe_detach() - undo ms_kprobe_attach()
 *
 * Context: process, may sleep. No handler runs any more when it returns; calls
 * that are under way return without one.
 */
void ms_kprobe_detach(void)
{
	struct kretprobe *rets[ARRAY_SIZE(probes)];
	struct kprobe *entries[ARRAY_SIZE(probes)];
	unsigned int nr_rets = 0, nr_entries = 0, i;

	for (i = 0; i < ARRAY_SIZE(probes); i++) {
		if (!probes[i].registered)
			continue;
		if (probes[i].hook->on_return)
			rets[nr_rets++] = &probes[i].ret;
		else
			entries[nr_entries++] = &probes[i].entry;
		probes[i].registered = false;
	}
	unregister_kretprobes(rets, nr_rets);
	unregister_kprobes(entries, nr_entries);
}

/**
 * ms_kprobe_missed() - hits of a path that the kernel skipped
 * @path: enum memscope_path
 *
 * Context: process, under the session's mutex. Stays readable after a detach.
 */
u64 ms_kprobe_missed(u8 path)
{
	u64 missed = 0;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(probes); i++) {
		if (hooks[i].path != path || !probes[i].hook)
			continue;
		if (hooks[i].on_return)
			missed += probes[i].ret.nmissed + probes[i].ret.kp.nmissed;
		else
			missed += probes[i].entry.nmissed;
	}
	return missed;
}
