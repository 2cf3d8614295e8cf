/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where files with debug information may lie: folders the user named, those
 * of packages, those of the kernel itself, and a debuginfod server. What lies
 * there is not looked into here; each file is offered, the likeliest first.
 */
#ifndef MEMSCOPE_SOURCE_FILE_H
#define MEMSCOPE_SOURCE_FILE_H

#include <stdbool.h>
#include <stddef.h>

struct memscope_source_places;

/*
 * named: folders or files, with colons between, or NULL; release: of the
 * kernel; root: what stands for /, "" or a folder without a slash at its end.
 * Folders are read when they are first needed.
 */
int memscope_source_places_create(struct memscope_source_places **places, const char *named,
				  const char *release, const char *root);
void memscope_source_places_destroy(struct memscope_source_places *places);

/* 0: not this one, offer the next; else that ends it. named: by the user. */
typedef int (*memscope_source_place_fn)(void *ctx, const char *path, bool named);

/**
 * memscope_source_places_offer() - files that may be of a module
 * @places: where to look
 * @module: its name, or "vmlinux"
 * @build_id: hex, "" where it is not known
 * @fn: is offered each, not all of which need exist
 * @ctx: of it
 *
 * Return: what @fn returned last, 0 if nothing was left to offer, or -ENOMEM.
 */
int memscope_source_places_offer(struct memscope_source_places *places, const char *module,
				 const char *build_id, memscope_source_place_fn fn, void *ctx);

#endif /* MEMSCOPE_SOURCE_FILE_H */
