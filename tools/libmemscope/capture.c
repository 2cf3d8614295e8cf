// SPDX-License-Identifier: GPL-2.0
/*
 * An attached session from its start to the end of its recording.
 *
 * Every second: counters, a snapshot, and what is kept back is written, so
 * that a crash costs a second at most. One thread.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <json-c/json.h>

#include "capture.h"
#include "merge.h"
#include "names.h"

#define SECOND_NS 1000000000ULL

struct memscope_capture {
	struct memscope_client *client;
	struct memscope_writer *writer;
	struct memscope_session session;
	struct memscope_names names;
	struct memscope_symbol_table gone;	/* of modules unloaded meanwhile */
	uint64_t *counters;		/* being collected */
	uint64_t *floors;
	uint32_t cpus;			/* highest CPU number met, and one */
	uint32_t last_stack;
	uint64_t next_second_ns;
	bool started;
	bool modules_changed;
	char error[320];
};

static uint64_t monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * SECOND_NS + now.tv_nsec;
}

__attribute__((format(printf, 3, 4)))
static int fail(struct memscope_capture *capture, int err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(capture->error, sizeof(capture->error), format, args);
	va_end(args);
	return err;
}

/* Errors of the client come with its sentence, of the writer without one. */
static int client_failed(struct memscope_capture *capture, int err)
{
	return err ? fail(capture, err, "%s", memscope_client_error(capture->client)) : 0;
}

static int write_failed(struct memscope_capture *capture, int err)
{
	return err ? fail(capture, err, "cannot write the recording: %s", strerror(-err)) : 0;
}

int memscope_capture_create(struct memscope_capture **capture,
			    struct memscope_client *client, struct memscope_writer *writer)
{
	struct memscope_capture *c = calloc(1, sizeof(*c));

	if (!c)
		return -ENOMEM;
	c->client = client;
	c->writer = writer;
	memscope_session_init(&c->session);
	memscope_symbol_table_init(&c->gone);
	if (memscope_names_init(&c->names)) {
		memscope_capture_destroy(c);
		return -ENOMEM;
	}
	*capture = c;
	return 0;
}

void memscope_capture_destroy(struct memscope_capture *capture)
{
	if (!capture)
		return;
	memscope_session_deinit(&capture->session);
	memscope_names_deinit(&capture->names);
	memscope_symbol_table_deinit(&capture->gone);
	free(capture->counters);
	free(capture->floors);
	free(capture);
}

const char *memscope_capture_error(const struct memscope_capture *capture)
{
	return capture->error[0] ? capture->error : "no error";
}

const struct memscope_session *memscope_capture_session(const struct memscope_capture *capture)
{
	return &capture->session;
}

uint64_t memscope_capture_event_count(const struct memscope_capture *capture)
{
	return memscope_writer_event_count(capture->writer);
}

int memscope_capture_prepare(struct memscope_capture *capture)
{
	int err = memscope_names_read(&capture->names);

	if (err == -EPERM)
		return fail(capture, err,
			    "the kernel hides its addresses in /proc/kallsyms: run as root, with kernel.kptr_restrict at 0 or 1");
	if (err)
		return fail(capture, err, "cannot read /proc/kallsyms: %s", strerror(-err));
	err = memscope_meta_gather(&capture->session.meta);
	if (err)
		return fail(capture, err, "cannot tell which system this is: %s",
			    strerror(-err));
	return 0;
}

/* Arrays by CPU, for CPU numbers below cpus. */
static int cpus_for(struct memscope_capture *capture, uint32_t cpus)
{
	uint64_t *floors, *counters;

	if (cpus <= capture->cpus)
		return 0;
	floors = realloc(capture->floors, cpus * sizeof(*floors));
	if (!floors)
		return -ENOMEM;
	capture->floors = floors;
	counters = realloc(capture->counters,
			   (size_t)cpus * MEMSCOPE_COUNTERS * sizeof(*counters));
	if (!counters)
		return -ENOMEM;
	capture->counters = counters;
	memset(counters + (size_t)capture->cpus * MEMSCOPE_COUNTERS, 0,
	       (size_t)(cpus - capture->cpus) * MEMSCOPE_COUNTERS * sizeof(*counters));
	for (; capture->cpus < cpus; capture->cpus++)
		floors[capture->cpus] = MEMSCOPE_NO_CPU;
	return 0;
}

static int on_batch(void *ctx, const struct memscope_batch *batch)
{
	struct memscope_capture *capture = ctx;
	size_t i;
	int err = cpus_for(capture, batch->cpu + 1);

	if (err)
		return err;
	if (capture->floors[batch->cpu] == MEMSCOPE_NO_CPU)
		capture->floors[batch->cpu] = 0;
	if (batch->floor_ns > capture->floors[batch->cpu])
		capture->floors[batch->cpu] = batch->floor_ns;
	for (i = 0; !err && i < batch->count; i++) {
		const struct memscope_event *event = &batch->events[i];

		if (memscope_event_is_slab(event))
			err = memscope_names_see(&capture->names, event->call_site);
		else if (event->type == MEMSCOPE_EVENT_MODULE)
			capture->modules_changed = true;
	}
	return err ?: memscope_writer_events(capture->writer, batch);
}

static int on_stack(void *ctx, const struct memscope_stack *stack)
{
	struct memscope_capture *capture = ctx;
	unsigned int i;
	int err = 0;

	if (stack->id > capture->last_stack)
		capture->last_stack = stack->id;
	for (i = 0; !err && i < stack->frames; i++)
		err = memscope_names_see(&capture->names, stack->frame[i]);
	return err ?: memscope_writer_stack(capture->writer, stack);
}

/* Of a dump whose callback writes: either may have given up. */
static int dump_failed(struct memscope_capture *capture, int err)
{
	return memscope_writer_error(capture->writer) ? write_failed(capture, err) :
	       client_failed(capture, err);
}

static int drain(struct memscope_capture *capture, bool flush)
{
	int err;

	err = memscope_client_events(capture->client, on_batch, capture);
	if (!err)
		err = memscope_client_stacks(capture->client, capture->last_stack, on_stack,
					     capture);
	if (err)
		return dump_failed(capture, err);
	err = memscope_names_write(&capture->names, capture->writer, false);
	err = err ?: memscope_writer_round(capture->writer, capture->floors, capture->cpus,
					   flush);
	return write_failed(capture, err);
}

static int on_counters(void *ctx, uint32_t cpu, const uint64_t *values)
{
	struct memscope_capture *capture = ctx;
	int err = cpus_for(capture, cpu + 1);

	if (!err)
		memcpy(capture->counters + (size_t)cpu * MEMSCOPE_COUNTERS, values,
		       MEMSCOPE_COUNTERS * sizeof(*values));
	return err;
}

static int take_counters(struct memscope_capture *capture)
{
	uint64_t now = monotonic_ns();
	int err;

	err = memscope_client_counters(capture->client, on_counters, capture);
	if (err)
		return client_failed(capture, err);
	err = memscope_session_set_counters(&capture->session, now, capture->counters,
					    capture->cpus);
	err = err ?: memscope_writer_counters(capture->writer, now, capture->counters,
					      capture->cpus);
	return write_failed(capture, err);
}

static int take_snapshot(struct memscope_capture *capture)
{
	struct memscope_snapshot snapshot;
	int err;

	memscope_snapshot_init(&snapshot);
	err = memscope_snapshot_gather(&snapshot);
	err = err ?: memscope_writer_snapshot(capture->writer, snapshot.time_ns,
					      snapshot.files, snapshot.count);
	memscope_snapshot_deinit(&snapshot);
	return write_failed(capture, err);
}

static int write_json(struct memscope_capture *capture, enum memscope_chunk_type type,
		      struct json_object *json)
{
	int err = -ENOMEM;

	if (json)
		err = memscope_writer_json(capture->writer, type,
			json_object_to_json_string_ext(json, JSON_C_TO_STRING_PLAIN));
	json_object_put(json);
	return write_failed(capture, err);
}

static int write_modules(struct memscope_capture *capture)
{
	int err = memscope_module_table_gather(&capture->session.modules);

	if (err)
		return write_failed(capture, err);
	return write_json(capture, MEMSCOPE_CHUNK_MODULES,
			  memscope_module_table_json(&capture->session.modules));
}

/* Names of all tasks there are now. */
static int write_tasks(struct memscope_capture *capture)
{
	struct memscope_task_table tasks;
	size_t i;
	int err;

	memscope_task_table_init(&tasks);
	err = memscope_task_table_scan(&tasks);
	for (i = 0; !err && i < tasks.size; i++)
		if (tasks.slots[i].comm[0])
			err = memscope_writer_task(capture->writer, &tasks.slots[i]);
	memscope_task_table_deinit(&tasks);
	return write_failed(capture, err);
}

int memscope_capture_start(struct memscope_capture *capture,
			   const struct memscope_options *options, char *const *command)
{
	struct memscope_options resolved = *options;
	struct memscope_meta *meta = &capture->session.meta;
	struct memscope_status status;
	int err;

	err = memscope_client_status(capture->client, &status);
	if (err)
		return client_failed(capture, err);
	memscope_options_resolve(&resolved, memscope_option_number(&status.options,
								   MEMSCOPE_A_FEATURES));
	err = memscope_client_start(capture->client, &resolved, true);
	if (err)
		return client_failed(capture, err);
	capture->started = true;
	err = memscope_client_status(capture->client, &status);
	if (err)
		return client_failed(capture, err);
	meta->cpus = status.cpus;
	meta->started_ns = status.started_ns;
	meta->options = status.options;
	snprintf(meta->module_version, sizeof(meta->module_version), "%s", status.version);
	err = write_failed(capture, memscope_meta_set_command(meta, command));
	err = err ?: write_json(capture, MEMSCOPE_CHUNK_META, memscope_meta_json(meta));
	err = err ?: take_snapshot(capture);
	err = err ?: write_tasks(capture);
	err = err ?: write_modules(capture);
	capture->next_second_ns = monotonic_ns() + SECOND_NS;
	return err;
}

static int each_second(struct memscope_capture *capture)
{
	int err = take_counters(capture);

	err = err ?: take_snapshot(capture);
	if (!err && capture->modules_changed) {
		capture->modules_changed = false;
		/* Names of those that have just come; hidden ones stay numbers. */
		if (!memscope_names_read(&capture->names))
			err = write_failed(capture, memscope_names_write(&capture->names,
									 capture->writer,
									 true));
		err = err ?: write_modules(capture);
	}
	return err;
}

int memscope_capture_step(struct memscope_capture *capture, int timeout_ms, int wake_fd)
{
	uint64_t now = monotonic_ns();
	int64_t left_ms = 0;
	bool second;
	int err;

	if (capture->next_second_ns > now)
		left_ms = (capture->next_second_ns - now) / 1000000 + 1;
	if (timeout_ms < 0 || timeout_ms > left_ms)
		timeout_ms = left_ms;
	err = memscope_client_wait(capture->client, timeout_ms, wake_fd);
	if (err < 0 && err != -EINTR)
		return client_failed(capture, err);
	now = monotonic_ns();
	second = now >= capture->next_second_ns;
	if (err <= 0 && !second)
		return 0;
	err = drain(capture, second);
	if (err || !second)
		return err;
	err = each_second(capture);
	while (capture->next_second_ns <= now)
		capture->next_second_ns += SECOND_NS;
	return err;
}

static int on_path(void *ctx, const struct memscope_path_state *path)
{
	return memscope_session_add_path(ctx, path);
}

static int on_cache(void *ctx, const struct memscope_cache *cache)
{
	struct memscope_capture *capture = ctx;

	return memscope_writer_cache(capture->writer, cache);
}

static int on_gone(void *ctx, uint64_t address, const char *name)
{
	int err = memscope_symbol_table_add_text(ctx, address, name);

	return err == -EINVAL ? 0 : err;
}

/* Names of modules that are no longer there, for what is still unknown. */
static int write_gone(struct memscope_capture *capture)
{
	size_t i;
	int err;

	err = memscope_client_symbols(capture->client, on_gone, &capture->gone);
	if (err)
		return client_failed(capture, err);
	for (i = 0; !err && i < capture->names.unknown_count; i++) {
		struct memscope_symbol symbol;
		uint64_t offset;

		if (memscope_symbol_table_find(&capture->gone, capture->names.unknown[i],
					       true, &symbol, &offset))
			err = memscope_writer_symbol(capture->writer, &symbol);
	}
	return write_failed(capture, err);
}

/* Everything that is taken once, at the end. */
static int take_rest(struct memscope_capture *capture)
{
	int err;

	err = drain(capture, true);
	if (err)
		return err;
	err = memscope_client_caches(capture->client, on_cache, capture);
	if (err)
		return dump_failed(capture, err);
	capture->session.path_count = 0;
	err = memscope_client_paths(capture->client, on_path, &capture->session);
	if (err)
		return client_failed(capture, err);
	err = take_counters(capture);
	err = err ?: write_json(capture, MEMSCOPE_CHUNK_PATHS,
				memscope_session_paths_json(&capture->session));
	if (!err && capture->modules_changed && !memscope_names_read(&capture->names))
		err = write_failed(capture, memscope_names_write(&capture->names,
								 capture->writer, true));
	err = err ?: write_gone(capture);
	err = err ?: write_tasks(capture);
	err = err ?: write_modules(capture);
	return err ?: take_snapshot(capture);
}

int memscope_capture_stop(struct memscope_capture *capture, const char *reason)
{
	char earlier[sizeof(capture->error)];
	int err, rest;

	if (!capture->started)
		return 0;
	capture->started = false;
	err = memscope_writer_error(capture->writer);
	memcpy(earlier, capture->error, sizeof(earlier));
	rest = memscope_client_stop(capture->client);
	if (rest)
		rest = client_failed(capture, rest);
	else if (!err)
		rest = take_rest(capture);
	if (!rest && !err)
		rest = write_failed(capture, memscope_writer_finish(capture->writer,
								    monotonic_ns(), reason));
	/* What went wrong first is what the user wants to read. */
	if (err)
		memcpy(capture->error, earlier, sizeof(earlier));
	return err ?: rest;
}
