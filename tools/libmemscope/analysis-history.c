// SPDX-License-Identifier: GPL-2.0
/*
 * Counts of a site by bin of time and class: a hash table of its own for each
 * site, since most use few classes and many are used now and then only.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analysis-history.h"

#define CLASSES		(MEMSCOPE_HISTORY_SIZES + MEMSCOPE_HISTORY_LIFETIMES)
#define ROOM_FIRST	8

/* key: 0 empty, else 1 + bin * CLASSES + class, bins counted from the site's first */
struct cell {
	uint32_t key;
	uint32_t count;
	uint64_t bytes;
};

struct state {
	struct cell *cells;
	uint32_t used, mask;		/* mask: slots less one, 0: none */
	uint64_t base;			/* number of the first bin, since time 0 */
	uint8_t shift;
};

/* Bins begin 2^10 ns wide. */
#define SHIFT_FIRST	10

_Static_assert(MEMSCOPE_HISTORY_BINS * CLASSES < UINT32_MAX, "keys fit");

static unsigned int size_class(uint32_t bytes)
{
	unsigned int order;

	if (bytes <= 8)
		return 0;
	order = 32 - __builtin_clz(bytes - 1);
	if (order == 7 && bytes <= 96)
		return 4;
	if (order == 8 && bytes <= 192)
		return 6;
	order = order - 3 + (order >= 7) + (order >= 8);
	return order < MEMSCOPE_HISTORY_SIZES ? order : MEMSCOPE_HISTORY_SIZES - 1;
}

uint64_t memscope_history_size_bytes(unsigned int size)
{
	static const uint8_t small[] = { 8, 16, 32, 64, 96, 128, 192 };

	if (size < sizeof(small))
		return small[size];
	return size < MEMSCOPE_HISTORY_SIZES - 1 ? 256ULL << (size - sizeof(small)) : 0;
}

static unsigned int lifetime_class(uint64_t ns)
{
	unsigned int order = ns <= 1024 ? 0 : 64 - __builtin_clzll(ns - 1) - 10;

	return order < MEMSCOPE_HISTORY_LIFETIMES ? order : MEMSCOPE_HISTORY_LIFETIMES - 1;
}

uint64_t memscope_history_lifetime_ns(unsigned int lifetime)
{
	return lifetime < MEMSCOPE_HISTORY_LIFETIMES - 1 ? 1024ULL << lifetime : 0;
}

static struct cell *slot(const struct state *state, uint32_t key)
{
	uint32_t at = (key * 0x9e3779b1U >> 8) & state->mask;

	while (state->cells[at].key && state->cells[at].key != key)
		at = (at + 1) & state->mask;
	return &state->cells[at];
}

/* Puts all cells into a table of that many slots, their bins shifted right. */
static int rebuild(struct state *state, uint32_t room, unsigned int right)
{
	struct cell *old = state->cells, *to;
	uint32_t slots = state->mask ? state->mask + 1 : 0, i;
	uint64_t base = state->base >> right;
	struct cell *cells = calloc(room, sizeof(*cells));

	if (!cells)
		return -ENOMEM;
	state->cells = cells;
	state->mask = room - 1;
	state->used = 0;
	for (i = 0; i < slots; i++) {
		uint64_t bin;
		uint32_t key;

		if (!old[i].key)
			continue;
		bin = ((state->base + (old[i].key - 1) / CLASSES) >> right) - base;
		key = 1 + (uint32_t)bin * CLASSES + (old[i].key - 1) % CLASSES;
		to = slot(state, key);
		if (!to->key)
			state->used++;
		to->key = key;
		to->count += old[i].count;
		to->bytes += old[i].bytes;
	}
	state->base = base;
	free(old);
	return 0;
}

static int count(struct state *state, uint64_t ns, unsigned int class, uint32_t bytes)
{
	struct cell *cell;
	unsigned int right = 0;
	uint64_t bin;
	uint32_t key;
	int err;

	if (!state->cells) {
		state->shift = SHIFT_FIRST;
		state->base = ns >> SHIFT_FIRST;
		err = rebuild(state, ROOM_FIRST, 0);
		if (err)
			return err;
	}
	/* Times step back a little where an interrupt came between: never below the first. */
	bin = ns >> state->shift;
	if (bin < state->base)
		bin = state->base;
	while ((bin >> right) - (state->base >> right) >= MEMSCOPE_HISTORY_BINS)
		right++;
	if (right) {
		err = rebuild(state, state->mask + 1, right);
		if (err)
			return err;
		state->shift += right;
		bin >>= right;
	}
	key = 1 + (uint32_t)(bin - state->base) * CLASSES + class;
	cell = slot(state, key);
	if (!cell->key) {
		if (state->used >= (state->mask + 1) / 4 * 3) {
			err = rebuild(state, (state->mask + 1) * 2, 0);
			if (err)
				return err;
			cell = slot(state, key);
		}
		cell->key = key;
		state->used++;
	}
	cell->count++;
	cell->bytes += bytes;
	return 0;
}

static int history_alloc(const struct memscope_site *site, void *state,
			 const struct memscope_object *object)
{
	return count(state, object->time_ns, size_class(object->bytes_req), object->bytes_alloc);
}

static int history_free(const struct memscope_site *site, void *state,
			const struct memscope_object *object, const struct memscope_free *how)
{
	uint64_t lived = how->time_ns > object->time_ns ? how->time_ns - object->time_ns : 0;

	return count(state, how->time_ns, MEMSCOPE_HISTORY_SIZES + lifetime_class(lived), 0);
}

static void history_fini(void *state)
{
	free(((struct state *)state)->cells);
}

const struct memscope_analysis memscope_analysis_history = {
	.name = "history",
	.site_bytes = sizeof(struct state),
	.alloc = history_alloc,
	.free = history_free,
	.site_fini = history_fini,
};

void memscope_history_init(struct memscope_history *history,
			   const struct memscope_analysis_context *context)
{
	uint64_t first, last;

	memset(history, 0, sizeof(*history));
	history->shift = SHIFT_FIRST;
	do {
		first = context->start_ns >> history->shift;
		last = context->end_ns >> history->shift;
	} while (last - first >= MEMSCOPE_HISTORY_BINS && history->shift++ < 63);
	history->start_ns = first << history->shift;
	history->bins = last - first + 1;
}

/* The history's bin in which a cell lies; what lies outside goes to its ends. */
static unsigned int bin_of(const struct memscope_history *history, const struct state *state,
			   const struct cell *cell)
{
	uint64_t ns = (state->base + (cell->key - 1) / CLASSES) << state->shift;

	if (ns <= history->start_ns)
		return 0;
	ns = (ns - history->start_ns) >> history->shift;
	return ns < history->bins ? ns : history->bins - 1;
}

void memscope_history_add(struct memscope_history *history, const void *site)
{
	const struct state *state = site;
	struct memscope_history_cell *to;
	uint32_t i;

	for (i = 0; state->cells && i <= state->mask; i++) {
		const struct cell *cell = &state->cells[i];
		unsigned int class, bin;

		if (!cell->key)
			continue;
		bin = bin_of(history, state, cell);
		class = (cell->key - 1) % CLASSES;
		to = class < MEMSCOPE_HISTORY_SIZES ? &history->size[bin][class]
			: &history->lifetime[bin][class - MEMSCOPE_HISTORY_SIZES];
		to->count += cell->count;
		to->bytes += cell->bytes;
	}
}

void memscope_history_allocs(const struct memscope_history *history, const void *site,
			     uint64_t allocs[MEMSCOPE_HISTORY_BINS])
{
	const struct state *state = site;
	uint32_t i;

	memset(allocs, 0, MEMSCOPE_HISTORY_BINS * sizeof(*allocs));
	for (i = 0; state->cells && i <= state->mask; i++) {
		const struct cell *cell = &state->cells[i];

		if (cell->key && (cell->key - 1) % CLASSES < MEMSCOPE_HISTORY_SIZES)
			allocs[bin_of(history, state, cell)] += cell->count;
	}
}
