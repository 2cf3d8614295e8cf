// SPDX-License-Identifier: GPL-2.0
/*
 * Stacks as bytes, and back.
 */
#include "frames.h"
#include "reply.h"

struct encoder {
	struct memscope_bytes *out;
	uint64_t *addresses;		/* put so far, in order */
	uint32_t *buckets;		/* index + 1 */
	uint32_t count;
	uint32_t mask;
	uint32_t last_id;
};

static void put_frame(struct encoder *encoder, uint64_t address)
{
	uint32_t at = (address * 0x9e3779b97f4a7c15ULL >> 32) & encoder->mask;
	uint64_t latest = encoder->count ? encoder->addresses[encoder->count - 1] : 0;

	while (encoder->buckets[at] && encoder->addresses[encoder->buckets[at] - 1] != address)
		at = (at + 1) & encoder->mask;
	memscope_put_varint(encoder->out, encoder->buckets[at]);
	if (encoder->buckets[at])
		return;
	memscope_put_varint(encoder->out, memscope_zigzag(address - latest));
	encoder->addresses[encoder->count++] = address;
	encoder->buckets[at] = encoder->count;
}

static int put_stack(void *ctx, const struct memscope_stack *stack)
{
	struct encoder *encoder = ctx;
	unsigned int i;

	memscope_put_varint(encoder->out, (uint32_t)(stack->id - encoder->last_id));
	memscope_put_varint(encoder->out, stack->frames);
	for (i = 0; i < stack->frames; i++)
		put_frame(encoder, stack->frame[i]);
	encoder->last_id = stack->id;
	return 0;
}

int memscope_frames_encode(const void *stacks, size_t bytes, struct memscope_bytes *out)
{
	size_t frames = bytes / sizeof(uint64_t) + 1, buckets = 64;
	struct encoder encoder = { .out = out };
	int err = -ENOMEM;

	while (buckets < frames * 2)
		buckets *= 2;
	if (buckets > UINT32_MAX)
		return -E2BIG;
	encoder.mask = buckets - 1;
	encoder.addresses = malloc(frames * sizeof(*encoder.addresses));
	encoder.buckets = calloc(buckets, sizeof(*encoder.buckets));
	if (encoder.addresses && encoder.buckets)
		err = memscope_stacks_walk(stacks, bytes, put_stack, &encoder);
	free(encoder.addresses);
	free(encoder.buckets);
	return err ?: out->failed ? -ENOMEM : 0;
}

/* One stack into place, whose frames may name those in addresses. */
static int get_stack(struct memscope_cursor *cursor, struct memscope_bytes *addresses,
		     struct memscope_stack *stack, uint32_t last_id)
{
	const uint64_t *known;
	uint64_t frames, count, code, address;
	unsigned int i;

	stack->id = last_id + (uint32_t)memscope_get_varint(cursor);
	frames = memscope_get_varint(cursor);
	if (cursor->failed || !stack->id || stack->id == MEMSCOPE_STACK_LOST ||
	    frames > MEMSCOPE_STACK_DEPTH_MAX)
		return -EPROTO;
	stack->frames = frames;
	stack->reserved = 0;
	for (i = 0; i < frames; i++) {
		known = (const uint64_t *)addresses->data;
		count = addresses->used / sizeof(address);
		code = memscope_get_varint(cursor);
		if (code > count)
			return -EPROTO;
		if (code) {
			stack->frame[i] = known[code - 1];
			continue;
		}
		address = (count ? known[count - 1] : 0) +
			  memscope_unzigzag(memscope_get_varint(cursor));
		stack->frame[i] = address;
		memscope_put(addresses, &address, sizeof(address));
	}
	return cursor->failed ? -EPROTO : addresses->failed ? -ENOMEM : 0;
}

int memscope_frames_decode(const void *data, size_t bytes, size_t count,
			   memscope_stack_fn fn, void *ctx)
{
	struct memscope_cursor cursor = memscope_cursor(data, bytes);
	struct memscope_bytes addresses = { 0 };
	struct {
		struct memscope_stack stack;
		uint64_t frame[MEMSCOPE_STACK_DEPTH_MAX];
	} place;
	uint32_t last_id = 0;
	int err = 0;

	while (!err && count--) {
		err = get_stack(&cursor, &addresses, &place.stack, last_id);
		last_id = place.stack.id;
		if (!err)
			err = fn(ctx, &place.stack);
	}
	memscope_bytes_free(&addresses);
	if (err < 0)
		return err;
	return memscope_left(&cursor) ? -EPROTO : 0;
}
