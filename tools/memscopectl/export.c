// SPDX-License-Identifier: GPL-2.0
/*
 * What the formats of exports share: stacks, names, numbers.
 */
#include <stdlib.h>

#include "export.h"
#include "text.h"

size_t export_stack(const struct export *export, const struct memscope_site *site,
		    const uint64_t **frames)
{
	size_t count;

	*frames = memscope_stack_table_find(&export->report.session.stacks, site->stack, &count);
	if (count)
		return count;
	*frames = &site->call_site;
	return 1;
}

const char *export_function(struct export *export, uint64_t address, char *buffer,
			    size_t size)
{
	struct memscope_symbol symbol;
	uint64_t offset;

	if (!memscope_symbol_table_find(&export->report.session.symbols, address, true, &symbol,
					&offset))
		snprintf(buffer, size, "0x%llx", (unsigned long long)address);
	else if (*symbol.module)
		snprintf(buffer, size, "%s [%s]", symbol.name, symbol.module);
	else
		snprintf(buffer, size, "%s", symbol.name);
	text_clean(buffer);
	return buffer;
}

const char *export_title(const struct export *export, char *buffer, size_t size)
{
	const struct memscope_meta *meta = &export->report.session.meta;

	snprintf(buffer, size, "memscope: %s on %s", export->report.name, meta->kernel_release);
	text_clean(buffer);
	return buffer;
}

static size_t slot_of(const struct export_numbers *numbers, uint64_t key)
{
	size_t slot = (key * 0x9e3779b97f4a7c15ULL >> 32) & numbers->mask;

	while (numbers->keys[slot] && numbers->keys[slot] != key)
		slot = (slot + 1) & numbers->mask;
	return slot;
}

static bool grow(struct export_numbers *numbers)
{
	struct export_numbers larger = { .mask = numbers->mask ? numbers->mask * 2 + 1 : 1023 };
	size_t i, slot;

	larger.keys = calloc(larger.mask + 1, sizeof(*larger.keys));
	larger.numbers = calloc(larger.mask + 1, sizeof(*larger.numbers));
	if (!larger.keys || !larger.numbers) {
		export_numbers_deinit(&larger);
		return false;
	}
	larger.count = numbers->count;
	for (i = 0; numbers->keys && i <= numbers->mask; i++) {
		if (!numbers->keys[i])
			continue;
		slot = slot_of(&larger, numbers->keys[i]);
		larger.keys[slot] = numbers->keys[i];
		larger.numbers[slot] = numbers->numbers[i];
	}
	export_numbers_deinit(numbers);
	*numbers = larger;
	return true;
}

uint32_t export_number(struct export_numbers *numbers, uint64_t key, bool *added)
{
	size_t slot;

	*added = false;
	if (numbers->count * 2 >= numbers->mask && !grow(numbers))
		return 0;
	slot = slot_of(numbers, key);
	if (!numbers->keys[slot]) {
		numbers->keys[slot] = key;
		numbers->numbers[slot] = ++numbers->count;
		*added = true;
	}
	return numbers->numbers[slot];
}

void export_numbers_deinit(struct export_numbers *numbers)
{
	free(numbers->keys);
	free(numbers->numbers);
	numbers->keys = NULL;
	numbers->numbers = NULL;
	numbers->mask = 0;
}
