// SPDX-License-Identifier: GPL-2.0
#include <linux/slab.h>

size_t test(size_t bytes);
size_t test(size_t bytes)
{
	return kmalloc_size_roundup(bytes);
}
