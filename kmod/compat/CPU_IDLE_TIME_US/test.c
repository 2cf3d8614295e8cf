// SPDX-License-Identifier: GPL-2.0
#include <linux/tick.h>

u64 test(int cpu);
u64 test(int cpu)
{
	return get_cpu_idle_time_us(cpu, NULL);
}
