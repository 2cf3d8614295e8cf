/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where and how a session ran. In a recording a JSON object with these
 * members; no host name, no user.
 *
 *	tool_version, module_version, kernel_release, kernel_version, machine,
 *	boot_id: text; page_size_bytes, cpus; nodes: the node of each CPU by
 *	number, -1 where there is no such CPU; started_ns (CLOCK_MONOTONIC, as in
 *	events), started_wall_ns (since 1970); command: array of text, absent
 *	without one; options: see memscope_options_json().
 */
#ifndef MEMSCOPE_META_H
#define MEMSCOPE_META_H

#include <stddef.h>
#include <stdint.h>

#include "event.h"
#include "options.h"

struct json_object;

struct memscope_meta {
	char tool_version[32];
	char module_version[32];
	char kernel_release[65];
	char kernel_version[65];
	char machine[65];
	char boot_id[40];
	uint32_t page_bytes;
	uint32_t cpus;			/* possible ones */
	uint32_t node_count;		/* entries in nodes: the highest CPU and one */
	int16_t *nodes;
	uint64_t started_ns;
	uint64_t started_wall_ns;
	char **command;			/* words, ended by NULL; or NULL */
	struct memscope_options options;
};

void memscope_meta_init(struct memscope_meta *meta);
void memscope_meta_deinit(struct memscope_meta *meta);

/* What the running system tells; leaves module_version, cpus, started_ns and options. */
int memscope_meta_gather(struct memscope_meta *meta);

/* Node of a CPU, -1 if it is not known. */
int memscope_meta_node(const struct memscope_meta *meta, uint32_t cpu);

/* Keeps a copy of the words; NULL: none. */
int memscope_meta_set_command(struct memscope_meta *meta, char *const *command);
/* The words with blanks between; "" without a command. */
void memscope_meta_command_text(const struct memscope_meta *meta, char *buffer, size_t size);

/* NULL: out of memory. The caller puts it. */
struct json_object *memscope_meta_json(const struct memscope_meta *meta);
/* What is absent or of another kind stays as it is. -EPROTO: no object. */
int memscope_meta_parse(struct memscope_meta *meta, const char *json, size_t bytes);

/* By the keys of the option table: numbers, text, a list of features, [min, max]. */
struct json_object *memscope_options_json(const struct memscope_options *options);
void memscope_options_parse(struct memscope_options *options, struct json_object *json);

/* JSON text of that length, or NULL. */
struct json_object *memscope_json_parse(const char *text, size_t bytes);

#endif /* MEMSCOPE_META_H */
