// SPDX-License-Identifier: GPL-2.0
/*
 * Events as columns. The layout stands in recording.h; encoder and decoder
 * keep the same state (kinds, latest values, pointers) in step.
 */
#include "column.h"

enum column {
	COLUMN_KINDS,			/* varint: index of the kind; one past the last: new */
	COLUMN_DICTIONARY,		/* of each new kind, in order of appearance */
	COLUMN_TIMES,			/* zigzag varint: less the event before */
	COLUMN_TIDS,			/* likewise */
	COLUMN_SIZES,			/* of slab events, see put_sizes() */
	COLUMN_STACKS,			/* of slab events, see put_stack() */
	COLUMN_POINTERS,		/* of slab events, see put_pointer() */
	COLUMN_BODIES,			/* of the other events, see put_body() */

	COLUMNS
};

/* What events of one kind have in common, and the latest of the rest. */
struct kind {
	uint64_t call_site;
	uint32_t gfp;
	uint16_t cache;
	uint8_t type;
	uint8_t flags;
	uint32_t bytes_req;
	uint32_t bytes_alloc;
	uint32_t stack;
};

#define KINDS_MAX	(1U << 16)
#define KIND_BUCKETS	(KINDS_MAX * 2)
#define POINTER_BUCKETS	(MEMSCOPE_COLUMN_EVENTS * 2)

/* State that encoder and decoder share. */
struct state {
	struct kind *kinds;
	uint32_t kind_count;
	uint64_t *pointers;		/* of the run's slab events, in order */
	size_t room;			/* events that kinds and pointers suffice for */
	uint32_t pointer_count;
	uint64_t last_site;		/* call_site of the newest kind */
	uint64_t last_literal;		/* pointer not seen before */
	uint64_t last_time;
	uint32_t last_tid;
	uint64_t last_body[MEMSCOPE_EVENT_TYPES][4];
};

struct memscope_column_encoder {
	struct state state;
	struct memscope_bytes columns[COLUMNS];
	uint32_t *kind_buckets;		/* index + 1 */
	uint32_t *pointer_buckets;	/* index + 1 of the latest */
};

struct memscope_column_decoder {
	struct state state;
	struct memscope_cursor columns[COLUMNS];
};

/* Room for a run of count events. */
static int state_room(struct state *state, size_t count)
{
	struct kind *kinds;
	uint64_t *pointers;

	if (count <= state->room)
		return 0;
	kinds = realloc(state->kinds, (count < KINDS_MAX ? count : KINDS_MAX) * sizeof(*kinds));
	if (!kinds)
		return -ENOMEM;
	state->kinds = kinds;
	pointers = realloc(state->pointers, count * sizeof(*pointers));
	if (!pointers)
		return -ENOMEM;
	state->pointers = pointers;
	state->room = count;
	return 0;
}

static void state_deinit(struct state *state)
{
	free(state->kinds);
	free(state->pointers);
}

static void state_reset(struct state *state)
{
	struct kind *kinds = state->kinds;
	uint64_t *pointers = state->pointers;
	size_t room = state->room;

	memset(state, 0, sizeof(*state));
	state->kinds = kinds;
	state->pointers = pointers;
	state->room = room;
}

int memscope_column_encoder_create(struct memscope_column_encoder **encoder)
{
	struct memscope_column_encoder *e = calloc(1, sizeof(*e));

	if (!e)
		return -ENOMEM;
	e->kind_buckets = malloc(KIND_BUCKETS * sizeof(*e->kind_buckets));
	e->pointer_buckets = malloc(POINTER_BUCKETS * sizeof(*e->pointer_buckets));
	if (!e->kind_buckets || !e->pointer_buckets) {
		memscope_column_encoder_destroy(e);
		return -ENOMEM;
	}
	*encoder = e;
	return 0;
}

void memscope_column_encoder_destroy(struct memscope_column_encoder *encoder)
{
	unsigned int i;

	if (!encoder)
		return;
	for (i = 0; i < COLUMNS; i++)
		memscope_bytes_free(&encoder->columns[i]);
	state_deinit(&encoder->state);
	free(encoder->kind_buckets);
	free(encoder->pointer_buckets);
	free(encoder);
}

int memscope_column_decoder_create(struct memscope_column_decoder **decoder)
{
	*decoder = calloc(1, sizeof(**decoder));
	return *decoder ? 0 : -ENOMEM;
}

void memscope_column_decoder_destroy(struct memscope_column_decoder *decoder)
{
	if (!decoder)
		return;
	state_deinit(&decoder->state);
	free(decoder);
}

static uint64_t mix(uint64_t value)
{
	value *= 0x9e3779b97f4a7c15ULL;
	return value ^ value >> 32;
}

static uint32_t bits_for(size_t count)
{
	uint32_t bits = 8;

	while (1ULL << bits < count * 2)
		bits++;
	return bits;
}

/* The kind of an event, put into the dictionary if it is new. */
static struct kind *put_kind(struct memscope_column_encoder *encoder,
			     const struct memscope_event *event, bool slab)
{
	struct state *state = &encoder->state;
	struct memscope_bytes *dictionary = &encoder->columns[COLUMN_DICTIONARY];
	uint64_t call_site = slab ? event->call_site : 0;
	uint32_t gfp = slab ? event->gfp : 0;
	uint64_t shared = (uint64_t)gfp << 32 | (uint32_t)event->cache << 16 |
			  (uint32_t)event->type << 8 | event->flags;
	uint32_t at = mix(call_site ^ mix(shared)) & (KIND_BUCKETS - 1);
	struct kind *kind;

	for (; encoder->kind_buckets[at]; at = (at + 1) & (KIND_BUCKETS - 1)) {
		uint32_t index = encoder->kind_buckets[at] - 1;

		kind = &state->kinds[index];
		if (kind->call_site == call_site && kind->gfp == gfp &&
		    kind->cache == event->cache && kind->type == event->type &&
		    kind->flags == event->flags) {
			memscope_put_varint(&encoder->columns[COLUMN_KINDS], index);
			return kind;
		}
	}
	if (state->kind_count == KINDS_MAX)
		return NULL;
	encoder->kind_buckets[at] = state->kind_count + 1;
	memscope_put_varint(&encoder->columns[COLUMN_KINDS], state->kind_count);
	kind = &state->kinds[state->kind_count++];
	*kind = (struct kind){
		.call_site = call_site, .gfp = gfp, .cache = event->cache,
		.type = event->type, .flags = event->flags,
	};
	memscope_put(dictionary, &kind->type, 1);
	memscope_put(dictionary, &kind->flags, 1);
	memscope_put_varint(dictionary, kind->cache);
	memscope_put_varint(dictionary, kind->gfp);
	memscope_put_varint(dictionary, memscope_zigzag(call_site - state->last_site));
	state->last_site = call_site;
	return kind;
}

/* Twice the zigzag of bytes_req less the latest; 1 more if bytes_alloc follows. */
static void put_sizes(struct memscope_bytes *column, struct kind *kind,
		      const struct memscope_event *event)
{
	uint64_t code = (uint64_t)memscope_zigzag32(event->bytes_req - kind->bytes_req) << 1;
	uint32_t slack = event->bytes_alloc - kind->bytes_alloc;

	memscope_put_varint(column, code | !!slack);
	if (slack)
		memscope_put_varint(column, memscope_zigzag32(slack));
	kind->bytes_req = event->bytes_req;
	kind->bytes_alloc = event->bytes_alloc;
}

/* 0: none; else 1 + zigzag of the id less the kind's latest. */
static void put_stack(struct memscope_bytes *column, struct kind *kind, uint32_t stack)
{
	if (stack == MEMSCOPE_STACK_NONE) {
		memscope_put_varint(column, 0);
		return;
	}
	memscope_put_varint(column, 1 + (uint64_t)memscope_zigzag32(stack - kind->stack));
	kind->stack = stack;
}

/* Pointers ago, from 1; or 0 and the zigzag of it less the latest not seen before. */
static void put_pointer(struct memscope_column_encoder *encoder, uint64_t pointer,
			uint32_t mask)
{
	struct memscope_bytes *column = &encoder->columns[COLUMN_POINTERS];
	struct state *state = &encoder->state;
	uint32_t at = mix(pointer) & mask;

	while (encoder->pointer_buckets[at] &&
	       state->pointers[encoder->pointer_buckets[at] - 1] != pointer)
		at = (at + 1) & mask;
	if (encoder->pointer_buckets[at]) {
		memscope_put_varint(column, state->pointer_count + 1 -
				    encoder->pointer_buckets[at]);
	} else {
		memscope_put_varint(column, 0);
		memscope_put_varint(column, memscope_zigzag(pointer - state->last_literal));
		state->last_literal = pointer;
	}
	state->pointers[state->pointer_count++] = pointer;
	encoder->pointer_buckets[at] = state->pointer_count;
}

/* Four u64, each the zigzag of it less that of the latest of the same type. */
static void put_body(struct memscope_column_encoder *encoder,
		     const struct memscope_event *event)
{
	uint64_t *last = encoder->state.last_body[event->type < MEMSCOPE_EVENT_TYPES ?
						  event->type : 0];
	unsigned int i;

	for (i = 0; i < 4; i++) {
		memscope_put_varint(&encoder->columns[COLUMN_BODIES],
				    memscope_zigzag(event->load[i] - last[i]));
		last[i] = event->load[i];
	}
}

int memscope_column_encode(struct memscope_column_encoder *encoder,
			   const struct memscope_event *events, size_t count,
			   struct memscope_bytes *out)
{
	struct memscope_bytes *columns = encoder->columns;
	struct state *state = &encoder->state;
	uint32_t pointer_mask = (1U << bits_for(count)) - 1;
	unsigned int column;
	size_t i;

	if (count > MEMSCOPE_COLUMN_EVENTS)
		return -E2BIG;
	if (state_room(state, count))
		return -ENOMEM;
	state_reset(state);
	memset(encoder->kind_buckets, 0, KIND_BUCKETS * sizeof(*encoder->kind_buckets));
	memset(encoder->pointer_buckets, 0,
	       ((size_t)pointer_mask + 1) * sizeof(*encoder->pointer_buckets));
	for (column = 0; column < COLUMNS; column++)
		columns[column].used = 0;

	for (i = 0; i < count; i++) {
		const struct memscope_event *event = &events[i];
		bool slab = memscope_event_is_slab(event);
		struct kind *kind = put_kind(encoder, event, slab);

		if (!kind)
			return -E2BIG;
		memscope_put_varint(&columns[COLUMN_TIMES],
				    memscope_zigzag(event->time_ns - state->last_time));
		state->last_time = event->time_ns;
		memscope_put_varint(&columns[COLUMN_TIDS],
				    memscope_zigzag32(event->tid - state->last_tid));
		state->last_tid = event->tid;
		if (slab) {
			put_sizes(&columns[COLUMN_SIZES], kind, event);
			put_stack(&columns[COLUMN_STACKS], kind, event->stack);
			put_pointer(encoder, event->ptr, pointer_mask);
		} else {
			put_body(encoder, event);
		}
	}
	for (column = 0; column < COLUMNS; column++)
		memscope_put_u32(out, columns[column].used);
	for (column = 0; column < COLUMNS; column++) {
		if (columns[column].failed)
			return -ENOMEM;
		memscope_put(out, columns[column].data, columns[column].used);
	}
	return out->failed ? -ENOMEM : 0;
}

static struct kind *get_kind(struct memscope_column_decoder *decoder)
{
	struct state *state = &decoder->state;
	struct memscope_cursor *dictionary = &decoder->columns[COLUMN_DICTIONARY];
	uint64_t index = memscope_get_varint(&decoder->columns[COLUMN_KINDS]);
	const unsigned char *bytes;
	struct kind *kind;

	if (index < state->kind_count)
		return &state->kinds[index];
	if (index > state->kind_count || state->kind_count == KINDS_MAX)
		return NULL;
	bytes = memscope_get(dictionary, 2);
	if (!bytes)
		return NULL;
	kind = &state->kinds[state->kind_count++];
	memset(kind, 0, sizeof(*kind));
	kind->type = bytes[0];
	kind->flags = bytes[1];
	kind->cache = memscope_get_varint(dictionary);
	kind->gfp = memscope_get_varint(dictionary);
	kind->call_site = state->last_site +
			  memscope_unzigzag(memscope_get_varint(dictionary));
	state->last_site = kind->call_site;
	return kind;
}

static void get_slab(struct memscope_column_decoder *decoder, struct kind *kind,
		     struct memscope_event *event)
{
	struct memscope_cursor *columns = decoder->columns;
	struct state *state = &decoder->state;
	uint64_t code = memscope_get_varint(&columns[COLUMN_SIZES]);

	kind->bytes_req += memscope_unzigzag32(code >> 1);
	if (code & 1)
		kind->bytes_alloc +=
			memscope_unzigzag32(memscope_get_varint(&columns[COLUMN_SIZES]));
	event->bytes_req = kind->bytes_req;
	event->bytes_alloc = kind->bytes_alloc;

	code = memscope_get_varint(&columns[COLUMN_STACKS]);
	if (code)
		kind->stack += memscope_unzigzag32(code - 1);
	event->stack = code ? kind->stack : MEMSCOPE_STACK_NONE;

	code = memscope_get_varint(&columns[COLUMN_POINTERS]);
	if (code > state->pointer_count) {
		columns[COLUMN_POINTERS].failed = true;
		code = 0;
	}
	if (code) {
		event->ptr = state->pointers[state->pointer_count - code];
	} else {
		event->ptr = state->last_literal +
			     memscope_unzigzag(memscope_get_varint(&columns[COLUMN_POINTERS]));
		state->last_literal = event->ptr;
	}
	state->pointers[state->pointer_count++] = event->ptr;
	event->call_site = kind->call_site;
	event->gfp = kind->gfp;
}

static void get_body(struct memscope_column_decoder *decoder, struct memscope_event *event)
{
	uint64_t *last = decoder->state.last_body[event->type < MEMSCOPE_EVENT_TYPES ?
						  event->type : 0];
	unsigned int i;

	for (i = 0; i < 4; i++) {
		last[i] += memscope_unzigzag(memscope_get_varint(&decoder->columns[COLUMN_BODIES]));
		event->load[i] = last[i];
	}
}

int memscope_column_decode(struct memscope_column_decoder *decoder,
			   const void *data, size_t bytes,
			   struct memscope_event *events, size_t count)
{
	struct memscope_cursor all = memscope_cursor(data, bytes);
	struct memscope_cursor *columns = decoder->columns;
	struct state *state = &decoder->state;
	uint32_t lengths[COLUMNS];
	unsigned int column;
	size_t i;

	if (count > MEMSCOPE_COLUMN_EVENTS)
		return -EPROTO;
	for (column = 0; column < COLUMNS; column++)
		lengths[column] = memscope_get_u32(&all);
	for (column = 0; column < COLUMNS; column++) {
		const void *start = memscope_get(&all, lengths[column]);

		if (!start)
			return -EPROTO;
		columns[column] = memscope_cursor(start, lengths[column]);
	}
	if (state_room(state, count))
		return -ENOMEM;
	state_reset(state);
	for (i = 0; i < count; i++) {
		struct memscope_event *event = &events[i];
		struct kind *kind = get_kind(decoder);

		if (!kind)
			return -EPROTO;
		event->type = kind->type;
		event->flags = kind->flags;
		event->cache = kind->cache;
		state->last_time += memscope_unzigzag(memscope_get_varint(&columns[COLUMN_TIMES]));
		event->time_ns = state->last_time;
		state->last_tid += memscope_unzigzag32(memscope_get_varint(&columns[COLUMN_TIDS]));
		event->tid = state->last_tid;
		if (memscope_event_is_slab(event))
			get_slab(decoder, kind, event);
		else
			get_body(decoder, event);
	}
	if (memscope_left(&all))
		return -EPROTO;
	for (column = 0; column < COLUMNS; column++)
		if (columns[column].failed || memscope_left(&columns[column]))
			return -EPROTO;
	return 0;
}
