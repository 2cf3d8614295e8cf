// SPDX-License-Identifier: GPL-2.0
#include <linux/slab.h>
#include <trace/events/kmem.h>

typedef void (*form)(void *data, unsigned long call_site, const void *ptr);

void test(form callback);
void test(form callback)
{
	check_trace_callback_type_kfree(callback);
}
