/* SPDX-License-Identifier: GPL-2.0 */
#ifndef MS_CLOCK_H
#define MS_CLOCK_H

#include <linux/ktime.h>
#include <linux/timex.h>
#ifdef CONFIG_X86_64
#include <asm/tsc.h>
#endif

/**
 * ms_clock_cycles() - the counter, while it serves as the clock of events
 *
 * A CPU that sees what another did after it read the counter reads no lower value:
 * rdtsc_ordered() gives just what the kernel's clock source gives.
 *
 * Context: any.
 */
static __always_inline u64 ms_clock_cycles(void)
{
#ifdef CONFIG_X86_64
	return rdtsc_ordered();
#else
	return 0;
#endif
}

int ms_clock_init(void);
void ms_clock_exit(void);
u64 ms_clock_start(void);
u64 ms_clock_now(void);
u64 ms_clock_ns(u64 cycles);

#endif /* MS_CLOCK_H */
