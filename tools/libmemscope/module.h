/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel and its modules: where each lies and its build id, so that an
 * address can later be looked up in the right file with debug information.
 */
#ifndef MEMSCOPE_MODULE_H
#define MEMSCOPE_MODULE_H

#include <stddef.h>
#include <stdint.h>

struct json_object;

struct memscope_section {
	char *name;
	uint64_t address;
};

struct memscope_module {
	char *name;			/* "vmlinux" for the kernel itself */
	uint64_t base;			/* of its text; of _stext for the kernel */
	uint64_t bytes;
	char build_id[41];		/* hex; "" where it is not known */
	struct memscope_section *sections;
	size_t section_count;
};

struct memscope_module_table {
	struct memscope_module *modules;
	size_t count;
};

void memscope_module_table_init(struct memscope_module_table *table);
void memscope_module_table_deinit(struct memscope_module_table *table);

/*
 * From /proc/modules, /sys/module and /sys/kernel/notes, beside what is there:
 * modules that have gone stay, and one that was loaded again is there twice.
 */
int memscope_module_table_gather(struct memscope_module_table *table);

/* The first of that name; NULL if there is none. */
struct memscope_module *memscope_module_table_find(const struct memscope_module_table *table,
						   const char *name);

struct json_object *memscope_module_table_json(const struct memscope_module_table *table);
/* Replaces what is there. -EPROTO: no array. */
int memscope_module_table_parse(struct memscope_module_table *table, const char *json,
				size_t bytes);

#endif /* MEMSCOPE_MODULE_H */
