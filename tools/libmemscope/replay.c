// SPDX-License-Identifier: GPL-2.0
/*
 * A recording from front to back.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bytes.h"
#include "replay.h"

/* Reading of one recording. */
struct pass {
	const struct memscope_replay *replay;
	struct memscope_session *session;
	struct memscope_reader *reader;
	struct memscope_merge *merge;
	uint64_t lost;
};

static int take_events(struct pass *pass, const struct memscope_chunk *chunk)
{
	const struct memscope_event *events;
	uint32_t i;
	int err;

	err = memscope_reader_events(pass->reader, chunk, &events);
	if (err)
		return err;
	for (i = 0; i < chunk->count; i++) {
		if (events[i].type != MEMSCOPE_EVENT_TASK)
			continue;
		err = memscope_task_table_event(&pass->session->tasks, &events[i]);
		if (err)
			return err;
	}
	return memscope_merge_push(pass->merge, chunk->cpu, events, chunk->count);
}

static int take_floors(struct pass *pass, const struct memscope_chunk *chunk)
{
	struct memscope_cursor cursor = memscope_cursor(chunk->data, chunk->bytes);
	uint64_t floors[MEMSCOPE_CPUS_MAX];
	uint32_t cpu;

	if (chunk->count > MEMSCOPE_CPUS_MAX || chunk->bytes != chunk->count * 8ULL)
		return -EPROTO;
	for (cpu = 0; cpu < chunk->count; cpu++)
		floors[cpu] = memscope_get_u64(&cursor);
	return memscope_merge_round(pass->merge, floors, chunk->count);
}

static int take_chunk(struct pass *pass, const struct memscope_chunk *chunk)
{
	uint64_t lost;
	int err;

	if (!chunk->data)
		return 0;
	if (chunk->type == MEMSCOPE_CHUNK_EVENTS)
		return take_events(pass, chunk);
	if (chunk->type == MEMSCOPE_CHUNK_FLOORS)
		return take_floors(pass, chunk);
	err = memscope_session_take(pass->session, chunk);
	if (err || chunk->type != MEMSCOPE_CHUNK_COUNTERS)
		return err;
	lost = memscope_session_counter(pass->session, MEMSCOPE_COUNTER_LOST);
	if (lost > pass->lost && pass->replay->lost)
		pass->replay->lost(pass->replay->ctx, pass->session->counters_ns,
				   lost - pass->lost);
	pass->lost = lost;
	return 0;
}

static int read_chunks(struct pass *pass)
{
	const struct memscope_replay *replay = pass->replay;
	struct memscope_chunk chunk;
	int got, err;

	while ((got = memscope_reader_next(pass->reader, &chunk)) > 0) {
		err = take_chunk(pass, &chunk);
		if (err == -EPROTO)
			memscope_reader_reject(pass->reader, &chunk);
		else if (err)
			return err;
		if (replay->progress)
			replay->progress(replay->progress_ctx,
					 memscope_reader_offset(pass->reader),
					 memscope_reader_size(pass->reader));
	}
	return got;
}

static int no_events(void *ctx, const struct memscope_merged *events, size_t count)
{
	return 0;
}

int memscope_replay(const char *path, struct memscope_session *session,
		    const struct memscope_replay *replay)
{
	struct pass pass = { .replay = replay, .session = session };
	int err;

	err = memscope_reader_open(&pass.reader, path);
	if (err)
		return err;
	err = memscope_merge_create(&pass.merge, replay->events ? replay->events : no_events,
				    replay->ctx);
	if (!err)
		err = read_chunks(&pass);
	if (!err)
		err = memscope_merge_flush(pass.merge);
	if (memscope_reader_damage(pass.reader))
		snprintf(session->damage, sizeof(session->damage), "%s",
			 memscope_reader_damage(pass.reader));
	memscope_merge_destroy(pass.merge);
	memscope_reader_close(pass.reader);
	return err;
}

const char *memscope_recording_error(int err)
{
	switch (err) {
	case -ENOMSG:
		return "it is not a memscope recording";
	case -EPROTONOSUPPORT:
		return "it was made by a later version of memscope";
	case -EEXIST:
		return "it exists and is not a recording: remove it, or name another file";
	default:
		return strerror(-err);
	}
}
