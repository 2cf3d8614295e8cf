// SPDX-License-Identifier: GPL-2.0
/*
 * Who called for an allocation.
 */
#include <string.h>

#include "caller.h"

bool memscope_is_entry(const char *function)
{
	/* x86: asm_sysvec_.., asm_common_interrupt, asm_exc_..; arm64: el1_.., el1h_64_.. */
	static const char *const beginnings[] = { "asm_", "el1_interrupt", "el1_irq", "el1h_64_" };
	static const char *const softirqs[] = {
		"__do_softirq", "handle_softirqs", "__softirqentry_text_start",
	};
	size_t i;

	for (i = 0; i < sizeof(beginnings) / sizeof(beginnings[0]); i++)
		if (!strncmp(function, beginnings[i], strlen(beginnings[i])))
			return true;
	for (i = 0; i < sizeof(softirqs) / sizeof(softirqs[0]); i++)
		if (!strcmp(function, softirqs[i]))
			return true;
	return false;
}

size_t memscope_callers(struct memscope_session *session, const struct memscope_site *site,
			const uint64_t **frames)
{
	struct memscope_symbol symbol;
	uint64_t offset;
	size_t count, i;

	*frames = memscope_stack_table_find(&session->stacks, site->stack, &count);
	if (!count) {
		*frames = &site->call_site;
		return 1;
	}
	for (i = 0; i < count; i++)
		if (memscope_symbol_table_find(&session->symbols, (*frames)[i], true, &symbol,
					       &offset) && !*symbol.module &&
		    memscope_is_entry(symbol.name))
			return i + 1;
	return count;
}
