/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The reference: stack_trace_save, cut to what a capture is to show.
 */
#ifndef _MEMSCOPE_UNWIND_REFERENCE_H
#define _MEMSCOPE_UNWIND_REFERENCE_H

#include <linux/types.h>

unsigned int ms_reference(unsigned long *frames, unsigned int max, unsigned long call_site);
bool ms_reference_ends_at(unsigned long ip);
int ms_reference_agrees(const unsigned long *frames, unsigned int n, bool whole);
int ms_reference_init(void);
void ms_reference_exit(void);

#endif /* _MEMSCOPE_UNWIND_REFERENCE_H */
