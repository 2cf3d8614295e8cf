/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The time since the first event in MEMSCOPE_BINS parts of equal width, which
 * doubles whenever time goes beyond the last.
 */
#ifndef MEMSCOPE_BINS_H
#define MEMSCOPE_BINS_H

#include <stddef.h>
#include <stdint.h>

#include "model.h"

struct memscope_bins {
	struct memscope_bin bins[MEMSCOPE_BINS];
	size_t now;			/* the latest in use */
	uint64_t start_ns;
	uint64_t end_ns;		/* of the latest: advance from here on */
	uint8_t shift;			/* each is 1 << shift ns wide */
};

void memscope_bins_init(struct memscope_bins *bins);
void memscope_bins_start(struct memscope_bins *bins, uint64_t ns);

/* Goes on to the bin of ns >= end_ns. Returns how often the width has doubled. */
unsigned int memscope_bins_advance(struct memscope_bins *bins, uint64_t ns);

static inline struct memscope_bin *memscope_bins_now(struct memscope_bins *bins)
{
	return &bins->bins[bins->now];
}

/* The bin of a time up to the latest; the latest for times beyond. */
struct memscope_bin *memscope_bins_at(struct memscope_bins *bins, uint64_t ns);

#endif /* MEMSCOPE_BINS_H */
