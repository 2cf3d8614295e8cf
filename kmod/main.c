// SPDX-License-Identifier: GPL-2.0
/*
 * memscope: who allocates, frees, leaks and pins the kernel's slab memory.
 *
 * One event's way: probe-*.c (arguments) - event.c (decisions) - unwind.c,
 * stack.c, cache.c (what events refer to) - ring.c (per-CPU buffer) -
 * netlink-dump.c (to the reader). session.c says what is there when.
 *
 * Locks, outermost first: genetlink's own, ms_session.lock, the CPU hotplug
 * lock, symbols_lock. Probes take none.
 */
#include <linux/build_bug.h>
#include <linux/module.h>

#include "clock.h"
#include "netlink.h"
#include "options.h"
#include "probe.h"
#include "session.h"
#include "unwind.h"

static_assert(sizeof(struct memscope_event) == 48);
static_assert(MEMSCOPE_PATHS <= 16);
static_assert(sizeof(unsigned long) == sizeof(u64));

static int __init memscope_init(void)
{
	int err;

	err = ms_options_init();
	if (err)
		return err;
	err = ms_probe_init();
	if (err)
		return err;
	err = ms_clock_init();
	if (err)
		return err;
	err = ms_unwind_init();
	if (err)
		goto undo_clock;
	err = ms_session_init();
	if (err)
		goto undo_unwind;
	err = ms_netlink_init();
	if (err)
		goto undo_session;
	return 0;

undo_session:
	ms_session_exit();
undo_unwind:
	ms_unwind_exit();
undo_clock:
	ms_clock_exit();
	return err;
}

static void __exit memscope_exit(void)
{
	ms_netlink_exit();
	ms_session_exit();
	ms_unwind_exit();
	ms_clock_exit();
}

module_init(memscope_init);
module_exit(memscope_exit);

MODULE_DESCRIPTION("traces kmalloc, kfree and the slab paths of a running kernel");
MODULE_AUTHOR("The memscope authors");
MODULE_LICENSE("GPL");
MODULE_VERSION(MS_VERSION);
