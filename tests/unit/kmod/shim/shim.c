// SPDX-License-Identifier: GPL-2.0
/* What the shim's headers declare: hooks, and allocations that fail on demand. */
#include <stdlib.h>

#include "shim.h"

__thread void (*shim_hook)(void);
unsigned int shim_fail_at;
long shim_allocations;

void *vzalloc(size_t size)
{
	void *p;

	if (shim_fail_at && !--shim_fail_at)
		return NULL;
	p = calloc(1, size);
	shim_allocations += !!p;
	return p;
}

void vfree(const void *p)
{
	shim_allocations -= !!p;
	free((void *)p);
}
