// SPDX-License-Identifier: GPL-2.0
/*
 * Burstiness: closed forms, brute force and simulated arrivals.
 */
#include "draw.h"
#include "stat-burst.h"

static void moments(void **state)
{
	for (int round = 0; round < 50; round++) {
		struct memscope_moments moments = { 0 };
		int n = 1 + (int)draw_below(200);
		double value[200], mean = 0, variance = 0, sd;
		/* far from 0 and near constant: raw sums would lose it */
		double origin = draw_scale(1, 1e12), spread = origin * draw_scale(1e-6, 1);

		for (int i = 0; i < n; i++) {
			value[i] = origin + spread * draw_uniform();
			memscope_moments_add(&moments, value[i]);
			mean += value[i] / n;
		}
		for (int i = 0; i < n; i++)
			variance += (value[i] - mean) * (value[i] - mean) / n;
		close_to(memscope_moments_mean(&moments) / mean, 1, 1e-12);
		close_to(memscope_moments_variance(&moments), variance, variance * 1e-6 + 1e-20);
		close_to(memscope_moments_cv(&moments, &sd), sqrt(variance) / mean,
			 1e-6 * sqrt(variance) / mean + 1e-12);
	}
}

/*
 * The delta-method sd of r against the spread of r over 2,000 samples of 400
 * gaps. The spread's own relative sd is about 2.5 %, and the asymptotic
 * formula is some percent off at n = 400: 25 % is far outside both.
 */
static void cv_sd(void **state)
{
	for (int kind = 0; kind < 3; kind++) {
		double sum = 0, squares = 0, told = 0, sd;
		int rounds = 2000;

		for (int round = 0; round < rounds; round++) {
			struct memscope_moments moments = { 0 };
			double r;

			for (int i = 0; i < 400; i++) {
				double gap = kind == 0 ? draw_exponential(7) :
					     kind == 1 ? draw_between(5, 10) :
					     draw_exponential(1) + draw_exponential(1) +
					     draw_exponential(1);

				memscope_moments_add(&moments, gap);
			}
			r = memscope_moments_cv(&moments, &sd);
			sum += r / rounds;
			squares += r * r / rounds;
			told += sd / rounds;
		}
		close_to(told / sqrt(squares - sum * sum), 1, 0.25);
	}
}

static void kim_jo(void **state)
{
	for (uint64_t n = 2; n < 5000; n = n * 3 / 2 + 1) {
		/* A clock; gaps of n uniform points; all in one gap. */
		close_to(memscope_burstiness(0, n), -1, 1e-12);
		close_to(memscope_burstiness(sqrt((double)(n - 1) / (double)(n + 1)), n), 0, 1e-12);
		close_to(memscope_burstiness(sqrt((double)(n - 1)), n), 1, 1e-9);
	}
	/* For many gaps it becomes Goh and Barabasi's (r - 1) / (r + 1). */
	close_to(memscope_burstiness(3, UINT64_C(1) << 50), 0.5, 1e-6);
}

static void fano_brute_force(void **state)
{
	for (int round = 0; round < 200; round++) {
		struct memscope_fano fano = { 0 };
		uint32_t count[64] = { 0 };
		uint64_t windows, n = 0, first = draw_below(64), last = first;
		double mean = 0, variance = 0, factor;
		int whole = 0;

		for (uint64_t w = first; w < 64; w++) {
			uint32_t arrivals = (uint32_t)draw_poisson(draw_below(4));

			arrivals += w == first;
			if (arrivals > 1)	/* at once, or one by one */
				memscope_fano_add(&fano, w + 1000, arrivals - 1);
			if (arrivals)
				memscope_fano_add(&fano, w + 1000, 1);
			n += arrivals;
			count[w] = arrivals;
			if (arrivals)
				last = w;
		}
		for (uint64_t w = first + 1; w < last; w++, whole++)
			mean += count[w];
		factor = memscope_fano_factor(&fano, n, &windows);
		if (whole < 2) {
			assert_true(isnan(factor));
			continue;
		}
		assert_int_equal(windows, whole);
		mean /= whole;
		for (uint64_t w = first + 1; w < last; w++)
			variance += (count[w] - mean) * (count[w] - mean) / (whole - 1);
		if (mean > 0)
			close_to(factor, variance / mean, 1e-9);
		else
			assert_true(isnan(factor));
	}
}

/* Arrivals that step back in time stay in the current window. */
static void fano_late(void **state)
{
	struct memscope_fano fano = { 0 };
	uint64_t windows;

	memscope_fano_add(&fano, 10, 1);
	memscope_fano_add(&fano, 11, 1);
	memscope_fano_add(&fano, 10, 1);
	memscope_fano_add(&fano, 12, 1);
	memscope_fano_add(&fano, 13, 1);
	close_to(memscope_fano_factor(&fano, 5, &windows), 0.5 / 1.5, 1e-12);
	assert_int_equal(windows, 2);
}

static double path_gain(unsigned int path, const double *gain, int n)
{
	double sum = 0;
	int before = 0;

	for (int i = 0; i < n; i++) {
		int now = path >> i & 1;

		if (now && !before)
			sum -= MEMSCOPE_BURST_GAMMA * log(n);
		if (now)
			sum += gain[i];
		before = now;
	}
	return sum;
}

/* The automaton's path against the best of all 2^n paths. */
static void kleinberg_brute_force(void **state)
{
	int with_bursts = 0;

	for (int round = 0; round < 300; round++) {
		int n = 2 + (int)draw_below(11), bins = round & 1, kept;
		double gap[12], gain[12], sum = 0, best = 0, got;
		uint32_t count[12];
		struct memscope_burst burst[12];
		unsigned int path = 0;
		size_t found;

		for (int i = 0; i < n; i++) {
			double pace = draw_below(2) ? 0.05 : 1;

			gap[i] = draw_exponential(pace);
			count[i] = (uint32_t)draw_poisson(1 / pace);
			sum += bins ? count[i] : gap[i];
		}
		for (int i = 0; i < n; i++)
			gain[i] = bins ? count[i] * log(2) - sum / n :
				  log(2) - gap[i] * n / sum;
		for (unsigned int p = 0; p < 1U << n; p++)
			best = fmax(best, path_gain(p, gain, n));
		kept = bins ? memscope_bursts_bins(count, (size_t)n, burst, 12, &found) :
			      memscope_bursts_gaps(gap, (size_t)n, burst, 12, &found);
		assert_int_equal(kept, found);
		for (int b = 0; b < kept; b++) {
			double weight = 0;

			for (size_t i = burst[b].first; i <= burst[b].last; i++) {
				path |= 1U << i;
				weight += gain[i];
			}
			close_to(burst[b].weight, weight, 1e-9);
		}
		got = path_gain(path, gain, n);
		close_to(got, best, 1e-9);
		with_bursts += kept > 0;
	}
	assert_true(with_bursts > 30);
}

/* With little room the heaviest stay, in order. */
static void kleinberg_room(void **state)
{
	uint32_t count[300];
	struct memscope_burst all[64], some[3];
	size_t found, lighter = 0;
	int kept;

	for (int i = 0; i < 300; i++)
		count[i] = i % 30 < 5 ? 100 + (uint32_t)i : 1;
	kept = memscope_bursts_bins(count, 300, all, 64, &found);
	assert_int_equal(kept, 10);
	for (int i = 0; i < kept; i++) {
		assert_int_equal(all[i].first, i * 30);
		assert_int_equal(all[i].last, i * 30 + 4);
	}
	assert_int_equal(memscope_bursts_bins(count, 300, some, 3, &found), 3);
	assert_int_equal(found, 10);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(some[i].first, (7 + i) * 30);	/* later ones are heavier */
		lighter += all[i].weight < some[0].weight;
	}
	assert_int_equal(lighter, 3);
}

static void kleinberg_nothing(void **state)
{
	double zero[5] = { 0 };
	uint32_t none[5] = { 0 };
	struct memscope_burst burst[4];
	size_t found;

	assert_int_equal(memscope_bursts_gaps(zero, 5, burst, 4, &found), 0);
	assert_int_equal(memscope_bursts_gaps(zero, 0, burst, 4, &found), 0);
	assert_int_equal(memscope_bursts_bins(none, 5, burst, 4, &found), 0);
	assert_int_equal(found, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(moments),
		cmocka_unit_test(cv_sd),
		cmocka_unit_test(kim_jo),
		cmocka_unit_test(fano_brute_force),
		cmocka_unit_test(fano_late),
		cmocka_unit_test(kleinberg_brute_force),
		cmocka_unit_test(kleinberg_room),
		cmocka_unit_test(kleinberg_nothing),
	};

	draw_seed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
