// SPDX-License-Identifier: GPL-2.0
/*
 * Sums of a byte-Poisson sample against the whole it was drawn from.
 */
#include "draw.h"
#include "stat-sampling.h"

/*
 * 300 samples of one population, sampling points laid out along the bytes as
 * a sampler does it, which takes each object independently. So the variance
 * of a sum is known: sum of (1 - P) / P over the population. Every object is
 * taken in 4 of the samples or more on average, so sums are near normal: the
 * mean error of 300 is within 8 standard deviations of its own. What the
 * sample says of its variance is right on average; its relative sd is below
 * 3 %, so 25 % is 8 of it.
 */
static void unbiased(void **state)
{
	enum { N = 4000, ROUNDS = 300 };
	static uint32_t size[N];
	double distance = draw_scale(500, 5000), bytes = 0, variance[2] = { 0 };
	double error[2] = { 0 }, told[2] = { 0 };

	for (int i = 0; i < N; i++) {
		double p;

		size[i] = (uint32_t)draw_scale(64, 8192);
		bytes += size[i];
		p = 1 - exp(-(double)size[i] / distance);
		variance[0] += (1 - p) / p;
		variance[1] += (double)size[i] * size[i] * (1 - p) / p;
	}
	for (int round = 0; round < ROUNDS; round++) {
		struct memscope_unbiased sums = { 0 };
		double next = draw_exponential(distance);

		for (int i = 0; i < N; i++) {
			next -= size[i];
			if (next > 0)
				continue;
			memscope_unbiased_add(&sums, size[i], distance);
			next = draw_exponential(distance);	/* memoryless */
		}
		error[0] += (sums.count - N) / ROUNDS;
		error[1] += (sums.bytes - bytes) / ROUNDS;
		told[0] += sums.count_variance / ROUNDS;
		told[1] += sums.bytes_variance / ROUNDS;
	}
	for (int k = 0; k < 2; k++) {
		close_to(error[k] / sqrt(variance[k] / ROUNDS), 0, 8);
		close_to(told[k] / variance[k], 1, 0.25);
	}
}

static void everything(void **state)
{
	struct memscope_unbiased sums = { 0 };

	memscope_unbiased_add(&sums, 100, 0);
	memscope_unbiased_add(&sums, 28, 0);
	assert_int_equal(sums.n, 2);
	close_to(sums.count, 2, 0);
	close_to(sums.bytes, 128, 0);
	close_to(sums.count_variance + sums.bytes_variance, 0, 0);
	close_to(memscope_sample_chance(1000, 1000), 1 - exp(-1), 1e-12);
	close_to(memscope_sample_chance(1, 1e15) * 1e15, 1, 1e-9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unbiased),
		cmocka_unit_test(everything),
	};

	draw_seed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
