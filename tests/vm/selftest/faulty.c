// SPDX-License-Identifier: GPL-2.0
/*
 * A module that does on loading what its parameter says, for the harness's test of
 * itself: nothing, a warning, an oops, a panic, a CPU that never answers again, or a
 * reference that keeps it from being unloaded.
 */
#include <linux/delay.h>
#include <linux/irqflags.h>
#include <linux/kernel.h>
#include <linux/module.h>

static char *fault = "none";
module_param(fault, charp, 0444);
MODULE_PARM_DESC(fault, "none, warn, oops, panic, hang");

static int __init faulty_init(void)
{
	if (!strcmp(fault, "warn"))
		WARN(1, "a deliberate warning\n");
	if (!strcmp(fault, "oops"))
		*(volatile int *)8 = 0;
	if (!strcmp(fault, "panic"))
		panic("a deliberate panic");
	if (!strcmp(fault, "hang")) {
		local_irq_disable();
		for (;;)
			cpu_relax();
	}
	return 0;
}

static void __exit faulty_exit(void)
{
}

module_init(faulty_init);
module_exit(faulty_exit);
MODULE_DESCRIPTION("Deliberate faults for the test harness");
MODULE_LICENSE("GPL");
