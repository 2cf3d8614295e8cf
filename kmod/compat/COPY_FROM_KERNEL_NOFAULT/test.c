// SPDX-License-Identifier: GPL-2.0
#include <linux/uaccess.h>

long test(void *to, const void *from);
long test(void *to, const void *from)
{
	return copy_from_kernel_nofault(to, from, 8);
}
