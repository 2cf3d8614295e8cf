// SPDX-License-Identifier: GPL-2.0
/*
 * Functions by address: a sorted array, names in one block of text.
 *
 * Entries hold offsets into the text, since it moves when it grows.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "symbol.h"

/* A function without a size and a successor: as far as one is believed to go. */
#define REACH (1U << 20)
#define PAGE 4096U

struct memscope_symbol_entry {
	uint64_t address;
	uint32_t size;
	uint32_t order;			/* of arrival: the first of an address wins */
	uint32_t name;			/* offsets in text */
	uint32_t module;
};

void memscope_symbol_table_init(struct memscope_symbol_table *table)
{
	memset(table, 0, sizeof(*table));
}

void memscope_symbol_table_deinit(struct memscope_symbol_table *table)
{
	free(table->entries);
	free(table->text);
	memset(table, 0, sizeof(*table));
}

/* Offset of a copy of string in text. */
static int keep_text(struct memscope_symbol_table *table, const char *string, uint32_t *offset)
{
	size_t bytes = strlen(string) + 1;

	if (table->text_room - table->text_used < bytes) {
		size_t room = table->text_room ? table->text_room : 65536;
		char *text;

		while (room - table->text_used < bytes)
			room *= 2;
		if (room > UINT32_MAX)
			return -ENOSPC;
		text = realloc(table->text, room);
		if (!text)
			return -ENOMEM;
		table->text = text;
		table->text_room = room;
	}
	memcpy(table->text + table->text_used, string, bytes);
	*offset = table->text_used;
	table->text_used += bytes;
	return 0;
}

int memscope_symbol_table_add(struct memscope_symbol_table *table, uint64_t address,
			      uint32_t size, const char *name, const char *module)
{
	struct memscope_symbol_entry *entry;
	int err;

	if (table->count == table->room) {
		size_t room = table->room ? table->room * 2 : 1024;

		if (room > UINT32_MAX)
			return -ENOSPC;
		entry = realloc(table->entries, room * sizeof(*entry));
		if (!entry)
			return -ENOMEM;
		table->entries = entry;
		table->room = room;
	}
	entry = &table->entries[table->count];
	entry->address = address;
	entry->size = size;
	entry->order = table->count;
	err = keep_text(table, name, &entry->name);
	if (err)
		return err;
	/* Functions of a module come in a row: its name is kept once for them. */
	if (table->count && !strcmp(module, table->text + entry[-1].module))
		entry->module = entry[-1].module;
	else
		err = keep_text(table, module, &entry->module);
	if (err)
		return err;
	table->sorted = table->sorted && table->count && address > entry[-1].address;
	table->count++;
	return 0;
}

static int compare(const void *a, const void *b)
{
	const struct memscope_symbol_entry *x = a, *y = b;

	if (x->address != y->address)
		return x->address < y->address ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

static void sort(struct memscope_symbol_table *table)
{
	size_t i, kept = 0;

	if (table->sorted || !table->count)
		return;
	qsort(table->entries, table->count, sizeof(*table->entries), compare);
	for (i = 0; i < table->count; i++) {
		struct memscope_symbol_entry *entry = &table->entries[i];

		if (kept && table->entries[kept - 1].address == entry->address) {
			/* An alias may know the size the first did not. */
			if (!table->entries[kept - 1].size)
				table->entries[kept - 1].size = entry->size;
			continue;
		}
		table->entries[kept] = *entry;
		table->entries[kept].order = kept;
		kept++;
	}
	table->count = kept;
	table->sorted = true;
}

/* One line of kallsyms: "ffffffff81000000 T name\t[module]". */
static int read_line(struct memscope_symbol_table *table, char *line, bool *hidden)
{
	char *end, *name, *module;
	uint64_t address;

	errno = 0;
	address = strtoull(line, &end, 16);
	if (errno || end == line || end[0] != ' ' || !end[1] || end[2] != ' ')
		return 0;
	if (!strchr("tTwW", end[1]))
		return 0;
	if (!address) {
		*hidden = true;
		return 0;
	}
	name = end + 3;
	end = name + strcspn(name, " \t\n");
	module = end + strspn(end, " \t");
	*end = '\0';
	/* arm64 marks code and data with symbols of these names. */
	if (!*name || name[0] == '$' || !strncmp(name, ".L", 2))
		return 0;
	if (*module == '[') {
		module++;
		module[strcspn(module, "]\n")] = '\0';
	} else {
		module = end;
	}
	return memscope_symbol_table_add(table, address, 0, name, module);
}

int memscope_symbol_table_read(struct memscope_symbol_table *table, const char *path)
{
	FILE *file = fopen(path ? path : "/proc/kallsyms", "re");
	size_t room = 0, before = table->count;
	char *line = NULL;
	bool hidden = false;
	int err = 0;

	if (!file)
		return -errno;
	while (!err && getline(&line, &room, file) > 0)
		err = read_line(table, line, &hidden);
	if (!err && ferror(file))
		err = -EIO;
	free(line);
	fclose(file);
	if (!err && table->count == before)
		err = hidden ? -EPERM : -ENODATA;
	return err;
}

int memscope_symbol_table_add_text(struct memscope_symbol_table *table, uint64_t address,
				   const char *text)
{
	const char *plus = strrchr(text, '+'), *bracket;
	unsigned long long offset, size;
	char name[256], module[128] = "";
	char *end;

	if (!plus || plus == text || (size_t)(plus - text) >= sizeof(name))
		return -EINVAL;
	offset = strtoull(plus + 1, &end, 16);
	if (end == plus + 1 || *end != '/')
		return -EINVAL;
	plus = end + 1;
	size = strtoull(plus, &end, 16);
	if (end == plus || size > UINT32_MAX || offset > size || offset > address)
		return -EINVAL;
	memcpy(name, text, strcspn(text, "+"));
	name[strcspn(text, "+")] = '\0';
	bracket = strchr(end, '[');
	if (bracket) {
		size_t length = strcspn(bracket + 1, " ]");

		if (length >= sizeof(module))
			return -EINVAL;
		memcpy(module, bracket + 1, length);
		module[length] = '\0';
	}
	return memscope_symbol_table_add(table, address - offset, size, name, module);
}

bool memscope_symbol_table_find(struct memscope_symbol_table *table, uint64_t address,
				bool returned, struct memscope_symbol *symbol,
				uint64_t *offset)
{
	const struct memscope_symbol_entry *entry;
	uint64_t at = address - (returned && address);
	size_t low = 0, high = table->count;
	uint64_t reach;

	sort(table);
	high = table->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (table->entries[middle].address <= at)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low)
		return false;
	entry = &table->entries[low - 1];
	reach = entry->size;
	if (!reach) {
		reach = REACH;
		/* What follows a module's last page of text is another's, or nobody's. */
		if (table->text[entry->module] &&
		    (low == table->count ||
		     strcmp(table->text + entry[1].module, table->text + entry->module)))
			reach = PAGE - entry->address % PAGE;
		if (low < table->count && entry[1].address - entry->address < reach)
			reach = entry[1].address - entry->address;
	}
	if (at - entry->address >= reach)
		return false;
	symbol->address = entry->address;
	symbol->size = entry->size || low < table->count ? reach : 0;
	symbol->name = table->text + entry->name;
	symbol->module = table->text + entry->module;
	*offset = address - entry->address;
	return true;
}

void memscope_symbol_format(struct memscope_symbol_table *table, uint64_t address,
			    bool returned, char *buffer, size_t size)
{
	struct memscope_symbol symbol;
	uint64_t offset;

	if (!memscope_symbol_table_find(table, address, returned, &symbol, &offset))
		snprintf(buffer, size, "0x%llx", (unsigned long long)address);
	else if (symbol.module[0])
		snprintf(buffer, size, "%s+0x%llx [%s]", symbol.name,
			 (unsigned long long)offset, symbol.module);
	else
		snprintf(buffer, size, "%s+0x%llx", symbol.name, (unsigned long long)offset);
}
