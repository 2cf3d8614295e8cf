/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A module that allocates from its init, its exit and a plain function, in frames of
 * FRAME bytes. Two of them, alike but for that, come to lie at the same addresses one
 * after the other: rules kept from the first are wrong for the second.
 */
#include <linux/module.h>
#include <linux/slab.h>

static noinline void allocate(void)
{
	volatile char frame[FRAME];
	volatile size_t size = 100;
	unsigned int i;

	frame[0] = 0;
	for (i = 0; i < 50; i++) {
		kfree(kmalloc(size, GFP_KERNEL));
		barrier();
	}
	frame[FRAME - 1] = frame[0];
}

static noinline void allocate_deeper(void)
{
	allocate();
	barrier();
}

static int __init unwind_frame_init(void)
{
	allocate();
	allocate_deeper();
	return 0;
}

static void __exit unwind_frame_exit(void)
{
	allocate_deeper();
}

module_init(unwind_frame_init);
module_exit(unwind_frame_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Allocations in frames of a given size");
