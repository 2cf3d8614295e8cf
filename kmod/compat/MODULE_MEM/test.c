// SPDX-License-Identifier: GPL-2.0
#include <linux/module.h>

void *test(const struct module *mod);
void *test(const struct module *mod)
{
	return mod->mem[MOD_TEXT].base;
}
