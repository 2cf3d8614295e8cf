// SPDX-License-Identifier: GPL-2.0
/*
 * Log-linear histogram. See the header for its shape and its error.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "stat-histogram.h"

#define SUB		MEMSCOPE_HISTOGRAM_SUB
#define COUNT_BITS	53
#define COUNT_MASK	((UINT64_C(1) << COUNT_BITS) - 1)
#define BITS_FIRST	2

_Static_assert(MEMSCOPE_HISTOGRAM_BUCKETS <= 1 << (64 - COUNT_BITS), "a bucket fits its bits");

uint16_t memscope_bucket_of(uint64_t value)
{
	unsigned int exponent;

	if (value < UINT64_C(1) << SUB)
		return (uint16_t)value;
	exponent = 63 - __builtin_clzll(value);
	return (uint16_t)(((exponent - SUB + 1) << SUB) |
			  ((value >> (exponent - SUB)) & ((1U << SUB) - 1)));
}

uint64_t memscope_bucket_low(uint16_t bucket)
{
	unsigned int row = bucket >> SUB;
	uint64_t sub = bucket & ((1U << SUB) - 1);

	if (!row)
		return sub;
	return ((UINT64_C(1) << SUB) | sub) << (row - 1);
}

double memscope_bucket_middle(uint16_t bucket)
{
	unsigned int row = bucket >> SUB;

	if (!row)
		return bucket;
	return (double)memscope_bucket_low(bucket) + (ldexp(1, (int)row - 1) - 1) / 2;
}

static unsigned int home(uint16_t bucket, unsigned int bits)
{
	return (bucket * 2654435769U) >> (32 - bits);
}

/* The bucket's slot, or the free one where it belongs. */
static uint64_t *find(uint64_t *slot, unsigned int bits, uint16_t bucket)
{
	unsigned int mask = (1U << bits) - 1;
	unsigned int at = home(bucket, bits);

	while (slot[at] && slot[at] >> COUNT_BITS != bucket)
		at = (at + 1) & mask;
	return &slot[at];
}

static int grow(struct memscope_histogram *histogram)
{
	unsigned int bits = histogram->slot ? histogram->bits + 1U : BITS_FIRST;
	uint64_t *slot = calloc((size_t)1 << bits, sizeof(*slot));

	if (!slot)
		return -ENOMEM;
	for (size_t i = 0; histogram->slot && i < (size_t)1 << histogram->bits; i++)
		if (histogram->slot[i])
			*find(slot, bits, (uint16_t)(histogram->slot[i] >> COUNT_BITS)) =
				histogram->slot[i];
	free(histogram->slot);
	histogram->slot = slot;
	histogram->bits = (uint16_t)bits;
	return 0;
}

static int add(struct memscope_histogram *histogram, uint16_t bucket, uint64_t count)
{
	uint64_t *slot;

	if (histogram->slot) {
		slot = find(histogram->slot, histogram->bits, bucket);
		if (*slot) {
			*slot += count;
			return 0;
		}
	}
	if (!histogram->slot || (histogram->used + 1U) * 4 > 3U << histogram->bits) {
		int err = grow(histogram);

		if (err)
			return err;
	}
	slot = find(histogram->slot, histogram->bits, bucket);
	*slot = ((uint64_t)bucket << COUNT_BITS) | count;
	histogram->used++;
	return 0;
}

int memscope_histogram_add(struct memscope_histogram *histogram, uint64_t value)
{
	return add(histogram, memscope_bucket_of(value), 1);
}

int memscope_histogram_merge(struct memscope_histogram *into,
			     const struct memscope_histogram *from)
{
	for (size_t i = 0; from->slot && i < (size_t)1 << from->bits; i++) {
		int err;

		if (!from->slot[i])
			continue;
		err = add(into, (uint16_t)(from->slot[i] >> COUNT_BITS),
			  from->slot[i] & COUNT_MASK);
		if (err)
			return err;
	}
	return 0;
}

void memscope_histogram_fini(struct memscope_histogram *histogram)
{
	free(histogram->slot);
	*histogram = (struct memscope_histogram){ 0 };
}

uint64_t memscope_histogram_total(const struct memscope_histogram *histogram)
{
	uint64_t total = 0;

	for (size_t i = 0; histogram->slot && i < (size_t)1 << histogram->bits; i++)
		total += histogram->slot[i] & COUNT_MASK;
	return total;
}

static int by_bucket(const void *a, const void *b)
{
	const struct memscope_bucket *left = a, *right = b;

	return (int)left->bucket - (int)right->bucket;
}

size_t memscope_histogram_list(const struct memscope_histogram *histogram,
			       struct memscope_bucket *list)
{
	size_t n = 0;

	for (size_t i = 0; histogram->slot && i < (size_t)1 << histogram->bits; i++) {
		if (!histogram->slot[i])
			continue;
		list[n].bucket = (uint16_t)(histogram->slot[i] >> COUNT_BITS);
		list[n++].count = histogram->slot[i] & COUNT_MASK;
	}
	if (n)
		qsort(list, n, sizeof(*list), by_bucket);
	return n;
}

double memscope_histogram_quantile(const struct memscope_histogram *histogram, double p)
{
	struct memscope_bucket list[MEMSCOPE_HISTOGRAM_BUCKETS];
	size_t n = memscope_histogram_list(histogram, list);
	double want = p * (double)memscope_histogram_total(histogram);
	uint64_t sum = 0;

	for (size_t i = 0; i < n; i++) {
		sum += list[i].count;
		if ((double)sum >= want)
			return memscope_bucket_middle(list[i].bucket);
	}
	return n ? memscope_bucket_middle(list[n - 1].bucket) : NAN;
}
