/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What differs between kernels, by name. Nothing else in the module asks which
 * kernel it is built for. HAS_<FEATURE> comes from compiling
 * compat/<FEATURE>/test.c against the kernel's headers (see Kbuild), or from
 * its list of exported symbols: never from a version number, because stable
 * updates change signatures too.
 */
#ifndef MS_COMPAT_H
#define MS_COMPAT_H

#include <linux/kernel_stat.h>
#include <linux/kprobes.h>
#include <linux/ktime.h>
#include <linux/llist.h>
#include <linux/module.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/tick.h>
#include <linux/uaccess.h>

/*
 * 0, or -EFAULT where the address cannot be read. Kernels that keep
 * copy_from_kernel_nofault() to themselves read nothing.
 */
static inline long ms_copy_nofault(void *to, const void *from, size_t bytes)
{
#ifdef HAS_COPY_FROM_KERNEL_NOFAULT
	return copy_from_kernel_nofault(to, from, bytes);
#else
	return -EFAULT;
#endif
}

/* The bytes a kmalloc of this size takes (6.1: 05a940656e1e). */
static inline size_t ms_kmalloc_bytes(size_t bytes)
{
#ifdef HAS_KMALLOC_SIZE_ROUNDUP
	return kmalloc_size_roundup(bytes);
#else
	return 0;
#endif
}

/* A module's core text (6.4 put it into mod->mem[]: ac3b43283923). */
static inline void ms_module_text(const struct module *mod, u64 *base, u32 *bytes)
{
#ifdef HAS_MODULE_MEM
	*base = (unsigned long)mod->mem[MOD_TEXT].base;
	*bytes = mod->mem[MOD_TEXT].size;
#else
	*base = (unsigned long)mod->core_layout.base;
	*bytes = mod->core_layout.text_size;
#endif
}

/* Its init text: of 0 bytes once its init function has returned. */
static inline void ms_module_init_text(const struct module *mod, u64 *base, u32 *bytes)
{
#ifdef HAS_MODULE_MEM
	*base = (unsigned long)mod->mem[MOD_INIT_TEXT].base;
	*bytes = mod->mem[MOD_INIT_TEXT].size;
#else
	*base = (unsigned long)mod->init_layout.base;
	*bytes = mod->init_layout.text_size;
#endif
}

/* SLAB_BUCKETS and KMALLOC_PARTITION_CACHES put arguments in front of the gfp flags. */
#define MS_TOKEN_ARGS	IS_ENABLED(CONFIG_KMALLOC_PARTITION_CACHES)
#define MS_BUCKET_ARGS	(IS_ENABLED(CONFIG_SLAB_BUCKETS) + MS_TOKEN_ARGS)

/* 6.18 puts the alignment in front of the gfp flags of kvmalloc. */
#ifdef HAS_KVMALLOC_ALIGN
#define MS_KVMALLOC_ARGS	(MS_BUCKET_ARGS + 1)
#else
#define MS_KVMALLOC_ARGS	MS_BUCKET_ARGS
#endif

/* What kmem_cache_alloc_bulk() got: how many, or on newer kernels whether all. */
static inline int ms_bulk_got(unsigned long returned, unsigned long asked)
{
#ifdef HAS_BULK_ALLOC_BOOL
	return (bool)(returned & 0xff) ? asked : 0;
#else
	return (int)returned;
#endif
}

/*
 * kvfree_call_rcu(head, func): before 6.2 (04a522b7da3d) func was the offset of
 * head in the object, or the object if there is no head.
 */
static inline void *ms_kvfree_rcu_object(unsigned long head, unsigned long second)
{
#ifdef HAS_KVFREE_CALL_RCU_PTR
	return (void *)second;
#else
	return (void *)(head ? head - second : second);
#endif
}

/* Idle times: with a tick that stops in idle, kernel_cpustat alone lags behind. */
static inline void ms_idle_ns(int cpu, u64 *idle, u64 *iowait)
{
#if defined(HAS_KCPUSTAT_FIELD_IDLE)
	*idle = kcpustat_field_idle(cpu);
	*iowait = kcpustat_field_iowait(cpu);
#else
	*idle = kcpustat_cpu(cpu).cpustat[CPUTIME_IDLE];
	*iowait = kcpustat_cpu(cpu).cpustat[CPUTIME_IOWAIT];
#if defined(HAS_CPU_IDLE_TIME_US)
	u64 us = cpu_online(cpu) ? get_cpu_idle_time_us(cpu, NULL) : -1ULL;

	if (us != -1ULL)
		*idle = us * NSEC_PER_USEC;
#endif
#endif
}

/*
 * The innermost call of this task whose return a kretprobe waits for, and where
 * that call truly returns to. The kretprobe may be anybody's, and no kretprobe at
 * all where others use rethooks: compare it, do not follow it.
 */
static inline const struct kretprobe *ms_innermost_kretprobe(unsigned long *returns_to)
{
#ifdef CONFIG_KRETPROBE_ON_RETHOOK
	struct llist_node *first = READ_ONCE(current->rethooks.first);
	struct rethook_node *node;

	if (!first)
		return NULL;
	node = llist_entry(first, struct rethook_node, llist);
	*returns_to = node->ret_addr;
	return get_kretprobe(container_of(node, struct kretprobe_instance, node));
#else
	struct llist_node *first = READ_ONCE(current->kretprobe_instances.first);
	struct kretprobe_instance *instance;

	if (!first)
		return NULL;
	instance = llist_entry(first, struct kretprobe_instance, llist);
	*returns_to = (unsigned long)instance->ret_addr;
	return get_kretprobe(instance);
#endif
}

/* What the kernel's clock source counts now; false where that is not told. */
static inline bool ms_clock_source_read(u64 *cycles)
{
#if defined(HAS_CLOCK_SNAPSHOT_ID) || defined(HAS_CLOCK_SNAPSHOT)
	struct system_time_snapshot snapshot;

#ifdef HAS_CLOCK_SNAPSHOT_ID
	ktime_get_snapshot_id(CLOCK_MONOTONIC, &snapshot);
#else
	ktime_get_snapshot(&snapshot);
#endif
	*cycles = snapshot.cycles;
	return true;
#else
	return false;
#endif
}

/* Where a function returns to, by its registers at entry. */
static inline unsigned long ms_return_address(struct pt_regs *regs)
{
#if defined(CONFIG_X86_64)
	return *(unsigned long *)regs->sp;
#elif defined(CONFIG_ARM64)
	return regs->regs[30];
#else
#error "memscope reads return addresses on x86-64 and arm64"
#endif
}

/* The first n arguments of a function, 5 at most, by its registers at entry. */
static __always_inline void ms_read_arguments(unsigned long *argument, struct pt_regs *regs,
					      unsigned int n)
{
	unsigned int i;

#pragma GCC unroll 5
	for (i = 0; i < n; i++) {
#if defined(CONFIG_X86_64)
		argument[i] = i == 0 ? regs->di : i == 1 ? regs->si : i == 2 ? regs->dx :
			      i == 3 ? regs->cx : regs->r8;
#else
		argument[i] = regs_get_kernel_argument(regs, i);
#endif
	}
}

#endif /* MS_COMPAT_H */
