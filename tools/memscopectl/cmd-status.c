// SPDX-License-Identifier: GPL-2.0
/*
 * memscopectl status: the session, each path, each CPU's counters and the
 * identity that holds for them.
 */
#include <stdlib.h>
#include <string.h>

#include "args.h"
#include "cmd.h"
#include "failure.h"
#include "json.h"
#include "text.h"

/* Everything status shows, read in one go. */
struct status {
	struct memscope_status module;
	struct memscope_session session;	/* paths and counters */
	uint64_t *counters;
	bool *present;
	uint32_t cpus;
};

static int on_path(void *ctx, const struct memscope_path_state *path)
{
	return memscope_session_add_path(ctx, path);
}

static int on_counters(void *ctx, uint32_t cpu, const uint64_t *values)
{
	struct status *status = ctx;

	if (cpu >= status->cpus) {
		size_t each = MEMSCOPE_COUNTERS * sizeof(*values);
		uint64_t *counters = realloc(status->counters, (cpu + 1) * each);
		bool *present;

		if (!counters)
			return -12;
		status->counters = counters;
		present = realloc(status->present, (cpu + 1) * sizeof(*present));
		if (!present)
			return -12;
		status->present = present;
		memset(counters + status->cpus * MEMSCOPE_COUNTERS, 0,
		       (cpu + 1 - status->cpus) * each);
		memset(present + status->cpus, 0, (cpu + 1 - status->cpus) * sizeof(*present));
		status->cpus = cpu + 1;
	}
	memcpy(status->counters + (size_t)cpu * MEMSCOPE_COUNTERS, values,
	       MEMSCOPE_COUNTERS * sizeof(*values));
	status->present[cpu] = true;
	return 0;
}

static int read_status(struct memscope_client *client, struct status *status)
{
	int err;

	err = memscope_client_status(client, &status->module);
	err = err ?: memscope_client_counters(client, on_counters, status);
	err = err ?: memscope_client_paths(client, on_path, &status->session);
	return err ?: memscope_session_set_counters(&status->session, status->module.now_ns,
						    status->counters, status->cpus);
}

static uint64_t counter_of(const struct status *status, uint32_t cpu,
			   enum memscope_counter counter)
{
	return status->counters[(size_t)cpu * MEMSCOPE_COUNTERS + counter];
}

/* What became of a CPU's hits; equal to them while its buffer is at rest. */
static uint64_t accounted(const struct status *status, uint32_t cpu)
{
	return counter_of(status, cpu, MEMSCOPE_COUNTER_READ) +
	       counter_of(status, cpu, MEMSCOPE_COUNTER_BUFFERED) +
	       counter_of(status, cpu, MEMSCOPE_COUNTER_LOST) +
	       counter_of(status, cpu, MEMSCOPE_COUNTER_FILTERED) +
	       counter_of(status, cpu, MEMSCOPE_COUNTER_SELF) +
	       counter_of(status, cpu, MEMSCOPE_COUNTER_RECURSION);
}

static void print_session(const struct status *status)
{
	const struct memscope_status *module = &status->module;
	char text[160];
	size_t i;

	printf("memscope.ko %s, %s", module->version,
	       module->running ? "a session is running" : "no session is running");
	if (module->running && module->portid)
		printf(", attached to netlink port %u", module->portid);
	if (module->running && module->started_ns)
		printf(", for %s", text_duration(text, sizeof(text),
						 module->now_ns - module->started_ns));
	printf("\n%u CPUs, %u events a buffer, %u of %u stacks, %u caches\n", module->cpus,
	       module->buffer_slots, module->stacks_used, module->stacks_size,
	       module->caches_used);
	printf("\nOptions in force\n");
	for (i = 0; i < memscope_option_table_count; i++) {
		const struct memscope_option *option = &memscope_option_table[i];

		if (!memscope_option_is_set(&module->options, option->attr))
			continue;
		memscope_option_format(&module->options, option, text, sizeof(text));
		text_clean(text);
		if (option->kind == MEMSCOPE_OPTION_TEXT && !*text)
			continue;
		printf("  %-18s%s\n", option->name, text);
	}
}

static void print_paths(const struct status *status)
{
	size_t i;

	printf("\n%-16s %-11s %14s %8s  %s\n", "PATH", "ATTACHED BY", "HITS", "MISSED", "AT");
	for (i = 0; i < status->session.path_count; i++) {
		const struct memscope_session_path *path = &status->session.paths[i];
		char hits[32], missed[32];

		printf("%-16s %-11s %14s %8s  %s\n", path->name,
		       path->attached ? memscope_attached_name(path->attached) : "-",
		       text_count(hits, sizeof(hits), path->hits),
		       text_count(missed, sizeof(missed), path->missed),
		       path->symbol[0] ? path->symbol : "-");
	}
	if (!status->module.running)
		return;
	for (i = 0; i < status->session.path_count; i++) {
		const struct memscope_session_path *path = &status->session.paths[i];

		if (!path->attached && path->without[0])
			printf("without %s: %s\n", path->name, path->without);
	}
}

static void print_counters(const struct status *status)
{
	char text[32];
	unsigned int counter;
	uint32_t cpu;

	printf("\n%-18s", "CPU");
	for (cpu = 0; cpu < status->cpus; cpu++)
		if (status->present[cpu])
			printf(" %14u", cpu);
	putchar('\n');
	for (counter = 0; counter < MEMSCOPE_COUNTERS; counter++) {
		printf("%-18s", memscope_counter_name(counter));
		for (cpu = 0; cpu < status->cpus; cpu++)
			if (status->present[cpu])
				printf(" %14s", text_count(text, sizeof(text),
							   counter_of(status, cpu, counter)));
		putchar('\n');
	}
	printf("%-18s", "identity");
	for (cpu = 0; cpu < status->cpus; cpu++) {
		uint64_t hits, sum;

		if (!status->present[cpu])
			continue;
		hits = counter_of(status, cpu, MEMSCOPE_COUNTER_HITS);
		sum = accounted(status, cpu);
		if (hits == sum)
			snprintf(text, sizeof(text), "holds");
		else
			snprintf(text, sizeof(text), "off by %lld", (long long)(hits - sum));
		printf(" %14s", text);
	}
	printf("\nidentity: hits = read + buffered + lost + filtered + self + recursion, while a buffer is at rest\n");
}

static struct json_object *cpu_json(const struct status *status, uint32_t cpu)
{
	struct json_object *json = json_object_new_object();
	unsigned int counter;

	json_add_count(json, "cpu", cpu);
	for (counter = 0; counter < MEMSCOPE_COUNTERS; counter++)
		json_add_count(json, memscope_counter_name(counter),
			       counter_of(status, cpu, counter));
	json_add_flag(json, "identity_holds",
		      counter_of(status, cpu, MEMSCOPE_COUNTER_HITS) == accounted(status, cpu));
	return json;
}

static int print_json(const struct status *status)
{
	const struct memscope_status *module = &status->module;
	struct json_object *json = json_object_new_object();
	struct json_object *cpus = json_object_new_array();
	uint32_t cpu;

	json_add_text(json, "tool_version", memscope_version());
	json_add_text(json, "module_version", module->version);
	json_add_flag(json, "running", module->running);
	json_add_count(json, "portid", module->portid);
	json_add_count(json, "started_ns", module->started_ns);
	json_add_count(json, "now_ns", module->now_ns);
	json_add_count(json, "cpus", module->cpus);
	json_add_count(json, "buffer_slots", module->buffer_slots);
	json_add_count(json, "stacks_used", module->stacks_used);
	json_add_count(json, "stacks_size", module->stacks_size);
	json_add_count(json, "caches_used", module->caches_used);
	json_object_object_add(json, "options", memscope_options_json(&module->options));
	json_object_object_add(json, "paths", memscope_session_paths_json(&status->session));
	for (cpu = 0; cpu < status->cpus; cpu++)
		if (status->present[cpu])
			json_object_array_add(cpus, cpu_json(status, cpu));
	json_object_object_add(json, "counters", cpus);
	return json_print(json);
}

int cmd_status(int argc, char **argv)
{
	static const struct args_verb verb = {
		.usage = "memscopectl status [--json]",
		.text = "Shows the session, the options in force, by what each path into the allocator\n"
			"is watched with its hits and misses, and each CPU's counters.",
	};
	struct memscope_client *client;
	struct status status = { 0 };
	struct args args;
	int code, err;

	args_begin(&args, &verb, argc, argv);
	if (args_next(&args) < 0)
		return args.exit_code;
	code = args_operands(&args, 0, false);
	code = code ?: cmd_connect(&client);
	if (code)
		return code;
	memscope_session_init(&status.session);
	err = read_status(client, &status);
	if (err) {
		code = failed("%s", memscope_client_error(client));
	} else if (args.json) {
		code = print_json(&status);
	} else {
		print_session(&status);
		print_paths(&status);
		print_counters(&status);
	}
	memscope_session_deinit(&status.session);
	free(status.counters);
	free(status.present);
	memscope_client_destroy(client);
	return code;
}
