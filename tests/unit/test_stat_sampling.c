// SPDX-License-Identifier: GPL-2.0
/*
 * Sums of a byte-Poisson sample against the whole it was drawn from.
 */
#include "draw.h"
#include "stat-sampling.h"

/*
 * 300 samples of one population, sampling points laid out along the bytes as
 * a sampler does it. The standardised error of each is about normal: its mean
 * is within 6 / sqrt(300) of 0, its variance within 6 sqrt(2 / 300) of 1.
 */
static void unbiased(void **state)
{
	enum { N = 4000, ROUNDS = 300 };
	static uint32_t size[N];
	double distance = draw_scale(500, 20000), bytes = 0;
	double z[2] = { 0 }, z2[2] = { 0 };

	for (int i = 0; i < N; i++) {
		size[i] = (uint32_t)draw_scale(8, 8192);
		bytes += size[i];
	}
	for (int round = 0; round < ROUNDS; round++) {
		struct memscope_unbiased sums = { 0 };
		double next = draw_exponential(distance);
		double error[2];

		for (int i = 0; i < N; i++) {
			next -= size[i];
			if (next > 0)
				continue;
			memscope_unbiased_add(&sums, size[i], distance);
			next = draw_exponential(distance);	/* memoryless */
		}
		error[0] = (sums.count - N) / sqrt(sums.count_variance);
		error[1] = (sums.bytes - bytes) / sqrt(sums.bytes_variance);
		for (int k = 0; k < 2; k++) {
			z[k] += error[k] / ROUNDS;
			z2[k] += error[k] * error[k] / ROUNDS;
		}
	}
	print_message("# standardised errors: count %.2f (%.2f), bytes %.2f (%.2f)\n",
		      z[0], z2[0], z[1], z2[1]);
	for (int k = 0; k < 2; k++) {
		close_to(z[k], 0, 0.5);
		close_to(z2[k], 1, 0.8);
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
