/* SPDX-License-Identifier: GPL-2.0 */
#ifndef MS_MODULES_H
#define MS_MODULES_H

#include <linux/list.h>
#include <linux/types.h>

/**
 * struct ms_symbol - a function of a module that has been unloaded
 * @list: in order of address within a module
 * @address: its first byte
 * @name: "function+0x0/0xsize [module]"
 */
struct ms_symbol {
	struct list_head list;
	u64 address;
	char name[];
};

int ms_modules_start(void);
void ms_modules_stop(void);
void ms_modules_reset(void);
const struct ms_symbol *ms_modules_symbol(u32 index);

#endif /* MS_MODULES_H */
