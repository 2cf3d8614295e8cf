/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The addresses a session has shown, and their names for its recording: each
 * function is written once, when an address in it first occurs.
 */
#ifndef MEMSCOPE_NAMES_H
#define MEMSCOPE_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "recording.h"
#include "symbol.h"

/* A set of addresses; 0 is never in it. */
struct memscope_address_set {
	uint64_t *slots;
	size_t mask;
	size_t count;
};

struct memscope_names {
	struct memscope_symbol_table kernel;	/* all functions there are */
	struct memscope_address_set seen;	/* addresses */
	struct memscope_address_set written;	/* functions */
	uint64_t *waiting;			/* seen, and not yet looked up */
	size_t waiting_count, waiting_room;
	uint64_t *unknown;			/* looked up in vain */
	size_t unknown_count, unknown_room;
};

int memscope_names_init(struct memscope_names *names);
void memscope_names_deinit(struct memscope_names *names);

/* As memscope_symbol_table_read(), anew: modules may have come since. */
int memscope_names_read(struct memscope_names *names);

int memscope_names_see_slow(struct memscope_names *names, uint64_t address);

static inline size_t memscope_address_home(const struct memscope_address_set *set,
					   uint64_t address)
{
	return (address * 0x9e3779b97f4a7c15ULL >> 32) & set->mask;
}

/* An address of code that an event or a stack shows: a return address. */
static inline int memscope_names_see(struct memscope_names *names, uint64_t address)
{
	const struct memscope_address_set *set = &names->seen;

	if (!address || set->slots[memscope_address_home(set, address)] == address)
		return 0;
	return memscope_names_see_slow(names, address);
}

/* Looks up what waits; retry: also what was unknown before. */
int memscope_names_write(struct memscope_names *names, struct memscope_writer *writer,
			 bool retry);

#endif /* MEMSCOPE_NAMES_H */
