// SPDX-License-Identifier: GPL-2.0
/*
 * Events and stacks as bytes: what goes in comes out, and no bytes whatever
 * make a decoder write or read where it may not (ASan watches).
 */
#include "unit.h"
#include "column.h"
#include "frames.h"
#include "traffic.h"

#define EVENTS 3000

struct codec {
	struct memscope_column_encoder *encoder;
	struct memscope_column_decoder *decoder;
	struct memscope_event in[EVENTS], out[EVENTS];
	struct memscope_bytes bytes;
};

static int setup(void **state)
{
	struct codec *codec = calloc(1, sizeof(*codec));

	assert_int_equal(memscope_column_encoder_create(&codec->encoder), 0);
	assert_int_equal(memscope_column_decoder_create(&codec->decoder), 0);
	*state = codec;
	return 0;
}

static int teardown(void **state)
{
	struct codec *codec = *state;

	memscope_column_encoder_destroy(codec->encoder);
	memscope_column_decoder_destroy(codec->decoder);
	memscope_bytes_free(&codec->bytes);
	free(codec);
	return 0;
}

static void round_trip(struct codec *codec, size_t count)
{
	codec->bytes.used = 0;
	assert_int_equal(memscope_column_encode(codec->encoder, codec->in, count,
						&codec->bytes), 0);
	memset(codec->out, 0xa5, sizeof(codec->out));
	assert_int_equal(memscope_column_decode(codec->decoder, codec->bytes.data,
						codec->bytes.used, codec->out, count), 0);
	assert_memory_equal(codec->in, codec->out, count * sizeof(codec->in[0]));
}

static void any_events_come_back(void **state)
{
	struct unit_random random = unit_random("any_events_come_back");
	struct codec *codec = *state;
	int i;

	for (i = 0; i < 60; i++) {
		size_t count = unit_below(&random, EVENTS + 1);

		traffic_any(&random, codec->in, count);
		round_trip(codec, count);
	}
}

static void real_events_come_back_small(void **state)
{
	struct unit_random random = unit_random("real_events_come_back_small");
	struct codec *codec = *state;
	uint64_t now = 1;

	traffic_real(&random, codec->in, EVENTS, &now);
	round_trip(codec, EVENTS);
	/* before zstd; an event is 48 */
	assert_true(codec->bytes.used < EVENTS * 16);
}

static void too_many_are_refused(void **state)
{
	struct codec *codec = *state;

	assert_int_equal(memscope_column_encode(codec->encoder, codec->in,
						MEMSCOPE_COLUMN_EVENTS + 1, &codec->bytes),
			 -E2BIG);
	assert_int_equal(memscope_column_decode(codec->decoder, codec->in, 64, codec->out,
						MEMSCOPE_COLUMN_EVENTS + 1), -EPROTO);
}

static void a_wrong_count_is_refused(void **state)
{
	struct unit_random random = unit_random("a_wrong_count_is_refused");
	struct codec *codec = *state;
	uint64_t now = 1;

	traffic_real(&random, codec->in, 100, &now);
	round_trip(codec, 100);
	assert_int_equal(memscope_column_decode(codec->decoder, codec->bytes.data,
						codec->bytes.used, codec->out, 99), -EPROTO);
	assert_int_equal(memscope_column_decode(codec->decoder, codec->bytes.data,
						codec->bytes.used, codec->out, 101), -EPROTO);
	assert_int_equal(memscope_column_decode(codec->decoder, codec->bytes.data,
						codec->bytes.used, codec->out, 0), -EPROTO);
}

/* Behind a checksum this cannot happen by accident, only by design. */
static void broken_bytes_do_no_harm(void **state)
{
	struct unit_random random = unit_random("broken_bytes_do_no_harm");
	struct codec *codec = *state;
	unsigned char *copy;
	uint64_t now = 1;
	int i, refused = 0;

	traffic_real(&random, codec->in, 200, &now);
	round_trip(codec, 200);
	for (i = 0; i < 30000; i++) {
		size_t bytes = codec->bytes.used, flips = 1 + unit_below(&random, 4);

		if (!unit_below(&random, 4))
			bytes = unit_below(&random, bytes);
		copy = malloc(bytes + !bytes);
		memcpy(copy, codec->bytes.data, bytes);
		while (bytes && flips--)
			copy[unit_below(&random, bytes)] ^= 1 << unit_below(&random, 8);
		refused += memscope_column_decode(codec->decoder, copy, bytes, codec->out,
						  200) < 0;
		free(copy);
	}
	assert_true(refused > 1000);
}

static int append(void *ctx, const struct memscope_stack *stack)
{
	memscope_put(ctx, stack, sizeof(*stack) + stack->frames * sizeof(stack->frame[0]));
	return 0;
}

static size_t random_stacks(struct unit_random *random, struct memscope_bytes *run,
			    size_t count)
{
	uint32_t id = 0;
	size_t i, f;

	for (i = 0; i < count; i++) {
		uint64_t words[1 + MEMSCOPE_STACK_DEPTH_MAX];
		struct memscope_stack head = { 0 };

		head.id = id += 1 + unit_below(random, 9);
		head.frames = unit_below(random, MEMSCOPE_STACK_DEPTH_MAX + 1);
		memcpy(words, &head, sizeof(head));
		for (f = 0; f < head.frames; f++)
			words[1 + f] = unit_below(random, 20) ?
				       0xffffffff81000000 + unit_below(random, 300) * 16 :
				       unit_next(random);
		memscope_put(run, words, 8 + 8 * head.frames);
	}
	return count;
}

static void stacks_come_back(void **state)
{
	struct unit_random random = unit_random("stacks_come_back");
	int i;

	for (i = 0; i < 40; i++) {
		struct memscope_bytes run = { 0 }, packed = { 0 }, back = { 0 };
		size_t count = random_stacks(&random, &run, unit_below(&random, 200));

		assert_int_equal(memscope_frames_encode(run.data, run.used, &packed), 0);
		assert_int_equal(memscope_frames_decode(packed.data, packed.used, count,
							append, &back), 0);
		assert_int_equal(back.used, run.used);
		if (run.used)
			assert_memory_equal(back.data, run.data, run.used);
		assert_int_equal(memscope_frames_decode(packed.data, packed.used, count + 1,
							append, &back), -EPROTO);
		memscope_bytes_free(&run);
		memscope_bytes_free(&packed);
		memscope_bytes_free(&back);
	}
}

static int ignore(void *ctx, const struct memscope_stack *stack)
{
	return 0;
}

static void broken_stacks_do_no_harm(void **state)
{
	struct unit_random random = unit_random("broken_stacks_do_no_harm");
	struct memscope_bytes run = { 0 }, packed = { 0 };
	size_t count = random_stacks(&random, &run, 30);
	int i;

	assert_int_equal(memscope_frames_encode(run.data, run.used, &packed), 0);
	for (i = 0; i < 20000; i++) {
		size_t bytes = unit_below(&random, packed.used + 1);
		unsigned char *copy = malloc(bytes + !bytes);

		memcpy(copy, packed.data, bytes);
		if (bytes)
			copy[unit_below(&random, bytes)] = unit_next(&random);
		memscope_frames_decode(copy, bytes, count, ignore, NULL);
		free(copy);
	}
	memscope_bytes_free(&run);
	memscope_bytes_free(&packed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(any_events_come_back, setup, teardown),
		cmocka_unit_test_setup_teardown(real_events_come_back_small, setup, teardown),
		cmocka_unit_test_setup_teardown(too_many_are_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(a_wrong_count_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(broken_bytes_do_no_harm, setup, teardown),
		cmocka_unit_test(stacks_come_back),
		cmocka_unit_test(broken_stacks_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
