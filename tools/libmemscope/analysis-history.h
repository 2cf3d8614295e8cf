/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a site did when: its allocations by the size asked for, and its frees
 * by how long the object had lived, each over time.
 *
 * Time is in bins of 2^shift ns that begin at multiples of their width, so
 * that those of any two sites can be added up once the narrower ones are
 * paired. A site begins with narrow bins and widens them as time goes on, so
 * that it never spans more than MEMSCOPE_HISTORY_BINS.
 *
 * State of a site: 40 bytes, and 16 for each pair of bin and class in use,
 * rounded up to a power of two.
 */
#ifndef MEMSCOPE_ANALYSIS_HISTORY_H
#define MEMSCOPE_ANALYSIS_HISTORY_H

#include "analysis.h"

#define MEMSCOPE_HISTORY_BINS		128

/* Sizes of kmalloc and on in powers of two: 8, 16 .. 8192, 16384 .. 2^31, all above. */
#define MEMSCOPE_HISTORY_SIZES		32
/* Lifetimes in powers of two: up to 1024 ns, 2048 ns .. 2^46 ns (19 hours), all above. */
#define MEMSCOPE_HISTORY_LIFETIMES	38

extern const struct memscope_analysis memscope_analysis_history;

struct memscope_history_cell {
	uint64_t count;
	uint64_t bytes;			/* of sizes only */
};

/**
 * struct memscope_history - over the whole recording, of one site or of many
 * @shift: bins are 1 << shift ns wide
 * @start_ns: of the first bin, a multiple of its width
 * @bins: in use
 * @size: objects allocated
 * @lifetime: objects freed
 */
struct memscope_history {
	uint8_t shift;
	uint64_t start_ns;
	unsigned int bins;
	struct memscope_history_cell size[MEMSCOPE_HISTORY_BINS][MEMSCOPE_HISTORY_SIZES];
	struct memscope_history_cell lifetime[MEMSCOPE_HISTORY_BINS][MEMSCOPE_HISTORY_LIFETIMES];
};

/** memscope_history_init - an empty one, whose bins hold the recording */
void memscope_history_init(struct memscope_history *history,
			   const struct memscope_analysis_context *context);

/** memscope_history_add - adds what a site did */
void memscope_history_add(struct memscope_history *history, const void *state);

/** memscope_history_allocs - a site's allocations in each bin of a history */
void memscope_history_allocs(const struct memscope_history *history, const void *state,
			     uint64_t allocs[MEMSCOPE_HISTORY_BINS]);

/** memscope_history_size_bytes - the most that is asked for in a class; 0: no limit */
uint64_t memscope_history_size_bytes(unsigned int size);

/** memscope_history_lifetime_ns - the longest in a class; 0: no limit */
uint64_t memscope_history_lifetime_ns(unsigned int lifetime);

#endif /* MEMSCOPE_ANALYSIS_HISTORY_H */
