// SPDX-License-Identifier: GPL-2.0
/* kmalloc_size_roundup(), the bytes a request takes: from 6.1. */
#include <linux/slab.h>

size_t load_test(void);
size_t load_test(void)
{
	return kmalloc_size_roundup(1);
}
