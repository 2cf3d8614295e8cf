// SPDX-License-Identifier: GPL-2.0
/* The smallest program a topic can ask to have compiled. */
#include <stdio.h>

int main(void)
{
	puts("hello");
	return 0;
}
