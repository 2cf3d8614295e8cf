/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Frames with their source lines, as text and as JSON, and the options that
 * say where debug information lies.
 */
#ifndef MEMSCOPECTL_LINES_H
#define MEMSCOPECTL_LINES_H

#include <json-c/json.h>

#include "memscope.h"
#include "source.h"

#define LINES_DIRS_BYTES 8192

/* Where to look, as the command line says; all zero: the usual places. */
struct lines_options {
	bool off;
	char dirs[LINES_DIRS_BYTES];	/* with colons between */
};

/* Rows of a verb's table of options. */
#define LINES_OPTION_DIR(id) \
	{ id, 0, "debug-dir", "DIR", "look there too for debug information (MEMSCOPE_DEBUG_DIR)" }
#define LINES_OPTION_OFF(id) \
	{ id, 0, "no-lines", NULL, "do not look for source lines" }

/* One more folder or file; false: they have become too long. */
bool lines_add_dir(struct lines_options *options, const char *dir);

/* NULL where lines are off, or there is no memory. */
struct memscope_source *lines_open(const struct lines_options *options,
				   struct memscope_session *session);

/*
 * Prints a return address: a line for the function it lies in, with its place
 * in the source, below those that were inlined there.
 */
void lines_print(struct memscope_session *session, struct memscope_source *source,
		 uint64_t address, const char *indent);

/*
 * "file" and "line" of a return address, and "inlined", the functions inlined
 * there, innermost first; only what is known. With inlined functions file and
 * line are of the function around them all.
 */
void lines_add_json(struct json_object *json, struct memscope_source *source,
		    uint64_t address);

#endif /* MEMSCOPECTL_LINES_H */
