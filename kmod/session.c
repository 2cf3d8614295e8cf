// SPDX-License-Identifier: GPL-2.0
/*
 * The session: what is allocated, attached and started, and in which order.
 *
 * ms_session.lock is the outermost lock of the module; it is a mutex, and taken
 * in process context only. Probes take no lock: they are kept away by attaching
 * them last and detaching them first.
 *
 * A running session holds a reference to the module, so that it cannot be
 * unloaded under its own probes. An attached session ends with its reader's
 * socket, however the reader dies; a detached one by STOP. Events, stacks and
 * counters of a stopped session stay until the next START, RESET or unload.
 *
 * CPU hotplug: a CPU that comes up gets its ring before it runs; where that
 * fails, its events are counted as lost. A CPU that goes keeps its ring, which
 * can be read on.
 */
#include <linux/cpu.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/topology.h>
#include <linux/workqueue.h>

#include "cache.h"
#include "clock.h"
#include "cpu.h"
#include "event.h"
#include "filter.h"
#include "load.h"
#include "modules.h"
#include "netlink.h"
#include "probe.h"
#include "session.h"
#include "stats.h"
#include "unwind.h"

struct ms_session ms_session = {
	.lock = __MUTEX_INITIALIZER(ms_session.lock),
};

static int hotplug_state;

/* Which CPUs' readers are to be woken; set in interrupts, taken by the worker. */
static struct cpumask ready_cpus;

static void wake_reader(struct work_struct *work)
{
	u32 portid = READ_ONCE(ms_session.portid);
	int cpu;

	ms_event_set_worker(current->tgid);
	for_each_cpu(cpu, &ready_cpus) {
		cpumask_clear_cpu(cpu, &ready_cpus);
		if (portid && !ms_netlink_send_ready(portid, cpu))
			this_cpu_inc(ms_cpu.count[MEMSCOPE_COUNTER_READY]);
	}
	ms_event_set_worker(0);
}

static DECLARE_WORK(wake_work, wake_reader);

/* In an interrupt (a thread under PREEMPT_RT) on the CPU that filled its ring. */
static void on_watermark(struct irq_work *work)
{
	cpumask_set_cpu(smp_processor_id(), &ready_cpus);
	schedule_work(&wake_work);
}

/**
 * ms_session_arm_watermark() - wake the reader when a CPU's ring fills again
 * @cpu: possible CPU, whose ring was just read
 *
 * Context: process, under the session's mutex.
 */
void ms_session_arm_watermark(int cpu)
{
	struct ms_ring *ring = &per_cpu(ms_cpu, cpu).ring;
	u32 slots = max_t(u64, 1, (u64)ring->size * ms_session.options.watermark / 100);

	ms_ring_set_watermark(ring, ms_session.portid ? slots : 0);
	if (!ms_session.portid || ms_ring_used(ring) < slots)
		return;
	cpumask_set_cpu(cpu, &ready_cpus);
	schedule_work(&wake_work);
}

static int prepare_ring(unsigned int cpu)
{
	struct ms_ring *ring = &per_cpu(ms_cpu, cpu).ring;

	if (ring->size)
		return 0;
	return ms_ring_init(ring, ms_options_slots(&ms_session.options), cpu_to_node(cpu));
}

/*
 * A CPU comes up. The session's mutex is not needed, and must not be waited
 * for: START and STOP hold it when they wait for CPU hotplug to end.
 */
static int on_cpu_prepare(unsigned int cpu)
{
	if (prepare_ring(cpu))
		pr_warn("no memory for the events of CPU %u: they will be counted as lost\n",
			cpu);
	return 0;
}

static void free_all(void)
{
	int cpu;

	if (!ms_session.allocated)
		return;
	for_each_possible_cpu(cpu)
		ms_ring_destroy(&per_cpu(ms_cpu, cpu).ring);
	ms_stack_table_destroy(&ms_session.stacks);
	ms_unwind_forget();
	ms_event_exit();
	ms_filter_exit();
	ms_modules_reset();
	ms_session.allocated = false;
}

/*
 * Is there room for the rings? Asking vmalloc() for too much does not fail, it
 * brings the OOM killer. Half of what is available is left to everyone else.
 */
static bool rings_fit(const struct ms_options *options)
{
	u64 bytes = (u64)ms_options_slots(options) * sizeof(struct memscope_event);

	return bytes * num_online_cpus() <= (u64)si_mem_available() * PAGE_SIZE / 2;
}

/* On error what was allocated is there to be freed by free_all(). */
static int allocate_all(void)
{
	const struct ms_options *options = &ms_session.options;
	int cpu, err;

	if (!rings_fit(options))
		return -ENOMEM;
	ms_session.allocated = true;
	err = ms_event_init(options);
	if (err)
		return err;
	err = ms_filter_init(options);
	if (err)
		return err;
	err = ms_stack_table_init(&ms_session.stacks, options->stack_table,
				  options->stack_depth);
	if (err)
		return err;
	for_each_possible_cpu(cpu)
		init_irq_work(&per_cpu(ms_cpu, cpu).ring.wake, on_watermark);
	for_each_online_cpu(cpu) {
		err = prepare_ring(cpu);
		if (err)
			return err;
	}
	return 0;
}

/* No interrupt work of the session is under way or will come. */
static void quiesce(void)
{
	int cpu;

	ms_load_stop();
	for_each_possible_cpu(cpu) {
		ms_ring_set_watermark(&per_cpu(ms_cpu, cpu).ring, 0);
		irq_work_sync(&per_cpu(ms_cpu, cpu).ring.wake);
	}
	cancel_work_sync(&wake_work);
	cpumask_clear(&ready_cpus);
}

static void detach_all(void)
{
	ms_probe_detach();
	ms_modules_stop();
	cpuhp_remove_state_nocalls(hotplug_state);
	quiesce();
	ms_event_set_reader(0);
	ms_session.portid = 0;
	ms_session.running = false;
}

/**
 * ms_session_start() - begin a session
 * @options: valid ones
 * @portid: netlink port that asks
 * @extack: a sentence on refusal
 *
 * Context: process, may sleep, under the session's mutex.
 * Return: 0; -EBUSY one runs; -ENOMEM; -ENOENT a required path is missing.
 */
int ms_session_start(const struct ms_options *options, u32 portid,
		     struct netlink_ext_ack *extack)
{
	int cpu, err;

	if (ms_session.running) {
		NL_SET_ERR_MSG(extack, "a session runs already: end it with `memscopectl stop`, or end its reader");
		return -EBUSY;
	}
	if (!try_module_get(THIS_MODULE)) {
		NL_SET_ERR_MSG(extack, "memscope is being unloaded");
		return -EBUSY;
	}

	free_all();
	ms_session.options = *options;
	ms_stats_reset();
	ms_cache_reset(ms_session.options.filter_cache);

	cpus_read_lock();
	err = allocate_all();
	if (!err) {
		err = cpuhp_setup_state_nocalls_cpuslocked(CPUHP_BP_PREPARE_DYN,
							   "memscope:prepare",
							   on_cpu_prepare, NULL);
		hotplug_state = err;
	}
	cpus_read_unlock();
	if (err < 0) {
		NL_SET_ERR_MSG(extack, "not enough memory: ask for a smaller buffer_kb (a CPU) or stack_table");
		goto undo_allocate;
	}

	err = ms_modules_start();
	if (err)
		goto undo_hotplug;
	ms_session.started_ns = ms_clock_start();
	if (options->attached) {
		ms_session.portid = portid;
		ms_event_set_reader(current->tgid);
	}
	for_each_possible_cpu(cpu)
		ms_session_arm_watermark(cpu);
	err = ms_probe_attach(&ms_session.options, extack);
	if (err)
		goto undo_modules;
	if (options->features & MEMSCOPE_F_LOAD)
		ms_load_start();
	ms_session.running = true;
	return 0;

undo_modules:
	ms_session.portid = 0;
	ms_event_set_reader(0);
	ms_modules_stop();
undo_hotplug:
	cpuhp_remove_state_nocalls(hotplug_state);
	quiesce();
undo_allocate:
	free_all();
	module_put(THIS_MODULE);
	return err;
}

/**
 * ms_session_stop() - end the session; what it gathered stays
 * @portid: netlink port that asks
 * @extack: a sentence on refusal
 *
 * Context: process, may sleep, under the session's mutex. The caller holds the
 * module by other means than the session's reference.
 * Return: 0; -ENODEV none runs; -EPERM it is attached to another port.
 */
int ms_session_stop(u32 portid, struct netlink_ext_ack *extack)
{
	if (!ms_session.running) {
		NL_SET_ERR_MSG(extack, "no session runs");
		return -ENODEV;
	}
	if (ms_session.portid && ms_session.portid != portid) {
		NL_SET_ERR_MSG(extack, "the session belongs to a reader that is still there: end that process");
		return -EPERM;
	}
	detach_all();
	module_put(THIS_MODULE);
	return 0;
}

/**
 * ms_session_reset() - forget what the last session gathered
 * @extack: a sentence on refusal
 *
 * Context: process, may sleep, under the session's mutex.
 * Return: 0, or -EBUSY while a session runs.
 */
int ms_session_reset(struct netlink_ext_ack *extack)
{
	if (ms_session.running) {
		NL_SET_ERR_MSG(extack, "a session runs: end it first");
		return -EBUSY;
	}
	free_all();
	ms_stats_reset();
	ms_cache_reset("");
	return 0;
}

/**
 * ms_session_tune() - change options of the running session
 * @options: valid ones
 * @extack: a sentence on refusal
 *
 * Context: process, under the session's mutex.
 * Return: 0, or -EBUSY: one of them can only be chosen at the start.
 */
int ms_session_tune(const struct ms_options *options, struct netlink_ext_ack *extack)
{
	int cpu;

	if (ms_options_fixed_differ(&ms_session.options, options)) {
		NL_SET_ERR_MSG(extack, "only watermark, stack_every, load_every and load_interval_ms can change while a session runs: stop it first");
		return -EBUSY;
	}
	ms_session.options = *options;
	ms_event_tune(options);
	for_each_possible_cpu(cpu)
		ms_session_arm_watermark(cpu);
	return 0;
}

/**
 * ms_session_reader_gone() - a netlink socket closed
 * @portid: its port
 *
 * Context: process, may sleep.
 */
void ms_session_reader_gone(u32 portid)
{
	bool ended = false;

	mutex_lock(&ms_session.lock);
	if (ms_session.running && ms_session.portid == portid) {
		detach_all();
		ended = true;
	}
	mutex_unlock(&ms_session.lock);
	/* The notifier that called us is unregistered before the module goes. */
	if (ended)
		module_put(THIS_MODULE);
}

/**
 * ms_session_init() - what all sessions share
 *
 * Context: module init.
 * Return: 0 or -ENOMEM.
 */
int ms_session_init(void)
{
	ms_load_init();
	return ms_cache_init();
}

/**
 * ms_session_exit() - free everything
 *
 * Context: module exit: no session runs, since a session holds the module.
 */
void ms_session_exit(void)
{
	free_all();
	ms_cache_exit();
}
