// SPDX-License-Identifier: GPL-2.0
#include <linux/rcupdate.h>
#include <linux/slab.h>

typedef void (*form)(struct rcu_head *head, void *ptr);

form test(void);
form test(void)
{
	return kvfree_call_rcu;
}
