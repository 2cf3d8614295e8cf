// SPDX-License-Identifier: GPL-2.0
/*
 * Addresses and their names.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "names.h"

static int set_init(struct memscope_address_set *set)
{
	set->mask = 4095;
	set->count = 0;
	set->slots = calloc(set->mask + 1, sizeof(*set->slots));
	return set->slots ? 0 : -ENOMEM;
}

static size_t place_of(const struct memscope_address_set *set, uint64_t address)
{
	size_t at = memscope_address_home(set, address);

	while (set->slots[at] && set->slots[at] != address)
		at = (at + 1) & set->mask;
	return at;
}

/* 1: added, 0: it was there. */
static int set_add(struct memscope_address_set *set, uint64_t address)
{
	size_t at = place_of(set, address), i;
	struct memscope_address_set grown;

	if (set->slots[at])
		return 0;
	set->slots[at] = address;
	if (++set->count <= set->mask / 2)
		return 1;
	grown.mask = set->mask * 2 + 1;
	grown.count = set->count;
	grown.slots = calloc(grown.mask + 1, sizeof(*grown.slots));
	if (!grown.slots)
		return -ENOMEM;
	for (i = 0; i <= set->mask; i++)
		if (set->slots[i])
			grown.slots[place_of(&grown, set->slots[i])] = set->slots[i];
	free(set->slots);
	*set = grown;
	return 1;
}

static int append(uint64_t **list, size_t *count, size_t *room, uint64_t address)
{
	if (*count == *room) {
		size_t more = *room ? *room * 2 : 256;
		uint64_t *grown = realloc(*list, more * sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		*list = grown;
		*room = more;
	}
	(*list)[(*count)++] = address;
	return 0;
}

int memscope_names_init(struct memscope_names *names)
{
	int err;

	memset(names, 0, sizeof(*names));
	memscope_symbol_table_init(&names->kernel);
	err = set_init(&names->seen);
	return err ?: set_init(&names->written);
}

void memscope_names_deinit(struct memscope_names *names)
{
	memscope_symbol_table_deinit(&names->kernel);
	free(names->seen.slots);
	free(names->written.slots);
	free(names->waiting);
	free(names->unknown);
	memset(names, 0, sizeof(*names));
}

int memscope_names_read(struct memscope_names *names)
{
	struct memscope_symbol_table table;
	int err;

	memscope_symbol_table_init(&table);
	err = memscope_symbol_table_read(&table, NULL);
	if (err) {
		memscope_symbol_table_deinit(&table);
		return err;
	}
	memscope_symbol_table_deinit(&names->kernel);
	names->kernel = table;
	return 0;
}

int memscope_names_see_slow(struct memscope_names *names, uint64_t address)
{
	int added = set_add(&names->seen, address);

	if (added <= 0)
		return added;
	return append(&names->waiting, &names->waiting_count, &names->waiting_room, address);
}

static int write_name(struct memscope_names *names, struct memscope_writer *writer,
		      uint64_t address)
{
	struct memscope_symbol symbol;
	uint64_t offset;
	int added;

	if (!memscope_symbol_table_find(&names->kernel, address, true, &symbol, &offset))
		return append(&names->unknown, &names->unknown_count, &names->unknown_room,
			      address);
	added = set_add(&names->written, symbol.address);
	if (added <= 0)
		return added;
	return memscope_writer_symbol(writer, &symbol);
}

int memscope_names_write(struct memscope_names *names, struct memscope_writer *writer,
			 bool retry)
{
	size_t i, count;
	int err = 0;

	if (retry) {
		count = names->unknown_count;
		names->unknown_count = 0;
		for (i = 0; !err && i < count; i++)
			err = append(&names->waiting, &names->waiting_count,
				     &names->waiting_room, names->unknown[i]);
	}
	for (i = 0; !err && i < names->waiting_count; i++)
		err = write_name(names, writer, names->waiting[i]);
	names->waiting_count = 0;
	return err;
}
