// SPDX-License-Identifier: GPL-2.0
/*
 * The library's version, compiled in from the file VERSION.
 */
#include "memscope.h"

const char *memscope_version(void)
{
	return MEMSCOPE_VERSION;
}
