/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One ELF file with DWARF: a kernel, a module, or the debug file of either.
 * Addresses are the file's own; of a module (ET_REL), those at which its
 * sections are laid out here. source-dwarf.c is the only file that knows
 * elfutils; built without MEMSCOPE_LIBDW it opens nothing (-ENOTSUP).
 */
#ifndef MEMSCOPE_SOURCE_DWARF_H
#define MEMSCOPE_SOURCE_DWARF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct memscope_dwarf;

/**
 * struct memscope_line - a place in the source
 * @function: NULL where it is not known; lives as long as the file is open
 * @file: owned by whoever was given the line; NULL where it is not known
 * @line: 0 where it is not known
 */
struct memscope_line {
	const char *function;
	char *file;
	uint32_t line;
};

/* Version of elfutils, or NULL where the library was built without it. */
const char *memscope_dwarf_version(void);

/*
 * -ENOTSUP: built without elfutils; -ENODATA: it has no DWARF; -ENOEXEC: no
 * ELF; others: the file's own errors. Compressed modules are opened too.
 */
int memscope_dwarf_open(struct memscope_dwarf **dwarf, const char *path);
void memscope_dwarf_close(struct memscope_dwarf *dwarf);

/* In hex; "" if it has none. */
const char *memscope_dwarf_build_id(const struct memscope_dwarf *dwarf);
/* False unless one symbol, and only one, has that name. */
bool memscope_dwarf_symbol(const struct memscope_dwarf *dwarf, const char *name,
			   uint64_t *address, uint64_t *size);
bool memscope_dwarf_section(const struct memscope_dwarf *dwarf, const char *name,
			    uint64_t *address, uint64_t *size);

/**
 * memscope_dwarf_find() - the source of one instruction
 * @dwarf: open
 * @address: of any of its bytes
 * @lines: filled, innermost first: all but the last are functions that were
 *	inlined there. The caller frees each file, and the array.
 * @count: of lines; 0: not known, and *lines is NULL
 *
 * Return: 0 or -ENOMEM.
 */
int memscope_dwarf_find(struct memscope_dwarf *dwarf, uint64_t address,
			struct memscope_line **lines, size_t *count);

#endif /* MEMSCOPE_SOURCE_DWARF_H */
