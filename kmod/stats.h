/* SPDX-License-Identifier: GPL-2.0 */
#ifndef MS_STATS_H
#define MS_STATS_H

#include <linux/types.h>

#include "uapi/memscope.h"

void ms_stats_reset(void);
void ms_stats_read(int cpu, u64 counter[MEMSCOPE_COUNTERS]);

#endif /* MS_STATS_H */
