// SPDX-License-Identifier: GPL-2.0
/*
 * Horvitz-Thompson sums of a byte-Poisson sample.
 */
#include <math.h>

#include "stat-sampling.h"

double memscope_sample_chance(uint64_t bytes, double distance)
{
	return distance > 0 ? -expm1(-(double)bytes / distance) : 1;
}

void memscope_unbiased_add(struct memscope_unbiased *unbiased, uint64_t bytes,
			   double distance)
{
	double p = memscope_sample_chance(bytes, distance), z = (double)bytes;

	unbiased->n++;
	unbiased->count += 1 / p;
	unbiased->bytes += z / p;
	unbiased->count_variance += (1 - p) / (p * p);
	unbiased->bytes_variance += z * z * (1 - p) / (p * p);
}
