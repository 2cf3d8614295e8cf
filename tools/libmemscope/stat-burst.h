/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Burstiness of arrivals: moments of the gaps between them, the burstiness
 * of Kim and Jo, Fano factors, and the bursts of Kleinberg's automaton.
 */
#ifndef MEMSCOPE_STAT_BURST_H
#define MEMSCOPE_STAT_BURST_H

#include <stddef.h>
#include <stdint.h>

/**
 * struct memscope_moments - power sums of a stream, taken from its first value
 * @n: values
 * @origin: the first value; near-constant streams keep their digits this way
 * @sum: of (value - @origin) to the powers 1 to 4
 */
struct memscope_moments {
	uint64_t n;
	double origin;
	double sum[4];
};

static inline void memscope_moments_add(struct memscope_moments *moments, double value)
{
	double x, x2;

	if (!moments->n++)
		moments->origin = value;
	x = value - moments->origin;
	x2 = x * x;
	moments->sum[0] += x;
	moments->sum[1] += x2;
	moments->sum[2] += x2 * x;
	moments->sum[3] += x2 * x2;
}

/** memscope_moments_mean - of @moments->n > 0 values */
double memscope_moments_mean(const struct memscope_moments *moments);

/** memscope_moments_variance - of the values themselves (divided by n) */
double memscope_moments_variance(const struct memscope_moments *moments);

/**
 * memscope_moments_cv - coefficient of variation, sd / mean
 * @moments: at least one value, their mean not 0
 * @sd: standard deviation of the coefficient by the delta method (from the
 *	third and fourth moment, values taken as independent), out
 */
double memscope_moments_cv(const struct memscope_moments *moments, double *sd);

/**
 * memscope_burstiness - A_n(r) of Kim and Jo (Phys. Rev. E 94, 032311, 2016)
 * @r: coefficient of variation of the gaps
 * @n: number of gaps, above 1
 * Return: -1 for a clock, 0 for Poisson arrivals, 1 at most, whatever n.
 */
double memscope_burstiness(double r, uint64_t n);

/**
 * struct memscope_fano - counts in windows of one width, as they close
 * @first: index of the first arrival's window
 * @window: index of the current one
 * @count: arrivals in it
 * @first_count: arrivals in the first window, known once it is closed
 * @squares: sum of the squared counts of closed windows
 */
struct memscope_fano {
	uint64_t first, window;
	uint32_t count, first_count;
	double squares;
};

/**
 * memscope_fano_add - arrivals in a window
 * @fano: all zero before the first
 * @window: its index; one before the latest counts as the latest
 * @arrivals: how many, above 0
 */
static inline void memscope_fano_add(struct memscope_fano *fano, uint64_t window,
				     uint32_t arrivals)
{
	if (!fano->count) {
		fano->first = window;
		fano->window = window;
	} else if (window > fano->window) {
		if (fano->window == fano->first)
			fano->first_count = fano->count;
		fano->squares += (double)fano->count * fano->count;
		fano->window = window;
		fano->count = 0;
	}
	fano->count += arrivals;
}

/**
 * memscope_fano_factor - variance over mean of the counts of whole windows
 * @fano: counts
 * @n: arrivals in all
 * @windows: whole windows, out: those of the first and the last arrival are
 *	     cut short by chance and left out
 * Return: the factor, 1 for Poisson arrivals; NAN below 2 windows or without
 * an arrival in them.
 */
double memscope_fano_factor(const struct memscope_fano *fano, uint64_t n, uint64_t *windows);

/* Kleinberg 2002: the burst state is twice as fast, and entering it costs ln n. */
#define MEMSCOPE_BURST_RATIO	2.0
#define MEMSCOPE_BURST_GAMMA	1.0

/**
 * struct memscope_burst - a stretch in the fast state
 * @first: index of its first gap or bin
 * @last: index of its last one
 * @weight: by how much the fast state explains it better, in nats
 */
struct memscope_burst {
	size_t first, last;
	double weight;
};

/**
 * memscope_bursts_gaps - bursts among exponential gaps
 * @gap: gaps between arrivals, any unit
 * @n: how many
 * @burst: the heaviest bursts, in the order of time, out
 * @room: room in @burst
 * @found: bursts in all, out
 * Return: how many were written, or -ENOMEM.
 */
int memscope_bursts_gaps(const double *gap, size_t n, struct memscope_burst *burst,
			 size_t room, size_t *found);

/**
 * memscope_bursts_bins - bursts among Poisson counts of equal bins
 * @count: arrivals in each bin
 * @n: bins
 * @burst: the heaviest bursts, in the order of time, out
 * @room: room in @burst
 * @found: bursts in all, out
 * Return: how many were written, or -ENOMEM.
 *
 * The same automaton where only counts are kept: its cost of a bin is that of
 * a Poisson count instead of that of an exponential gap.
 */
int memscope_bursts_bins(const uint32_t *count, size_t n, struct memscope_burst *burst,
			 size_t room, size_t *found);

#endif /* MEMSCOPE_STAT_BURST_H */
