// SPDX-License-Identifier: GPL-2.0
/* kfree_rcu() of one argument has this name from 6.4, and in later 6.1.y. */
#include <linux/rcupdate.h>
#include <linux/slab.h>

void load_test(int *p);
void load_test(int *p)
{
	kfree_rcu_mightsleep(p);
}
