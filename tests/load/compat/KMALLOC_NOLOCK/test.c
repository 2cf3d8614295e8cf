// SPDX-License-Identifier: GPL-2.0
/* kmalloc_nolock() and kfree_nolock(), for any context: from 6.18. */
#include <linux/slab.h>

void load_test(void);
void load_test(void)
{
	kfree_nolock(kmalloc_nolock(1, 0, NUMA_NO_NODE));
}
