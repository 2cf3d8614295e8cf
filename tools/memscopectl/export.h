/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Exports: what a recording holds, in files that other tools open. Each format
 * has a file of its own, and writes what the model holds when all events were
 * applied; one that tells of single events also sees each of them.
 */
#ifndef MEMSCOPECTL_EXPORT_H
#define MEMSCOPECTL_EXPORT_H

#include <stdio.h>

#include "view.h"

struct export {
	struct report report;		/* its session is whole before the first event */
	const char *path;
	FILE *to;
	void *state;			/* of the format */
};

/**
 * struct export_format - one format
 * @name: as users write it
 * @opens: the tools that read it
 * @binary: not to be written to a terminal
 * @analyses: that it needs, ended by NULL; or NULL
 * @begin: before the first event; may be NULL
 * @event: an event, not yet applied to the model; applies it. NULL: not asked for
 * @write: after the last event
 *
 * All return 0 or -errno; errors of writing are found in export.to.
 */
struct export_format {
	const char *name;
	const char *opens;
	bool binary;
	const struct memscope_analysis *const *analyses;
	int (*begin)(struct export *export);
	int (*event)(struct export *export, const struct memscope_merged *event);
	int (*write)(struct export *export);
};

extern const struct export_format export_folded;
extern const struct export_format export_pprof;
extern const struct export_format export_speedscope;
extern const struct export_format export_chrome;
extern const struct export_format export_heaptrack;
extern const struct export_format export_dhat;
extern const struct export_format export_csv;

/* A site's return addresses, innermost first: its stack, or its call site alone. */
size_t export_stack(const struct export *export, const struct memscope_site *site,
		    const uint64_t **frames);

/* "function" or "function [module]"; the address in hex where it is not known. */
const char *export_function(struct export *export, uint64_t address, char *buffer,
			    size_t size);

/* What was recorded, in one line: the command, or the kernel. */
const char *export_title(const struct export *export, char *buffer, size_t size);

/**
 * struct export_numbers - numbers from 1 for keys in the order they come
 * @keys: open addressing, 0 for empty
 * @numbers: by slot
 * @mask: slots - 1
 * @count: keys there are
 */
struct export_numbers {
	uint64_t *keys;
	uint32_t *numbers;
	size_t mask;
	size_t count;
};

/* The key's number; *added tells that it is new. 0: out of memory. key is not 0. */
uint32_t export_number(struct export_numbers *numbers, uint64_t key, bool *added);
void export_numbers_deinit(struct export_numbers *numbers);

#endif /* MEMSCOPECTL_EXPORT_H */
