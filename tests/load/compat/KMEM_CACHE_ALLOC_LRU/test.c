// SPDX-License-Identifier: GPL-2.0
/* kmem_cache_alloc_lru(): from 5.18. */
#include <linux/slab.h>

void *load_test(struct kmem_cache *cache);
void *load_test(struct kmem_cache *cache)
{
	return kmem_cache_alloc_lru(cache, NULL, GFP_KERNEL);
}
