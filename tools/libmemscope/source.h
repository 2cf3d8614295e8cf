/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Source lines of a session's addresses, from debug information of the very
 * builds that ran: a file counts only if its build id is the one the session
 * has noted. Of a module whose build id is not known (it came and went too
 * fast) only files that the user named count, function by function, each where
 * its size agrees.
 *
 * Files are opened when an address in them is first asked for, and answers
 * are kept.
 */
#ifndef MEMSCOPE_SOURCE_H
#define MEMSCOPE_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "session.h"
#include "source-dwarf.h"

struct memscope_source;

/**
 * struct memscope_source_options - where to look beside the usual places
 * @debug_dirs: folders or files, with colons between; NULL: none
 * @root: stands for /; NULL: it is /
 */
struct memscope_source_options {
	const char *debug_dirs;
	const char *root;
};

/* The session outlives it, and is complete before the first address is asked for. */
int memscope_source_create(struct memscope_source **source, struct memscope_session *session,
			   const struct memscope_source_options *options);
void memscope_source_destroy(struct memscope_source *source);

/**
 * memscope_source_find() - the source of an address
 * @source: of its session; NULL: nothing is known
 * @address: as in an event or a stack
 * @returned: it is a return address: the call before it is meant
 * @lines: innermost first: all but the last are functions inlined there. They
 *	live as long as the source.
 *
 * Return: the number of lines; 0 where nothing is known.
 */
size_t memscope_source_find(struct memscope_source *source, uint64_t address, bool returned,
			    const struct memscope_line **lines);

/*
 * One line on what is missing of the addresses asked for so far and where it
 * is to be had; false: nothing is.
 */
bool memscope_source_missing(const struct memscope_source *source, char *buffer, size_t size);

#endif /* MEMSCOPE_SOURCE_H */
