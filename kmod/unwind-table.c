// SPDX-License-Identifier: GPL-2.0
/*
 * Rules by return address.
 *
 * A hash table of single words, each an address and its rule, so that a reader
 * never sees one without the other. Readers take no lock and run in any context,
 * NMI included; writers too, by cmpxchg. An address lies in one of WAYS slots.
 *
 * The rules of a module's code go when the module goes, those of its init code when
 * that has run: after that other code may lie there. So do the paths through it
 * (unwind-path.c). Nobody needs them any more: code that has ended is on no stack.
 */
#include <linux/module.h>
#include <linux/notifier.h>

#include "unwind-path.h"
#include "unwind-table.h"

#define WAYS	4

u64 ms_rules[MS_RULES];

static u64 *way(unsigned long ip, unsigned int i)
{
	return &ms_rules[(ms_rules_slot(ip) + i) % MS_RULES];
}

/**
 * ms_rules_get() - the rule of an address
 * @ip: return address
 *
 * Context: any.
 * Return: the rule, or MS_RULES_NONE.
 */
u64 ms_rules_get(unsigned long ip)
{
	unsigned int i;
	u64 rule;

	for (i = 0; i < WAYS; i++) {
		rule = READ_ONCE(*way(ip, i)) ^ (u64)ip << 32;
		if (rule <= U32_MAX)
			return rule;
	}
	return MS_RULES_NONE;
}

/**
 * ms_rules_set() - keep the rule of an address
 * @ip: return address
 * @rule: its rule
 *
 * Where all its slots are taken another address's rule gives way, unless that is
 * refused: what was retired must not be learned anew.
 *
 * Context: any.
 */
void ms_rules_set(unsigned long ip, u32 rule)
{
	u64 word = (u64)ip << 32 | rule, old;
	unsigned int i;

	for (i = 0; i < WAYS; i++) {
		old = READ_ONCE(*way(ip, i));
		if (old && old >> 32 != (u32)ip)
			continue;
		if (cmpxchg(way(ip, i), old, word) == old)
			return;
	}
	for (i = 0; i < WAYS; i++) {
		old = READ_ONCE(*way(ip, i));
		if (MS_RULE_KIND((u32)old) == MS_RULE_REFUSED)
			continue;
		if (cmpxchg(way(ip, i), old, word) == old)
			return;
	}
}

static int module_changed(struct notifier_block *block, unsigned long event, void *data)
{
	const struct module *mod = data;
	unsigned long code;
	unsigned int i;
	u64 word;

	if (event != MODULE_STATE_LIVE && event != MODULE_STATE_GOING)
		return NOTIFY_DONE;
	for (i = 0; i < MS_RULES; i++) {
		word = READ_ONCE(ms_rules[i]);
		code = (MS_RULES_HIGH | word >> 32) - 1;
		if (word && (event == MODULE_STATE_GOING ? within_module(code, mod) :
							   within_module_init(code, mod)))
			cmpxchg(&ms_rules[i], word, 0);
	}
	ms_path_module_gone(mod, event == MODULE_STATE_LIVE);
	return NOTIFY_OK;
}

static struct notifier_block module_notifier = {
	.notifier_call = module_changed,
};

/**
 * ms_rules_init() - keep rules from now on
 *
 * Context: process, may sleep.
 * Return: 0 or -errno.
 */
int ms_rules_init(void)
{
	return register_module_notifier(&module_notifier);
}

/**
 * ms_rules_exit() - undo ms_rules_init()
 *
 * Context: process, may sleep.
 */
void ms_rules_exit(void)
{
	unregister_module_notifier(&module_notifier);
}
