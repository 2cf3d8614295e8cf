// SPDX-License-Identifier: GPL-2.0
/*
 * Events as they arrive, and the names of what they hold. Keeps no state.
 */
#include <errno.h>

#include "event.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

_Static_assert(sizeof(struct memscope_event) == 48, "layout of an event");

int memscope_events_view(const void *data, size_t bytes,
			 const struct memscope_event **events, size_t *count)
{
	if (bytes % sizeof(struct memscope_event))
		return -EPROTO;
	if ((uintptr_t)data % _Alignof(struct memscope_event))
		return -EFAULT;
	*events = data;
	*count = bytes / sizeof(struct memscope_event);
	return 0;
}

static const char *name_of(const char *const *names, size_t count, unsigned int index)
{
	return index < count && names[index] ? names[index] : "unknown";
}

const char *memscope_event_type_name(unsigned int type)
{
	static const char *const names[] = {
		[MEMSCOPE_EVENT_NONE] = "none",
		[MEMSCOPE_EVENT_ALLOC] = "alloc",
		[MEMSCOPE_EVENT_FREE] = "free",
		[MEMSCOPE_EVENT_FREE_DEFERRED] = "free_deferred",
		[MEMSCOPE_EVENT_RESIZE] = "resize",
		[MEMSCOPE_EVENT_PAGES_ALLOC] = "pages_alloc",
		[MEMSCOPE_EVENT_PAGES_FREE] = "pages_free",
		[MEMSCOPE_EVENT_LOAD_CPU] = "load_cpu",
		[MEMSCOPE_EVENT_LOAD_IDLE] = "load_idle",
		[MEMSCOPE_EVENT_LOAD_MEM] = "load_mem",
		[MEMSCOPE_EVENT_LOAD_AVG] = "load_avg",
		[MEMSCOPE_EVENT_TASK] = "task",
		[MEMSCOPE_EVENT_MODULE] = "module",
	};

	_Static_assert(COUNT_OF(names) == MEMSCOPE_EVENT_TYPES, "a name for each type");
	return name_of(names, COUNT_OF(names), type);
}

const char *memscope_context_name(unsigned int context)
{
	static const char *const names[] = {
		[MEMSCOPE_CONTEXT_PROCESS] = "process",
		[MEMSCOPE_CONTEXT_SOFTIRQ] = "softirq",
		[MEMSCOPE_CONTEXT_HARDIRQ] = "hardirq",
		[MEMSCOPE_CONTEXT_NMI] = "nmi",
	};

	return name_of(names, COUNT_OF(names), context);
}

const char *memscope_path_name(unsigned int path)
{
	static const char *const names[] = {
		[MEMSCOPE_PATH_KMALLOC] = "kmalloc",
		[MEMSCOPE_PATH_KMALLOC_LARGE] = "kmalloc-large",
		[MEMSCOPE_PATH_KVMALLOC] = "kvmalloc",
		[MEMSCOPE_PATH_CACHE_ALLOC] = "cache-alloc",
		[MEMSCOPE_PATH_BULK_ALLOC] = "bulk-alloc",
		[MEMSCOPE_PATH_NOLOCK_ALLOC] = "nolock-alloc",
		[MEMSCOPE_PATH_SHEAF_ALLOC] = "sheaf-alloc",
		[MEMSCOPE_PATH_KFREE] = "kfree",
		[MEMSCOPE_PATH_CACHE_FREE] = "cache-free",
		[MEMSCOPE_PATH_BULK_FREE] = "bulk-free",
		[MEMSCOPE_PATH_NOLOCK_FREE] = "nolock-free",
		[MEMSCOPE_PATH_RCU_FREE] = "rcu-free",
		[MEMSCOPE_PATH_KREALLOC] = "krealloc",
		[MEMSCOPE_PATH_SLAB_PAGE_ALLOC] = "slab-page-alloc",
		[MEMSCOPE_PATH_SLAB_PAGE_FREE] = "slab-page-free",
		[MEMSCOPE_PATH_OTHER] = "other",
	};

	_Static_assert(COUNT_OF(names) == MEMSCOPE_PATHS, "a name for each path");
	return name_of(names, COUNT_OF(names), path);
}

const char *memscope_attached_name(unsigned int attached)
{
	static const char *const names[] = {
		[MEMSCOPE_ATTACHED_NONE] = "none",
		[MEMSCOPE_ATTACHED_TRACEPOINT] = "tracepoint",
		[MEMSCOPE_ATTACHED_KPROBE] = "kprobe",
		[MEMSCOPE_ATTACHED_KRETPROBE] = "kretprobe",
	};

	return name_of(names, COUNT_OF(names), attached);
}

const char *memscope_counter_name(unsigned int counter)
{
	static const char *const names[] = {
		[MEMSCOPE_COUNTER_HITS] = "hits",
		[MEMSCOPE_COUNTER_READ] = "read",
		[MEMSCOPE_COUNTER_BUFFERED] = "buffered",
		[MEMSCOPE_COUNTER_LOST] = "lost",
		[MEMSCOPE_COUNTER_FILTERED] = "filtered",
		[MEMSCOPE_COUNTER_SELF] = "self",
		[MEMSCOPE_COUNTER_RECURSION] = "recursion",
		[MEMSCOPE_COUNTER_DUPLICATE] = "duplicate",
		[MEMSCOPE_COUNTER_STACKS] = "stacks",
		[MEMSCOPE_COUNTER_STACK_FULL] = "stack_full",
		[MEMSCOPE_COUNTER_STACK_FAILED] = "stack_failed",
		[MEMSCOPE_COUNTER_CACHE_FULL] = "cache_full",
		[MEMSCOPE_COUNTER_READY] = "ready",
		[MEMSCOPE_COUNTER_UNWIND_FAST] = "unwind_fast",
		[MEMSCOPE_COUNTER_UNWIND_SLOW] = "unwind_slow",
		[MEMSCOPE_COUNTER_UNWIND_AUDITED] = "unwind_audited",
		[MEMSCOPE_COUNTER_UNWIND_MISMATCHED] = "unwind_mismatched",
		[MEMSCOPE_COUNTER_UNWIND_UNKNOWN] = "unwind_unknown",
		[MEMSCOPE_COUNTER_UNWIND_REFUSED] = "unwind_refused",
		[MEMSCOPE_COUNTER_UNWIND_EXCEPTION] = "unwind_exception",
		[MEMSCOPE_COUNTER_UNWIND_ASTRAY] = "unwind_astray",
		[MEMSCOPE_COUNTER_UNWIND_OFF] = "unwind_off",
	};

	_Static_assert(COUNT_OF(names) == MEMSCOPE_COUNTERS, "a name for each counter");
	return name_of(names, COUNT_OF(names), counter);
}
