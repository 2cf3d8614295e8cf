// SPDX-License-Identifier: GPL-2.0
/*
 * Load samples: what each CPU did with its time, and the state of memory.
 *
 * A probe only queues irq work, so that nothing of this runs inside the
 * allocator: the sample is read and written from the interrupt that follows on
 * the same CPU (a thread under PREEMPT_RT). A CPU that allocates nothing gives a
 * heartbeat once a second: the worker asks it by an IPI.
 */
#include <linux/cpu.h>
#include <linux/kernel_stat.h>
#include <linux/mm.h>
#include <linux/sched/loadavg.h>
#include <linux/smp.h>
#include <linux/vmstat.h>
#include <linux/workqueue.h>

#include "compat.h"
#include "cpu.h"
#include "event.h"
#include "load.h"

#define HEARTBEAT_NS	NSEC_PER_SEC

/**
 * ms_load_sample() - read the load of a CPU and of memory
 * @cpu: possible CPU
 * @event: filled, with the types but without time and task
 *
 * Context: any but NMI.
 */
void ms_load_sample(int cpu, struct memscope_event event[MS_LOAD_EVENTS])
{
	const u64 *stat = kcpustat_cpu(cpu).cpustat;

	event[0].type = MEMSCOPE_EVENT_LOAD_CPU;
	event[0].load[0] = stat[CPUTIME_USER] + stat[CPUTIME_NICE];
	event[0].load[1] = stat[CPUTIME_SYSTEM];
	event[0].load[2] = stat[CPUTIME_IRQ];
	event[0].load[3] = stat[CPUTIME_SOFTIRQ];

	event[1].type = MEMSCOPE_EVENT_LOAD_IDLE;
	ms_idle_ns(cpu, &event[1].load[0], &event[1].load[1]);
	event[1].load[2] = stat[CPUTIME_STEAL];
	event[1].load[3] = cpu;

	event[2].type = MEMSCOPE_EVENT_LOAD_MEM;
	event[2].load[0] = (u64)totalram_pages() << PAGE_SHIFT;
	event[2].load[1] = (u64)global_zone_page_state(NR_FREE_PAGES) << PAGE_SHIFT;
	event[2].load[2] = (u64)global_node_page_state_pages(NR_SLAB_RECLAIMABLE_B)
			   << PAGE_SHIFT;
	event[2].load[3] = (u64)global_node_page_state_pages(NR_SLAB_UNRECLAIMABLE_B)
			   << PAGE_SHIFT;

	event[3].type = MEMSCOPE_EVENT_LOAD_AVG;
	event[3].load[0] = READ_ONCE(avenrun[0]);
	event[3].load[1] = READ_ONCE(avenrun[1]);
	event[3].load[2] = READ_ONCE(avenrun[2]);
	event[3].load[3] = 0;
}

static void sample_here(void)
{
	struct memscope_event event[MS_LOAD_EVENTS];
	int i;

	preempt_disable_notrace();
	__this_cpu_write(ms_cpu.load_ns, ktime_get_mono_fast_ns());
	ms_load_sample(smp_processor_id(), event);
	for (i = 0; i < MS_LOAD_EVENTS; i++)
		ms_event_put(event[i].type, MEMSCOPE_PATH_OTHER, NULL, &event[i]);
	preempt_enable_notrace();
}

static void on_irq_work(struct irq_work *work)
{
	sample_here();
}

static void on_ipi(void *unused)
{
	sample_here();
}

static void on_heartbeat(struct work_struct *work);
static DECLARE_DELAYED_WORK(heartbeat, on_heartbeat);

static void on_heartbeat(struct work_struct *work)
{
	u64 now = ktime_get_mono_fast_ns();
	int cpu;

	cpus_read_lock();
	for_each_online_cpu(cpu) {
		if (now - READ_ONCE(per_cpu(ms_cpu, cpu).load_ns) >= HEARTBEAT_NS / 2)
			smp_call_function_single(cpu, on_ipi, NULL, 0);
	}
	cpus_read_unlock();
	schedule_delayed_work(&heartbeat, HZ);
}

/**
 * ms_load_init() - once, before any session
 *
 * Context: process.
 */
void ms_load_init(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		init_irq_work(&per_cpu(ms_cpu, cpu).load_work, on_irq_work);
}

/**
 * ms_load_start() - begin the heartbeat
 *
 * Context: process; the rings are there.
 */
void ms_load_start(void)
{
	schedule_delayed_work(&heartbeat, 0);
}

/**
 * ms_load_stop() - no sample is taken after it returns
 *
 * Context: process, may sleep; no probe is attached.
 */
void ms_load_stop(void)
{
	int cpu;

	cancel_delayed_work_sync(&heartbeat);
	for_each_possible_cpu(cpu)
		irq_work_sync(&per_cpu(ms_cpu, cpu).load_work);
	/* The IPIs of the last heartbeat did not wait for their CPUs. */
	kick_all_cpus_sync();
}
