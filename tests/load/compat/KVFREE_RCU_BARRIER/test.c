// SPDX-License-Identifier: GPL-2.0
/* kvfree_rcu_barrier(), which waits for what kfree_rcu() was given: from 6.12. */
#include <linux/rcupdate.h>
#include <linux/slab.h>

void load_test(void);
void load_test(void)
{
	kvfree_rcu_barrier();
}
