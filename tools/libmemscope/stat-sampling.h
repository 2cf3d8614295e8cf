/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a byte-Poisson sample says about the whole. An allocation of Z bytes
 * is taken with the chance P = 1 - exp(-Z/R), R being the mean distance of
 * sampling points in bytes. Each taken one stands for 1/P allocations and Z/P
 * bytes (Horvitz and Thompson 1952): unbiased one by one, then added. To
 * divide a sum of sizes by a mean chance instead is biased.
 *
 * The decision is made at the allocation and followed to the free, so the
 * same weights serve frees and live objects.
 */
#ifndef MEMSCOPE_STAT_SAMPLING_H
#define MEMSCOPE_STAT_SAMPLING_H

#include <stdint.h>

/**
 * struct memscope_unbiased - sums over taken allocations; zero it first
 * @n: taken
 * @count: allocations they stand for
 * @bytes: bytes they stand for
 * @count_variance: of @count, unbiased: sum of (1 - P) / P^2
 * @bytes_variance: of @bytes: sum of Z^2 (1 - P) / P^2
 */
struct memscope_unbiased {
	uint64_t n;
	double count, bytes;
	double count_variance, bytes_variance;
};

/** memscope_sample_chance - P for @bytes at a mean distance of @distance bytes */
double memscope_sample_chance(uint64_t bytes, double distance);

/**
 * memscope_unbiased_add - one allocation that was taken
 * @unbiased: sums
 * @bytes: its size, above 0
 * @distance: mean distance of sampling points in bytes; 0: everything is taken
 */
void memscope_unbiased_add(struct memscope_unbiased *unbiased, uint64_t bytes,
			   double distance);

#endif /* MEMSCOPE_STAT_SAMPLING_H */
