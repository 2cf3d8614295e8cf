// SPDX-License-Identifier: GPL-2.0
#include <linux/slab.h>

typedef void *(*form)(DECL_BUCKET_PARAMS(size, b), unsigned long align, gfp_t flags, int node);

form test(void);
form test(void)
{
	return __kvmalloc_node_noprof;
}
