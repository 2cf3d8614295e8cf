/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the module answers: one message's attributes as values, every length
 * checked. Knows the layout of attributes, not sockets, so that tests and
 * fuzzers can hand it any bytes.
 */
#ifndef MEMSCOPE_REPLY_H
#define MEMSCOPE_REPLY_H

#include <stddef.h>
#include <stdint.h>

#include "client.h"

/**
 * struct memscope_reply - attributes of one message, by type
 * @data: payload in the caller's buffer, NULL where it is absent
 * @bytes: its length
 */
struct memscope_reply {
	unsigned char *data[MEMSCOPE_A_MAX + 1];
	uint16_t bytes[MEMSCOPE_A_MAX + 1];
};

/*
 * Finds the attributes in bytes that the caller may write to: arrays that
 * netlink left misaligned are moved down over their header. Unknown
 * attributes are skipped. -EPROTO: a length is wrong.
 */
int memscope_reply_parse(struct memscope_reply *reply, void *data, size_t bytes);

/* Each below: -EPROTO if an attribute it needs is absent or malformed. */
int memscope_reply_status(const struct memscope_reply *reply, struct memscope_status *status);
int memscope_reply_batch(const struct memscope_reply *reply, struct memscope_batch *batch);
int memscope_reply_path(const struct memscope_reply *reply, struct memscope_path_state *path);
int memscope_reply_counters(const struct memscope_reply *reply, uint32_t *cpu,
			    uint64_t values[MEMSCOPE_COUNTERS]);
int memscope_reply_symbol(const struct memscope_reply *reply, uint64_t *address,
			  const char **name);
int memscope_reply_cpu(const struct memscope_reply *reply, uint32_t *cpu);

/* Call fn for each; a stack or cache that does not fit ends with -EPROTO. */
int memscope_reply_stacks(const struct memscope_reply *reply, memscope_stack_fn fn, void *ctx);
int memscope_reply_caches(const struct memscope_reply *reply, memscope_cache_fn fn, void *ctx);

/* A run of struct memscope_stack with their frames, 8-byte aligned. */
int memscope_stacks_walk(const void *data, size_t bytes, memscope_stack_fn fn, void *ctx);

#endif /* MEMSCOPE_REPLY_H */
