// SPDX-License-Identifier: GPL-2.0
/*
 * pprof: a gzipped protocol buffer, profile.proto of github.com/google/pprof.
 * Four values a site, as Go's heap profiles have them. Numbers (ids) are small:
 * some readers keep 32 bits.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "export.h"

/* Fields of the messages that are written. */
enum {
	PROFILE_SAMPLE_TYPE = 1, PROFILE_SAMPLE = 2, PROFILE_LOCATION = 4,
	PROFILE_FUNCTION = 5, PROFILE_STRINGS = 6, PROFILE_TIME_NS = 9,
	PROFILE_DURATION_NS = 10, PROFILE_COMMENT = 13, PROFILE_DEFAULT_TYPE = 14,
	TYPE_TYPE = 1, TYPE_UNIT = 2,
	SAMPLE_LOCATIONS = 1, SAMPLE_VALUES = 2,
	LOCATION_ID = 1, LOCATION_ADDRESS = 3, LOCATION_LINE = 4,
	LINE_FUNCTION = 1,
	FUNCTION_ID = 1, FUNCTION_NAME = 2, FUNCTION_SYSTEM_NAME = 3,
};

/* A message being written; failed: out of memory. */
struct message {
	unsigned char *bytes;
	size_t used, room;
	bool failed;
};

struct pprof {
	struct message profile;
	struct export_numbers locations;	/* by address */
	struct export_numbers functions;	/* by a function's address */
	uint32_t strings;
};

static void put_bytes(struct message *message, const void *bytes, size_t size)
{
	unsigned char *larger;
	size_t room = message->room;

	if (message->failed)
		return;
	while (room < message->used + size)
		room = room ? room * 2 : 256;
	if (room != message->room) {
		larger = realloc(message->bytes, room);
		if (!larger) {
			message->failed = true;
			return;
		}
		message->bytes = larger;
		message->room = room;
	}
	memcpy(message->bytes + message->used, bytes, size);
	message->used += size;
}

static void put_varint(struct message *message, uint64_t value)
{
	unsigned char bytes[10];
	size_t size = 0;

	do {
		bytes[size++] = (value & 0x7f) | (value > 0x7f ? 0x80 : 0);
		value >>= 7;
	} while (value);
	put_bytes(message, bytes, size);
}

static void put_number(struct message *message, unsigned int field, uint64_t value)
{
	put_varint(message, field << 3);
	put_varint(message, value);
}

static void put_field(struct message *message, unsigned int field, const void *bytes,
		      size_t size)
{
	put_varint(message, field << 3 | 2);
	put_varint(message, size);
	put_bytes(message, bytes, size);
}

/* Puts a message into another, and empties it. */
static void put_message(struct message *message, unsigned int field, struct message *inner)
{
	message->failed |= inner->failed;
	put_field(message, field, inner->bytes, inner->used);
	free(inner->bytes);
	memset(inner, 0, sizeof(*inner));
}

/* Strings are numbered from 0, which is "". */
static uint32_t put_string(struct pprof *pprof, const char *string)
{
	put_field(&pprof->profile, PROFILE_STRINGS, string, strlen(string));
	return pprof->strings++;
}

static void put_types(struct pprof *pprof)
{
	static const char *const types[][2] = {
		{ "alloc_objects", "count" }, { "alloc_space", "bytes" },
		{ "inuse_objects", "count" }, { "inuse_space", "bytes" },
	};
	struct message type = { 0 };
	uint32_t last = 0;
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		last = put_string(pprof, types[i][0]);
		put_number(&type, TYPE_TYPE, last);
		put_number(&type, TYPE_UNIT, put_string(pprof, types[i][1]));
		put_message(&pprof->profile, PROFILE_SAMPLE_TYPE, &type);
	}
	put_number(&pprof->profile, PROFILE_DEFAULT_TYPE, last);
}

static uint32_t put_function(struct export *export, struct pprof *pprof, uint64_t address)
{
	struct message function = { 0 };
	struct memscope_symbol symbol;
	uint64_t key = address, offset;
	uint32_t number, name;
	char text[256];
	bool added;

	if (memscope_symbol_table_find(&export->report.session.symbols, address, true, &symbol,
				       &offset))
		key = symbol.address;
	number = export_number(&pprof->functions, key, &added);
	if (!added)
		return number;
	name = put_string(pprof, export_function(export, address, text, sizeof(text)));
	put_number(&function, FUNCTION_ID, number);
	put_number(&function, FUNCTION_NAME, name);
	put_number(&function, FUNCTION_SYSTEM_NAME, name);
	put_message(&pprof->profile, PROFILE_FUNCTION, &function);
	return number;
}

static uint32_t put_location(struct export *export, struct pprof *pprof, uint64_t address)
{
	struct message location = { 0 }, line = { 0 };
	uint32_t number;
	bool added;

	number = export_number(&pprof->locations, address, &added);
	if (!added)
		return number;
	put_number(&line, LINE_FUNCTION, put_function(export, pprof, address));
	put_number(&location, LOCATION_ID, number);
	put_number(&location, LOCATION_ADDRESS, address);
	put_message(&location, LOCATION_LINE, &line);
	put_message(&pprof->profile, PROFILE_LOCATION, &location);
	return number;
}

static void put_site(struct export *export, struct pprof *pprof,
		     const struct memscope_site *site)
{
	struct message sample = { 0 }, list = { 0 };
	const uint64_t *frames;
	size_t count, i;

	count = export_stack(export, site, &frames);
	for (i = 0; i < count; i++)
		put_varint(&list, put_location(export, pprof, frames[i]));
	put_message(&sample, SAMPLE_LOCATIONS, &list);
	put_varint(&list, site->allocs);
	put_varint(&list, site->bytes);
	put_varint(&list, site->live);
	put_varint(&list, site->live_bytes);
	put_message(&sample, SAMPLE_VALUES, &list);
	put_message(&pprof->profile, PROFILE_SAMPLE, &sample);
}

static int compress_to(FILE *to, const struct message *message)
{
	z_stream stream = { 0 };
	unsigned char out[65536];
	int status;

	/* 16 on top of the window's size asks for a gzip header. */
	if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, MAX_WBITS + 16, 8,
			 Z_DEFAULT_STRATEGY) != Z_OK)
		return -ENOMEM;
	stream.next_in = message->bytes;
	stream.avail_in = message->used;
	do {
		stream.next_out = out;
		stream.avail_out = sizeof(out);
		status = deflate(&stream, Z_FINISH);
		fwrite(out, 1, sizeof(out) - stream.avail_out, to);
	} while (status == Z_OK);
	deflateEnd(&stream);
	return status == Z_STREAM_END ? 0 : -EIO;
}

static int write_pprof(struct export *export)
{
	const struct memscope_model *model = export->report.model;
	const struct memscope_meta *meta = &export->report.session.meta;
	uint32_t sites = memscope_model_site_count(model), i;
	struct pprof pprof = { 0 };
	char title[256];
	int err = -ENOMEM;

	put_string(&pprof, "");
	put_types(&pprof);
	for (i = 0; i < sites; i++)
		put_site(export, &pprof, memscope_model_site(model, i));
	put_number(&pprof.profile, PROFILE_TIME_NS, meta->started_wall_ns);
	put_number(&pprof.profile, PROFILE_DURATION_NS, report_span_ns(&export->report));
	put_number(&pprof.profile, PROFILE_COMMENT,
		   put_string(&pprof, export_title(export, title, sizeof(title))));
	if (!pprof.profile.failed)
		err = compress_to(export->to, &pprof.profile);
	free(pprof.profile.bytes);
	export_numbers_deinit(&pprof.locations);
	export_numbers_deinit(&pprof.functions);
	return err;
}

const struct export_format export_pprof = {
	.name = "pprof",
	.opens = "go tool pprof, speedscope, Parca, Pyroscope, Perfetto",
	.binary = true,
	.write = write_pprof,
};
