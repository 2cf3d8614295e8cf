// SPDX-License-Identifier: GPL-2.0
/*
 * Writing a recording. Whatever comes is kept until its round is written, so
 * that chunks are large; a chunk is one write(), so that a full disk leaves
 * whole chunks behind.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/stat.h>

#include <json-c/json.h>
#include <xxhash.h>
#include <zstd.h>

#include "bytes.h"
#include "client.h"
#include "column.h"
#include "frames.h"
#include "merge.h"
#include "recording.h"
#include "recording-format.h"

/* A round is written when a CPU has so many events, or all have in sum. */
#define ROUND_CPU_EVENTS	(1U << 16)
#define ROUND_EVENTS		(1U << 19)
#define ZSTD_LEVEL		3
/* Less than this is not worth a zstd frame. */
#define COMPRESS_MIN		64

struct lane {
	struct memscope_event *events;
	size_t count, room;
};

/* Items of one chunk type, waiting. */
struct items {
	struct memscope_bytes bytes;
	uint32_t count;
};

struct memscope_writer {
	int fd;
	bool owns_fd;
	bool begun;			/* what was there is gone, the header written */
	char *created;			/* path of a file that was not there, else NULL */
	int err;
	uint64_t offset;		/* behind the last whole chunk */
	uint64_t event_count;
	struct memscope_column_encoder *encoder;
	ZSTD_CCtx *zstd;
	struct lane *lanes;
	uint32_t lane_count;
	size_t kept_back;		/* events in lanes */
	uint64_t *floors;
	uint32_t floor_count;
	bool round_waits;
	struct items stacks, symbols, caches, tasks;
	struct memscope_bytes payload;	/* of the chunk being made */
	struct memscope_bytes chunk;
};

static int stick(struct memscope_writer *writer, int err)
{
	if (err < 0 && !writer->err)
		writer->err = err;
	return writer->err;
}

static int write_all(struct memscope_writer *writer, const void *data, size_t bytes)
{
	const char *next = data;

	while (bytes) {
		ssize_t written = write(writer->fd, next, bytes);

		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0) {
			int err = written ? -errno : -EIO;

			/* Not on a pipe; there a reader sees a cut chunk. */
			if (next != (const char *)data &&
			    !ftruncate(writer->fd, writer->offset))
				lseek(writer->fd, writer->offset, SEEK_SET);
			return err;
		}
		next += written;
		bytes -= written;
	}
	writer->offset += next - (const char *)data;
	return 0;
}

/* The first chunk is about to be written: only now is an old recording dropped. */
static int begin(struct memscope_writer *writer)
{
	struct file_header header = {
		.magic = FILE_MAGIC,
		.major = htole16(MEMSCOPE_RECORDING_MAJOR),
		.minor = htole16(MEMSCOPE_RECORDING_MINOR),
	};
	struct stat stat;

	if (writer->begun)
		return 0;
	writer->begun = true;
	if (fstat(writer->fd, &stat))
		return -errno;
	if (S_ISREG(stat.st_mode) && ftruncate(writer->fd, 0))
		return -errno;
	header.checksum = htole32((uint32_t)XXH3_64bits(&header, FILE_CHECKED));
	return write_all(writer, &header, sizeof(header));
}

/* Writes writer->payload, or other bytes, as one chunk. */
static int write_chunk(struct memscope_writer *writer, enum memscope_chunk_type type,
		       uint32_t cpu, uint32_t count, const void *data, size_t bytes)
{
	struct memscope_bytes *chunk = &writer->chunk;
	struct memscope_chunk_header header = {
		.magic = htole32(CHUNK_MAGIC), .type = htole16(type), .cpu = htole32(cpu),
		.count = htole32(count), .bytes = htole32(bytes),
	};
	size_t stored = bytes;

	if (writer->err)
		return writer->err;
	if (bytes > MEMSCOPE_CHUNK_BYTES_MAX)
		return stick(writer, -E2BIG);
	if (stick(writer, begin(writer)))
		return writer->err;
	chunk->used = 0;
	if (!memscope_bytes_room(chunk, sizeof(header) + ZSTD_compressBound(bytes)))
		return stick(writer, -ENOMEM);
	if (bytes >= COMPRESS_MIN) {
		stored = ZSTD_compressCCtx(writer->zstd, chunk->data + sizeof(header),
					   chunk->room - sizeof(header), data, bytes,
					   ZSTD_LEVEL);
		if (ZSTD_isError(stored))
			return stick(writer, -ENOMEM);
		if (stored < bytes)
			header.flags = htole16(CHUNK_ZSTD);
	}
	if (!header.flags) {
		stored = bytes;
		memcpy(chunk->data + sizeof(header), data, bytes);
	}
	header.stored = htole32(stored);
	memcpy(chunk->data, &header, sizeof(header));
	header.checksum = htole64(XXH3_64bits(chunk->data, sizeof(header) + stored));
	memcpy(chunk->data, &header, sizeof(header));
	return stick(writer, write_all(writer, chunk->data, sizeof(header) + stored));
}

static int write_items(struct memscope_writer *writer, enum memscope_chunk_type type,
		       struct items *items)
{
	int err = 0;

	if (items->bytes.failed)
		return stick(writer, -ENOMEM);
	if (items->count)
		err = write_chunk(writer, type, 0, items->count, items->bytes.data,
				  items->bytes.used);
	items->bytes.used = 0;
	items->count = 0;
	return err;
}

int memscope_writer_create_fd(struct memscope_writer **writer, int fd)
{
	struct memscope_writer *w = calloc(1, sizeof(*w));
	int err;

	if (!w)
		return -ENOMEM;
	w->fd = fd;
	w->zstd = ZSTD_createCCtx();
	err = memscope_column_encoder_create(&w->encoder);
	if (!w->zstd || err) {
		memscope_writer_destroy(w);
		return -ENOMEM;
	}
	w->owns_fd = true;
	*writer = w;
	return 0;
}

/* A file that is there is replaced only if it is empty or a recording. */
static int may_replace(int fd)
{
	struct stat stat;
	char magic[sizeof(FILE_MAGIC) - 1];

	if (fstat(fd, &stat))
		return -errno;
	if (!S_ISREG(stat.st_mode) || !stat.st_size)
		return 0;
	if (pread(fd, magic, sizeof(magic), 0) != sizeof(magic) ||
	    memcmp(magic, FILE_MAGIC, sizeof(magic)))
		return -EEXIST;
	return 0;
}

int memscope_writer_create(struct memscope_writer **writer, const char *path)
{
	bool created = true;
	int fd, err;

	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 && errno == EEXIST) {
		created = false;
		fd = open(path, O_RDWR | O_CLOEXEC);
		/* A pipe or a device may be written only. */
		if (fd < 0 && (errno == EACCES || errno == ENXIO || errno == EINVAL))
			fd = open(path, O_WRONLY | O_CLOEXEC);
	}
	if (fd < 0)
		return -errno;
	err = created ? 0 : may_replace(fd);
	err = err ?: memscope_writer_create_fd(writer, fd);
	if (err) {
		close(fd);
		if (created)
			unlink(path);
		return err;
	}
	if (created)
		(*writer)->created = strdup(path);
	return 0;
}

void memscope_writer_destroy(struct memscope_writer *writer)
{
	uint32_t cpu;

	if (!writer)
		return;
	for (cpu = 0; cpu < writer->lane_count; cpu++)
		free(writer->lanes[cpu].events);
	free(writer->lanes);
	free(writer->floors);
	memscope_bytes_free(&writer->stacks.bytes);
	memscope_bytes_free(&writer->symbols.bytes);
	memscope_bytes_free(&writer->caches.bytes);
	memscope_bytes_free(&writer->tasks.bytes);
	memscope_bytes_free(&writer->payload);
	memscope_bytes_free(&writer->chunk);
	memscope_column_encoder_destroy(writer->encoder);
	ZSTD_freeCCtx(writer->zstd);
	if (writer->owns_fd)
		close(writer->fd);
	/* Nothing came: leave nothing behind. */
	if (writer->created && !writer->begun)
		unlink(writer->created);
	free(writer->created);
	free(writer);
}

int memscope_writer_json(struct memscope_writer *writer, enum memscope_chunk_type type,
			 const char *json)
{
	return write_chunk(writer, type, 0, 1, json, strlen(json));
}

int memscope_writer_meta(struct memscope_writer *writer, const char *json)
{
	return memscope_writer_json(writer, MEMSCOPE_CHUNK_META, json);
}

static int lanes_for(struct memscope_writer *writer, uint32_t cpus)
{
	struct lane *lanes;

	if (cpus <= writer->lane_count)
		return 0;
	if (cpus > MEMSCOPE_CPUS_MAX)
		return -ERANGE;
	lanes = realloc(writer->lanes, cpus * sizeof(*lanes));
	if (!lanes)
		return -ENOMEM;
	memset(lanes + writer->lane_count, 0,
	       (cpus - writer->lane_count) * sizeof(*lanes));
	writer->lanes = lanes;
	writer->lane_count = cpus;
	return 0;
}

int memscope_writer_events(struct memscope_writer *writer,
			   const struct memscope_batch *batch)
{
	struct lane *lane;
	int err;

	if (writer->err || !batch->count)
		return writer->err;
	err = batch->cpu < MEMSCOPE_CPUS_MAX ? lanes_for(writer, batch->cpu + 1) : -ERANGE;
	if (err)
		return stick(writer, err);
	lane = &writer->lanes[batch->cpu];
	if (lane->room - lane->count < batch->count) {
		size_t room = lane->room ? lane->room : 4096;
		struct memscope_event *events;

		while (room - lane->count < batch->count)
			room *= 2;
		events = realloc(lane->events, room * sizeof(*events));
		if (!events)
			return stick(writer, -ENOMEM);
		lane->events = events;
		lane->room = room;
	}
	memcpy(lane->events + lane->count, batch->events,
	       batch->count * sizeof(*batch->events));
	lane->count += batch->count;
	writer->kept_back += batch->count;
	return 0;
}

/* One run of events; halved where it has more kinds than a dictionary takes. */
static int write_run(struct memscope_writer *writer, uint32_t cpu,
		     const struct memscope_event *events, size_t count)
{
	int err = -E2BIG;

	if (count <= MEMSCOPE_COLUMN_EVENTS) {
		writer->payload.used = 0;
		err = memscope_column_encode(writer->encoder, events, count,
					     &writer->payload);
	}
	if (err == -E2BIG && count > 1) {
		err = write_run(writer, cpu, events, count / 2);
		return err ?: write_run(writer, cpu, events + count / 2, count - count / 2);
	}
	if (err)
		return stick(writer, err);
	err = write_chunk(writer, MEMSCOPE_CHUNK_EVENTS, cpu, count,
			  writer->payload.data, writer->payload.used);
	if (!err)
		writer->event_count += count;
	return err;
}

static int write_stacks(struct memscope_writer *writer)
{
	uint32_t count = writer->stacks.count;
	int err;

	if (writer->stacks.bytes.failed)
		return stick(writer, -ENOMEM);
	if (!count)
		return 0;
	writer->payload.used = 0;
	err = memscope_frames_encode(writer->stacks.bytes.data, writer->stacks.bytes.used,
				     &writer->payload);
	writer->stacks.bytes.used = 0;
	writer->stacks.count = 0;
	if (err)
		return stick(writer, err);
	return write_chunk(writer, MEMSCOPE_CHUNK_STACKS, 0, count,
			   writer->payload.data, writer->payload.used);
}

/* Everything that waits: first what events name, then they, then the floors. */
static int write_round(struct memscope_writer *writer)
{
	uint32_t cpu;
	int err;

	err = write_stacks(writer);
	err = err ?: write_items(writer, MEMSCOPE_CHUNK_SYMBOLS, &writer->symbols);
	err = err ?: write_items(writer, MEMSCOPE_CHUNK_CACHES, &writer->caches);
	err = err ?: write_items(writer, MEMSCOPE_CHUNK_TASKS, &writer->tasks);
	for (cpu = 0; !err && cpu < writer->lane_count; cpu++) {
		struct lane *lane = &writer->lanes[cpu];

		if (!lane->count)
			continue;
		err = write_run(writer, cpu, lane->events, lane->count);
		lane->count = 0;
	}
	writer->kept_back = 0;
	if (!err && writer->round_waits) {
		writer->payload.used = 0;
		for (cpu = 0; cpu < writer->floor_count; cpu++)
			memscope_put_u64(&writer->payload, writer->floors[cpu]);
		if (writer->payload.failed)
			return stick(writer, -ENOMEM);
		err = write_chunk(writer, MEMSCOPE_CHUNK_FLOORS, 0, writer->floor_count,
				  writer->payload.data, writer->payload.used);
		writer->round_waits = false;
	}
	return err;
}

int memscope_writer_round(struct memscope_writer *writer, const uint64_t *floors,
			  size_t count, bool flush)
{
	uint32_t cpu;

	if (writer->err)
		return writer->err;
	if (count > MEMSCOPE_CPUS_MAX)
		return stick(writer, -ERANGE);
	if (count > writer->floor_count) {
		uint64_t *room = realloc(writer->floors, count * sizeof(*room));

		if (!room)
			return stick(writer, -ENOMEM);
		writer->floors = room;
		writer->floor_count = count;
	}
	memcpy(writer->floors, floors, count * sizeof(*floors));
	writer->round_waits = true;
	flush = flush || writer->kept_back >= ROUND_EVENTS;
	for (cpu = 0; !flush && cpu < writer->lane_count; cpu++)
		flush = writer->lanes[cpu].count >= ROUND_CPU_EVENTS;
	return flush ? write_round(writer) : 0;
}

int memscope_writer_stack(struct memscope_writer *writer, const struct memscope_stack *stack)
{
	if (writer->err)
		return writer->err;
	memscope_put(&writer->stacks.bytes, stack,
		     sizeof(*stack) + stack->frames * sizeof(stack->frame[0]));
	writer->stacks.count++;
	if (writer->stacks.bytes.used > MEMSCOPE_CHUNK_BYTES_MAX / 4)
		return write_stacks(writer);
	return writer->stacks.bytes.failed ? stick(writer, -ENOMEM) : 0;
}

/* Counts the item just put, and writes the chunk before it grows too large. */
static int item_put(struct memscope_writer *writer, enum memscope_chunk_type type,
		    struct items *items)
{
	items->count++;
	if (items->bytes.failed)
		return stick(writer, -ENOMEM);
	if (items->bytes.used > MEMSCOPE_CHUNK_BYTES_MAX / 4)
		return write_items(writer, type, items);
	return writer->err;
}

int memscope_writer_symbol(struct memscope_writer *writer,
			   const struct memscope_symbol *symbol)
{
	struct memscope_bytes *bytes = &writer->symbols.bytes;

	memscope_put_u64(bytes, symbol->address);
	memscope_put_u32(bytes, symbol->size);
	memscope_put_text(bytes, symbol->name);
	memscope_put_text(bytes, symbol->module);
	return item_put(writer, MEMSCOPE_CHUNK_SYMBOLS, &writer->symbols);
}

int memscope_writer_cache(struct memscope_writer *writer, const struct memscope_cache *cache)
{
	struct memscope_bytes *bytes = &writer->caches.bytes;

	memscope_put_u32(bytes, cache->id);
	memscope_put_u32(bytes, cache->object_size);
	memscope_put_u32(bytes, cache->size);
	memscope_put(bytes, cache->name, strnlen(cache->name, sizeof(cache->name) - 1));
	memscope_put(bytes, "", 1);
	return item_put(writer, MEMSCOPE_CHUNK_CACHES, &writer->caches);
}

int memscope_writer_task(struct memscope_writer *writer, const struct memscope_task *task)
{
	struct memscope_bytes *bytes = &writer->tasks.bytes;

	memscope_put_u32(bytes, task->tid);
	memscope_put_u32(bytes, task->tgid);
	memscope_put_text(bytes, task->comm);
	return item_put(writer, MEMSCOPE_CHUNK_TASKS, &writer->tasks);
}

int memscope_writer_snapshot(struct memscope_writer *writer, uint64_t time_ns,
			     const struct memscope_snapshot_file *files, size_t count)
{
	struct memscope_bytes *payload = &writer->payload;
	size_t i;

	payload->used = 0;
	memscope_put_u64(payload, time_ns);
	for (i = 0; i < count; i++) {
		memscope_put_text(payload, files[i].path);
		memscope_put_u32(payload, files[i].bytes);
		memscope_put(payload, files[i].data, files[i].bytes);
	}
	if (payload->failed)
		return stick(writer, -ENOMEM);
	return write_chunk(writer, MEMSCOPE_CHUNK_SNAPSHOT, 0, count,
			   payload->data, payload->used);
}

int memscope_writer_counters(struct memscope_writer *writer, uint64_t time_ns,
			     const uint64_t *values, uint32_t cpus)
{
	struct memscope_bytes *payload = &writer->payload;
	size_t i;

	payload->used = 0;
	memscope_put_u64(payload, time_ns);
	memscope_put_u32(payload, MEMSCOPE_COUNTERS);
	for (i = 0; i < (size_t)cpus * MEMSCOPE_COUNTERS; i++)
		memscope_put_u64(payload, values[i]);
	if (payload->failed)
		return stick(writer, -ENOMEM);
	return write_chunk(writer, MEMSCOPE_CHUNK_COUNTERS, 0, cpus,
			   payload->data, payload->used);
}

int memscope_writer_finish(struct memscope_writer *writer, uint64_t ended_ns,
			   const char *reason)
{
	struct json_object *end;
	int err = write_round(writer);

	if (err)
		return err;
	end = json_object_new_object();
	if (!end)
		return stick(writer, -ENOMEM);
	json_object_object_add(end, "ended_ns", json_object_new_uint64(ended_ns));
	json_object_object_add(end, "events", json_object_new_uint64(writer->event_count));
	json_object_object_add(end, "bytes", json_object_new_uint64(writer->offset));
	json_object_object_add(end, "reason", json_object_new_string(reason));
	err = memscope_writer_json(writer, MEMSCOPE_CHUNK_END,
				   json_object_to_json_string_ext(end, JSON_C_TO_STRING_PLAIN));
	json_object_put(end);
	/* Late errors of the file system (quota, network) show up here. */
	if (!err && fsync(writer->fd) && errno != EINVAL && errno != ENOTSUP &&
	    errno != EROFS)
		err = stick(writer, -errno);
	return err;
}

int memscope_writer_error(const struct memscope_writer *writer)
{
	return writer->err;
}

uint64_t memscope_writer_bytes(const struct memscope_writer *writer)
{
	return writer->offset;
}

uint64_t memscope_writer_event_count(const struct memscope_writer *writer)
{
	return writer->event_count + writer->kept_back;
}
