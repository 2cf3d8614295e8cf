// SPDX-License-Identifier: GPL-2.0
/*
 * Dumps: each message's attributes become what the caller's callback takes.
 */
#include "client-dump.h"

/* A caller's callback and what it wants to be called with. */
struct target {
	union {
		memscope_events_fn events;
		memscope_stack_fn stack;
		memscope_cache_fn cache;
		memscope_path_fn path;
		memscope_counters_fn counters;
		memscope_symbol_fn symbol;
	};
	void *ctx;
};

static int on_events(void *ctx, const struct memscope_reply *reply)
{
	const struct target *target = ctx;
	struct memscope_batch batch;
	int err = memscope_reply_batch(reply, &batch);

	return err ?: target->events(target->ctx, &batch);
}

int memscope_client_events(struct memscope_client *client, memscope_events_fn fn, void *ctx)
{
	struct target target = { .events = fn, .ctx = ctx };

	return memscope_client_dump(client, MEMSCOPE_CMD_EVENTS, NULL, on_events, &target);
}

int memscope_client_load(struct memscope_client *client, memscope_events_fn fn, void *ctx)
{
	struct target target = { .events = fn, .ctx = ctx };

	return memscope_client_dump(client, MEMSCOPE_CMD_LOAD, NULL, on_events, &target);
}

static int on_stacks(void *ctx, const struct memscope_reply *reply)
{
	const struct target *target = ctx;

	return memscope_reply_stacks(reply, target->stack, target->ctx);
}

int memscope_client_stacks(struct memscope_client *client, uint32_t since,
			   memscope_stack_fn fn, void *ctx)
{
	struct target target = { .stack = fn, .ctx = ctx };

	return memscope_client_dump(client, MEMSCOPE_CMD_STACKS, &since, on_stacks, &target);
}

static int on_caches(void *ctx, const struct memscope_reply *reply)
{
	const struct target *target = ctx;

	return memscope_reply_caches(reply, target->cache, target->ctx);
}

int memscope_client_caches(struct memscope_client *client, memscope_cache_fn fn, void *ctx)
{
	struct target target = { .cache = fn, .ctx = ctx };

	return memscope_client_dump(client, MEMSCOPE_CMD_CACHES, NULL, on_caches, &target);
}

static int on_path(void *ctx, const struct memscope_reply *reply)
{
	const struct target *target = ctx;
	struct memscope_path_state path;
	int err = memscope_reply_path(reply, &path);

	return err ?: target->path(target->ctx, &path);
}

int memscope_client_paths(struct memscope_client *client, memscope_path_fn fn, void *ctx)
{
	struct target target = { .path = fn, .ctx = ctx };

	return memscope_client_dump(client, MEMSCOPE_CMD_PATHS, NULL, on_path, &target);
}

static int on_counters(void *ctx, const struct memscope_reply *reply)
{
	const struct target *target = ctx;
	uint64_t values[MEMSCOPE_COUNTERS];
	uint32_t cpu;
	int err = memscope_reply_counters(reply, &cpu, values);

	return err ?: target->counters(target->ctx, cpu, values);
}

int memscope_client_counters(struct memscope_client *client, memscope_counters_fn fn,
			     void *ctx)
{
	struct target target = { .counters = fn, .ctx = ctx };

	return memscope_client_dump(client, MEMSCOPE_CMD_COUNTERS, NULL, on_counters, &target);
}

static int on_symbol(void *ctx, const struct memscope_reply *reply)
{
	const struct target *target = ctx;
	const char *name;
	uint64_t address;
	int err = memscope_reply_symbol(reply, &address, &name);

	return err ?: target->symbol(target->ctx, address, name);
}

int memscope_client_symbols(struct memscope_client *client, memscope_symbol_fn fn, void *ctx)
{
	struct target target = { .symbol = fn, .ctx = ctx };

	return memscope_client_dump(client, MEMSCOPE_CMD_SYMBOLS, NULL, on_symbol, &target);
}
