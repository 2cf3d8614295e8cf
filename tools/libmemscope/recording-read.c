// SPDX-License-Identifier: GPL-2.0
/*
 * Reading a recording. No length is believed: a chunk is compared with what
 * the file has left and with its checksum before it is unpacked, and unpacked
 * into what its header allows and no more.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/stat.h>

#include <xxhash.h>
#include <zstd.h>

#include "bytes.h"
#include "column.h"
#include "recording.h"
#include "recording-format.h"

struct memscope_reader {
	int fd;
	uint64_t size;			/* of a regular file, else 0 */
	uint64_t offset;
	uint32_t want;
	bool ended;			/* END was read, or damage met */
	bool complete;
	char damage[192];
	ZSTD_DCtx *zstd;
	struct memscope_column_decoder *decoder;
	struct memscope_event *events;
	size_t event_room;
	struct memscope_bytes stored;	/* header and payload of a chunk */
	struct memscope_bytes payload;
};

/* Up to bytes: fewer only at the end of the file. */
static ssize_t read_all(int fd, void *data, size_t bytes)
{
	size_t done = 0;

	while (done < bytes) {
		ssize_t count = read(fd, (char *)data + done, bytes - done);

		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return -errno;
		if (!count)
			break;
		done += count;
	}
	return done;
}

static int check_header(struct memscope_reader *reader)
{
	struct file_header header;
	ssize_t bytes = read_all(reader->fd, &header, sizeof(header));

	if (bytes < 0)
		return bytes;
	if ((size_t)bytes < sizeof(header.magic) ||
	    memcmp(header.magic, FILE_MAGIC, sizeof(header.magic)))
		return -ENOMSG;
	/* Longer than the magic and cut: a recording all the same, an empty one. */
	if ((size_t)bytes < sizeof(header) ||
	    le32toh(header.checksum) != (uint32_t)XXH3_64bits(&header, FILE_CHECKED)) {
		snprintf(reader->damage, sizeof(reader->damage),
			 "damaged at offset 8: the header is cut short or its checksum is wrong");
		reader->ended = true;
		return 0;
	}
	if (le16toh(header.major) != MEMSCOPE_RECORDING_MAJOR)
		return -EPROTONOSUPPORT;
	reader->offset = sizeof(header);
	return 0;
}

int memscope_reader_open_fd(struct memscope_reader **reader, int fd)
{
	struct memscope_reader *r = calloc(1, sizeof(*r));
	struct stat stat;
	int err;

	if (!r)
		return -ENOMEM;
	r->fd = fd;
	r->want = UINT32_MAX;
	r->zstd = ZSTD_createDCtx();
	err = memscope_column_decoder_create(&r->decoder);
	if (!err && !r->zstd)
		err = -ENOMEM;
	if (!err && fstat(fd, &stat))
		err = -errno;
	if (!err && S_ISREG(stat.st_mode))
		r->size = stat.st_size;
	err = err ?: check_header(r);
	if (err) {
		r->fd = -1;
		memscope_reader_close(r);
		return err;
	}
	*reader = r;
	return 0;
}

int memscope_reader_open(struct memscope_reader **reader, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int err;

	if (fd < 0)
		return -errno;
	err = memscope_reader_open_fd(reader, fd);
	if (err)
		close(fd);
	return err;
}

void memscope_reader_close(struct memscope_reader *reader)
{
	if (!reader)
		return;
	if (reader->fd >= 0)
		close(reader->fd);
	ZSTD_freeDCtx(reader->zstd);
	memscope_column_decoder_destroy(reader->decoder);
	memscope_bytes_free(&reader->stored);
	memscope_bytes_free(&reader->payload);
	free(reader->events);
	free(reader);
}

void memscope_reader_want(struct memscope_reader *reader, uint32_t types)
{
	reader->want = types;
}

const char *memscope_reader_damage(const struct memscope_reader *reader)
{
	return reader->damage[0] ? reader->damage : NULL;
}

uint64_t memscope_reader_size(const struct memscope_reader *reader)
{
	return reader->size;
}

uint64_t memscope_reader_offset(const struct memscope_reader *reader)
{
	return reader->offset;
}

static const char *chunk_name(uint32_t type)
{
	static const char *const names[] = {
		[MEMSCOPE_CHUNK_META] = "meta", [MEMSCOPE_CHUNK_EVENTS] = "events",
		[MEMSCOPE_CHUNK_FLOORS] = "floors", [MEMSCOPE_CHUNK_STACKS] = "stacks",
		[MEMSCOPE_CHUNK_SYMBOLS] = "symbols", [MEMSCOPE_CHUNK_MODULES] = "modules",
		[MEMSCOPE_CHUNK_CACHES] = "caches", [MEMSCOPE_CHUNK_TASKS] = "tasks",
		[MEMSCOPE_CHUNK_SNAPSHOT] = "snapshot",
		[MEMSCOPE_CHUNK_COUNTERS] = "counters", [MEMSCOPE_CHUNK_PATHS] = "paths",
		[MEMSCOPE_CHUNK_END] = "end",
	};

	return type < sizeof(names) / sizeof(names[0]) && names[type] ? names[type] : "unknown";
}

/* Ends reading here; what was read before is good. */
__attribute__((format(printf, 3, 4)))
static int damaged(struct memscope_reader *reader, uint64_t offset, const char *format, ...)
{
	int used = snprintf(reader->damage, sizeof(reader->damage), "damaged at offset %llu",
			    (unsigned long long)offset);
	va_list args;

	if (reader->size)
		used += snprintf(reader->damage + used, sizeof(reader->damage) - used,
				 " of %llu", (unsigned long long)reader->size);
	used += snprintf(reader->damage + used, sizeof(reader->damage) - used, ": ");
	va_start(args, format);
	vsnprintf(reader->damage + used, sizeof(reader->damage) - used, format, args);
	va_end(args);
	reader->ended = true;
	return 0;
}

void memscope_reader_reject(struct memscope_reader *reader, const struct memscope_chunk *chunk)
{
	damaged(reader, chunk->offset, "what a %s chunk holds makes no sense",
		chunk_name(chunk->type));
}

/* Header and payload into reader->stored. 1: there, 0: ended, or an error. */
static int read_chunk(struct memscope_reader *reader, struct memscope_chunk_header *header)
{
	uint64_t at = reader->offset, checksum;
	struct memscope_bytes *stored = &reader->stored;
	uint32_t bytes;
	ssize_t got;

	got = read_all(reader->fd, header, sizeof(*header));
	if (got < 0)
		return got;
	if (!got)
		return damaged(reader, at, "its end is missing");
	if ((size_t)got < sizeof(*header))
		return damaged(reader, at, "cut short in the header of a chunk");
	bytes = le32toh(header->stored);
	if (le32toh(header->magic) != CHUNK_MAGIC)
		return damaged(reader, at, "no chunk begins there");
	if (bytes > ZSTD_compressBound(MEMSCOPE_CHUNK_BYTES_MAX) ||
	    le32toh(header->bytes) > MEMSCOPE_CHUNK_BYTES_MAX)
		return damaged(reader, at, "a chunk claims to be too large");
	if (reader->size && at + sizeof(*header) + bytes > reader->size)
		return damaged(reader, at, "cut short in a chunk");
	stored->used = 0;
	if (!memscope_bytes_room(stored, sizeof(*header) + bytes))
		return -ENOMEM;
	got = read_all(reader->fd, stored->data + sizeof(*header), bytes);
	if (got < 0)
		return got;
	if ((size_t)got < bytes)
		return damaged(reader, at, "cut short in a chunk");
	checksum = le64toh(header->checksum);
	header->checksum = 0;
	memcpy(stored->data, header, sizeof(*header));
	if (XXH3_64bits(stored->data, sizeof(*header) + bytes) != checksum)
		return damaged(reader, at, "the checksum of a chunk is wrong");
	reader->offset += sizeof(*header) + bytes;
	return 1;
}

static int unpack(struct memscope_reader *reader, const struct memscope_chunk_header *header,
		  struct memscope_chunk *chunk)
{
	const unsigned char *data = reader->stored.data + sizeof(*header);
	uint32_t stored = le32toh(header->stored), bytes = le32toh(header->bytes);
	size_t got;

	chunk->bytes = bytes;
	if (!(le16toh(header->flags) & CHUNK_ZSTD)) {
		if (stored != bytes)
			return damaged(reader, chunk->offset, "the lengths of a chunk disagree");
		chunk->data = data;
		return 1;
	}
	reader->payload.used = 0;
	if (!memscope_bytes_room(&reader->payload, (size_t)bytes + 1))
		return -ENOMEM;
	got = ZSTD_decompressDCtx(reader->zstd, reader->payload.data, bytes, data, stored);
	if (ZSTD_isError(got) || got != bytes)
		return damaged(reader, chunk->offset, "a %s chunk cannot be unpacked",
			       chunk_name(chunk->type));
	chunk->data = reader->payload.data;
	return 1;
}

int memscope_reader_next(struct memscope_reader *reader, struct memscope_chunk *chunk)
{
	struct memscope_chunk_header header;
	int got;

	if (reader->ended) {
		char byte;

		/* Asked once behind END: nothing may follow. */
		if (!reader->complete || reader->damage[0] ||
		    read_all(reader->fd, &byte, 1) <= 0)
			return 0;
		return damaged(reader, reader->offset, "something follows its end");
	}
	memset(chunk, 0, sizeof(*chunk));
	chunk->offset = reader->offset;
	got = read_chunk(reader, &header);
	if (got <= 0)
		return got;
	chunk->type = le16toh(header.type);
	chunk->cpu = le32toh(header.cpu);
	chunk->count = le32toh(header.count);
	if (chunk->cpu >= MEMSCOPE_CPUS_MAX)
		return damaged(reader, chunk->offset, "a chunk is of CPU %u", chunk->cpu);
	if (chunk->type == MEMSCOPE_CHUNK_END)
		reader->ended = reader->complete = true;
	if (chunk->type < 32 && !(reader->want >> chunk->type & 1))
		return 1;
	return unpack(reader, &header, chunk);
}

int memscope_reader_events(struct memscope_reader *reader, const struct memscope_chunk *chunk,
			   const struct memscope_event **events)
{
	if (chunk->count > MEMSCOPE_COLUMN_EVENTS)
		return -EPROTO;
	if (chunk->count > reader->event_room) {
		struct memscope_event *room = realloc(reader->events,
						      chunk->count * sizeof(*room));

		if (!room)
			return -ENOMEM;
		reader->events = room;
		reader->event_room = chunk->count;
	}
	*events = reader->events;
	return memscope_column_decode(reader->decoder, chunk->data, chunk->bytes,
				      reader->events, chunk->count);
}
