// SPDX-License-Identifier: GPL-2.0
/*
 * load_site_00 to load_site_ff and load_site_free_00 to _ff. The build keeps the
 * compiler from merging them.
 */
#include "site.h"

#define SITE(n)									\
static noinline __noclone void *load_site_##n(struct kmem_cache *cache, size_t size,	\
					      gfp_t gfp)			\
{										\
	return cache ? kmem_cache_alloc(cache, gfp) : kmalloc(size, gfp);	\
}										\
										\
static noinline __noclone void load_site_free_##n(struct kmem_cache *cache, void *p)	\
{										\
	if (cache)								\
		kmem_cache_free(cache, p);					\
	else									\
		kfree(p);							\
}

#define ROW(n) { load_site_##n, load_site_free_##n },

#define SIXTEEN(do, h)								\
	do(h##0) do(h##1) do(h##2) do(h##3) do(h##4) do(h##5) do(h##6) do(h##7)	\
	do(h##8) do(h##9) do(h##a) do(h##b) do(h##c) do(h##d) do(h##e) do(h##f)

#define ALL(do)									\
	SIXTEEN(do, 0) SIXTEEN(do, 1) SIXTEEN(do, 2) SIXTEEN(do, 3)		\
	SIXTEEN(do, 4) SIXTEEN(do, 5) SIXTEEN(do, 6) SIXTEEN(do, 7)		\
	SIXTEEN(do, 8) SIXTEEN(do, 9) SIXTEEN(do, a) SIXTEEN(do, b)		\
	SIXTEEN(do, c) SIXTEEN(do, d) SIXTEEN(do, e) SIXTEEN(do, f)

ALL(SITE)

const struct load_site_calls load_site_calls[LOAD_SITES] = { ALL(ROW) };
