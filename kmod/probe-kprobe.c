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
#include <linux/string.h>

#include "compat.h"
#include "hook.h"
#include "options.h"
#include "probe.h"

/* Calls of one function that may be under way (an allocation may sleep). */
#define INSTANCES	512

struct ms_kprobe ms_kprobes[MS_HOOKS];

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

static int register_symbol(struct ms_kprobe *probe, const char *symbol)
{
	memset(&probe->ret, 0, sizeof(probe->ret));	/* the larger of the two */
	if (!probe->hook->called) {
		probe->entry.symbol_name = symbol;
		probe->entry.pre_handler = probe->hook->entered;
		return register_kprobe(&probe->entry);
	}
	probe->ret.kp.symbol_name = symbol;
	probe->ret.entry_handler = probe->hook->called;
	probe->ret.handler = probe->hook->returned;
	probe->ret.data_size = sizeof(struct ms_call);
	probe->ret.maxactive = INSTANCES;
	return register_kretprobe(&probe->ret);
}

/* Tries the names a function has had. -ENOENT: this kernel has none of them. */
static int register_hook(struct ms_kprobe *probe)
{
	const struct ms_hook *hook = probe->hook;
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
			ms_path_attached(hook->path, hook->called ?
					 MEMSCOPE_ATTACHED_KRETPROBE :
					 MEMSCOPE_ATTACHED_KPROBE, hook->symbol[i]);
		return 0;
	}
	return -ENOENT;
}

static bool wanted(const struct ms_hook *hook, const struct ms_options *options)
{
	const struct ms_path *path = &ms_paths[hook->path];

	if (path->attached == MEMSCOPE_ATTACHED_TRACEPOINT && path->tracepoint)
		return false;
	return !path->feature || (options->features & path->feature);
}

/**
 * ms_kprobe_attach() - attach the paths that are not attached to tracepoints
 * @options: of the session
 * @frees: those that end objects, or the others
 * @extack: a sentence on refusal
 *
 * Context: process, may sleep, under the session's mutex.
 * Return: 0 (functions this kernel does not have are left out), or an error of
 * register_kprobe() with nothing attached.
 */
int ms_kprobe_attach(const struct ms_options *options, bool frees,
		     struct netlink_ext_ack *extack)
{
	unsigned int i;
	int err;

	for (i = 0; i < MS_HOOKS; i++) {
		if (ms_path_frees(ms_hooks[i].path) != frees)
			continue;
		memset(&ms_kprobes[i], 0, sizeof(ms_kprobes[i]));
		ms_kprobes[i].hook = &ms_hooks[i];
		if (!wanted(&ms_hooks[i], options))
			continue;
		err = register_hook(&ms_kprobes[i]);
		if (!err || err == -ENOENT)
			continue;
		pr_err("%s refused its kprobe: %d\n", ms_hooks[i].symbol[0], err);
		NL_SET_ERR_MSG(extack, "a function of the allocator refused its kprobe: see the kernel log, and /sys/kernel/debug/kprobes/enabled");
		ms_kprobe_detach(frees);
		return err;
	}
	return 0;
}

/**
 * ms_kprobe_detach() - undo ms_kprobe_attach()
 * @frees: those that end objects, or the others
 *
 * Context: process, may sleep. No handler runs any more when it returns; calls
 * that are under way return without one.
 */
void ms_kprobe_detach(bool frees)
{
	struct kretprobe *rets[MS_HOOKS];
	struct kprobe *entries[MS_HOOKS];
	unsigned int nr_rets = 0, nr_entries = 0, i;

	for (i = 0; i < MS_HOOKS; i++) {
		if (!ms_kprobes[i].registered || ms_path_frees(ms_hooks[i].path) != frees)
			continue;
		if (ms_kprobes[i].hook->called)
			rets[nr_rets++] = &ms_kprobes[i].ret;
		else
			entries[nr_entries++] = &ms_kprobes[i].entry;
		ms_kprobes[i].registered = false;
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

	for (i = 0; i < MS_HOOKS; i++) {
		if (ms_hooks[i].path != path || !ms_kprobes[i].hook)
			continue;
		if (ms_hooks[i].called)
			missed += ms_kprobes[i].ret.nmissed + ms_kprobes[i].ret.kp.nmissed;
		else
			missed += ms_kprobes[i].entry.nmissed;
	}
	return missed;
}
