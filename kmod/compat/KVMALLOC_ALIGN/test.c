// SPDX-License-Identifier: GPL-2.0
#include <linux/slab.h>

#ifndef DECL_KMALLOC_PARAMS
#define DECL_KMALLOC_PARAMS(size, b, token) DECL_BUCKET_PARAMS(size, b)
#endif

typedef void *(*form)(DECL_KMALLOC_PARAMS(size, b, token), unsigned long align, gfp_t flags,
		      int node);

form test(void);
form test(void)
{
	return __kvmalloc_node_noprof;
}
