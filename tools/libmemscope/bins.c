// SPDX-License-Identifier: GPL-2.0
/*
 * Time in bins.
 */
#include <string.h>

#include "bins.h"

#define FIRST_SHIFT 20			/* bins begin about 1 ms wide */

void memscope_bins_init(struct memscope_bins *bins)
{
	memset(bins, 0, sizeof(*bins));
	bins->shift = FIRST_SHIFT;
}

void memscope_bins_start(struct memscope_bins *bins, uint64_t ns)
{
	bins->start_ns = ns;
	bins->end_ns = ns + (1ULL << bins->shift);
	if (bins->end_ns < ns)
		bins->end_ns = UINT64_MAX;
}

static void halve(struct memscope_bins *bins)
{
	size_t i;

	for (i = 0; i < MEMSCOPE_BINS / 2; i++) {
		const struct memscope_bin *from = &bins->bins[2 * i];
		size_t last = 2 * i + 1 <= bins->now;

		bins->bins[i] = (struct memscope_bin){
			.allocs = from[0].allocs + from[1].allocs,
			.frees = from[0].frees + from[1].frees,
			.bytes = from[0].bytes + from[1].bytes,
			.lost = from[0].lost + from[1].lost,
			.live = from[last].live, .live_bytes = from[last].live_bytes,
		};
	}
	memset(bins->bins + MEMSCOPE_BINS / 2, 0,
	       MEMSCOPE_BINS / 2 * sizeof(bins->bins[0]));
	bins->now /= 2;
	bins->shift++;
}

unsigned int memscope_bins_advance(struct memscope_bins *bins, uint64_t ns)
{
	const struct memscope_bin last = bins->bins[bins->now];
	const uint64_t since = ns - bins->start_ns;
	unsigned int halvings = 0;

	while (since >> bins->shift >= MEMSCOPE_BINS) {
		halve(bins);
		halvings++;
	}
	while (bins->now < since >> bins->shift) {
		bins->now++;
		bins->bins[bins->now].live = last.live;
		bins->bins[bins->now].live_bytes = last.live_bytes;
	}
	bins->end_ns = bins->start_ns + ((bins->now + 1ULL) << bins->shift);
	/* Near the end of time it wraps. */
	if (bins->end_ns <= ns)
		bins->end_ns = UINT64_MAX;
	return halvings;
}

struct memscope_bin *memscope_bins_at(struct memscope_bins *bins, uint64_t ns)
{
	size_t bin = bins->now;

	if (ns >= bins->start_ns && (ns - bins->start_ns) >> bins->shift < bin)
		bin = (ns - bins->start_ns) >> bins->shift;
	return &bins->bins[bin];
}
