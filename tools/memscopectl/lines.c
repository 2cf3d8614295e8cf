// SPDX-License-Identifier: GPL-2.0
/*
 * Frames with their source lines.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "lines.h"
#include "text.h"

bool lines_add_dir(struct lines_options *options, const char *dir)
{
	size_t used = strlen(options->dirs);
	int length;

	length = snprintf(options->dirs + used, sizeof(options->dirs) - used, "%s%s",
			  used ? ":" : "", dir);
	return length >= 0 && (size_t)length < sizeof(options->dirs) - used;
}

struct memscope_source *lines_open(const struct lines_options *options,
				   struct memscope_session *session)
{
	const char *more = getenv("MEMSCOPE_DEBUG_DIR");
	struct lines_options all = *options;
	struct memscope_source_options where = { .debug_dirs = all.dirs };
	struct memscope_source *source;

	if (options->off)
		return NULL;
	/* Too long: without it. */
	if (more && *more && !lines_add_dir(&all, more))
		all = *options;
	return memscope_source_create(&source, session, &where) ? NULL : source;
}

static void print_place(const struct memscope_line *line)
{
	char file[512];

	if (!line->file)
		return;
	snprintf(file, sizeof(file), "%s", line->file);
	text_clean(file);
	printf("  %s", file);
	if (line->line)
		printf(":%u", line->line);
}

void lines_print(struct memscope_session *session, struct memscope_source *source,
		 uint64_t address, const char *indent)
{
	const struct memscope_line *lines;
	char text[256];
	size_t count, i;

	count = memscope_source_find(source, address, true, &lines);
	for (i = 0; i + 1 < count; i++) {
		snprintf(text, sizeof(text), "%s",
			 lines[i].function ? lines[i].function : "?");
		text_clean(text);
		printf("%s%s (inlined)", indent, text);
		print_place(&lines[i]);
		putchar('\n');
	}
	memscope_symbol_format(&session->symbols, address, true, text, sizeof(text));
	text_clean(text);
	printf("%s%s", indent, text);
	if (count)
		print_place(&lines[count - 1]);
	putchar('\n');
}

static void add_place(struct json_object *json, const struct memscope_line *line)
{
	if (line->file)
		json_add_text(json, "file", line->file);
	if (line->file && line->line)
		json_add_count(json, "line", line->line);
}

void lines_add_json(struct json_object *json, struct memscope_source *source,
		    uint64_t address)
{
	const struct memscope_line *lines;
	struct json_object *list;
	size_t count, i;

	count = memscope_source_find(source, address, true, &lines);
	if (!count)
		return;
	add_place(json, &lines[count - 1]);
	if (count == 1)
		return;
	list = json_object_new_array_ext(count - 1);
	for (i = 0; i + 1 < count; i++) {
		struct json_object *inlined = json_object_new_object();

		if (lines[i].function)
			json_add_text(inlined, "function", lines[i].function);
		add_place(inlined, &lines[i]);
		json_object_array_add(list, inlined);
	}
	json_object_object_add(json, "inlined", list);
}
