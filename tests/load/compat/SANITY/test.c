// SPDX-License-Identifier: GPL-2.0
/* If this does not compile, the toolchain is broken, not the kernel old. */
#include <linux/module.h>
#include <linux/slab.h>

void *load_test(void);
void *load_test(void)
{
	return kmalloc(1, GFP_KERNEL);
}
