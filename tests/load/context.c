// SPDX-License-Identifier: GPL-2.0
/*
 * Calls a function in a context and returns when it has returned.
 *
 * process	the caller itself, or a thread bound to the CPU
 * softirq	a tasklet
 * hardirq	an irq_work, in hard interrupt context on PREEMPT_RT as well
 * nmi		x86: the CPU's own `int $2`, which enters the NMI's gate, stack and
 *		handlers at a point where this CPU is known to hold no lock
 *
 * Process context; sleeps. The caller keeps the CPU online.
 */
#include <linux/completion.h>
#include <linux/interrupt.h>
#include <linux/irq_work.h>
#include <linux/kthread.h>
#include <linux/percpu.h>
#include <linux/smp.h>
#include <linux/string.h>
#include <linux/workqueue.h>

#include "compat.h"
#include "context.h"

#ifdef HAS_NMI_HANDLER
#include <asm/cpufeature.h>
#include <asm/nmi.h>
#endif

const char *const load_context_names[LOAD_CONTEXTS] = {
	[LOAD_PROCESS] = "process",
	[LOAD_SOFTIRQ] = "softirq",
	[LOAD_HARDIRQ] = "hardirq",
	[LOAD_NMI] = "nmi",
};

struct call {
	void (*function)(void *argument);
	void *argument;
	enum load_context context;
	bool called;
	struct completion done;
	struct tasklet_struct tasklet;
	struct irq_work irq_work;
};

/* Returns an enum load_context, or -1. */
int load_context_find(const char *name)
{
	return match_string(load_context_names, LOAD_CONTEXTS, name);
}

static void call_now(struct call *call)
{
	call->function(call->argument);
	call->called = true;
}

static void call_tasklet(struct tasklet_struct *tasklet)
{
	struct call *call = from_tasklet(call, tasklet, tasklet);

	call_now(call);
	complete(&call->done);
}

static void call_irq_work(struct irq_work *work)
{
	struct call *call = container_of(work, struct call, irq_work);

	call_now(call);
	complete(&call->done);
}

/* Runs in a thread on the CPU that is wanted. */
static long call_raise(void *argument)
{
	struct call *call = argument;

	if (call->context == LOAD_SOFTIRQ)
		tasklet_schedule(&call->tasklet);
	else
		irq_work_queue(&call->irq_work);
	return 0;
}

static int call_interrupt(struct call *call, int cpu)
{
	int error;

	init_completion(&call->done);
	tasklet_setup(&call->tasklet, call_tasklet);
	call->irq_work = IRQ_WORK_INIT_HARD(call_irq_work);
	/* By a thread there: PREEMPT_RT forbids an IPI to an idle CPU to raise a softirq. */
	error = work_on_cpu(cpu < 0 ? raw_smp_processor_id() : cpu, call_raise, call);
	if (error)
		return error;
	wait_for_completion(&call->done);
	/* complete() may not have returned yet, and it uses the call */
	tasklet_kill(&call->tasklet);
	irq_work_sync(&call->irq_work);
	return 0;
}

#ifdef HAS_NMI_HANDLER
static DEFINE_PER_CPU(struct call *, nmi_call);

static int nmi_handler(unsigned int type, struct pt_regs *regs)
{
	struct call *call = this_cpu_read(nmi_call);

	if (!call)
		return NMI_DONE;
	this_cpu_write(nmi_call, NULL);
	call_now(call);
	return NMI_HANDLED;
}

static void nmi_enter_self(struct call *call)
{
	preempt_disable();
	this_cpu_write(nmi_call, call);
	asm volatile("int $2" ::: "memory");
	this_cpu_write(nmi_call, NULL);
	preempt_enable();
}

static const char *nmi_missing(void)
{
#ifdef X86_FEATURE_FRED
	if (boot_cpu_has(X86_FEATURE_FRED))
		return "with FRED no instruction enters the NMI handler";
#endif
	return NULL;
}

int load_context_init(void)
{
	return register_nmi_handler(NMI_LOCAL, nmi_handler, 0, "memscope_load");
}

void load_context_exit(void)
{
	unregister_nmi_handler(NMI_LOCAL, "memscope_load");
}
#else
static void nmi_enter_self(struct call *call)
{
}

static const char *nmi_missing(void)
{
	return "this architecture has no instruction that enters the NMI handler";
}

int load_context_init(void)
{
	return 0;
}

void load_context_exit(void)
{
}
#endif

/* Why the machine lacks the context, or NULL. */
const char *load_context_missing(enum load_context context)
{
	return context == LOAD_NMI ? nmi_missing() : NULL;
}

static void call_in_task(struct call *call)
{
	if (call->context == LOAD_NMI)
		nmi_enter_self(call);
	else
		call_now(call);
}

static int call_thread(void *argument)
{
	struct call *call = argument;

	call_in_task(call);
	complete(&call->done);
	for (;;) {
		set_current_state(TASK_INTERRUPTIBLE);
		if (kthread_should_stop())
			break;
		schedule();
	}
	__set_current_state(TASK_RUNNING);
	return 0;
}

static int call_on_thread(struct call *call, int cpu)
{
	struct task_struct *thread;

	init_completion(&call->done);
	thread = kthread_create(call_thread, call, "memscope_load/%d", cpu);
	if (IS_ERR(thread))
		return PTR_ERR(thread);
	kthread_bind(thread, cpu);
	wake_up_process(thread);
	wait_for_completion(&call->done);
	kthread_stop(thread);
	return 0;
}

/**
 * load_context_call() - call a function in a context
 * @context: which; load_context_missing() has said that it is there
 * @cpu: on this CPU, which stays online; -1: where the caller is
 * @function: called once
 * @argument: for it
 *
 * Context: process, may sleep.
 * Return: 0, -EIO where the function was not called, or why no thread could be made.
 */
int load_context_call(enum load_context context, int cpu, void (*function)(void *),
		      void *argument)
{
	struct call call = {
		.function = function,
		.argument = argument,
		.context = context,
	};
	int error = 0;

	if (context == LOAD_SOFTIRQ || context == LOAD_HARDIRQ)
		error = call_interrupt(&call, cpu);
	else if (cpu >= 0)
		error = call_on_thread(&call, cpu);
	else
		call_in_task(&call);
	if (error)
		return error;
	return call.called ? 0 : -EIO;
}
