// SPDX-License-Identifier: GPL-2.0
/*
 * All that is known of a session beside its events.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "bytes.h"
#include "frames.h"
#include "session.h"

void memscope_session_init(struct memscope_session *session)
{
	memset(session, 0, sizeof(*session));
	memscope_meta_init(&session->meta);
	memscope_stack_table_init(&session->stacks);
	memscope_cache_table_init(&session->caches);
	memscope_symbol_table_init(&session->symbols);
	memscope_task_table_init(&session->tasks);
	memscope_module_table_init(&session->modules);
	session->snapshot_every = 1;
}

void memscope_session_deinit(struct memscope_session *session)
{
	size_t i;

	memscope_meta_deinit(&session->meta);
	memscope_stack_table_deinit(&session->stacks);
	memscope_cache_table_deinit(&session->caches);
	memscope_symbol_table_deinit(&session->symbols);
	memscope_task_table_deinit(&session->tasks);
	memscope_module_table_deinit(&session->modules);
	for (i = 0; i < session->snapshot_count; i++)
		memscope_snapshot_deinit(&session->snapshots[i]);
	free(session->snapshots);
	free(session->counters);
	memset(session, 0, sizeof(*session));
}

static int take_stack(void *ctx, const struct memscope_stack *stack)
{
	int err = memscope_stack_table_add(ctx, stack);

	return err == -ERANGE ? -EPROTO : err;
}

static int take_symbols(struct memscope_session *session, struct memscope_cursor *cursor,
			uint32_t count)
{
	while (count--) {
		uint64_t address = memscope_get_u64(cursor);
		uint32_t size = memscope_get_u32(cursor);
		const char *name = memscope_get_text(cursor);
		const char *module = memscope_get_text(cursor);
		int err;

		if (cursor->failed)
			return -EPROTO;
		err = memscope_symbol_table_add(&session->symbols, address, size, name, module);
		if (err)
			return err;
	}
	return 0;
}

static int take_caches(struct memscope_session *session, struct memscope_cursor *cursor,
		       uint32_t count)
{
	while (count--) {
		struct memscope_cache cache = { 0 };
		const char *name;
		int err;

		cache.id = memscope_get_u32(cursor);
		cache.object_size = memscope_get_u32(cursor);
		cache.size = memscope_get_u32(cursor);
		name = memscope_get_text(cursor);
		if (!name)
			return -EPROTO;
		snprintf(cache.name, sizeof(cache.name), "%s", name);
		err = memscope_cache_table_add(&session->caches, &cache);
		if (err)
			return err == -ERANGE ? -EPROTO : err;
	}
	return 0;
}

static int take_tasks(struct memscope_session *session, struct memscope_cursor *cursor,
		      uint32_t count)
{
	while (count--) {
		uint32_t tid = memscope_get_u32(cursor);
		uint32_t tgid = memscope_get_u32(cursor);
		const char *comm = memscope_get_text(cursor);
		int err;

		if (!comm)
			return -EPROTO;
		err = memscope_task_table_add(&session->tasks, tid, tgid, comm);
		if (err)
			return err;
	}
	return 0;
}

/* Keeps one snapshot in snapshot_every, and always the latest as the last. */
static int take_snapshot(struct memscope_session *session, const struct memscope_chunk *chunk)
{
	struct memscope_snapshot *list = session->snapshots;
	size_t i, kept;
	int err;

	if (!list) {
		list = calloc(MEMSCOPE_SESSION_SNAPSHOTS, sizeof(*list));
		if (!list)
			return -ENOMEM;
		session->snapshots = list;
	}
	/* The last one stands there for being the last: its turn may not be. */
	if (session->snapshot_count > 1 &&
	    (session->snapshots_seen - 1) % session->snapshot_every)
		session->snapshot_count--;
	if (session->snapshot_count == MEMSCOPE_SESSION_SNAPSHOTS) {
		for (i = 0, kept = 0; i < session->snapshot_count; i++) {
			if (i % 2)
				memscope_snapshot_deinit(&list[i]);
			else
				list[kept++] = list[i];
		}
		memset(list + kept, 0, (session->snapshot_count - kept) * sizeof(*list));
		session->snapshot_count = kept;
		session->snapshot_every *= 2;
	}
	err = memscope_snapshot_parse(&list[session->snapshot_count], chunk->data,
				      chunk->bytes, chunk->count);
	if (err)
		return err;
	session->snapshot_count++;
	session->snapshots_seen++;
	return 0;
}

int memscope_session_set_counters(struct memscope_session *session, uint64_t time_ns,
				  const uint64_t *values, uint32_t cpus)
{
	if (cpus > session->counter_cpus) {
		uint64_t *counters = realloc(session->counters, (size_t)cpus *
					     MEMSCOPE_COUNTERS * sizeof(*counters));

		if (!counters)
			return -ENOMEM;
		session->counters = counters;
		session->counter_cpus = cpus;
	}
	memcpy(session->counters, values,
	       (size_t)cpus * MEMSCOPE_COUNTERS * sizeof(*values));
	session->counters_ns = time_ns;
	return 0;
}

static int take_counters(struct memscope_session *session, struct memscope_cursor *cursor,
			 uint32_t cpus)
{
	uint64_t time_ns = memscope_get_u64(cursor);
	uint32_t each = memscope_get_u32(cursor), cpu, i;
	uint64_t *values;
	int err;

	if (cpus > MEMSCOPE_CPUS_MAX || each > 4096 ||
	    memscope_left(cursor) != (size_t)cpus * each * sizeof(*values))
		return -EPROTO;
	values = calloc((size_t)cpus * MEMSCOPE_COUNTERS + 1, sizeof(*values));
	if (!values)
		return -ENOMEM;
	for (cpu = 0; cpu < cpus; cpu++) {
		for (i = 0; i < each; i++) {
			uint64_t value = memscope_get_u64(cursor);

			if (i < MEMSCOPE_COUNTERS)
				values[cpu * MEMSCOPE_COUNTERS + i] = value;
		}
	}
	err = memscope_session_set_counters(session, time_ns, values, cpus);
	free(values);
	return err;
}

int memscope_session_add_path(struct memscope_session *session,
			      const struct memscope_path_state *path)
{
	struct memscope_session_path *place;

	if (session->path_count == MEMSCOPE_PATHS)
		return 0;
	place = &session->paths[session->path_count++];
	place->path = path->path;
	place->attached = path->attached;
	place->hits = path->hits;
	place->missed = path->missed;
	snprintf(place->name, sizeof(place->name), "%s", path->name);
	snprintf(place->symbol, sizeof(place->symbol), "%s", path->symbol);
	snprintf(place->without, sizeof(place->without), "%s", path->without);
	return 0;
}

static struct json_object *path_json(const struct memscope_session_path *path)
{
	struct json_object *json = json_object_new_object();

	if (!json)
		return NULL;
	json_object_object_add(json, "path", json_object_new_int(path->path));
	json_object_object_add(json, "name", json_object_new_string(path->name));
	json_object_object_add(json, "attached", json_object_new_string(
			       memscope_attached_name(path->attached)));
	json_object_object_add(json, "symbol", json_object_new_string(path->symbol));
	json_object_object_add(json, "hits", json_object_new_uint64(path->hits));
	json_object_object_add(json, "missed", json_object_new_uint64(path->missed));
	json_object_object_add(json, "without", json_object_new_string(path->without));
	return json;
}

struct json_object *memscope_session_paths_json(const struct memscope_session *session)
{
	struct json_object *list = json_object_new_array();
	size_t i;

	for (i = 0; list && i < session->path_count; i++)
		json_object_array_add(list, path_json(&session->paths[i]));
	return list;
}

static const char *text_of(struct json_object *json, const char *key)
{
	struct json_object *value;

	return json_object_object_get_ex(json, key, &value) &&
	       json_object_is_type(value, json_type_string) ?
	       json_object_get_string(value) : "";
}

static uint64_t number_of(struct json_object *json, const char *key)
{
	struct json_object *value;

	return json_object_object_get_ex(json, key, &value) ? json_object_get_uint64(value) : 0;
}

static int take_path(struct memscope_session *session, struct json_object *json)
{
	struct memscope_path_state path = {
		.path = number_of(json, "path"), .name = text_of(json, "name"),
		.symbol = text_of(json, "symbol"), .without = text_of(json, "without"),
		.hits = number_of(json, "hits"), .missed = number_of(json, "missed"),
	};
	const char *attached = text_of(json, "attached");

	while (path.attached < MEMSCOPE_ATTACHED_KRETPROBE &&
	       strcmp(memscope_attached_name(path.attached), attached))
		path.attached++;
	if (strcmp(memscope_attached_name(path.attached), attached))
		path.attached = MEMSCOPE_ATTACHED_NONE;
	return memscope_session_add_path(session, &path);
}

static int take_paths(struct memscope_session *session, const struct memscope_chunk *chunk)
{
	struct json_object *list = memscope_json_parse(chunk->data, chunk->bytes);
	size_t i;
	int err = 0;

	if (!json_object_is_type(list, json_type_array)) {
		json_object_put(list);
		return -EPROTO;
	}
	session->path_count = 0;
	for (i = 0; !err && i < json_object_array_length(list); i++) {
		struct json_object *path = json_object_array_get_idx(list, i);

		if (json_object_is_type(path, json_type_object))
			err = take_path(session, path);
	}
	json_object_put(list);
	return err;
}

static int take_end(struct memscope_session *session, const struct memscope_chunk *chunk)
{
	struct json_object *end = memscope_json_parse(chunk->data, chunk->bytes);

	if (!json_object_is_type(end, json_type_object)) {
		json_object_put(end);
		return -EPROTO;
	}
	session->complete = true;
	session->ended_ns = number_of(end, "ended_ns");
	snprintf(session->reason, sizeof(session->reason), "%s", text_of(end, "reason"));
	json_object_put(end);
	return 0;
}

int memscope_session_take(struct memscope_session *session,
			  const struct memscope_chunk *chunk)
{
	struct memscope_cursor cursor = memscope_cursor(chunk->data, chunk->bytes);

	switch ((enum memscope_chunk_type)chunk->type) {
	case MEMSCOPE_CHUNK_META:
		return memscope_meta_parse(&session->meta, chunk->data, chunk->bytes);
	case MEMSCOPE_CHUNK_STACKS:
		return memscope_frames_decode(chunk->data, chunk->bytes, chunk->count,
					      take_stack, &session->stacks);
	case MEMSCOPE_CHUNK_SYMBOLS:
		return take_symbols(session, &cursor, chunk->count);
	case MEMSCOPE_CHUNK_MODULES:
		return memscope_module_table_parse(&session->modules, chunk->data,
						   chunk->bytes);
	case MEMSCOPE_CHUNK_CACHES:
		return take_caches(session, &cursor, chunk->count);
	case MEMSCOPE_CHUNK_TASKS:
		return take_tasks(session, &cursor, chunk->count);
	case MEMSCOPE_CHUNK_SNAPSHOT:
		return take_snapshot(session, chunk);
	case MEMSCOPE_CHUNK_COUNTERS:
		return take_counters(session, &cursor, chunk->count);
	case MEMSCOPE_CHUNK_PATHS:
		return take_paths(session, chunk);
	case MEMSCOPE_CHUNK_END:
		return take_end(session, chunk);
	case MEMSCOPE_CHUNK_EVENTS:
	case MEMSCOPE_CHUNK_FLOORS:
		break;
	}
	return 0;
}

int memscope_session_load(struct memscope_session *session, const char *path)
{
	struct memscope_reader *reader;
	struct memscope_chunk chunk;
	int err, got;

	err = memscope_reader_open(&reader, path);
	if (err)
		return err;
	memscope_reader_want(reader, ~(1U << MEMSCOPE_CHUNK_EVENTS |
				       1U << MEMSCOPE_CHUNK_FLOORS));
	while (!err && (got = memscope_reader_next(reader, &chunk)) > 0) {
		if (!chunk.data)
			continue;
		err = memscope_session_take(session, &chunk);
		if (err == -EPROTO) {
			memscope_reader_reject(reader, &chunk);
			err = 0;
		}
	}
	if (!err && got < 0)
		err = got;
	if (memscope_reader_damage(reader))
		snprintf(session->damage, sizeof(session->damage), "%s",
			 memscope_reader_damage(reader));
	memscope_reader_close(reader);
	return err;
}

uint64_t memscope_session_counter(const struct memscope_session *session,
				  enum memscope_counter counter)
{
	uint64_t sum = 0;
	uint32_t cpu;

	for (cpu = 0; cpu < session->counter_cpus; cpu++)
		sum += session->counters[cpu * MEMSCOPE_COUNTERS + counter];
	return sum;
}

void memscope_session_losses(const struct memscope_session *session,
			     struct memscope_losses *losses)
{
	size_t i;

	*losses = (struct memscope_losses){
		.lost = memscope_session_counter(session, MEMSCOPE_COUNTER_LOST),
		.recursion = memscope_session_counter(session, MEMSCOPE_COUNTER_RECURSION),
		.stack_full = memscope_session_counter(session, MEMSCOPE_COUNTER_STACK_FULL),
		.stack_failed = memscope_session_counter(session, MEMSCOPE_COUNTER_STACK_FAILED),
		.cache_full = memscope_session_counter(session, MEMSCOPE_COUNTER_CACHE_FULL),
		.read = memscope_session_counter(session, MEMSCOPE_COUNTER_READ),
	};
	for (i = 0; i < session->path_count; i++)
		losses->missed += session->paths[i].missed;
}

bool memscope_session_incomplete(const struct memscope_session *session)
{
	struct memscope_losses losses;

	memscope_session_losses(session, &losses);
	return losses.lost || losses.missed || losses.recursion || session->damage[0];
}
