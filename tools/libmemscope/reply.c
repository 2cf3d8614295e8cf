// SPDX-License-Identifier: GPL-2.0
/*
 * What the module answers. A message is a run of struct nlattr; nothing in it
 * is believed before its length has been compared with what is left.
 */
#include <errno.h>
#include <string.h>

#include <linux/netlink.h>

#include "reply.h"

int memscope_reply_parse(struct memscope_reply *reply, void *data, size_t bytes)
{
	unsigned char *next = data;

	memset(reply, 0, sizeof(*reply));
	while (bytes >= NLA_HDRLEN) {
		struct nlattr head;
		size_t step;
		unsigned int type;
		unsigned char *payload;

		memcpy(&head, next, sizeof(head));
		if (head.nla_len < NLA_HDRLEN || head.nla_len > bytes)
			return -EPROTO;
		type = head.nla_type & NLA_TYPE_MASK;
		payload = next + NLA_HDRLEN;
		if (type <= MEMSCOPE_A_MAX) {
			size_t length = head.nla_len - NLA_HDRLEN;

			if ((type == MEMSCOPE_A_EVENTS || type == MEMSCOPE_A_STACKS ||
			     type == MEMSCOPE_A_COUNTERS) && (uintptr_t)payload % 8) {
				memmove(payload - NLA_HDRLEN, payload, length);
				payload -= NLA_HDRLEN;
			}
			reply->data[type] = payload;
			reply->bytes[type] = length;
		}
		step = NLA_ALIGN(head.nla_len);
		if (step > bytes)
			step = bytes;
		next += step;
		bytes -= step;
	}
	return bytes ? -EPROTO : 0;
}

static int get_u32(const struct memscope_reply *reply, unsigned int attr, uint32_t *value)
{
	if (!reply->data[attr] || reply->bytes[attr] != sizeof(*value))
		return -EPROTO;
	memcpy(value, reply->data[attr], sizeof(*value));
	return 0;
}

static int get_u64(const struct memscope_reply *reply, unsigned int attr, uint64_t *value)
{
	if (!reply->data[attr] || reply->bytes[attr] != sizeof(*value))
		return -EPROTO;
	memcpy(value, reply->data[attr], sizeof(*value));
	return 0;
}

static int get_text(const struct memscope_reply *reply, unsigned int attr, const char **text)
{
	if (!reply->data[attr] || !memchr(reply->data[attr], '\0', reply->bytes[attr]))
		return -EPROTO;
	*text = (const char *)reply->data[attr];
	return 0;
}

int memscope_reply_cpu(const struct memscope_reply *reply, uint32_t *cpu)
{
	int err = get_u32(reply, MEMSCOPE_A_CPU, cpu);

	return !err && *cpu >= MEMSCOPE_CPUS_MAX ? -EPROTO : err;
}

static int get_options(const struct memscope_reply *reply, struct memscope_options *options)
{
	unsigned int attr;

	for (attr = MEMSCOPE_OPTION_FIRST; attr <= MEMSCOPE_OPTION_LAST; attr++) {
		const char *text;
		uint32_t number;

		if (!reply->data[attr])
			continue;
		if (memscope_option_is_text(attr)) {
			if (get_text(reply, attr, &text) ||
			    memscope_option_set_text(options, attr, text))
				return -EPROTO;
		} else {
			if (get_u32(reply, attr, &number))
				return -EPROTO;
			memscope_option_set_number(options, attr, number);
		}
	}
	return 0;
}

int memscope_reply_status(const struct memscope_reply *reply, struct memscope_status *status)
{
	const char *version;
	uint32_t running;
	int err;

	memset(status, 0, sizeof(*status));
	err = get_text(reply, MEMSCOPE_A_VERSION, &version);
	err = err ?: get_u32(reply, MEMSCOPE_A_RUNNING, &running);
	err = err ?: get_u32(reply, MEMSCOPE_A_CPUS, &status->cpus);
	if (err)
		return err;
	strncpy(status->version, version, sizeof(status->version) - 1);
	status->running = running;
	if (!status->cpus || status->cpus > MEMSCOPE_CPUS_MAX)
		return -EPROTO;
	/* What a stopped module may leave out stays 0. */
	get_u32(reply, MEMSCOPE_A_PORTID, &status->portid);
	get_u64(reply, MEMSCOPE_A_STARTED_NS, &status->started_ns);
	get_u64(reply, MEMSCOPE_A_NOW_NS, &status->now_ns);
	get_u32(reply, MEMSCOPE_A_BUFFER_SLOTS, &status->buffer_slots);
	get_u32(reply, MEMSCOPE_A_STACKS_USED, &status->stacks_used);
	get_u32(reply, MEMSCOPE_A_STACKS_SIZE, &status->stacks_size);
	get_u32(reply, MEMSCOPE_A_CACHES_USED, &status->caches_used);
	return get_options(reply, &status->options);
}

int memscope_reply_batch(const struct memscope_reply *reply, struct memscope_batch *batch)
{
	int err;

	memset(batch, 0, sizeof(*batch));
	err = memscope_reply_cpu(reply, &batch->cpu);
	if (err)
		return err;
	if (reply->data[MEMSCOPE_A_FLOOR_NS]) {
		err = get_u64(reply, MEMSCOPE_A_FLOOR_NS, &batch->floor_ns);
		if (err)
			return err;
	}
	if (!reply->data[MEMSCOPE_A_EVENTS])
		return 0;
	return memscope_events_view(reply->data[MEMSCOPE_A_EVENTS],
				    reply->bytes[MEMSCOPE_A_EVENTS],
				    &batch->events, &batch->count);
}

int memscope_reply_path(const struct memscope_reply *reply, struct memscope_path_state *path)
{
	int err;

	memset(path, 0, sizeof(*path));
	err = get_u32(reply, MEMSCOPE_A_PATH, &path->path);
	err = err ?: get_text(reply, MEMSCOPE_A_PATH_NAME, &path->name);
	err = err ?: get_u32(reply, MEMSCOPE_A_PATH_ATTACHED, &path->attached);
	err = err ?: get_u64(reply, MEMSCOPE_A_PATH_HITS, &path->hits);
	err = err ?: get_u64(reply, MEMSCOPE_A_PATH_MISSED, &path->missed);
	if (err)
		return err;
	if (get_text(reply, MEMSCOPE_A_PATH_SYMBOL, &path->symbol))
		path->symbol = "";
	if (get_text(reply, MEMSCOPE_A_PATH_WITHOUT, &path->without))
		path->without = "";
	return 0;
}

int memscope_reply_counters(const struct memscope_reply *reply, uint32_t *cpu,
			    uint64_t values[MEMSCOPE_COUNTERS])
{
	size_t bytes = reply->bytes[MEMSCOPE_A_COUNTERS];
	int err = memscope_reply_cpu(reply, cpu);

	if (err)
		return err;
	if (!reply->data[MEMSCOPE_A_COUNTERS] || bytes % sizeof(values[0]))
		return -EPROTO;
	memset(values, 0, MEMSCOPE_COUNTERS * sizeof(values[0]));
	if (bytes > MEMSCOPE_COUNTERS * sizeof(values[0]))
		bytes = MEMSCOPE_COUNTERS * sizeof(values[0]);
	memcpy(values, reply->data[MEMSCOPE_A_COUNTERS], bytes);
	return 0;
}

int memscope_reply_symbol(const struct memscope_reply *reply, uint64_t *address,
			  const char **name)
{
	int err = get_u64(reply, MEMSCOPE_A_SYMBOL_ADDRESS, address);

	return err ?: get_text(reply, MEMSCOPE_A_SYMBOL_NAME, name);
}

int memscope_stacks_walk(const void *data, size_t bytes, memscope_stack_fn fn, void *ctx)
{
	const unsigned char *next = data;

	while (bytes) {
		const struct memscope_stack *stack = (const void *)next;
		size_t length;
		int err;

		if (bytes < sizeof(*stack) || stack->frames > MEMSCOPE_STACK_DEPTH_MAX)
			return -EPROTO;
		length = sizeof(*stack) + stack->frames * sizeof(stack->frame[0]);
		if (length > bytes || stack->id == MEMSCOPE_STACK_NONE ||
		    stack->id == MEMSCOPE_STACK_LOST)
			return -EPROTO;
		err = fn(ctx, stack);
		if (err < 0)
			return err;
		next += length;
		bytes -= length;
	}
	return 0;
}

int memscope_reply_stacks(const struct memscope_reply *reply, memscope_stack_fn fn, void *ctx)
{
	if (!reply->data[MEMSCOPE_A_STACKS])
		return 0;
	return memscope_stacks_walk(reply->data[MEMSCOPE_A_STACKS],
				    reply->bytes[MEMSCOPE_A_STACKS], fn, ctx);
}

int memscope_reply_caches(const struct memscope_reply *reply, memscope_cache_fn fn, void *ctx)
{
	const unsigned char *next = reply->data[MEMSCOPE_A_CACHES];
	size_t bytes = reply->bytes[MEMSCOPE_A_CACHES];

	if (!next)
		return 0;
	for (; bytes >= sizeof(struct memscope_cache);
	     next += sizeof(struct memscope_cache), bytes -= sizeof(struct memscope_cache)) {
		struct memscope_cache cache;
		int err;

		memcpy(&cache, next, sizeof(cache));
		cache.name[sizeof(cache.name) - 1] = '\0';
		if (cache.id == MEMSCOPE_CACHE_NONE || cache.id > UINT16_MAX)
			return -EPROTO;
		err = fn(ctx, &cache);
		if (err < 0)
			return err;
	}
	return bytes ? -EPROTO : 0;
}
