/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Log-linear histogram of 64-bit values in little memory: every power of two
 * is cut into 32 buckets, so that a bucket's middle is within 1/64 (1.6 %) of
 * each value in it; values below 32 are exact. Only buckets that hold
 * something take memory: 8 bytes each in an open-addressed table that starts
 * with 4 slots and can reach 4096. All zero is an empty histogram.
 */
#ifndef MEMSCOPE_STAT_HISTOGRAM_H
#define MEMSCOPE_STAT_HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

#define MEMSCOPE_HISTOGRAM_SUB		5	/* log2 of buckets a power of two */
#define MEMSCOPE_HISTOGRAM_BUCKETS	((65 - MEMSCOPE_HISTOGRAM_SUB) << MEMSCOPE_HISTOGRAM_SUB)
#define MEMSCOPE_HISTOGRAM_ERROR	(1.0 / (2 << MEMSCOPE_HISTOGRAM_SUB))

/**
 * struct memscope_histogram - a histogram; zero it before its first use
 * @slot: bucket in the upper 11 bits, its count in the lower 53; 0 is free
 * @used: slots in use
 * @bits: log2 of the number of slots
 */
struct memscope_histogram {
	uint64_t *slot;
	uint16_t used;
	uint16_t bits;
};

struct memscope_bucket {
	uint16_t bucket;
	uint64_t count;
};

/** memscope_histogram_fini - frees what it holds and makes it empty */
void memscope_histogram_fini(struct memscope_histogram *histogram);

/** memscope_histogram_add - counts a value; Return: 0 or -ENOMEM */
int memscope_histogram_add(struct memscope_histogram *histogram, uint64_t value);

/** memscope_histogram_merge - adds all of @from to @into; Return: 0 or -ENOMEM */
int memscope_histogram_merge(struct memscope_histogram *into,
			     const struct memscope_histogram *from);

/** memscope_histogram_total - values counted */
uint64_t memscope_histogram_total(const struct memscope_histogram *histogram);

/**
 * memscope_histogram_list - the buckets in use, by rising value
 * @histogram: of which
 * @list: room for @histogram->used
 * Return: how many.
 */
size_t memscope_histogram_list(const struct memscope_histogram *histogram,
			       struct memscope_bucket *list);

/**
 * memscope_histogram_quantile - least bucket middle with a share of values at or below
 * @histogram: not empty
 * @p: share, 0 to 1
 */
double memscope_histogram_quantile(const struct memscope_histogram *histogram, double p);

/** memscope_bucket_of - the bucket a value falls into */
uint16_t memscope_bucket_of(uint64_t value);

/** memscope_bucket_low - the least value of a bucket */
uint64_t memscope_bucket_low(uint16_t bucket);

/** memscope_bucket_middle - the value that stands for a bucket */
double memscope_bucket_middle(uint16_t bucket);

#endif /* MEMSCOPE_STAT_HISTOGRAM_H */
