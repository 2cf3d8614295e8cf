// SPDX-License-Identifier: GPL-2.0
/*
 * Burstiness of arrivals.
 *
 * Bursts are stretches in the upper state of Kleinberg's two-state automaton
 * ("Bursty and hierarchical structure in streams", KDD 2002, section 2): the
 * lower state emits at the mean rate, the upper one at MEMSCOPE_BURST_RATIO
 * times that, stepping up costs MEMSCOPE_BURST_GAMMA * ln n, stepping down
 * nothing; the cheapest path of states is found by dynamic programming.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "stat-burst.h"

double memscope_moments_mean(const struct memscope_moments *moments)
{
	return moments->origin + moments->sum[0] / (double)moments->n;
}

double memscope_moments_variance(const struct memscope_moments *moments)
{
	double n = (double)moments->n, a = moments->sum[0] / n;

	return fmax(0, moments->sum[1] / n - a * a);
}

double memscope_moments_cv(const struct memscope_moments *moments, double *sd)
{
	double n = (double)moments->n;
	double mean = memscope_moments_mean(moments);
	double m2 = memscope_moments_variance(moments);
	double a = moments->sum[0] / n, b = moments->sum[1] / n, c = moments->sum[2] / n;
	double m3 = c - 3 * a * b + 2 * a * a * a;
	double m4 = moments->sum[3] / n - 4 * a * c + 6 * a * a * b - 3 * a * a * a * a;
	double r = sqrt(m2) / mean, relative;

	*sd = 0;
	if (m2 > 0) {
		relative = (m4 / (m2 * m2) - 1) / 4 - m3 / (m2 * mean) + r * r;
		*sd = r * sqrt(fmax(0, relative) / n);
	}
	return r;
}

double memscope_burstiness(double r, uint64_t n)
{
	double plus = sqrt((double)n + 1), minus = sqrt((double)n - 1);

	return (plus * r - minus) / ((plus - 2) * r + minus);
}

double memscope_fano_factor(const struct memscope_fano *fano, uint64_t n, uint64_t *windows)
{
	double w, sum, mean, variance;

	*windows = 0;
	if (fano->window - fano->first < 3)
		return NAN;
	*windows = fano->window - fano->first - 1;
	w = (double)*windows;
	sum = (double)n - fano->first_count - fano->count;
	mean = sum / w;
	if (sum <= 0)
		return NAN;
	variance = (fano->squares - (double)fano->first_count * fano->first_count -
		    sum * mean) / (w - 1);
	return fmax(0, variance) / mean;
}

/* Keeps the heaviest bursts, then puts them into the order of time. */
static void keep(struct memscope_burst *burst, size_t room, size_t *kept,
		 struct memscope_burst next)
{
	size_t lightest = 0;

	if (*kept < room) {
		burst[(*kept)++] = next;
		return;
	}
	for (size_t i = 1; i < room; i++)
		if (burst[i].weight < burst[lightest].weight)
			lightest = i;
	if (room && burst[lightest].weight < next.weight)
		burst[lightest] = next;
}

static int by_first(const void *a, const void *b)
{
	const struct memscope_burst *left = a, *right = b;

	return (left->first > right->first) - (left->first < right->first);
}

/*
 * gain[i]: how much cheaper the upper state is at i. The path that costs
 * least is the one that gains most; up[i] says whether the upper state at i
 * was best entered from the upper state.
 */
static int viterbi(const double *gain, size_t n, struct memscope_burst *burst, size_t room,
		   size_t *found)
{
	double step = MEMSCOPE_BURST_GAMMA * log((double)n), low = 0, high = -INFINITY;
	unsigned char *from_high = calloc(n + 1, 2);
	size_t kept = 0;
	int state;

	*found = 0;
	if (!from_high)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		double next_low = fmax(low, high);
		double next_high = fmax(low - step, high) + gain[i];

		from_high[2 * i] = high > low;
		from_high[2 * i + 1] = high >= low - step;
		low = next_low;
		high = next_high;
	}
	state = high > low;
	for (size_t i = n; i-- > 0;) {
		int before = from_high[2 * i + (size_t)state];

		from_high[2 * i] = (unsigned char)state;
		state = before;
	}
	for (size_t i = 0; i < n; i++) {
		struct memscope_burst next = { .first = i };

		if (!from_high[2 * i])
			continue;
		for (; i < n && from_high[2 * i]; i++)
			next.weight += gain[i];
		next.last = i - 1;
		++*found;
		keep(burst, room, &kept, next);
	}
	free(from_high);
	if (kept)
		qsort(burst, kept, sizeof(*burst), by_first);
	return (int)kept;
}

int memscope_bursts_gaps(const double *gap, size_t n, struct memscope_burst *burst,
			 size_t room, size_t *found)
{
	double *gain = calloc(n + 1, sizeof(*gain)), sum = 0;
	int kept;

	*found = 0;
	if (!gain)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		sum += gap[i];
	if (sum <= 0) {
		free(gain);
		return 0;
	}
	for (size_t i = 0; i < n; i++)
		gain[i] = log(MEMSCOPE_BURST_RATIO) -
			  (MEMSCOPE_BURST_RATIO - 1) * gap[i] * (double)n / sum;
	kept = viterbi(gain, n, burst, room, found);
	free(gain);
	return kept;
}

int memscope_bursts_bins(const uint32_t *count, size_t n, struct memscope_burst *burst,
			 size_t room, size_t *found)
{
	double *gain = calloc(n + 1, sizeof(*gain)), sum = 0;
	int kept;

	*found = 0;
	if (!gain)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		sum += count[i];
	for (size_t i = 0; i < n; i++)
		gain[i] = count[i] * log(MEMSCOPE_BURST_RATIO) -
			  (MEMSCOPE_BURST_RATIO - 1) * sum / (double)n;
	kept = viterbi(gain, n, burst, room, found);
	free(gain);
	return kept;
}
