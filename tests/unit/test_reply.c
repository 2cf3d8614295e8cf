// SPDX-License-Identifier: GPL-2.0
/*
 * What the module answers, byte by byte: every attribute's length is checked,
 * and no bytes whatever make the parser read beyond them (ASan watches).
 */
#include <errno.h>
#include <linux/netlink.h>

#include "unit.h"
#include "reply.h"

struct message {
	size_t bytes;
	unsigned char data[4096] __attribute__((aligned(8)));
};

static void put(struct message *message, unsigned int type, const void *data, size_t bytes)
{
	struct nlattr head = { .nla_len = NLA_HDRLEN + bytes, .nla_type = type };

	assert_true(message->bytes + NLA_HDRLEN + bytes + 4 <= sizeof(message->data));
	memcpy(message->data + message->bytes, &head, sizeof(head));
	memcpy(message->data + message->bytes + NLA_HDRLEN, data, bytes);
	message->bytes += NLA_ALIGN(head.nla_len);
}

static void put_u32(struct message *message, unsigned int type, uint32_t value)
{
	put(message, type, &value, sizeof(value));
}

static void put_u64(struct message *message, unsigned int type, uint64_t value)
{
	put(message, type, &value, sizeof(value));
}

static void put_text(struct message *message, unsigned int type, const char *text)
{
	put(message, type, text, strlen(text) + 1);
}

static void status_holds_what_was_sent(void **state)
{
	struct message message = { 0 };
	struct memscope_status status;
	struct memscope_reply reply;

	put_text(&message, MEMSCOPE_A_VERSION, "0.1.0");
	put_u32(&message, MEMSCOPE_A_RUNNING, 1);
	put_u64(&message, MEMSCOPE_A_STARTED_NS, 12345678901ULL);
	put_u32(&message, MEMSCOPE_A_CPUS, 4);
	put_u32(&message, MEMSCOPE_A_STACK_EVERY, 10);
	put_text(&message, MEMSCOPE_A_FILTER_COMM, "tar");
	put_u32(&message, 4000, 9);		/* of a later version */
	assert_int_equal(memscope_reply_parse(&reply, message.data, message.bytes), 0);
	assert_int_equal(memscope_reply_status(&reply, &status), 0);
	assert_string_equal(status.version, "0.1.0");
	assert_true(status.running);
	assert_int_equal(status.cpus, 4);
	assert_true(status.started_ns == 12345678901ULL);
	assert_int_equal(memscope_option_number(&status.options, MEMSCOPE_A_STACK_EVERY), 10);
	assert_string_equal(memscope_option_text(&status.options, MEMSCOPE_A_FILTER_COMM), "tar");
	assert_false(memscope_option_is_set(&status.options, MEMSCOPE_A_PROBE));
}

static void status_without_cpus_is_refused(void **state)
{
	struct message message = { 0 };
	struct memscope_status status;
	struct memscope_reply reply;

	put_text(&message, MEMSCOPE_A_VERSION, "0.1.0");
	put_u32(&message, MEMSCOPE_A_RUNNING, 1);
	assert_int_equal(memscope_reply_parse(&reply, message.data, message.bytes), 0);
	assert_int_equal(memscope_reply_status(&reply, &status), -EPROTO);
	put_u32(&message, MEMSCOPE_A_CPUS, MEMSCOPE_CPUS_MAX + 1);
	assert_int_equal(memscope_reply_parse(&reply, message.data, message.bytes), 0);
	assert_int_equal(memscope_reply_status(&reply, &status), -EPROTO);
}

static void events_are_aligned_and_whole(void **state)
{
	struct memscope_event events[2] = {
		{ .time_ns = 5, .type = MEMSCOPE_EVENT_ALLOC, .ptr = 0xffff888000001000 },
		{ .time_ns = 9, .type = MEMSCOPE_EVENT_FREE, .ptr = 0xffff888000001000 },
	};
	int shift;

	for (shift = 0; shift < 2; shift++) {
		struct message message = { 0 };
		struct memscope_reply reply;
		struct memscope_batch batch;

		put_u32(&message, MEMSCOPE_A_CPU, 3);
		if (shift)
			put(&message, MEMSCOPE_A_PAD, "", 0);
		put_u64(&message, MEMSCOPE_A_FLOOR_NS, 10);
		put(&message, MEMSCOPE_A_EVENTS, events, sizeof(events));
		assert_int_equal(memscope_reply_parse(&reply, message.data, message.bytes), 0);
		assert_int_equal(memscope_reply_batch(&reply, &batch), 0);
		assert_int_equal(batch.cpu, 3);
		assert_int_equal(batch.floor_ns, 10);
		assert_int_equal(batch.count, 2);
		assert_int_equal((uintptr_t)batch.events % 8, 0);
		assert_memory_equal(batch.events, events, sizeof(events));
	}
}

static void a_batch_without_events_is_a_floor(void **state)
{
	struct message message = { 0 };
	struct memscope_reply reply;
	struct memscope_batch batch;

	put_u32(&message, MEMSCOPE_A_CPU, 0);
	put_u64(&message, MEMSCOPE_A_FLOOR_NS, 77);
	assert_int_equal(memscope_reply_parse(&reply, message.data, message.bytes), 0);
	assert_int_equal(memscope_reply_batch(&reply, &batch), 0);
	assert_int_equal(batch.count, 0);
	assert_int_equal(batch.floor_ns, 77);
}

static void a_broken_batch_is_refused(void **state)
{
	struct memscope_event event = { .type = MEMSCOPE_EVENT_ALLOC };
	struct message message = { 0 };
	struct memscope_reply reply;
	struct memscope_batch batch;

	put_u32(&message, MEMSCOPE_A_CPU, 0);
	put(&message, MEMSCOPE_A_EVENTS, &event, sizeof(event) - 8);
	assert_int_equal(memscope_reply_parse(&reply, message.data, message.bytes), 0);
	assert_int_equal(memscope_reply_batch(&reply, &batch), -EPROTO);

	message.bytes = 0;
	put_u32(&message, MEMSCOPE_A_CPU, MEMSCOPE_CPUS_MAX);
	assert_int_equal(memscope_reply_parse(&reply, message.data, message.bytes), 0);
	assert_int_equal(memscope_reply_batch(&reply, &batch), -EPROTO);

	message.bytes = 0;
	put(&message, MEMSCOPE_A_CPU, "ab", 2);
	assert_int_equal(memscope_reply_parse(&reply, message.data, message.bytes), 0);
	assert_int_equal(memscope_reply_batch(&reply, &batch), -EPROTO);
}

static int count_stack(void *ctx, const struct memscope_stack *stack)
{
	uint64_t *sum = ctx;
	unsigned int i;

	for (i = 0; i < stack->frames; i++)
		*sum += stack->frame[i];
	return 0;
}

static void stacks_are_walked_to_their_last_byte(void **state)
{
	uint64_t run[7] __attribute__((aligned(8))) = { 0 };
	struct memscope_stack head = { .id = 1, .frames = 2 };
	struct message message = { 0 };
	struct memscope_reply reply;
	uint64_t sum = 0;

	memcpy(&run[0], &head, sizeof(head));
	run[1] = 100;
	run[2] = 200;
	head.id = 9;
	head.frames = 3;
	memcpy(&run[3], &head, sizeof(head));
	run[4] = run[5] = run[6] = 1000;
	put(&message, MEMSCOPE_A_STACKS, run, sizeof(run));
	assert_int_equal(memscope_reply_parse(&reply, message.data, message.bytes), 0);
	assert_int_equal(memscope_reply_stacks(&reply, count_stack, &sum), 0);
	assert_int_equal(sum, 3300);

	message.bytes = 0;
	put(&message, MEMSCOPE_A_STACKS, run, sizeof(run) - 8);
	assert_int_equal(memscope_reply_parse(&reply, message.data, message.bytes), 0);
	assert_int_equal(memscope_reply_stacks(&reply, count_stack, &sum), -EPROTO);

	head.frames = MEMSCOPE_STACK_DEPTH_MAX + 1;
	memcpy(&run[0], &head, sizeof(head));
	assert_int_equal(memscope_stacks_walk(run, sizeof(run), count_stack, &sum), -EPROTO);
	head.frames = 0;
	head.id = MEMSCOPE_STACK_LOST;
	memcpy(&run[0], &head, sizeof(head));
	assert_int_equal(memscope_stacks_walk(run, sizeof(run), count_stack, &sum), -EPROTO);
}

static int check_cache(void *ctx, const struct memscope_cache *cache)
{
	assert_int_equal(strlen(cache->name), MEMSCOPE_NAME_LEN - 1);
	++*(int *)ctx;
	return 0;
}

static void a_cache_name_without_end_is_ended(void **state)
{
	struct memscope_cache cache = { .id = 1, .size = 64 };
	struct message message = { 0 };
	struct memscope_reply reply;
	int count = 0;

	memset(cache.name, 'x', sizeof(cache.name));
	put(&message, MEMSCOPE_A_CACHES, &cache, sizeof(cache));
	assert_int_equal(memscope_reply_parse(&reply, message.data, message.bytes), 0);
	assert_int_equal(memscope_reply_caches(&reply, check_cache, &count), 0);
	assert_int_equal(count, 1);
	message.bytes = 0;
	cache.id = 0;
	put(&message, MEMSCOPE_A_CACHES, &cache, sizeof(cache));
	assert_int_equal(memscope_reply_parse(&reply, message.data, message.bytes), 0);
	assert_int_equal(memscope_reply_caches(&reply, check_cache, &count), -EPROTO);
}

static void counters_of_other_versions_fit(void **state)
{
	uint64_t sent[MEMSCOPE_COUNTERS + 4], got[MEMSCOPE_COUNTERS];
	struct memscope_reply reply;
	size_t count, i;
	uint32_t cpu;

	for (i = 0; i < MEMSCOPE_COUNTERS + 4; i++)
		sent[i] = i + 1;
	for (count = 0; count <= MEMSCOPE_COUNTERS + 4; count++) {
		struct message message = { 0 };

		put_u32(&message, MEMSCOPE_A_CPU, 1);
		put(&message, MEMSCOPE_A_COUNTERS, sent, count * sizeof(sent[0]));
		assert_int_equal(memscope_reply_parse(&reply, message.data, message.bytes), 0);
		assert_int_equal(memscope_reply_counters(&reply, &cpu, got), 0);
		for (i = 0; i < MEMSCOPE_COUNTERS; i++)
			assert_int_equal(got[i], i < count ? i + 1 : 0);
	}
}

static void strings_must_end(void **state)
{
	struct message message = { 0 };
	struct memscope_reply reply;
	const char *name;
	uint64_t address;

	put_u64(&message, MEMSCOPE_A_SYMBOL_ADDRESS, 0xffffffffc0001000);
	put(&message, MEMSCOPE_A_SYMBOL_NAME, "f+0x1/0x2", 9);
	assert_int_equal(memscope_reply_parse(&reply, message.data, message.bytes), 0);
	assert_int_equal(memscope_reply_symbol(&reply, &address, &name), -EPROTO);
	put_text(&message, MEMSCOPE_A_SYMBOL_NAME, "f+0x1/0x2");
	assert_int_equal(memscope_reply_parse(&reply, message.data, message.bytes), 0);
	assert_int_equal(memscope_reply_symbol(&reply, &address, &name), 0);
	assert_string_equal(name, "f+0x1/0x2");
}

static int ignore_cache(void *ctx, const struct memscope_cache *cache)
{
	return 0;
}

static void random_bytes_do_no_harm(void **state)
{
	struct unit_random random = unit_random("random_bytes_do_no_harm");
	int round;

	for (round = 0; round < 200000; round++) {
		size_t bytes = unit_below(&random, 200), i, at = 0;
		unsigned char *data = malloc(bytes + !bytes);
		struct memscope_reply reply;
		struct memscope_status status;
		struct memscope_batch batch;
		struct memscope_path_state path;
		uint64_t values[MEMSCOPE_COUNTERS], sum = 0, address;
		const char *name;
		uint32_t cpu;

		for (i = 0; i < bytes; i++)
			data[i] = unit_next(&random);
		/* mostly plausible headers, so that more than the first is read */
		while (at + NLA_HDRLEN <= bytes && unit_below(&random, 16)) {
			struct nlattr head = {
				.nla_len = unit_below(&random, 40),
				.nla_type = unit_below(&random, MEMSCOPE_A_MAX + 2),
			};

			memcpy(data + at, &head, sizeof(head));
			at += NLA_ALIGN(head.nla_len) + (head.nla_len < 4 ? 4 : 0);
		}
		if (!memscope_reply_parse(&reply, data, bytes)) {
			memscope_reply_status(&reply, &status);
			memscope_reply_batch(&reply, &batch);
			memscope_reply_path(&reply, &path);
			memscope_reply_counters(&reply, &cpu, values);
			memscope_reply_symbol(&reply, &address, &name);
			memscope_reply_stacks(&reply, count_stack, &sum);
			memscope_reply_caches(&reply, ignore_cache, NULL);
		}
		free(data);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(status_holds_what_was_sent),
		cmocka_unit_test(status_without_cpus_is_refused),
		cmocka_unit_test(events_are_aligned_and_whole),
		cmocka_unit_test(a_batch_without_events_is_a_floor),
		cmocka_unit_test(a_broken_batch_is_refused),
		cmocka_unit_test(stacks_are_walked_to_their_last_byte),
		cmocka_unit_test(a_cache_name_without_end_is_ended),
		cmocka_unit_test(counters_of_other_versions_fit),
		cmocka_unit_test(strings_must_end),
		cmocka_unit_test(random_bytes_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
