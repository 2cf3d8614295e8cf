/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The module, over generic netlink. client.c is the only file that knows
 * libnl. A client is used by one thread.
 *
 * Functions return 0 or -errno; memscope_client_error() then holds a sentence
 * for the user: the module's own (extack) where it gave one. Callbacks borrow
 * what they are given until they return; a negative return ends the call with
 * that error, after the rest of the dump has been read and dropped.
 */
#ifndef MEMSCOPE_CLIENT_H
#define MEMSCOPE_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event.h"
#include "options.h"

struct memscope_client;

struct memscope_status {
	char version[32];		/* of the module */
	bool running;
	uint32_t portid;		/* reader of an attached session, else 0 */
	uint64_t started_ns;
	uint64_t now_ns;
	uint32_t cpus;			/* possible ones */
	uint32_t buffer_slots;
	uint32_t stacks_used;
	uint32_t stacks_size;
	uint32_t caches_used;
	struct memscope_options options;	/* in force */
};

/* One way into the allocator, and what it is watched by. */
struct memscope_path_state {
	uint32_t path;
	uint32_t attached;		/* enum memscope_attached */
	uint64_t hits;
	uint64_t missed;
	const char *name;
	const char *symbol;		/* what is probed, "" if nothing */
	const char *without;		/* what is lost where it is not attached */
};

typedef int (*memscope_events_fn)(void *ctx, const struct memscope_batch *batch);
typedef int (*memscope_stack_fn)(void *ctx, const struct memscope_stack *stack);
typedef int (*memscope_cache_fn)(void *ctx, const struct memscope_cache *cache);
typedef int (*memscope_path_fn)(void *ctx, const struct memscope_path_state *path);
/* values: MEMSCOPE_COUNTERS of them; those the module does not know are 0 */
typedef int (*memscope_counters_fn)(void *ctx, uint32_t cpu, const uint64_t *values);
typedef int (*memscope_symbol_fn)(void *ctx, uint64_t address, const char *name);

int memscope_client_create(struct memscope_client **client);
void memscope_client_destroy(struct memscope_client *client);

/* -ENOENT: no module loaded; -EPERM; other errors of sockets. */
int memscope_client_connect(struct memscope_client *client);

/* The sentence for the latest error; never NULL. */
const char *memscope_client_error(const struct memscope_client *client);

/* The socket, for poll(); -1 before it is connected. */
int memscope_client_fd(const struct memscope_client *client);

int memscope_client_status(struct memscope_client *client, struct memscope_status *status);

/* attached: the session ends with this client's socket, and READY is sent to it */
int memscope_client_start(struct memscope_client *client,
			  const struct memscope_options *options, bool attached);
int memscope_client_stop(struct memscope_client *client);
int memscope_client_reset(struct memscope_client *client);
int memscope_client_config(struct memscope_client *client,
			   const struct memscope_options *options);

/* Consumes what the buffers hold now. A CPU may come in several batches. */
int memscope_client_events(struct memscope_client *client, memscope_events_fn fn, void *ctx);
int memscope_client_load(struct memscope_client *client, memscope_events_fn fn, void *ctx);
int memscope_client_stacks(struct memscope_client *client, uint32_t since,
			   memscope_stack_fn fn, void *ctx);
int memscope_client_caches(struct memscope_client *client, memscope_cache_fn fn, void *ctx);
int memscope_client_paths(struct memscope_client *client, memscope_path_fn fn, void *ctx);
int memscope_client_counters(struct memscope_client *client, memscope_counters_fn fn,
			     void *ctx);
int memscope_client_symbols(struct memscope_client *client, memscope_symbol_fn fn, void *ctx);

/**
 * memscope_client_wait() - waits for READY
 * @client: connected
 * @timeout_ms: -1 waits for ever
 * @wake_fd: also ends the wait when it is readable; -1: none
 *
 * Return: 1 a buffer passed its watermark, 0 time is up or wake_fd is readable,
 * -EINTR a signal came, or another -errno.
 */
int memscope_client_wait(struct memscope_client *client, int timeout_ms, int wake_fd);

#endif /* MEMSCOPE_CLIENT_H */
