// SPDX-License-Identifier: GPL-2.0
#include <linux/slab.h>
#include <trace/events/kmem.h>

typedef void (*form)(void *data, unsigned long call_site, const void *ptr,
		     size_t bytes_req, size_t bytes_alloc, gfp_t flags, int node);

void test(form callback);
void test(form callback)
{
	check_trace_callback_type_kmalloc(callback);
}
