// SPDX-License-Identifier: GPL-2.0
/* SLAB_NO_MERGE keeps a cache its own: from 6.5; a constructor did before. */
#include <linux/slab.h>

slab_flags_t load_test(void);
slab_flags_t load_test(void)
{
	return SLAB_NO_MERGE;
}
