// SPDX-License-Identifier: GPL-2.0
/* A module's own NMI handler, and the instruction that enters it: x86. */
#include <linux/kernel.h>
#include <linux/list.h>
#include <asm/nmi.h>

static int handler(unsigned int type, struct pt_regs *regs)
{
	return NMI_DONE;
}

int load_test(void);
int load_test(void)
{
	asm volatile("int $2" ::: "memory");
	unregister_nmi_handler(NMI_LOCAL, "test");
	return register_nmi_handler(NMI_LOCAL, handler, 0, "test");
}
