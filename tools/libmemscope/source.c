// SPDX-License-Identifier: GPL-2.0
/*
 * Source lines of a session's addresses.
 *
 * An address that ran is turned into one of the file's: of the kernel by the
 * distance that KASLR has put between both _stext, of a module by its sections,
 * and where those are not known by the function it lies in.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "source.h"
#include "source-file.h"

/* kallsyms counts what pads a function to the next, or the page, as its own. */
#define PADDING		64
#define PAGE		4096

struct place {			/* of one section */
	uint64_t ran, file, bytes;
};

/* The kernel or one module, and the file that tells of it. */
struct object {
	struct object *next;
	const struct memscope_module *module;	/* NULL: the session has none */
	char *name;
	struct memscope_dwarf *dwarf;		/* NULL: there is none */
	char *other_build;			/* a file that is of another build */
	struct place *places;
	size_t place_count;
	bool by_size;				/* its build id is not known */
};

struct answer {
	uint64_t address;
	struct memscope_line *lines;
	size_t count;
	bool returned, used;
};

struct memscope_source {
	struct memscope_session *session;
	char *debug_dirs, *root;
	struct memscope_source_places *places;	/* once the kernel's release is needed */
	struct object *objects;
	struct answer *answers;			/* open addressing */
	size_t answer_count, answer_mask;
};

int memscope_source_create(struct memscope_source **source, struct memscope_session *session,
			   const struct memscope_source_options *options)
{
	struct memscope_source *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->session = session;
	s->debug_dirs = strdup(options->debug_dirs ? options->debug_dirs : "");
	s->root = strdup(options->root ? options->root : "");
	s->answer_mask = 1023;
	s->answers = calloc(s->answer_mask + 1, sizeof(*s->answers));
	if (!s->answers || !s->debug_dirs || !s->root) {
		memscope_source_destroy(s);
		return -ENOMEM;
	}
	*source = s;
	return 0;
}

static void free_lines(struct memscope_line *lines, size_t count)
{
	while (count)
		free(lines[--count].file);
	free(lines);
}

void memscope_source_destroy(struct memscope_source *source)
{
	struct object *object;
	size_t i;

	if (!source)
		return;
	for (i = 0; source->answers && i <= source->answer_mask; i++)
		free_lines(source->answers[i].lines, source->answers[i].count);
	free(source->answers);
	while ((object = source->objects)) {
		source->objects = object->next;
		memscope_dwarf_close(object->dwarf);
		free(object->places);
		free(object->other_build);
		free(object->name);
		free(object);
	}
	memscope_source_places_destroy(source->places);
	free(source->debug_dirs);
	free(source->root);
	free(source);
}

/* Looks at one file that may be the object's. */
static int consider(void *ctx, const char *path, bool named)
{
	struct object *object = ctx;
	const char *build_id = object->module ? object->module->build_id : "";
	struct memscope_dwarf *dwarf;
	int err;

	err = memscope_dwarf_open(&dwarf, path);
	if (err == -ENOMEM || err == -ENOTSUP)
		return err;
	if (err)
		return 0;
	if (*build_id ? !strcmp(build_id, memscope_dwarf_build_id(dwarf)) : named) {
		object->by_size = !*build_id;
		object->dwarf = dwarf;
		return 1;
	}
	memscope_dwarf_close(dwarf);
	if (*build_id && !object->other_build)
		object->other_build = strdup(path);
	return 0;
}

/* Where the sections ran, and where the file has them. */
static int map_sections(struct object *object)
{
	const struct memscope_module *module = object->module;
	struct place *place;
	size_t i;

	if (!module || object->by_size)
		return 0;
	object->places = calloc(module->section_count + 1, sizeof(*object->places));
	if (!object->places)
		return -ENOMEM;
	place = object->places;
	if (!strcmp(module->name, "vmlinux")) {
		if (module->base && memscope_dwarf_symbol(object->dwarf, "_stext", &place->file,
							  &place->bytes)) {
			place->ran = module->base;
			place->bytes = module->bytes ? module->bytes : UINT32_MAX;
			object->place_count = 1;
		}
		return 0;
	}
	for (i = 0; i < module->section_count; i++) {
		if (!module->sections[i].address ||
		    !memscope_dwarf_section(object->dwarf, module->sections[i].name,
					    &place->file, &place->bytes))
			continue;
		place->ran = module->sections[i].address;
		place++;
	}
	object->place_count = place - object->places;
	return 0;
}

/* Of several modules of a name, one after the other, the one an address is of. */
static const struct memscope_module *module_of(const struct memscope_module_table *table,
					       const char *name, uint64_t address)
{
	const struct memscope_module *best = NULL;
	size_t i;

	for (i = 0; i < table->count; i++) {
		const struct memscope_module *module = &table->modules[i];

		if (name && strcmp(module->name, name))
			continue;
		if (address >= module->base && address - module->base < module->bytes) {
			if (!best || module->base > best->base ||
			    address - best->base >= best->bytes)
				best = module;
		} else if (name && !best) {
			best = module;
		}
	}
	return best;
}

/* The object an address lies in, opened; NULL: none, or out of memory. */
static struct object *object_of(struct memscope_source *source, const char *name,
				uint64_t address)
{
	const struct memscope_module *module = module_of(&source->session->modules, name, address);
	struct object *object;
	int err;

	if (!name && module)
		name = module->name;
	if (!name ||
	    (!source->places &&
	     memscope_source_places_create(&source->places, source->debug_dirs,
					   source->session->meta.kernel_release, source->root)))
		return NULL;
	for (object = source->objects; object; object = object->next)
		if (object->module == module && !strcmp(object->name, name))
			return object;
	object = calloc(1, sizeof(*object));
	if (!object)
		return NULL;
	object->module = module;
	object->name = strdup(name);
	if (!object->name) {
		free(object);
		return NULL;
	}
	object->next = source->objects;
	source->objects = object;
	err = memscope_source_places_offer(source->places, name, module ? module->build_id : "",
					   consider, object);
	if (err == 1)
		map_sections(object);
	return object;
}

static bool size_agrees(const struct memscope_symbol *symbol, uint64_t bytes)
{
	uint64_t most = PADDING;

	if ((symbol->address + symbol->size) % PAGE == 0)
		most = PAGE;
	return symbol->size >= bytes && symbol->size - bytes < most;
}

/* The file's address, by sections or else by the function it lies in. */
static bool file_address(const struct object *object, const struct memscope_symbol *symbol,
			 uint64_t ran, uint64_t *file)
{
	uint64_t address, bytes, offset;
	size_t i;

	for (i = 0; i < object->place_count; i++) {
		const struct place *place = &object->places[i];

		if (ran < place->ran || ran - place->ran >= place->bytes)
			continue;
		*file = place->file + (ran - place->ran);
		return true;
	}
	if (!symbol || !memscope_dwarf_symbol(object->dwarf, symbol->name, &address, &bytes))
		return false;
	offset = ran - symbol->address;
	if (offset >= bytes)
		return false;
	if (object->by_size && symbol->size && !size_agrees(symbol, bytes))
		return false;
	*file = address + offset;
	return true;
}

static void look_up(struct memscope_source *source, struct answer *answer)
{
	struct memscope_symbol symbol;
	uint64_t ran = answer->address - (answer->returned && answer->address), offset, file;
	struct object *object;
	bool named;

	named = memscope_symbol_table_find(&source->session->symbols, answer->address,
					   answer->returned, &symbol, &offset);
	object = object_of(source, !named ? NULL : *symbol.module ? symbol.module : "vmlinux",
			   ran);
	if (!object || !object->dwarf ||
	    !file_address(object, named ? &symbol : NULL, ran, &file))
		return;
	memscope_dwarf_find(object->dwarf, file, &answer->lines, &answer->count);
}

static struct answer *slot_of(struct answer *answers, size_t mask, uint64_t address,
			      bool returned)
{
	size_t at = (address * 2 + returned) * 0x9e3779b97f4a7c15ULL >> 20 & mask;

	while (answers[at].used &&
	       (answers[at].address != address || answers[at].returned != returned))
		at = (at + 1) & mask;
	return &answers[at];
}

static bool grow_answers(struct memscope_source *source)
{
	size_t mask = source->answer_mask * 2 + 1, i;
	struct answer *answers = calloc(mask + 1, sizeof(*answers));

	if (!answers)
		return false;
	for (i = 0; i <= source->answer_mask; i++) {
		struct answer *old = &source->answers[i];

		if (old->used)
			*slot_of(answers, mask, old->address, old->returned) = *old;
	}
	free(source->answers);
	source->answers = answers;
	source->answer_mask = mask;
	return true;
}

size_t memscope_source_find(struct memscope_source *source, uint64_t address, bool returned,
			    const struct memscope_line **lines)
{
	struct answer *answer;

	*lines = NULL;
	if (!source)
		return 0;
	if (source->answer_count > source->answer_mask / 2 && !grow_answers(source))
		return 0;
	answer = slot_of(source->answers, source->answer_mask, address, returned);
	if (!answer->used) {
		answer->address = address;
		answer->returned = returned;
		answer->used = true;
		source->answer_count++;
		look_up(source, answer);
	}
	*lines = answer->lines;
	return answer->count;
}

/* How the system's packages name the debug information of its kernel. */
static void package_of(const struct memscope_meta *meta, char *buffer, size_t size)
{
	const char *release = meta->kernel_release;

	if (strstr(meta->kernel_version, "Debian"))
		snprintf(buffer, size, "install linux-image-%s-dbg", release);
	else if (strstr(meta->kernel_version, "Ubuntu"))
		snprintf(buffer, size, "install linux-image-unsigned-%s-dbgsym", release);
	else if (strstr(release, ".fc") || strstr(release, ".el"))
		snprintf(buffer, size, "install kernel-debuginfo-%s", release);
	else
		snprintf(buffer, size, "--debug-dir with the vmlinux of %s", release);
}

__attribute__((format(printf, 4, 5)))
static void append(char *buffer, size_t size, size_t *used, const char *format, ...)
{
	va_list args;

	if (*used >= size)
		return;
	va_start(args, format);
	*used += vsnprintf(buffer + *used, size - *used, format, args);
	va_end(args);
}

bool memscope_source_missing(const struct memscope_source *source, char *buffer, size_t size)
{
	const struct object *object, *other = NULL;
	size_t used = 0, modules = 0;
	bool kernel = false;
	char package[160];

	for (object = source ? source->objects : NULL; object; object = object->next) {
		if (object->dwarf)
			continue;
		other = object->other_build ? object : other;
		if (!strcmp(object->name, "vmlinux"))
			kernel = true;
		else
			modules++;
	}
	if (!kernel && !modules)
		return false;
	append(buffer, size, &used, "no source lines of %s", kernel ? "the kernel" : "");
	for (object = source->objects; object && modules && used < 200; object = object->next)
		if (!object->dwarf && strcmp(object->name, "vmlinux")) {
			append(buffer, size, &used, "%s%s", kernel ? ", " : "", object->name);
			kernel = true;
			modules--;
		}
	if (modules)
		append(buffer, size, &used, " and %zu more", modules);
	if (!memscope_dwarf_version()) {
		append(buffer, size, &used, ": built without elfutils (libdw)");
		return true;
	}
	package_of(&source->session->meta, package, sizeof(package));
	append(buffer, size, &used,
	       ": %s; of modules built apart, name the folder with --debug-dir", package);
	if (other)
		append(buffer, size, &used, " (%s is of another build)", other->other_build);
	return true;
}
