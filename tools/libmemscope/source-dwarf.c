// SPDX-License-Identifier: GPL-2.0
/*
 * DWARF by elfutils. Each file has a session of libdwfl to itself, which lays
 * out the sections of a module and relocates its debug sections. libdwfl is not
 * let look for other files: source-file.c does, which says what it found.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "source-dwarf.h"

#ifdef MEMSCOPE_LIBDW

#include <dwarf.h>
#include <elfutils/libdwfl.h>
#include <elfutils/version.h>

#define TEXT(number)	TEXT_OF(number)
#define TEXT_OF(number)	#number

struct memscope_dwarf {
	Dwfl *dwfl;
	Dwfl_Module *module;
	char build_id[41];
};

static int find_nothing(Dwfl_Module *module, void **userdata, const char *name, Dwarf_Addr base,
			const char *file_name, const char *debuglink, GElf_Word crc,
			char **debug_name)
{
	return -1;
}

const char *memscope_dwarf_version(void)
{
	return "0." TEXT(_ELFUTILS_VERSION);
}

static void read_build_id(struct memscope_dwarf *dwarf)
{
	const unsigned char *bits;
	GElf_Addr address;
	int bytes, i;

	bytes = dwfl_module_build_id(dwarf->module, &bits, &address);
	for (i = 0; i < bytes && i < 20; i++)
		snprintf(dwarf->build_id + 2 * i, 3, "%02x", bits[i]);
}

/* Takes the descriptor over. */
static int open_fd(struct memscope_dwarf *dwarf, const char *path, int fd)
{
	static const Dwfl_Callbacks callbacks = {
		.find_debuginfo = find_nothing,
		.section_address = dwfl_offline_section_address,
	};
	Dwarf_Addr bias;

	dwarf->dwfl = dwfl_begin(&callbacks);
	if (!dwarf->dwfl) {
		close(fd);
		return -ENOMEM;
	}
	dwfl_report_begin(dwarf->dwfl);
	dwarf->module = dwfl_report_offline(dwarf->dwfl, "", path, fd);
	if (!dwarf->module) {
		close(fd);
		return -ENOEXEC;
	}
	dwfl_report_end(dwarf->dwfl, NULL, NULL);
	if (!dwfl_module_getelf(dwarf->module, &bias))
		return -ENOEXEC;
	if (!dwfl_module_getdwarf(dwarf->module, &bias))
		return -ENODATA;
	read_build_id(dwarf);
	return 0;
}

int memscope_dwarf_open(struct memscope_dwarf **dwarf, const char *path)
{
	struct memscope_dwarf *d = calloc(1, sizeof(*d));
	int fd, err;

	if (!d)
		return -ENOMEM;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	err = fd < 0 ? -errno : open_fd(d, path, fd);
	if (err)
		memscope_dwarf_close(d);
	else
		*dwarf = d;
	return err;
}

void memscope_dwarf_close(struct memscope_dwarf *dwarf)
{
	if (!dwarf)
		return;
	if (dwarf->dwfl)
		dwfl_end(dwarf->dwfl);
	free(dwarf);
}

const char *memscope_dwarf_build_id(const struct memscope_dwarf *dwarf)
{
	return dwarf->build_id;
}

bool memscope_dwarf_symbol(const struct memscope_dwarf *dwarf, const char *name,
			   uint64_t *address, uint64_t *size)
{
	int count = dwfl_module_getsymtab(dwarf->module), found = 0, i;
	GElf_Addr value, first = 0;
	GElf_Sym symbol;

	for (i = 0; i < count; i++) {
		const char *other = dwfl_module_getsym_info(dwarf->module, i, &symbol, &value,
							    NULL, NULL, NULL);

		if (!other || strcmp(other, name) || symbol.st_shndx == SHN_UNDEF)
			continue;
		/* More than one symbol of a place is one place. */
		if (found && value == first)
			continue;
		if (found++)
			return false;
		first = value;
		*size = symbol.st_size;
	}
	*address = first;
	return found;
}

bool memscope_dwarf_section(const struct memscope_dwarf *dwarf, const char *name,
			    uint64_t *address, uint64_t *size)
{
	GElf_Shdr header;
	Elf_Scn *section = NULL;
	GElf_Addr bias;
	size_t names;
	Elf *elf;

	elf = dwfl_module_getelf(dwarf->module, &bias);
	if (!elf || elf_getshdrstrndx(elf, &names))
		return false;
	while ((section = elf_nextscn(elf, section))) {
		const char *other;

		if (!gelf_getshdr(section, &header) || !(header.sh_flags & SHF_ALLOC))
			continue;
		other = elf_strptr(elf, names, header.sh_name);
		if (!other || strcmp(other, name))
			continue;
		*address = header.sh_addr + bias;
		*size = header.sh_size;
		return true;
	}
	return false;
}

/* The unit an address lies in; clang makes no .debug_aranges, so ask each then. */
static Dwarf_Die *find_unit(struct memscope_dwarf *dwarf, Dwarf_Addr address, Dwarf_Addr *bias)
{
	Dwarf_Die *unit = dwfl_module_addrdie(dwarf->module, address, bias);

	if (unit)
		return unit;
	do {
		unit = dwfl_module_nextcu(dwarf->module, unit, bias);
	} while (unit && dwarf_haspc(unit, address - *bias) <= 0);
	return unit;
}

/* "a/./b/../c" as "a/c", and without the folder it was compiled in. */
static char *tidy_path(const char *path, const char *folder)
{
	size_t length = folder ? strlen(folder) : 0, used = 0;
	char *tidy = malloc(strlen(path) + 1);

	if (!tidy)
		return NULL;
	if (path[0] == '/')
		tidy[used++] = '/';
	while (*path) {
		size_t part = strcspn(path, "/");

		if (part == 2 && !strncmp(path, "..", 2) && used > 1) {
			/* Up: the part before goes, unless it is ".." itself. */
			size_t start = used - 1;

			while (start && tidy[start - 1] != '/')
				start--;
			if (strncmp(tidy + start, "../", 3)) {
				used = start;
				part = 0;
			}
		} else if (part == 1 && path[0] == '.') {
			part = 0;
		}
		if (part) {
			memcpy(tidy + used, path, part);
			used += part;
			tidy[used++] = '/';
		}
		path += strcspn(path, "/");
		path += strspn(path, "/");
	}
	tidy[used ? used - 1 : 0] = '\0';
	if (length && !strncmp(tidy, folder, length) && tidy[length] == '/')
		memmove(tidy, tidy + length + 1, strlen(tidy + length + 1) + 1);
	return tidy;
}

static const char *compiled_in(Dwarf_Die *unit)
{
	Dwarf_Attribute attribute;

	return dwarf_formstring(dwarf_attr(unit, DW_AT_comp_dir, &attribute));
}

static int set_file(struct memscope_line *line, Dwarf_Die *unit, const char *path)
{
	if (!path)
		return 0;
	line->file = tidy_path(path, compiled_in(unit));
	return line->file ? 0 : -ENOMEM;
}

/* Where the function this scope is a copy of was called. */
static int set_call(struct memscope_line *line, Dwarf_Die *unit, Dwarf_Die *scope)
{
	Dwarf_Attribute attribute;
	Dwarf_Files *files;
	Dwarf_Word number;
	size_t count;

	if (!dwarf_formudata(dwarf_attr(scope, DW_AT_call_line, &attribute), &number))
		line->line = number;
	if (dwarf_formudata(dwarf_attr(scope, DW_AT_call_file, &attribute), &number) ||
	    dwarf_getsrcfiles(unit, &files, &count) || number >= count)
		return 0;
	return set_file(line, unit, dwarf_filesrc(files, number, NULL, NULL));
}

static const char *name_of(Dwarf_Die *scope)
{
	Dwarf_Attribute attribute;

	return dwarf_formstring(dwarf_attr_integrate(scope, DW_AT_name, &attribute));
}

/* Scopes from the innermost outwards, up to the function that has code of its own. */
static int take_scopes(Dwarf_Die *unit, Dwarf_Die *scopes, int scope_count,
		       struct memscope_line *lines, size_t *count)
{
	int i, err;

	for (i = 0; i < scope_count; i++) {
		int tag = dwarf_tag(&scopes[i]);

		if (tag != DW_TAG_subprogram && tag != DW_TAG_inlined_subroutine)
			continue;
		lines[*count - 1].function = name_of(&scopes[i]);
		if (tag == DW_TAG_subprogram)
			break;
		(*count)++;
		err = set_call(&lines[*count - 1], unit, &scopes[i]);
		if (err)
			return err;
	}
	return 0;
}

static int fill_lines(Dwarf_Die *unit, Dwarf_Addr address, struct memscope_line **lines,
		      size_t *count)
{
	Dwarf_Line *row = dwarf_getsrc_die(unit, address);
	Dwarf_Die *inner = NULL, *scopes = NULL;
	int scope_count = 0, number = 0, err;

	/* The scopes an address lies in, and those that the innermost of them stands in. */
	if (dwarf_getscopes(unit, address, &inner) > 0)
		scope_count = dwarf_getscopes_die(&inner[0], &scopes);
	if (scope_count < 0)
		scope_count = 0;
	*lines = calloc(scope_count + 1, sizeof(**lines));
	err = *lines ? 0 : -ENOMEM;
	if (!err) {
		*count = 1;
		if (row && !dwarf_lineno(row, &number))
			(*lines)[0].line = number;
		if (row)
			err = set_file(&(*lines)[0], unit, dwarf_linesrc(row, NULL, NULL));
		err = err ?: take_scopes(unit, scopes, scope_count, *lines, count);
	}
	free(inner);
	free(scopes);
	return err;
}

int memscope_dwarf_find(struct memscope_dwarf *dwarf, uint64_t address,
			struct memscope_line **lines, size_t *count)
{
	Dwarf_Addr bias = 0;
	Dwarf_Die *unit;
	int err;

	*lines = NULL;
	*count = 0;
	unit = find_unit(dwarf, address, &bias);
	if (!unit)
		return 0;
	err = fill_lines(unit, address - bias, lines, count);
	if (!err && *count == 1 && !(*lines)[0].file && !(*lines)[0].function)
		err = 1;		/* nothing is known, which is no error */
	if (err) {
		while (*lines && *count)
			free((*lines)[--*count].file);
		free(*lines);
		*lines = NULL;
		*count = 0;
	}
	return err < 0 ? err : 0;
}

#else /* MEMSCOPE_LIBDW */

const char *memscope_dwarf_version(void)
{
	return NULL;
}

int memscope_dwarf_open(struct memscope_dwarf **dwarf, const char *path)
{
	return -ENOTSUP;
}

void memscope_dwarf_close(struct memscope_dwarf *dwarf)
{
}

const char *memscope_dwarf_build_id(const struct memscope_dwarf *dwarf)
{
	return "";
}

bool memscope_dwarf_symbol(const struct memscope_dwarf *dwarf, const char *name,
			   uint64_t *address, uint64_t *size)
{
	return false;
}

bool memscope_dwarf_section(const struct memscope_dwarf *dwarf, const char *name,
			    uint64_t *address, uint64_t *size)
{
	return false;
}

int memscope_dwarf_find(struct memscope_dwarf *dwarf, uint64_t address,
			struct memscope_line **lines, size_t *count)
{
	*lines = NULL;
	*count = 0;
	return 0;
}

#endif /* MEMSCOPE_LIBDW */
