// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel and its modules.
 */
#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "meta.h"
#include "module.h"

#define MODULES_MAX	4096
#define SECTIONS_MAX	4096
#define NOTES_BYTES	4096

void memscope_module_table_init(struct memscope_module_table *table)
{
	memset(table, 0, sizeof(*table));
}

static void module_deinit(struct memscope_module *module)
{
	size_t i;

	for (i = 0; i < module->section_count; i++)
		free(module->sections[i].name);
	free(module->sections);
	free(module->name);
}

void memscope_module_table_deinit(struct memscope_module_table *table)
{
	size_t i;

	for (i = 0; i < table->count; i++)
		module_deinit(&table->modules[i]);
	free(table->modules);
	memset(table, 0, sizeof(*table));
}

struct memscope_module *memscope_module_table_find(const struct memscope_module_table *table,
						   const char *name)
{
	size_t i;

	for (i = 0; i < table->count; i++)
		if (!strcmp(table->modules[i].name, name))
			return &table->modules[i];
	return NULL;
}

/* A new module at the end, or NULL. */
static struct memscope_module *add_module(struct memscope_module_table *table,
					  const char *name)
{
	struct memscope_module *modules;

	if (table->count >= MODULES_MAX)
		return NULL;
	modules = realloc(table->modules, (table->count + 1) * sizeof(*modules));
	if (!modules)
		return NULL;
	table->modules = modules;
	memset(&modules[table->count], 0, sizeof(*modules));
	modules[table->count].name = strdup(name);
	if (!modules[table->count].name)
		return NULL;
	return &modules[table->count++];
}

static int add_section(struct memscope_module *module, const char *name, uint64_t address)
{
	struct memscope_section *sections;

	if (module->section_count >= SECTIONS_MAX)
		return 0;
	sections = realloc(module->sections,
			   (module->section_count + 1) * sizeof(*sections));
	if (!sections)
		return -ENOMEM;
	module->sections = sections;
	sections[module->section_count].address = address;
	sections[module->section_count].name = strdup(name);
	if (!sections[module->section_count].name)
		return -ENOMEM;
	module->section_count++;
	return 0;
}

/* Looks for the GNU build id among ELF notes. */
static void read_build_id(const char *path, char build_id[41])
{
	union {
		Elf64_Nhdr align;
		unsigned char bytes[NOTES_BYTES];
	} notes;
	FILE *file = fopen(path, "re");
	size_t left, at = 0, i;

	if (!file)
		return;
	left = fread(notes.bytes, 1, sizeof(notes.bytes), file);
	fclose(file);
	while (left - at >= sizeof(Elf64_Nhdr)) {
		Elf64_Nhdr note;
		size_t name, desc;

		memcpy(&note, notes.bytes + at, sizeof(note));
		name = at + sizeof(note);
		desc = name + ((size_t)note.n_namesz + 3) / 4 * 4;
		if (desc > left || note.n_descsz > left - desc)
			return;
		if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 &&
		    !memcmp(notes.bytes + name, "GNU", 4) && note.n_descsz <= 20) {
			for (i = 0; i < note.n_descsz; i++)
				snprintf(build_id + 2 * i, 3, "%02x", notes.bytes[desc + i]);
			return;
		}
		at = desc + ((size_t)note.n_descsz + 3) / 4 * 4;
		if (at > left)
			return;
	}
}

static int read_sections(struct memscope_module *module)
{
	char path[512], text[64];
	struct dirent *entry;
	DIR *sections;
	FILE *file;
	int err = 0;

	snprintf(path, sizeof(path), "/sys/module/%.200s/sections", module->name);
	sections = opendir(path);
	if (!sections)
		return 0;
	while (!err && (entry = readdir(sections))) {
		/* .text, .init.text, .rodata, ..; others are of no use to addresses */
		if (entry->d_name[0] != '.' || !entry->d_name[1] || entry->d_name[1] == '.' ||
		    !strncmp(entry->d_name, ".note", 5))
			continue;
		snprintf(path, sizeof(path), "/sys/module/%.100s/sections/%.200s",
			 module->name, entry->d_name);
		file = fopen(path, "re");
		if (!file)
			continue;
		if (fgets(text, sizeof(text), file))
			err = add_section(module, entry->d_name, strtoull(text, NULL, 16));
		fclose(file);
	}
	closedir(sections);
	return err;
}

static int gather_module(struct memscope_module_table *table, const char *line)
{
	struct memscope_module *module;
	unsigned long long bytes, base = 0;
	char name[128], path[256];
	size_t i;

	/* "ext4 983040 1 - Live 0xffffffffc0a00000" */
	if (sscanf(line, "%127s %llu %*s %*s %*s %llx", name, &bytes, &base) < 2)
		return 0;
	/* Loaded again elsewhere it is another one: both have been seen. */
	for (i = 0; i < table->count; i++)
		if (table->modules[i].base == base && !strcmp(table->modules[i].name, name))
			return 0;
	module = add_module(table, name);
	if (!module)
		return table->count < MODULES_MAX ? -ENOMEM : 0;
	module->base = base;
	module->bytes = bytes;
	snprintf(path, sizeof(path), "/sys/module/%s/notes/.note.gnu.build-id", name);
	read_build_id(path, module->build_id);
	return read_sections(module);
}

static int gather_kernel(struct memscope_module_table *table)
{
	struct memscope_module *kernel;
	char *line = NULL;
	size_t room = 0;
	FILE *file;

	if (memscope_module_table_find(table, "vmlinux"))
		return 0;
	kernel = add_module(table, "vmlinux");
	if (!kernel)
		return -ENOMEM;
	read_build_id("/sys/kernel/notes", kernel->build_id);
	file = fopen("/proc/kallsyms", "re");
	if (!file)
		return 0;
	while (getline(&line, &room, file) > 0) {
		unsigned long long address = strtoull(line, NULL, 16);
		const char *name = strrchr(line, ' ');

		if (strchr(line, '['))
			break;
		if (name && !strcmp(name, " _stext\n"))
			kernel->base = address;
		if (name && !strcmp(name, " _etext\n")) {
			kernel->bytes = address - kernel->base;
			break;
		}
	}
	free(line);
	fclose(file);
	return 0;
}

int memscope_module_table_gather(struct memscope_module_table *table)
{
	FILE *file = fopen("/proc/modules", "re");
	char *line = NULL;
	size_t room = 0;
	int err;

	err = gather_kernel(table);
	while (!err && file && getline(&line, &room, file) > 0)
		err = gather_module(table, line);
	free(line);
	if (file)
		fclose(file);
	return err;
}

static struct json_object *hex(uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "0x%llx", (unsigned long long)value);
	return json_object_new_string(text);
}

static struct json_object *module_json(const struct memscope_module *module)
{
	struct json_object *json = json_object_new_object();
	struct json_object *sections = json_object_new_object();
	size_t i;

	if (!json || !sections) {
		json_object_put(json);
		json_object_put(sections);
		return NULL;
	}
	json_object_object_add(json, "name", json_object_new_string(module->name));
	json_object_object_add(json, "base", hex(module->base));
	json_object_object_add(json, "size", hex(module->bytes));
	json_object_object_add(json, "build_id", json_object_new_string(module->build_id));
	for (i = 0; i < module->section_count; i++)
		json_object_object_add(sections, module->sections[i].name,
				       hex(module->sections[i].address));
	json_object_object_add(json, "sections", sections);
	return json;
}

struct json_object *memscope_module_table_json(const struct memscope_module_table *table)
{
	struct json_object *list = json_object_new_array();
	size_t i;

	for (i = 0; list && i < table->count; i++)
		json_object_array_add(list, module_json(&table->modules[i]));
	return list;
}

static const char *member(struct json_object *json, const char *key)
{
	struct json_object *value;

	if (!json_object_object_get_ex(json, key, &value) ||
	    !json_object_is_type(value, json_type_string))
		return "";
	return json_object_get_string(value);
}

static int parse_module(struct memscope_module_table *table, struct json_object *json)
{
	struct memscope_module *module;
	struct json_object *sections;
	int err = 0;

	if (!json_object_is_type(json, json_type_object))
		return -EPROTO;
	module = add_module(table, member(json, "name"));
	if (!module)
		return table->count < MODULES_MAX ? -ENOMEM : 0;
	module->base = strtoull(member(json, "base"), NULL, 16);
	module->bytes = strtoull(member(json, "size"), NULL, 16);
	snprintf(module->build_id, sizeof(module->build_id), "%s", member(json, "build_id"));
	if (json_object_object_get_ex(json, "sections", &sections) &&
	    json_object_is_type(sections, json_type_object)) {
		json_object_object_foreach(sections, name, address) {
			if (err || !json_object_is_type(address, json_type_string))
				continue;
			err = add_section(module, name,
					  strtoull(json_object_get_string(address), NULL, 16));
		}
	}
	return err;
}

int memscope_module_table_parse(struct memscope_module_table *table, const char *text,
				size_t bytes)
{
	struct json_object *list = memscope_json_parse(text, bytes);
	int err = 0;
	size_t i;

	if (!json_object_is_type(list, json_type_array)) {
		json_object_put(list);
		return -EPROTO;
	}
	memscope_module_table_deinit(table);
	for (i = 0; !err && i < json_object_array_length(list); i++)
		err = parse_module(table, json_object_array_get_idx(list, i));
	json_object_put(list);
	return err;
}
