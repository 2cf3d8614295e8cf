/* SPDX-License-Identifier: GPL-2.0 */
#ifndef MS_LOAD_H
#define MS_LOAD_H

#include "uapi/memscope.h"

#define MS_LOAD_EVENTS	4	/* events of one sample */

void ms_load_init(void);
void ms_load_start(void);
void ms_load_stop(void);
void ms_load_sample(int cpu, struct memscope_event event[MS_LOAD_EVENTS]);

#endif /* MS_LOAD_H */
