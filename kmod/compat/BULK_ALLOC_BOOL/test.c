// SPDX-License-Identifier: GPL-2.0
#include <linux/slab.h>

typedef bool (*form)(struct kmem_cache *cache, gfp_t flags, size_t size, void **p);

form test(void);
form test(void)
{
	return kmem_cache_alloc_bulk_noprof;
}
