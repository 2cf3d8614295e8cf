/* SPDX-License-Identifier: GPL-2.0 */
/* Sites: functions that are alike but for their addresses, so call stacks differ. */
#ifndef LOAD_SITE_H
#define LOAD_SITE_H

#include <linux/slab.h>

#define LOAD_SITES	256

/* With a cache of NULL, kmalloc and kfree. */
struct load_site_calls {
	void *(*alloc)(struct kmem_cache *cache, size_t size, gfp_t gfp);
	void (*free)(struct kmem_cache *cache, void *p);
};

extern const struct load_site_calls load_site_calls[LOAD_SITES];

#endif /* LOAD_SITE_H */
