/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What client.c and client-dump.c share: a dump, message by message.
 */
#ifndef MEMSCOPE_CLIENT_DUMP_H
#define MEMSCOPE_CLIENT_DUMP_H

#include "client.h"
#include "reply.h"

typedef int (*memscope_reply_fn)(void *ctx, const struct memscope_reply *reply);

/* since: sent if it is not NULL */
int memscope_client_dump(struct memscope_client *client, unsigned int command,
			 const uint32_t *since, memscope_reply_fn fn, void *ctx);

#endif /* MEMSCOPE_CLIENT_DUMP_H */
