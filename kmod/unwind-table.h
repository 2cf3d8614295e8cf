/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Rules by return address.
 */
#ifndef _MEMSCOPE_UNWIND_TABLE_H
#define _MEMSCOPE_UNWIND_TABLE_H

#include <linux/compiler.h>
#include <linux/limits.h>
#include <linux/types.h>

#include "unwind-rule.h"

#define MS_RULES_BITS	15
#define MS_RULES	(1U << MS_RULES_BITS)
#define MS_RULES_NONE	U64_MAX
#define MS_RULES_HIGH	0xffffffff00000000UL

/*
 * Low 32 bits of the address (the high ones are all set in kernel code) above the
 * rule; 0 is free. Written by cmpxchg.
 */
extern u64 ms_rules[MS_RULES];

static __always_inline unsigned long ms_rules_slot(unsigned long ip)
{
	return (u32)ip * 0x9e3779b1U >> (32 - MS_RULES_BITS);
}

/* The address's rule if it lies in its first slot, else something above U32_MAX. */
static __always_inline u64 ms_rules_first(unsigned long ip)
{
	return READ_ONCE(ms_rules[ms_rules_slot(ip)]) ^ (u64)ip << 32;
}

u64 ms_rules_get(unsigned long ip);
void ms_rules_set(unsigned long ip, u32 rule);
int ms_rules_init(void);
void ms_rules_exit(void);

#endif /* _MEMSCOPE_UNWIND_TABLE_H */
