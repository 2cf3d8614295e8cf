// SPDX-License-Identifier: GPL-2.0
#include <linux/kernel_stat.h>

u64 test(int cpu);
u64 test(int cpu)
{
	return kcpustat_field_idle(cpu) + kcpustat_field_iowait(cpu);
}
