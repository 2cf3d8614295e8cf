// SPDX-License-Identifier: GPL-2.0
/* hrtimer_setup(), which took hrtimer_init()'s place: from 6.13. */
#include <linux/hrtimer.h>

void load_test(struct hrtimer *timer, enum hrtimer_restart (*function)(struct hrtimer *));
void load_test(struct hrtimer *timer, enum hrtimer_restart (*function)(struct hrtimer *))
{
	hrtimer_setup(timer, function, CLOCK_MONOTONIC, HRTIMER_MODE_REL_PINNED_HARD);
}
