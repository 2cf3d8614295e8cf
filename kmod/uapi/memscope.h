/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * memscope: generic netlink interface between memscope.ko and its readers.
 *
 * Every command needs CAP_SYSLOG or CAP_SYS_ADMIN in the initial user
 * namespace, because every answer shows kernel addresses or counts them.
 * A refusal carries an extack sentence that names the fix.
 *
 * Message trees (`<` request, `>` reply; `*` may repeat; [..] optional):
 *
 * STATUS, do
 *	> VERSION RUNNING [ATTACHED] PORTID STARTED_NS NOW_NS CPUS BUFFER_SLOTS
 *	  STACKS_USED STACKS_SIZE CACHES_USED, and every option in force, or
 *	  the defaults while no session runs
 * START, do	begins a session with the options given, the module's defaults
 *		for the rest
 *	< [any option]
 *	-EBUSY a session runs; -ERANGE an option is out of range; -ENOMEM;
 *	-ENOENT a required probe point is missing
 * STOP, do	ends the session; its events can be read until the next START
 *	-EPERM an attached session of another reader; -ENODEV none runs
 * RESET, do	forgets events, stacks, caches and counters of a stopped session
 *	-EBUSY while a session runs
 * CONFIG, do	changes the module's defaults, and in a running session those
 *		options that can change while it runs (the rest: -EBUSY)
 *	< any option
 * EVENTS, dump	hands out and consumes what the buffers hold when it begins
 *	> * CPU FLOOR_NS [EVENTS]
 * STACKS, dump	stacks with an id above SINCE
 *	< [SINCE]
 *	> * STACKS
 * CACHES, dump	> * CACHES
 * LOAD, dump	a fresh load sample of each online CPU
 *	> * CPU EVENTS
 * PATHS, dump	> * PATH PATH_NAME PATH_ATTACHED PATH_SYMBOL PATH_HITS
 *		    PATH_MISSED PATH_WITHOUT
 * COUNTERS, dump, one message a possible CPU
 *	> * CPU COUNTERS
 * SYMBOLS, dump, frames of modules that were unloaded while stacks show them
 *	> * SYMBOL_ADDRESS SYMBOL_NAME
 * READY, notification to the reader of an attached session
 *	> CPU	its buffer passed the watermark
 *
 * The identity that holds for each CPU whenever its buffer is at rest:
 *
 *	sum of its hits = READ + BUFFERED + LOST + FILTERED + SELF + RECURSION
 */
#ifndef _UAPI_MEMSCOPE_H
#define _UAPI_MEMSCOPE_H

#include <linux/types.h>

#define MEMSCOPE_GENL_NAME	"memscope"
#define MEMSCOPE_GENL_VERSION	1

#define MEMSCOPE_STACK_DEPTH_MAX	64
#define MEMSCOPE_NAME_LEN		64

enum memscope_cmd {
	MEMSCOPE_CMD_UNSPEC,
	MEMSCOPE_CMD_STATUS,
	MEMSCOPE_CMD_START,
	MEMSCOPE_CMD_STOP,
	MEMSCOPE_CMD_RESET,
	MEMSCOPE_CMD_CONFIG,
	MEMSCOPE_CMD_EVENTS,
	MEMSCOPE_CMD_STACKS,
	MEMSCOPE_CMD_CACHES,
	MEMSCOPE_CMD_LOAD,
	MEMSCOPE_CMD_PATHS,
	MEMSCOPE_CMD_COUNTERS,
	MEMSCOPE_CMD_SYMBOLS,
	MEMSCOPE_CMD_READY,

	__MEMSCOPE_CMD_MAX,
	MEMSCOPE_CMD_MAX = __MEMSCOPE_CMD_MAX - 1
};

enum memscope_attr {
	MEMSCOPE_A_UNSPEC,
	MEMSCOPE_A_PAD,

	/* state */
	MEMSCOPE_A_VERSION,		/* string, the module's version */
	MEMSCOPE_A_RUNNING,		/* u32, 1 while a session runs */
	MEMSCOPE_A_PORTID,		/* u32, the reader of an attached session, else 0 */
	MEMSCOPE_A_STARTED_NS,		/* u64, CLOCK_MONOTONIC */
	MEMSCOPE_A_NOW_NS,		/* u64, CLOCK_MONOTONIC */
	MEMSCOPE_A_CPUS,		/* u32, possible CPUs */
	MEMSCOPE_A_BUFFER_SLOTS,	/* u32, events a CPU's buffer holds */
	MEMSCOPE_A_STACKS_USED,		/* u32 */
	MEMSCOPE_A_STACKS_SIZE,		/* u32 */
	MEMSCOPE_A_CACHES_USED,		/* u32 */

	/* options */
	MEMSCOPE_A_PROBE,		/* u32, enum memscope_probe */
	MEMSCOPE_A_FEATURES,		/* u32, MEMSCOPE_F_* */
	MEMSCOPE_A_ATTACHED,		/* u32, 1: the session ends when its socket closes */
	MEMSCOPE_A_BUFFER_KB,		/* u32, a CPU; slots are rounded down to a power of two */
	MEMSCOPE_A_WATERMARK,		/* u32, percent of a buffer at which READY is sent */
	MEMSCOPE_A_STACK_EVERY,		/* u32, a stack on every n-th allocation of a CPU */
	MEMSCOPE_A_STACK_DEPTH,		/* u32, frames, 1 to MEMSCOPE_STACK_DEPTH_MAX */
	MEMSCOPE_A_STACK_TABLE,		/* u32, distinct stacks the table holds */
	MEMSCOPE_A_LOAD_EVERY,		/* u32, a load sample on every n-th allocation of a CPU */
	MEMSCOPE_A_LOAD_INTERVAL_MS,	/* u32, but at most one in this time */
	MEMSCOPE_A_FILTER_TGID,		/* u32, 0: any; allocations of this process only */
	MEMSCOPE_A_FILTER_COMM,		/* string, "": any; the allocating task's name */
	MEMSCOPE_A_FILTER_MODULE,	/* string, "": any; of the call site, or "vmlinux" */
	MEMSCOPE_A_FILTER_CACHE,	/* string, "": any; kmem_cache name */
	MEMSCOPE_A_FILTER_SIZE_MIN,	/* u32, bytes requested */
	MEMSCOPE_A_FILTER_SIZE_MAX,	/* u32, bytes requested */
	MEMSCOPE_A_FILTER_GFP,		/* u32, all of these gfp bits set */

	/* dumps */
	MEMSCOPE_A_CPU,			/* u32 */
	MEMSCOPE_A_FLOOR_NS,		/* u64, see struct memscope_event */
	MEMSCOPE_A_EVENTS,		/* array of struct memscope_event */
	MEMSCOPE_A_SINCE,		/* u32, a stack id */
	MEMSCOPE_A_STACKS,		/* run of struct memscope_stack, each with its frames */
	MEMSCOPE_A_CACHES,		/* array of struct memscope_cache */
	MEMSCOPE_A_COUNTERS,		/* array of u64, indexed by enum memscope_counter */
	MEMSCOPE_A_PATH,		/* u32, enum memscope_path */
	MEMSCOPE_A_PATH_NAME,		/* string */
	MEMSCOPE_A_PATH_ATTACHED,	/* u32, enum memscope_attached */
	MEMSCOPE_A_PATH_SYMBOL,		/* string, what is probed, "" if nothing */
	MEMSCOPE_A_PATH_HITS,		/* u64, events offered through it */
	MEMSCOPE_A_PATH_MISSED,		/* u64, kprobe hits the kernel skipped (nmissed) */
	MEMSCOPE_A_PATH_WITHOUT,	/* string, what is lost where it is not attached */
	MEMSCOPE_A_SYMBOL_ADDRESS,	/* u64 */
	MEMSCOPE_A_SYMBOL_NAME,		/* string, "function+0xoffset/0xsize [module]" */

	__MEMSCOPE_A_MAX,
	MEMSCOPE_A_MAX = __MEMSCOPE_A_MAX - 1
};

/* How paths are attached: kprobes on all, or tracepoints where there is one. */
enum memscope_probe {
	MEMSCOPE_PROBE_AUTO,
	MEMSCOPE_PROBE_KPROBE,
};

enum memscope_attached {
	MEMSCOPE_ATTACHED_NONE,
	MEMSCOPE_ATTACHED_TRACEPOINT,
	MEMSCOPE_ATTACHED_KPROBE,
	MEMSCOPE_ATTACHED_KRETPROBE,
};

#define MEMSCOPE_F_STACKS	(1U << 0)	/* call stacks of allocations */
#define MEMSCOPE_F_LOAD		(1U << 1)	/* CPU and memory load samples */
#define MEMSCOPE_F_PAGES	(1U << 2)	/* slab page allocations and frees */
#define MEMSCOPE_F_DEFERRED	(1U << 3)	/* kfree_rcu at its call */
#define MEMSCOPE_F_TASKS	(1U << 4)	/* names of tasks that end or exec */
#define MEMSCOPE_F_RESIZE	(1U << 5)	/* krealloc in place */

enum memscope_path {
	MEMSCOPE_PATH_KMALLOC,
	MEMSCOPE_PATH_KMALLOC_LARGE,
	MEMSCOPE_PATH_KVMALLOC,
	MEMSCOPE_PATH_CACHE_ALLOC,
	MEMSCOPE_PATH_BULK_ALLOC,
	MEMSCOPE_PATH_NOLOCK_ALLOC,
	MEMSCOPE_PATH_SHEAF_ALLOC,
	MEMSCOPE_PATH_KFREE,
	MEMSCOPE_PATH_CACHE_FREE,
	MEMSCOPE_PATH_BULK_FREE,
	MEMSCOPE_PATH_NOLOCK_FREE,
	MEMSCOPE_PATH_RCU_FREE,
	MEMSCOPE_PATH_KREALLOC,
	MEMSCOPE_PATH_SLAB_PAGE_ALLOC,
	MEMSCOPE_PATH_SLAB_PAGE_FREE,
	MEMSCOPE_PATH_OTHER,		/* load samples, tasks: not slab work */

	MEMSCOPE_PATHS			/* at most 16: event flags hold four bits */
};

enum memscope_event_type {
	MEMSCOPE_EVENT_NONE,		/* a slot that is reserved and not committed */
	MEMSCOPE_EVENT_ALLOC,
	MEMSCOPE_EVENT_FREE,
	MEMSCOPE_EVENT_FREE_DEFERRED,	/* kfree_rcu called; the FREE that may follow is its end */
	MEMSCOPE_EVENT_RESIZE,		/* krealloc in place: bytes_req is the new size */
	MEMSCOPE_EVENT_PAGES_ALLOC,	/* ptr: first byte of a new slab, bytes_alloc: its size */
	MEMSCOPE_EVENT_PAGES_FREE,	/* ptr: first byte of a slab given back */
	MEMSCOPE_EVENT_LOAD_CPU,	/* load[]: user+nice, system, irq, softirq; ns since boot */
	MEMSCOPE_EVENT_LOAD_IDLE,	/* load[]: idle, iowait, steal ns; [3]: the CPU */
	MEMSCOPE_EVENT_LOAD_MEM,	/* load[]: bytes in all, free, slab reclaimable, not */
	MEMSCOPE_EVENT_LOAD_AVG,	/* load[]: 1, 5, 15 minutes, times 2048; [3]: 0 */
	MEMSCOPE_EVENT_TASK,		/* task: a task's name when it execs or ends */
	MEMSCOPE_EVENT_MODULE,		/* module: one was loaded or goes */

	MEMSCOPE_EVENT_TYPES
};

/* memscope_event.flags: context in bits 0-1, self in bit 2, path in bits 4-7 */
#define MEMSCOPE_CONTEXT_PROCESS	0
#define MEMSCOPE_CONTEXT_SOFTIRQ	1
#define MEMSCOPE_CONTEXT_HARDIRQ	2
#define MEMSCOPE_CONTEXT_NMI		3
#define MEMSCOPE_EVENT_CONTEXT(flags)	((flags) & 3)
#define MEMSCOPE_EVENT_SELF		(1U << 2)	/* done by the session's reader */
#define MEMSCOPE_EVENT_PATH(flags)	(((flags) >> 4) & 15)

#define MEMSCOPE_STACK_NONE	0	/* no stack was asked for */
#define MEMSCOPE_STACK_LOST	0xffffffffU	/* the table was full, or the walk failed */
#define MEMSCOPE_CACHE_NONE	0	/* by kmalloc or kfree: the size class tells */

/**
 * struct memscope_event - one event, the same from probe to model
 * @time_ns: CLOCK_MONOTONIC
 * @type: enum memscope_event_type
 * @flags: context, self, path; see MEMSCOPE_EVENT_*()
 * @cache: id in the CACHES dump, or MEMSCOPE_CACHE_NONE
 * @tid: the task interrupted or running, in the initial pid namespace
 * @ptr: the object
 * @call_site: who called the allocator
 * @bytes_req: bytes asked for (0 in frees)
 * @bytes_alloc: bytes the object takes (0 in frees)
 * @stack: id in the STACKS dump, or MEMSCOPE_STACK_NONE or _LOST
 * @gfp: gfp_t of the allocation (0 in frees)
 *
 * Order. Events of one CPU arrive in the order in which slots were reserved.
 * An interrupt may reserve between another event's clock reading and its
 * reservation, so times may step back a little. A merge of CPUs by
 * key = max(key of the CPU before, FLOOR_NS of the CPU before, time_ns) keeps
 * the order of all events of one object: an object cannot be freed elsewhere
 * before the event of its allocation is committed, nor reused before the event
 * of its free is. FLOOR_NS: no later event of that CPU has a lower key.
 */
struct memscope_event {
	__u64	time_ns;
	__u8	type;
	__u8	flags;
	__u16	cache;
	__u32	tid;
	union {
		struct {
			__u64	ptr;
			__u64	call_site;
			__u32	bytes_req;
			__u32	bytes_alloc;
			__u32	stack;
			__u32	gfp;
		};
		__u64	load[4];
		struct {
			char	comm[16];
			__u32	tgid;
			__u32	ended;		/* 1: it exited, 0: it called exec */
			__u64	reserved;
		} task;
		struct {
			__u64	base;		/* core text */
			__u32	bytes;		/* of text; 0: it goes away now */
			char	name[20];	/* cut to 19; /proc/modules has it whole */
		} module;
	};
};

/**
 * struct memscope_stack - one call stack, followed by its frames
 * @id: from 1
 * @frames: number of __u64 return addresses that follow, innermost first
 * @reserved: 0
 */
struct memscope_stack {
	__u32	id;
	__u16	frames;
	__u16	reserved;
	__u64	frame[];
};

/**
 * struct memscope_cache - one kmem_cache that events have named
 * @id: from 1
 * @object_size: bytes a user of the cache gets
 * @size: bytes an object takes, 0 where the kernel hides it
 * @reserved: 0
 * @name: as in /proc/slabinfo (a merged cache has its first name), "" if hidden
 */
struct memscope_cache {
	__u32	id;
	__u32	object_size;
	__u32	size;
	__u32	reserved;
	char	name[MEMSCOPE_NAME_LEN];
};

/* What became of the events, by CPU. New ones are appended. */
enum memscope_counter {
	MEMSCOPE_COUNTER_HITS,		/* events offered, the sum over paths */
	MEMSCOPE_COUNTER_READ,		/* handed to the reader */
	MEMSCOPE_COUNTER_BUFFERED,	/* waiting in the buffer (a gauge) */
	MEMSCOPE_COUNTER_LOST,		/* the buffer was full */
	MEMSCOPE_COUNTER_FILTERED,	/* a filter said no */
	MEMSCOPE_COUNTER_SELF,		/* allocations by the reader itself */
	MEMSCOPE_COUNTER_RECURSION,	/* hit by what a filter at work called itself */
	MEMSCOPE_COUNTER_DUPLICATE,	/* second report of one allocation, not offered */
	MEMSCOPE_COUNTER_STACKS,	/* stacks captured */
	MEMSCOPE_COUNTER_STACK_FULL,	/* stack table full */
	MEMSCOPE_COUNTER_STACK_FAILED,	/* nothing could be walked */
	MEMSCOPE_COUNTER_CACHE_FULL,	/* cache table full: event without its cache */
	MEMSCOPE_COUNTER_READY,		/* READY notifications sent */
	MEMSCOPE_COUNTER_UNWIND_FAST,	/* stacks by the memoised walk */
	MEMSCOPE_COUNTER_UNWIND_SLOW,	/* stacks by stack_trace_save */
	MEMSCOPE_COUNTER_UNWIND_AUDITED,	/* fast walks compared with stack_trace_save */
	MEMSCOPE_COUNTER_UNWIND_MISMATCHED,	/* of these, walks that differed */
	MEMSCOPE_COUNTER_UNWIND_UNKNOWN,	/* slow: a return address without a rule yet */
	MEMSCOPE_COUNTER_UNWIND_REFUSED,	/* slow: a frame whose rule is refused */
	MEMSCOPE_COUNTER_UNWIND_EXCEPTION,	/* slow: the stack goes on in interrupted code */
	MEMSCOPE_COUNTER_UNWIND_ASTRAY,		/* slow: off the stacks, or no call site */
	MEMSCOPE_COUNTER_UNWIND_OFF,		/* slow: there is no memoised walk here */

	MEMSCOPE_COUNTERS
};

#endif /* _UAPI_MEMSCOPE_H */
