/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What differs between kernels, under one name each.  has.h is made while
 * building, by compat/probe.sh: nothing here asks for a kernel's version.
 */
#ifndef LOAD_COMPAT_H
#define LOAD_COMPAT_H

#include <linux/hrtimer.h>
#include <linux/kconfig.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

#include "has.h"

#ifdef HAS_KFREE_RCU_MIGHTSLEEP
#define load_kfree_rcu_mightsleep(p)	kfree_rcu_mightsleep(p)
#else
#define load_kfree_rcu_mightsleep(p)	kvfree_rcu(p)
#endif

/* Keeps a cache from being merged with one of the same size. */
#ifdef HAS_SLAB_NO_MERGE
#define LOAD_SLAB_FLAGS			SLAB_NO_MERGE
#define LOAD_SLAB_CONSTRUCTOR		NULL
#else
#define LOAD_SLAB_FLAGS			0
#define LOAD_SLAB_CONSTRUCTOR		load_cache_construct
#endif

static inline void load_hrtimer_setup(struct hrtimer *timer,
				      enum hrtimer_restart (*function)(struct hrtimer *))
{
#ifdef HAS_HRTIMER_SETUP
	hrtimer_setup(timer, function, CLOCK_MONOTONIC, HRTIMER_MODE_REL_PINNED_HARD);
#else
	hrtimer_init(timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_PINNED_HARD);
	timer->function = function;
#endif
}

/* Bytes that a kmalloc of @size takes; @p is where it was put. */
static inline size_t load_kmalloc_bytes(size_t size, const void *p)
{
#ifdef HAS_KMALLOC_SIZE_ROUNDUP
	return kmalloc_size_roundup(size);
#else
	return ksize(p);
#endif
}

#endif /* LOAD_COMPAT_H */
