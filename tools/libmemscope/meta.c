// SPDX-License-Identifier: GPL-2.0
/*
 * Where and how a session ran: gathered from the running system, as JSON, and
 * back. JSON from a file is taken member by member, each checked for its kind.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sys/utsname.h>

#include <json-c/json.h>

#include "memscope.h"
#include "meta.h"

void memscope_meta_init(struct memscope_meta *meta)
{
	memset(meta, 0, sizeof(*meta));
}

void memscope_meta_deinit(struct memscope_meta *meta)
{
	memscope_meta_set_command(meta, NULL);
	free(meta->nodes);
	memset(meta, 0, sizeof(*meta));
}

int memscope_meta_set_command(struct memscope_meta *meta, char *const *command)
{
	char **copy = NULL;
	size_t count = 0, i;

	for (i = 0; meta->command && meta->command[i]; i++)
		free(meta->command[i]);
	free(meta->command);
	meta->command = NULL;
	while (command && command[count])
		count++;
	if (!count)
		return 0;
	copy = calloc(count + 1, sizeof(*copy));
	if (!copy)
		return -ENOMEM;
	meta->command = copy;
	for (i = 0; i < count; i++) {
		copy[i] = strdup(command[i]);
		if (!copy[i])
			return -ENOMEM;
	}
	return 0;
}

void memscope_meta_command_text(const struct memscope_meta *meta, char *buffer, size_t size)
{
	size_t used = 0, i;

	buffer[0] = '\0';
	for (i = 0; meta->command && meta->command[i] && used < size; i++)
		used += snprintf(buffer + used, size - used, "%s%s", i ? " " : "",
				 meta->command[i]);
}

int memscope_meta_node(const struct memscope_meta *meta, uint32_t cpu)
{
	return cpu < meta->node_count ? meta->nodes[cpu] : -1;
}

static int set_node(struct memscope_meta *meta, uint32_t cpu, int node)
{
	if (cpu >= MEMSCOPE_CPUS_MAX)
		return 0;
	if (cpu >= meta->node_count) {
		int16_t *nodes = realloc(meta->nodes, (cpu + 1) * sizeof(*nodes));

		if (!nodes)
			return -ENOMEM;
		meta->nodes = nodes;
		while (meta->node_count <= cpu)
			nodes[meta->node_count++] = -1;
	}
	meta->nodes[cpu] = node;
	return 0;
}

/* A list of CPUs as sysfs writes them: "0-3,8". */
static int read_cpu_list(struct memscope_meta *meta, const char *path, int node)
{
	FILE *file = fopen(path, "re");
	unsigned int first, last;
	char separator;
	int err = 0;

	if (!file)
		return -errno;
	while (!err && fscanf(file, "%u", &first) == 1) {
		last = first;
		separator = fgetc(file);
		if (separator == '-' && fscanf(file, "%u", &last) == 1)
			separator = fgetc(file);
		for (; !err && first <= last && first < MEMSCOPE_CPUS_MAX; first++)
			err = set_node(meta, first, node);
		if (separator != ',')
			break;
	}
	fclose(file);
	return err;
}

static int read_nodes(struct memscope_meta *meta)
{
	DIR *nodes = opendir("/sys/devices/system/node");
	struct dirent *entry;
	char path[320];
	int err;

	/* Node 0 where the kernel knows no nodes. */
	err = read_cpu_list(meta, "/sys/devices/system/cpu/possible", 0);
	if (err == -ENOENT)
		err = 0;
	while (!err && nodes && (entry = readdir(nodes))) {
		if (strncmp(entry->d_name, "node", 4) ||
		    !isdigit((unsigned char)entry->d_name[4]))
			continue;
		snprintf(path, sizeof(path), "/sys/devices/system/node/%.200s/cpulist",
			 entry->d_name);
		err = read_cpu_list(meta, path, atoi(entry->d_name + 4));
		if (err == -ENOENT)
			err = 0;
	}
	if (nodes)
		closedir(nodes);
	return err;
}

static void copy_text(char *to, size_t size, const char *from)
{
	snprintf(to, size, "%s", from);
}

int memscope_meta_gather(struct memscope_meta *meta)
{
	struct utsname system;
	struct timespec now;
	FILE *file;

	if (uname(&system))
		return -errno;
	copy_text(meta->tool_version, sizeof(meta->tool_version), memscope_version());
	copy_text(meta->kernel_release, sizeof(meta->kernel_release), system.release);
	copy_text(meta->kernel_version, sizeof(meta->kernel_version), system.version);
	copy_text(meta->machine, sizeof(meta->machine), system.machine);
	meta->page_bytes = sysconf(_SC_PAGESIZE);
	clock_gettime(CLOCK_REALTIME, &now);
	meta->started_wall_ns = now.tv_sec * 1000000000ULL + now.tv_nsec;
	clock_gettime(CLOCK_MONOTONIC, &now);
	meta->started_ns = now.tv_sec * 1000000000ULL + now.tv_nsec;
	file = fopen("/proc/sys/kernel/random/boot_id", "re");
	if (file) {
		if (fgets(meta->boot_id, sizeof(meta->boot_id), file))
			meta->boot_id[strcspn(meta->boot_id, "\n")] = '\0';
		fclose(file);
	}
	return read_nodes(meta);
}

static struct json_object *features_json(uint32_t features)
{
	struct json_object *list = json_object_new_array();
	unsigned int bit;

	for (bit = 0; list && memscope_feature_name(bit); bit++)
		if (features >> bit & 1)
			json_object_array_add(list,
					      json_object_new_string(memscope_feature_name(bit)));
	return list;
}

static struct json_object *option_json(const struct memscope_options *options,
				       const struct memscope_option *option)
{
	uint32_t number = memscope_option_number(options, option->attr);
	struct json_object *range;
	char text[32];

	switch ((enum memscope_option_kind)option->kind) {
	case MEMSCOPE_OPTION_TEXT:
		return json_object_new_string(memscope_option_text(options, option->attr));
	case MEMSCOPE_OPTION_FEATURES:
		return features_json(number);
	case MEMSCOPE_OPTION_RANGE:
		range = json_object_new_array();
		if (range) {
			json_object_array_add(range, json_object_new_uint64(number));
			number = memscope_option_number(options, option->attr + 1);
			json_object_array_add(range, json_object_new_uint64(number));
		}
		return range;
	case MEMSCOPE_OPTION_PROBE:
		memscope_option_format(options, option, text, sizeof(text));
		return json_object_new_string(text);
	case MEMSCOPE_OPTION_NUMBER:
	case MEMSCOPE_OPTION_HEX:
		break;
	}
	return json_object_new_uint64(number);
}

struct json_object *memscope_options_json(const struct memscope_options *options)
{
	struct json_object *json = json_object_new_object();
	size_t i;

	for (i = 0; json && i < memscope_option_table_count; i++) {
		const struct memscope_option *option = &memscope_option_table[i];

		if (memscope_option_is_set(options, option->attr))
			json_object_object_add(json, option->key, option_json(options, option));
	}
	return json;
}

static void parse_features(struct memscope_options *options, struct json_object *list)
{
	uint32_t features = 0;
	size_t i;

	for (i = 0; i < json_object_array_length(list); i++) {
		struct json_object *name = json_object_array_get_idx(list, i);
		unsigned int bit;

		for (bit = 0; memscope_feature_name(bit); bit++)
			if (name && !strcmp(json_object_get_string(name),
					    memscope_feature_name(bit)))
				features |= 1U << bit;
	}
	memscope_option_set_number(options, MEMSCOPE_A_FEATURES, features);
}

static void parse_option(struct memscope_options *options,
			 const struct memscope_option *option, struct json_object *value)
{
	enum json_type type = json_object_get_type(value);

	if (option->kind == MEMSCOPE_OPTION_FEATURES && type == json_type_array) {
		parse_features(options, value);
	} else if (option->kind == MEMSCOPE_OPTION_RANGE && type == json_type_array) {
		struct json_object *min = json_object_array_get_idx(value, 0);
		struct json_object *max = json_object_array_get_idx(value, 1);

		memscope_option_set_number(options, option->attr, json_object_get_uint64(min));
		memscope_option_set_number(options, option->attr + 1,
					   json_object_get_uint64(max));
	} else if ((option->kind == MEMSCOPE_OPTION_TEXT ||
		    option->kind == MEMSCOPE_OPTION_PROBE) && type == json_type_string) {
		memscope_option_parse(options, option, json_object_get_string(value));
	} else if (type == json_type_int) {
		memscope_option_set_number(options, option->attr,
					   json_object_get_uint64(value));
	}
}

void memscope_options_parse(struct memscope_options *options, struct json_object *json)
{
	struct json_object *value;
	size_t i;

	for (i = 0; i < memscope_option_table_count; i++)
		if (json_object_object_get_ex(json, memscope_option_table[i].key, &value))
			parse_option(options, &memscope_option_table[i], value);
}

static void add_text(struct json_object *json, const char *key, const char *text)
{
	json_object_object_add(json, key, json_object_new_string(text));
}

static void add_number(struct json_object *json, const char *key, uint64_t number)
{
	json_object_object_add(json, key, json_object_new_uint64(number));
}

struct json_object *memscope_meta_json(const struct memscope_meta *meta)
{
	struct json_object *json = json_object_new_object();
	struct json_object *nodes = json_object_new_array();
	struct json_object *words;
	uint32_t cpu;
	size_t i;

	if (!json || !nodes) {
		json_object_put(json);
		json_object_put(nodes);
		return NULL;
	}
	add_text(json, "tool_version", meta->tool_version);
	add_text(json, "module_version", meta->module_version);
	add_text(json, "kernel_release", meta->kernel_release);
	add_text(json, "kernel_version", meta->kernel_version);
	add_text(json, "machine", meta->machine);
	add_text(json, "boot_id", meta->boot_id);
	add_number(json, "page_size_bytes", meta->page_bytes);
	add_number(json, "cpus", meta->cpus);
	add_number(json, "started_ns", meta->started_ns);
	add_number(json, "started_wall_ns", meta->started_wall_ns);
	for (cpu = 0; cpu < meta->node_count; cpu++)
		json_object_array_add(nodes, json_object_new_int(meta->nodes[cpu]));
	json_object_object_add(json, "nodes", nodes);
	if (meta->command) {
		words = json_object_new_array();
		for (i = 0; words && meta->command[i]; i++)
			json_object_array_add(words, json_object_new_string(meta->command[i]));
		json_object_object_add(json, "command", words);
	}
	json_object_object_add(json, "options", memscope_options_json(&meta->options));
	return json;
}

struct json_object *memscope_json_parse(const char *text, size_t bytes)
{
	struct json_tokener *tokener = json_tokener_new();
	struct json_object *json = NULL;

	if (!tokener)
		return NULL;
	if (bytes <= INT32_MAX)
		json = json_tokener_parse_ex(tokener, text, bytes);
	/* A number or nothing at the very end may want to see what follows. */
	if (!json && json_tokener_get_error(tokener) == json_tokener_continue)
		json = json_tokener_parse_ex(tokener, "", 1);
	json_tokener_free(tokener);
	return json;
}

static void get_text(struct json_object *json, const char *key, char *to, size_t size)
{
	struct json_object *value;

	if (json_object_object_get_ex(json, key, &value) &&
	    json_object_is_type(value, json_type_string))
		copy_text(to, size, json_object_get_string(value));
}

static uint64_t get_number(struct json_object *json, const char *key, uint64_t max)
{
	struct json_object *value;
	uint64_t number;

	if (!json_object_object_get_ex(json, key, &value) ||
	    !json_object_is_type(value, json_type_int))
		return 0;
	number = json_object_get_uint64(value);
	return number <= max ? number : 0;
}

static int get_nodes(struct memscope_meta *meta, struct json_object *json)
{
	struct json_object *nodes;
	size_t i, count;
	int err = 0;

	if (!json_object_object_get_ex(json, "nodes", &nodes) ||
	    !json_object_is_type(nodes, json_type_array))
		return 0;
	count = json_object_array_length(nodes);
	for (i = 0; !err && i < count && i < MEMSCOPE_CPUS_MAX; i++) {
		int node = json_object_get_int(json_object_array_get_idx(nodes, i));

		err = set_node(meta, i, node < 0 || node > INT16_MAX ? -1 : node);
	}
	return err;
}

static int get_command(struct memscope_meta *meta, struct json_object *json)
{
	struct json_object *list;
	char **words;
	size_t i, count;
	int err;

	if (!json_object_object_get_ex(json, "command", &list) ||
	    !json_object_is_type(list, json_type_array))
		return 0;
	count = json_object_array_length(list);
	words = calloc(count + 1, sizeof(*words));
	if (!words)
		return -ENOMEM;
	for (i = 0; i < count; i++) {
		struct json_object *word = json_object_array_get_idx(list, i);

		words[i] = word ? (char *)json_object_get_string(word) : (char *)"";
	}
	err = memscope_meta_set_command(meta, words);
	free(words);
	return err;
}

int memscope_meta_parse(struct memscope_meta *meta, const char *text, size_t bytes)
{
	struct json_object *json = memscope_json_parse(text, bytes);
	struct json_object *options;
	int err;

	if (!json_object_is_type(json, json_type_object)) {
		json_object_put(json);
		return -EPROTO;
	}
	get_text(json, "tool_version", meta->tool_version, sizeof(meta->tool_version));
	get_text(json, "module_version", meta->module_version, sizeof(meta->module_version));
	get_text(json, "kernel_release", meta->kernel_release, sizeof(meta->kernel_release));
	get_text(json, "kernel_version", meta->kernel_version, sizeof(meta->kernel_version));
	get_text(json, "machine", meta->machine, sizeof(meta->machine));
	get_text(json, "boot_id", meta->boot_id, sizeof(meta->boot_id));
	meta->page_bytes = get_number(json, "page_size_bytes", UINT32_MAX);
	meta->cpus = get_number(json, "cpus", MEMSCOPE_CPUS_MAX);
	meta->started_ns = get_number(json, "started_ns", UINT64_MAX);
	meta->started_wall_ns = get_number(json, "started_wall_ns", UINT64_MAX);
	if (json_object_object_get_ex(json, "options", &options) &&
	    json_object_is_type(options, json_type_object))
		memscope_options_parse(&meta->options, options);
	err = get_nodes(meta, json);
	err = err ?: get_command(meta, json);
	json_object_put(json);
	return err;
}
