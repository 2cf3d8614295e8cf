// SPDX-License-Identifier: GPL-2.0
/*
 * The paths of the allocator: which there are, and how each is attached.
 *
 * In auto mode a path that has a tracepoint of a known form is attached to it:
 * it costs a third of a kprobe and loses nothing to nested interrupts. All
 * other paths, and all in kprobe mode, get kprobes and kretprobes.
 *
 * Attaching and detaching run in process context under the session's mutex. A
 * detach returns when no probe runs any more, on any CPU.
 */
#include <linux/kallsyms.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "cpu.h"
#include "hook.h"
#include "options.h"
#include "probe.h"

struct ms_path ms_paths[MEMSCOPE_PATHS] = {
	[MEMSCOPE_PATH_KMALLOC] = {
		.name = "kmalloc", .tracepoint = "kmalloc", .required = true,
		.without = "kmalloc'ed objects are not seen",
	},
	[MEMSCOPE_PATH_KMALLOC_LARGE] = {
		.name = "kmalloc-large", .tracepoint = "kmalloc",
		.without = "kmallocs above two pages are not seen",
	},
	[MEMSCOPE_PATH_KVMALLOC] = {
		.name = "kvmalloc", .tracepoint = "kmalloc",
		.without = "kvmallocs are seen as the kmalloc they call, if they call one",
	},
	[MEMSCOPE_PATH_CACHE_ALLOC] = {
		.name = "cache-alloc", .tracepoint = "kmem_cache_alloc", .required = true,
		.without = "objects of kmem_caches are not seen",
	},
	[MEMSCOPE_PATH_BULK_ALLOC] = {
		.name = "bulk-alloc",
		.without = "frees of objects allocated in bulk look like older objects'",
	},
	[MEMSCOPE_PATH_NOLOCK_ALLOC] = {
		.name = "nolock-alloc",
		.without = "kmalloc_nolock, mostly used by BPF, is not seen",
	},
	[MEMSCOPE_PATH_SHEAF_ALLOC] = {
		.name = "sheaf-alloc", .tracepoint = "kmem_cache_alloc",
		.without = "objects taken from prefilled sheaves are not seen",
	},
	[MEMSCOPE_PATH_KFREE] = {
		.name = "kfree", .tracepoint = "kfree", .required = true,
		.without = "kmalloc'ed objects seem to live for ever",
	},
	[MEMSCOPE_PATH_CACHE_FREE] = {
		.name = "cache-free", .tracepoint = "kmem_cache_free", .required = true,
		.without = "objects of kmem_caches seem to live for ever",
	},
	[MEMSCOPE_PATH_BULK_FREE] = {
		.name = "bulk-free",
		.without = "objects freed in bulk seem to live for ever",
	},
	[MEMSCOPE_PATH_NOLOCK_FREE] = {
		.name = "nolock-free",
		.without = "objects freed by kfree_nolock seem to live for ever",
	},
	[MEMSCOPE_PATH_RCU_FREE] = {
		.name = "rcu-free", .feature = MEMSCOPE_F_DEFERRED,
		.without = "objects freed by kfree_rcu live until their batch is freed, or for ever where that is not seen",
	},
	[MEMSCOPE_PATH_KREALLOC] = {
		.name = "krealloc", .feature = MEMSCOPE_F_RESIZE,
		.without = "objects that krealloc resizes in place keep their first requested size",
	},
	[MEMSCOPE_PATH_SLAB_PAGE_ALLOC] = {
		.name = "slab-page-alloc", .feature = MEMSCOPE_F_PAGES,
		.without = "new slabs are not seen, so no one is blamed for pinning them",
	},
	[MEMSCOPE_PATH_SLAB_PAGE_FREE] = {
		.name = "slab-page-free", .feature = MEMSCOPE_F_PAGES,
		.without = "slabs seem never to be given back",
	},
	[MEMSCOPE_PATH_OTHER] = {
		.name = "other",
		.without = "load samples, names of tasks and modules",
	},
};

/*
 * Functions that call another traced function for their caller. What their
 * inner call reports is the same allocation again.
 */
static const char * const wrappers[] = {
	"__kmalloc", "__kmalloc_node", "__kmalloc_node_track_caller", "kvmalloc_node",
	"__kmalloc_noprof", "__kmalloc_node_noprof", "__kmalloc_node_track_caller_noprof",
	"__kvmalloc_node_noprof", "__do_kmalloc_node",
};

static struct {
	unsigned long first, end;
} inside[ARRAY_SIZE(wrappers)] __ro_after_init;
static unsigned int nr_inside __ro_after_init;

/* "name+0xoffset/0xsize": the bounds of the function an address lies in. */
static bool function_bounds(unsigned long address, unsigned long *first,
			    unsigned long *end)
{
	char symbol[KSYM_SYMBOL_LEN];
	unsigned long offset, size;
	const char *plus;

	sprint_symbol(symbol, address);
	plus = strrchr(symbol, '+');
	if (!plus || sscanf(plus, "+0x%lx/0x%lx", &offset, &size) != 2)
		return false;
	*first = address - offset;
	*end = *first + size;
	return true;
}

/**
 * ms_probe_init() - look up what does not change while the module is loaded
 *
 * Context: module init.
 * Return: 0, or -ENOENT where kprobes do not work at all.
 */
int ms_probe_init(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(wrappers); i++) {
		unsigned long address = ms_kprobe_address(wrappers[i]);

		if (address && function_bounds(address, &inside[nr_inside].first,
					       &inside[nr_inside].end))
			nr_inside++;
	}
	if (!nr_inside) {
		pr_err("no allocator function can be probed: is CONFIG_KPROBES on?\n");
		return -ENOENT;
	}
	ms_kprobe_init();
	ms_tracepoint_init();
	ms_hook_init();
	return 0;
}

/**
 * ms_inside_allocator() - is this the inner call of a traced function?
 * @call_site: a return address
 *
 * Context: any.
 */
bool ms_inside_allocator(unsigned long call_site)
{
	unsigned int i;

	for (i = 0; i < nr_inside; i++) {
		if (call_site > inside[i].first && call_site <= inside[i].end)
			return true;
	}
	return false;
}

/**
 * ms_path_attached() - note how a path was attached
 * @path: enum memscope_path
 * @how: enum memscope_attached
 * @symbol: to what; several are listed with spaces between
 *
 * Context: process, under the session's mutex.
 */
void ms_path_attached(u8 path, u32 how, const char *symbol)
{
	struct ms_path *row = &ms_paths[path];

	row->attached = how;
	if (*row->symbol)
		strlcat(row->symbol, " ", sizeof(row->symbol));
	strlcat(row->symbol, symbol, sizeof(row->symbol));
}

/**
 * ms_path_hits() - events offered through a path since the session began
 * @path: enum memscope_path
 *
 * Context: any; a snapshot.
 */
u64 ms_path_hits(u8 path)
{
	u64 hits = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		hits += READ_ONCE(per_cpu(ms_cpu, cpu).hits[path]);
	return hits;
}

/**
 * ms_path_frees() - does a path end objects?
 * @path: enum memscope_path
 *
 * Context: any.
 */
bool ms_path_frees(u8 path)
{
	switch (path) {
	case MEMSCOPE_PATH_KFREE:
	case MEMSCOPE_PATH_CACHE_FREE:
	case MEMSCOPE_PATH_BULK_FREE:
	case MEMSCOPE_PATH_NOLOCK_FREE:
	case MEMSCOPE_PATH_RCU_FREE:
	case MEMSCOPE_PATH_SLAB_PAGE_FREE:
		return true;
	default:
		return false;
	}
}

static int attach(const struct ms_options *options, bool frees,
		  struct netlink_ext_ack *extack)
{
	int err;

	err = ms_tracepoint_attach(options, frees);
	if (err) {
		NL_SET_ERR_MSG(extack, "a tracepoint of the allocator refused its probe: see the kernel log");
		return err;
	}
	err = ms_kprobe_attach(options, frees, extack);
	if (err)
		ms_tracepoint_detach(frees);
	return err;
}

static void detach(bool frees)
{
	ms_kprobe_detach(frees);
	ms_tracepoint_detach(frees);
}

static const struct ms_path *first_missing(void)
{
	const struct ms_path *path;

	for (path = ms_paths; path < ms_paths + MEMSCOPE_PATHS; path++) {
		if (path->required && !path->attached)
			return path;
	}
	return NULL;
}

/**
 * ms_probe_attach() - attach all paths a session asks for
 * @options: of the session
 * @extack: a sentence on refusal
 *
 * Paths that this kernel does not have stay unattached, which their row says.
 * Frees come first, and go last: an object whose allocation is seen must not end
 * unseen for want of a probe that is not there yet.
 *
 * Context: process, under the session's mutex. Events flow before it returns.
 * Return: 0; -ENOENT a required path is missing; -ENOMEM. On error nothing is
 * attached.
 */
int ms_probe_attach(const struct ms_options *options, struct netlink_ext_ack *extack)
{
	const struct ms_path *missing;
	int path, err;

	for (path = 0; path < MEMSCOPE_PATHS; path++) {
		ms_paths[path].attached = MEMSCOPE_ATTACHED_NONE;
		ms_paths[path].symbol[0] = '\0';
	}
	err = attach(options, true, extack);
	if (err)
		return err;
	err = attach(options, false, extack);
	if (err)
		goto undo_frees;

	missing = first_missing();
	if (!missing)
		return 0;
	NL_SET_ERR_MSG(extack, "this kernel lacks a function that memscope needs: see the kernel log");
	pr_err("path %s cannot be attached: without it %s\n", missing->name, missing->without);
	err = -ENOENT;

	detach(false);
undo_frees:
	detach(true);
	return err;
}

/**
 * ms_probe_detach() - undo ms_probe_attach()
 *
 * Context: process, may sleep, under the session's mutex. No probe runs any
 * more when it returns. The rows keep what they were attached to.
 */
void ms_probe_detach(void)
{
	detach(false);
	detach(true);
}
