// SPDX-License-Identifier: GPL-2.0
/*
 * Owns the two caches that paths allocate from. load_cache serves all of them
 * but slab-pages, whose cache must be empty when nobody runs it, so that slabs
 * come and go with its objects.
 */
#include <linux/delay.h>
#include <linux/rcupdate.h>

#include "cache.h"
#include "compat.h"

struct kmem_cache *load_cache;
struct kmem_cache *load_cache_pages;

#ifndef HAS_SLAB_NO_MERGE
/* A cache with a constructor is never merged. */
static void load_cache_construct(void *object)
{
}
#endif

struct kmem_cache *load_cache_create(const char *name, unsigned int size)
{
	return kmem_cache_create(name, size, 0, LOAD_SLAB_FLAGS, LOAD_SLAB_CONSTRUCTOR);
}

int load_cache_init(void)
{
	load_cache = load_cache_create("memscope_load", LOAD_OBJECT_SIZE);
	if (!load_cache)
		return -ENOMEM;
	load_cache_pages = load_cache_create("memscope_load_pages", LOAD_PAGES_SIZE);
	if (!load_cache_pages) {
		kmem_cache_destroy(load_cache);
		return -ENOMEM;
	}
	return 0;
}

/* On kernels without kvfree_rcu_barrier() no object of ours went to kfree_rcu(). */
void load_cache_exit(void)
{
#ifdef HAS_KVFREE_RCU_BARRIER
	kvfree_rcu_barrier();
#endif
	rcu_barrier();		/* for callbacks in this module's text */
	kmem_cache_destroy(load_cache_pages);
	kmem_cache_destroy(load_cache);
}

/*
 * Wait until all that kfree_rcu() and call_rcu() were given is free. Without
 * kvfree_rcu_barrier() nothing tells; then wait longer than the kernel collects
 * (5 s), and for the grace period and the work that follow.
 */
void load_cache_barrier(void)
{
#ifdef HAS_KVFREE_RCU_BARRIER
	kvfree_rcu_barrier();
#else
	msleep(5500);
	synchronize_rcu();
	msleep(200);
#endif
	rcu_barrier();
}
