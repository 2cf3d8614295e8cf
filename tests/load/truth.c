// SPDX-License-Identifier: GPL-2.0
/*
 * Keeps what a site has done and tells it: counts, the distribution of times
 * between arrivals and of lifetimes, the pattern of its addresses. Samples are
 * kept in fixed arrays, so recording never allocates. Process context.
 */
#include <linux/kernel.h>
#include <linux/math.h>
#include <linux/sort.h>
#include <linux/string.h>
#include <linux/time64.h>
#include <linux/vmalloc.h>

#include "truth.h"

int load_site_truth_init(struct load_site_truth *truth, u64 seed)
{
	memset(truth, 0, sizeof(*truth));
	prandom_seed_state(&truth->random, seed);
	truth->address = vmalloc(array_size(LOAD_SAMPLES, sizeof(*truth->address)));
	truth->lifetime = vmalloc(array_size(LOAD_SAMPLES, sizeof(*truth->lifetime)));
	if (truth->address && truth->lifetime)
		return 0;
	load_site_truth_fini(truth);
	return -ENOMEM;
}

void load_site_truth_fini(struct load_site_truth *truth)
{
	vfree(truth->address);
	vfree(truth->lifetime);
	memset(truth, 0, sizeof(*truth));
}

/* stride: bytes to the next object of a slab, 0: not known */
void load_site_truth_alloc(struct load_site_truth *truth, u64 now, unsigned long ptr,
			   size_t stride)
{
	if (!truth->allocs) {
		truth->first_ns = now;
	} else {
		u64 us = (now - truth->last_ns) / NSEC_PER_USEC;

		truth->square_us += us * us;
		truth->sequential += stride && ptr == truth->last_ptr + stride;
	}
	truth->immediate += ptr == truth->last_freed;
	truth->last_ns = now;
	truth->last_ptr = ptr;
	truth->allocs++;
	if (truth->addresses < LOAD_SAMPLES)
		truth->address[truth->addresses++] = ptr;
}

void load_site_truth_free(struct load_site_truth *truth, unsigned long ptr, bool cross)
{
	truth->frees++;
	truth->cross_frees += cross;
	truth->last_freed = ptr;
}

/* Every lifetime has the same chance to be in the sample. */
void load_site_truth_lifetime(struct load_site_truth *truth, u64 ns)
{
	u64 at = truth->ended++;

	if (at >= LOAD_SAMPLES)
		at = prandom_u32_state(&truth->random) % truth->ended;
	if (at < LOAD_SAMPLES)
		truth->lifetime[at] = ns;
}

static int compare(const void *x, const void *y)
{
	u64 a = *(const u64 *)x, b = *(const u64 *)y;

	return a < b ? -1 : a > b;
}

static void tell_arrivals(const struct load_site_truth *truth, struct load_result *result)
{
	u64 n = truth->allocs > 1 ? truth->allocs - 1 : 0;
	u64 mean = n ? (truth->last_ns - truth->first_ns) / n : 0;
	u64 mean_us = mean / NSEC_PER_USEC;
	u64 square = n ? truth->square_us / n : 0;
	u64 variance = square > mean_us * mean_us ? square - mean_us * mean_us : 0;

	load_result_u64(result, "first_ns", truth->first_ns);
	load_result_u64(result, "last_ns", truth->last_ns);
	load_result_u64(result, "arrival_mean_ns", mean);
	load_result_u64(result, "arrival_sd_ns", int_sqrt64(variance) * NSEC_PER_USEC);
}

static void tell_lifetimes(const struct load_site_truth *truth, struct load_result *result)
{
	u64 n = min_t(u64, truth->ended, LOAD_SAMPLES);

	load_result_u64(result, "lifetimes", truth->ended);
	if (!n)
		return;
	sort(truth->lifetime, n, sizeof(u64), compare, NULL);
	load_result_u64(result, "lifetime_p10_ns", truth->lifetime[n / 10]);
	load_result_u64(result, "lifetime_p50_ns", truth->lifetime[n / 2]);
	load_result_u64(result, "lifetime_p90_ns", truth->lifetime[n * 9 / 10]);
}

/* Sorts the addresses, and turns them into how often each of them came. */
static unsigned int count_addresses(struct load_site_truth *truth)
{
	unsigned int i, distinct = 0, run = 0;

	sort(truth->address, truth->addresses, sizeof(u64), compare, NULL);
	for (i = 0; i < truth->addresses; i++) {
		run++;
		if (i + 1 == truth->addresses || truth->address[i] != truth->address[i + 1]) {
			truth->address[distinct++] = run;
			run = 0;
		}
	}
	return distinct;
}

static void tell_addresses(struct load_site_truth *truth, struct load_result *result)
{
	unsigned int n = truth->addresses, distinct = count_addresses(truth), i, top = 0;

	BUILD_BUG_ON(sizeof(truth->address[0]) != sizeof(u64));
	sort(truth->address, distinct, sizeof(u64), compare, NULL);
	for (i = 0; i < DIV_ROUND_UP(distinct, 10); i++)
		top += truth->address[distinct - 1 - i];
	load_result_u64(result, "addresses", n);
	load_result_u64(result, "addresses_distinct", distinct);
	load_result_u64(result, "top_decile_permille", n ? top * 1000 / n : 0);
	load_result_u64(result, "sequential_permille",
			truth->allocs ? truth->sequential * 1000 / truth->allocs : 0);
	load_result_u64(result, "immediate_permille",
			truth->allocs ? truth->immediate * 1000 / truth->allocs : 0);
}

/* Once, at the end: samples are sorted away. */
void load_site_truth_tell(struct load_site_truth *truth, struct load_result *result)
{
	load_result_u64(result, "allocs", truth->allocs);
	load_result_u64(result, "frees", truth->frees);
	load_result_u64(result, "cross_frees", truth->cross_frees);
	load_result_u64(result, "alloc_failed", truth->failed);
	load_result_u64(result, "live", truth->allocs - truth->frees);
	load_result_u64(result, "bytes_req", truth->bytes_req);
	load_result_u64(result, "bytes_alloc", truth->bytes_alloc);
	tell_arrivals(truth, result);
	tell_lifetimes(truth, result);
	tell_addresses(truth, result);
}
