/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Bytes of a recording: a buffer that grows, a cursor that never passes its
 * end, integers as little endian or as varints (LEB128), signed ones zigzag.
 */
#ifndef MEMSCOPE_BYTES_H
#define MEMSCOPE_BYTES_H

#include <endian.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define MEMSCOPE_VARINT_MAX	10	/* bytes of the longest varint */

struct memscope_bytes {
	unsigned char *data;
	size_t used, room;
	bool failed;			/* out of memory: what was put since is gone */
};

static inline void memscope_bytes_free(struct memscope_bytes *bytes)
{
	free(bytes->data);
	memset(bytes, 0, sizeof(*bytes));
}

/* True if more bytes can be put at data + used. */
static inline bool memscope_bytes_room(struct memscope_bytes *bytes, size_t more)
{
	size_t room = bytes->room ? bytes->room : 4096;
	unsigned char *data;

	if (__builtin_expect(bytes->room - bytes->used >= more, 1))
		return true;
	while (room - bytes->used < more)
		room *= 2;
	data = realloc(bytes->data, room);
	if (!data) {
		bytes->failed = true;
		return false;
	}
	bytes->data = data;
	bytes->room = room;
	return true;
}

static inline void memscope_put(struct memscope_bytes *bytes, const void *data, size_t count)
{
	if (!count || !memscope_bytes_room(bytes, count))
		return;
	memcpy(bytes->data + bytes->used, data, count);
	bytes->used += count;
}

static inline void memscope_put_u32(struct memscope_bytes *bytes, uint32_t value)
{
	value = htole32(value);
	memscope_put(bytes, &value, sizeof(value));
}

static inline void memscope_put_u64(struct memscope_bytes *bytes, uint64_t value)
{
	value = htole64(value);
	memscope_put(bytes, &value, sizeof(value));
}

/* With its NUL. */
static inline void memscope_put_text(struct memscope_bytes *bytes, const char *text)
{
	memscope_put(bytes, text, strlen(text) + 1);
}

static inline void memscope_put_varint(struct memscope_bytes *bytes, uint64_t value)
{
	unsigned char *to;

	if (!memscope_bytes_room(bytes, MEMSCOPE_VARINT_MAX))
		return;
	to = bytes->data + bytes->used;
	while (value >= 0x80) {
		*to++ = value | 0x80;
		value >>= 7;
	}
	*to++ = value;
	bytes->used = to - bytes->data;
}

/* Small for small differences of either sign, modulo 2^64. */
static inline uint64_t memscope_zigzag(uint64_t difference)
{
	return difference << 1 ^ -(difference >> 63);
}

static inline uint64_t memscope_unzigzag(uint64_t value)
{
	return value >> 1 ^ -(value & 1);
}

/* The same modulo 2^32, for fields of that width. */
static inline uint32_t memscope_zigzag32(uint32_t difference)
{
	return difference << 1 ^ -(difference >> 31);
}

static inline uint32_t memscope_unzigzag32(uint32_t value)
{
	return value >> 1 ^ -(value & 1);
}

struct memscope_cursor {
	const unsigned char *next, *end;
	bool failed;			/* something was read past the end; it read as 0 */
};

static inline struct memscope_cursor memscope_cursor(const void *data, size_t bytes)
{
	return (struct memscope_cursor){ .next = data, .end = (const unsigned char *)data + bytes };
}

static inline size_t memscope_left(const struct memscope_cursor *cursor)
{
	return cursor->end - cursor->next;
}

/* NULL, and failed, if there are not so many left. */
static inline const void *memscope_get(struct memscope_cursor *cursor, size_t count)
{
	const void *data = cursor->next;

	if (memscope_left(cursor) < count) {
		cursor->failed = true;
		return NULL;
	}
	cursor->next += count;
	return data;
}

static inline uint32_t memscope_get_u32(struct memscope_cursor *cursor)
{
	const void *data = memscope_get(cursor, sizeof(uint32_t));
	uint32_t value = 0;

	if (data)
		memcpy(&value, data, sizeof(value));
	return le32toh(value);
}

static inline uint64_t memscope_get_u64(struct memscope_cursor *cursor)
{
	const void *data = memscope_get(cursor, sizeof(uint64_t));
	uint64_t value = 0;

	if (data)
		memcpy(&value, data, sizeof(value));
	return le64toh(value);
}

/* NULL, and failed, if no NUL follows. */
static inline const char *memscope_get_text(struct memscope_cursor *cursor)
{
	const unsigned char *nul = NULL;
	const char *text = (const char *)cursor->next;

	if (memscope_left(cursor))
		nul = memchr(cursor->next, '\0', memscope_left(cursor));
	if (!nul) {
		cursor->failed = true;
		return NULL;
	}
	cursor->next = nul + 1;
	return text;
}

static inline uint64_t memscope_get_varint(struct memscope_cursor *cursor)
{
	uint64_t value = 0;
	unsigned int shift;

	if (__builtin_expect(cursor->next < cursor->end && *cursor->next < 0x80, 1))
		return *cursor->next++;
	for (shift = 0; shift < 64 && cursor->next < cursor->end; shift += 7) {
		unsigned char byte = *cursor->next++;

		value |= (uint64_t)(byte & 0x7f) << shift;
		if (byte < 0x80)
			return value;
	}
	cursor->failed = true;
	return 0;
}

#endif /* MEMSCOPE_BYTES_H */
