// SPDX-License-Identifier: GPL-2.0
#include <linux/ktime.h>

u64 test(void);
u64 test(void)
{
	struct system_time_snapshot snapshot;

	ktime_get_snapshot(&snapshot);
	return snapshot.cycles;
}
