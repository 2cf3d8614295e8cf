// SPDX-License-Identifier: GPL-2.0
/*
 * Writes a recording of made-up events, from a seed: traffic FILE SEED
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../unit/traffic.h"
#include "memscope.h"

#define EVENTS	20000
#define SITES	13
#define DEPTH	6

static int put_names(struct memscope_writer *writer)
{
	uint64_t words[1 + DEPTH];
	struct memscope_stack *stack = (struct memscope_stack *)words;
	struct memscope_symbol symbol = { .size = 0x40, .module = "" };
	char name[32];
	int site, depth, err = 0;

	for (site = 0; !err && site < SITES; site++) {
		snprintf(name, sizeof(name), "site_%d", site);
		symbol.address = 0xffffffff81100000 + site * 0x40 - 0x20;
		symbol.name = name;
		err = memscope_writer_symbol(writer, &symbol);
		stack->id = 1 + site;
		stack->frames = DEPTH;
		stack->reserved = 0;
		stack->frame[0] = 0xffffffff81100000 + site * 0x40;
		for (depth = 1; depth < DEPTH; depth++)
			stack->frame[depth] = 0xffffffff81300000 + depth * 0x40 +
					      (site % (DEPTH - depth)) * 0x1000;
		err = err ?: memscope_writer_stack(writer, stack);
	}
	return err;
}

int main(int argc, char **argv)
{
	static struct memscope_event events[EVENTS];
	struct memscope_batch batch = { .events = events, .count = EVENTS };
	struct unit_random random = { 0 };
	struct memscope_writer *writer;
	uint64_t now = 1000000000, floor;
	int err;

	if (argc != 3)
		return 2;
	random.state = strtoull(argv[2], NULL, 10);
	traffic_real(&random, events, EVENTS, &now);
	floor = now;
	err = memscope_writer_create(&writer, argv[1]);
	if (err)
		return 1;
	err = memscope_writer_meta(writer, "{\"kernel_release\":\"6.1.0-made-up\",\"cpus\":1,"
				   "\"page_size_bytes\":4096}");
	err = err ?: put_names(writer);
	err = err ?: memscope_writer_events(writer, &batch);
	err = err ?: memscope_writer_round(writer, &floor, 1, true);
	err = err ?: memscope_writer_finish(writer, now, "finished");
	memscope_writer_destroy(writer);
	if (err)
		fprintf(stderr, "traffic: %s\n", strerror(-err));
	return err != 0;
}
