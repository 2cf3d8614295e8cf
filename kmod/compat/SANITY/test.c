// SPDX-License-Identifier: GPL-2.0
/* Always there. Fails only where the compiler or the flags are broken. */
#include <linux/module.h>
#include <linux/slab.h>

void *test(void);
void *test(void)
{
	return kmalloc(1, GFP_KERNEL);
}
