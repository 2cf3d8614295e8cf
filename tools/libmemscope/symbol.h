/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Functions by address: all of the running kernel's (from /proc/kallsyms), or
 * those a recording holds. A name counts in the boot in which it was read:
 * addresses move with every boot (KASLR).
 */
#ifndef MEMSCOPE_SYMBOL_H
#define MEMSCOPE_SYMBOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct memscope_symbol - one function
 * @address: its first byte
 * @size: bytes it covers; 0: unknown
 * @name: NUL-terminated, borrowed from the table
 * @module: "" for the kernel itself
 */
struct memscope_symbol {
	uint64_t address;
	uint32_t size;
	const char *name;
	const char *module;
};

struct memscope_symbol_entry;

struct memscope_symbol_table {
	struct memscope_symbol_entry *entries;
	size_t count, room;
	char *text;			/* names, one after the other */
	size_t text_used, text_room;
	bool sorted;
};

void memscope_symbol_table_init(struct memscope_symbol_table *table);
void memscope_symbol_table_deinit(struct memscope_symbol_table *table);

/* Of two functions at one address the first stays. size 0: up to the next. */
int memscope_symbol_table_add(struct memscope_symbol_table *table, uint64_t address,
			      uint32_t size, const char *name, const char *module);

/**
 * memscope_symbol_table_read() - all functions of the running kernel
 * @table: initialised; what is in it stays
 * @path: NULL for /proc/kallsyms
 *
 * Return: 0; -EPERM where the kernel shows no addresses (kptr_restrict, or no
 * CAP_SYSLOG); -ENODATA where there are none; or an error of the file.
 */
int memscope_symbol_table_read(struct memscope_symbol_table *table, const char *path);

/* "function+0xoffset/0xsize [module]", as SYMBOLS dumps give it. -EINVAL: not that. */
int memscope_symbol_table_add_text(struct memscope_symbol_table *table, uint64_t address,
				   const char *text);

/**
 * memscope_symbol_table_find() - the function an address lies in
 * @table: sorted first, if it has to be
 * @address: as in an event
 * @returned: it is a return address, which may lie behind the call that ends
 *	a function: the byte before it is looked up
 * @symbol: set if there is one
 * @offset: of the address in it
 */
bool memscope_symbol_table_find(struct memscope_symbol_table *table, uint64_t address,
				bool returned, struct memscope_symbol *symbol,
				uint64_t *offset);

/* "function+0x1a [module]", or the address in hex; always terminated. */
void memscope_symbol_format(struct memscope_symbol_table *table, uint64_t address,
			    bool returned, char *buffer, size_t size);

#endif /* MEMSCOPE_SYMBOL_H */
