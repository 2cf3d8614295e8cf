// SPDX-License-Identifier: GPL-2.0
/*
 * When a site allocates. See the header for what is kept and for the rules.
 *
 * Until the ring of latest arrivals is full it holds all of them, and the
 * rest is worked out from it when asked; then struct run takes over, filled
 * from the ring.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "analysis-frequency.h"
#include "stat-burst.h"
#include "stat-distribution.h"
#include "stat-period.h"

#define RECENT_BITS_FIRST	2
#define RECENT_BITS		8
#define RECENT			(1U << RECENT_BITS)
#define BINS			256

#define ARRIVALS_MIN		21
#define ACTIVE_MIN		0.25
#define LOSS_MAX		0.05
#define FALSE_ALARM_MAX		0.01

/* Widths of the windows as powers of two: 1 ms, 17 ms, 134 ms, 1.07 s. */
#define TICK_BITS		20
static const uint8_t window_bits[MEMSCOPE_FREQUENCY_WINDOWS] = { TICK_BITS, 24, 27, 30 };

/*
 * What an arrival touches comes first and fits two cache lines; the rest
 * follows once a tick, the narrowest window, which all others consist of.
 */
struct run {
	uint64_t last_ns;
	struct memscope_moments gaps;
	uint64_t tick;
	uint32_t tick_arrivals;
	unsigned int bin_ticks_bits;	/* log2 of a bin's ticks */
	uint64_t first_ns;
	struct memscope_fano fano[MEMSCOPE_FREQUENCY_WINDOWS];
	uint32_t bin[BINS];		/* from the first arrival's tick on */
};

struct state {
	uint64_t *recent;		/* ring of 1 << bits arrivals */
	struct run *run;
	uint64_t bits : 4, n : 60;
};

const char *memscope_pattern_name(unsigned int pattern)
{
	static const char *const names[MEMSCOPE_PATTERNS] = {
		[MEMSCOPE_PATTERN_UNKNOWN] = "unknown",
		[MEMSCOPE_PATTERN_CONSTANT] = "Constant",
		[MEMSCOPE_PATTERN_REGULAR] = "Regular",
		[MEMSCOPE_PATTERN_BURST] = "Burst",
		[MEMSCOPE_PATTERN_SPORADIC] = "Sporadic",
	};

	return names[pattern < MEMSCOPE_PATTERNS ? pattern : MEMSCOPE_PATTERN_UNKNOWN];
}

/* The tick is over, or is to be looked at: windows and bins follow. */
static __attribute__((noinline)) void run_close_tick(struct run *run)
{
	uint64_t since = run->tick - (run->first_ns >> TICK_BITS);

	for (int i = 0; i < MEMSCOPE_FREQUENCY_WINDOWS; i++)
		memscope_fano_add(&run->fano[i], run->tick >> (window_bits[i] - TICK_BITS),
				  run->tick_arrivals);
	while (since >> run->bin_ticks_bits >= BINS) {
		for (int i = 0; i < BINS / 2; i++)
			run->bin[i] = run->bin[2 * i] + run->bin[2 * i + 1];
		for (int i = BINS / 2; i < BINS; i++)
			run->bin[i] = 0;
		run->bin_ticks_bits++;
	}
	run->bin[since >> run->bin_ticks_bits] += run->tick_arrivals;
	run->tick_arrivals = 0;
}

static void run_start(struct run *run, uint64_t time_ns)
{
	run->first_ns = time_ns;
	run->last_ns = time_ns;
	run->tick = time_ns >> TICK_BITS;
	run->tick_arrivals = 1;
}

static void run_add(struct run *run, uint64_t time_ns)
{
	memscope_moments_add(&run->gaps, (double)(time_ns - run->last_ns));
	run->last_ns = time_ns;
	if (time_ns >> TICK_BITS != run->tick) {
		run_close_tick(run);
		run->tick = time_ns >> TICK_BITS;
	}
	run->tick_arrivals++;
}

/* When the first bin begins, and how long each is. */
static uint64_t bins_start(const struct run *run)
{
	return run->first_ns >> TICK_BITS << TICK_BITS;
}

static unsigned int bin_bits(const struct run *run)
{
	return TICK_BITS + run->bin_ticks_bits;
}

/* All arrivals are still in the ring, from its beginning. */
static void run_fill(struct run *run, const uint64_t *time_ns, uint64_t n)
{
	if (!n)
		return;
	run_start(run, time_ns[0]);
	for (uint64_t i = 1; i < n; i++)
		run_add(run, time_ns[i]);
}

static int make_room(struct state *state)
{
	unsigned int bits = state->recent ? state->bits + 1 : RECENT_BITS_FIRST;
	uint64_t *recent;

	if (state->recent && state->bits == RECENT_BITS) {
		if (state->run)
			return 0;
		state->run = calloc(1, sizeof(*state->run));
		if (!state->run)
			return -ENOMEM;
		run_fill(state->run, state->recent, state->n);
		return 0;
	}
	recent = realloc(state->recent, sizeof(*recent) << bits);
	if (!recent)
		return -ENOMEM;
	state->recent = recent;
	state->bits = bits & 15;
	return 0;
}

static int on_alloc(const struct memscope_site *site, void *data,
		    const struct memscope_object *object)
{
	struct state *state = data;
	uint64_t time_ns = object->time_ns, mask;

	if (!state->run && (!state->recent || state->n == UINT64_C(1) << state->bits)) {
		int err = make_room(state);

		if (err)
			return err;
	}
	mask = (UINT64_C(1) << state->bits) - 1;
	/* Clocks of two CPUs may differ by a little: time does not step back here. */
	if (state->n && time_ns < state->recent[(state->n - 1) & mask])
		time_ns = state->recent[(state->n - 1) & mask];
	state->recent[state->n & mask] = time_ns;
	state->n++;
	if (state->run)
		run_add(state->run, time_ns);
	return 0;
}

static void site_fini(void *data)
{
	struct state *state = data;

	free(state->recent);
	free(state->run);
	*state = (struct state){ 0 };
}

const struct memscope_analysis memscope_analysis_frequency = {
	.name = "patterns",
	.site_bytes = sizeof(struct state),
	.alloc = on_alloc,
	.site_fini = site_fini,
};

/* The latest arrivals in the order of time, since the first of them. */
static size_t recent(const struct state *state, double *time)
{
	size_t n = state->n < RECENT ? state->n : RECENT;
	uint64_t mask = (UINT64_C(1) << state->bits) - 1;

	for (size_t i = 0; i < n; i++)
		time[i] = (double)(state->recent[(state->n - n + i) & mask] -
				   state->recent[(state->n - n) & mask]);
	return n;
}

/* Arrivals before a share of the time from the first to the last one. */
static double arrivals_until(const struct run *run, double share)
{
	double span = (double)(run->last_ns - run->first_ns);
	double since = share * span + (double)(run->first_ns - bins_start(run));
	double edge = ldexp(since, -(int)bin_bits(run)), sum = 0;

	for (int i = 0; i < BINS && i < edge; i++)
		sum += run->bin[i] * fmin(1, edge - i);
	return sum;
}

static bool is_steady(const struct run *run, uint64_t n)
{
	double quarter = (double)n / 4, before = 0;

	for (int i = 1; i <= 4; i++) {
		double until = i < 4 ? arrivals_until(run, i / 4.0) : (double)n;

		if (fabs(until - before - quarter) > quarter / 4 + 2)
			return false;
		before = until;
	}
	return true;
}

static bool far_above_one(const struct memscope_figure *fano, double mean)
{
	double windows = (double)fano->n;

	return fano->quality && windows >= 8 &&
	       fano->value > 3 + 5 * sqrt(2 / (windows - 1)) &&
	       sqrt((fano->value - 1) / mean) > 0.75;
}

/* Fano factors; Return: whether one of them is far above 1. */
static bool fano_factors(const struct run *run, uint64_t n,
			 struct memscope_frequency_result *result)
{
	bool far = false;

	for (int i = 0; i < MEMSCOPE_FREQUENCY_WINDOWS; i++) {
		const struct memscope_fano *fano = &run->fano[i];
		uint64_t windows;
		double factor = memscope_fano_factor(fano, n, &windows);
		double inside = (double)n - fano->first_count - fano->count;

		result->fano_window_ns[i] = UINT64_C(1) << window_bits[i];
		if (isnan(factor)) {
			result->fano[i] = memscope_insufficient(MEMSCOPE_WHY_SHORT, windows);
			continue;
		}
		result->fano[i] = memscope_measured(factor, windows);
		far |= far_above_one(&result->fano[i], inside / (double)windows);
	}
	return far;
}

static void burstiness(const struct run *run, struct memscope_frequency_result *result)
{
	uint64_t n = run->gaps.n;
	double sd, r = memscope_moments_cv(&run->gaps, &sd);
	double low = fmax(0, r - MEMSCOPE_Z95 * sd), high = r + MEMSCOPE_Z95 * sd;

	result->gap_ns = memscope_measured(memscope_moments_mean(&run->gaps), n);
	result->gap_cv = memscope_estimated((struct memscope_range){ r, low, high }, n);
	result->burstiness = memscope_estimated((struct memscope_range){
		memscope_burstiness(r, n), memscope_burstiness(low, n),
		fmin(1, memscope_burstiness(high, n)) }, n);
}

static enum memscope_pattern classify(const struct memscope_frequency_result *result, bool far)
{
	if (result->active.value < ACTIVE_MIN || result->burstiness.value >= 0.2 || far)
		return MEMSCOPE_PATTERN_BURST;
	if (result->burstiness.value < -0.5 && result->steady)
		return MEMSCOPE_PATTERN_CONSTANT;
	return MEMSCOPE_PATTERN_REGULAR;
}

static int period(const struct state *state, struct memscope_frequency_result *result)
{
	double time[RECENT], rate;
	size_t n = recent(state, time);
	struct memscope_period found;
	struct memscope_range range;
	int err;

	rate = (double)(n - 1) / time[n - 1];
	err = memscope_period_search(time, n, rate / 2, rate * 1.5, &found);
	if (err)
		return err == -ENOMEM ? err : 0;
	result->false_alarm = memscope_measured(found.false_alarm, n);
	if (found.false_alarm > FALSE_ALARM_MAX)
		return 0;
	range.value = 1 / found.frequency;
	range.low = 1 / (found.frequency + found.resolution);
	range.high = 1 / (found.frequency - found.resolution);
	result->period_ns = memscope_estimated(range, n);
	return 0;
}

/* Bursts among the latest arrivals, by their gaps. */
static int recent_bursts(const struct state *state, struct memscope_frequency_result *result)
{
	double time[RECENT], gap[RECENT], arrivals = 0, length = 0;
	struct memscope_burst burst[RECENT];
	size_t n = recent(state, time), found;
	int kept;

	for (size_t i = 0; i + 1 < n; i++)
		gap[i] = time[i + 1] - time[i];
	kept = memscope_bursts_gaps(gap, n - 1, burst, RECENT, &found);
	if (kept < 0)
		return kept;
	for (int i = 0; i < kept; i++) {
		arrivals += (double)(burst[i].last - burst[i].first + 2) / kept;
		length += (time[burst[i].last + 1] - time[burst[i].first]) / kept;
	}
	if (kept < 3) {
		result->burst_arrivals = memscope_insufficient(MEMSCOPE_WHY_FEW, (uint64_t)kept);
		result->burst_ns = result->burst_arrivals;
	} else {
		result->burst_arrivals = memscope_measured(arrivals, (uint64_t)kept);
		result->burst_ns = memscope_measured(length, (uint64_t)kept);
	}
	if (state->run)
		return 0;
	kept = memscope_bursts_gaps(gap, n - 1, burst, MEMSCOPE_FREQUENCY_BURSTS, &found);
	if (kept < 0)
		return kept;
	result->bursts_found = found;
	for (int i = 0; i < kept; i++)
		result->burst[result->bursts++] = (struct memscope_arrival_burst){
			.start_ns = state->recent[burst[i].first],
			.end_ns = state->recent[burst[i].last + 1],
			.arrivals = burst[i].last - burst[i].first + 2,
		};
	return 0;
}

/* Bursts among all arrivals, by bins. */
static int binned_bursts(const struct run *run, struct memscope_frequency_result *result)
{
	size_t bins = ((run->last_ns - bins_start(run)) >> bin_bits(run)) + 1, found;
	struct memscope_burst burst[MEMSCOPE_FREQUENCY_BURSTS];
	int kept = memscope_bursts_bins(run->bin, bins, burst, MEMSCOPE_FREQUENCY_BURSTS, &found);

	if (kept < 0)
		return kept;
	result->bursts_found = found;
	result->burst_resolution_ns = UINT64_C(1) << bin_bits(run);
	for (int i = 0; i < kept; i++) {
		struct memscope_arrival_burst *out = &result->burst[result->bursts++];

		out->start_ns = bins_start(run) + ((uint64_t)burst[i].first << bin_bits(run));
		out->end_ns = bins_start(run) + (((uint64_t)burst[i].last + 1) << bin_bits(run));
		if (out->start_ns < run->first_ns)
			out->start_ns = run->first_ns;
		if (out->end_ns > run->last_ns)
			out->end_ns = run->last_ns;
		for (size_t k = burst[i].first; k <= burst[i].last; k++)
			out->arrivals += run->bin[k];
	}
	return 0;
}

static int bursts(const struct state *state, const struct run *run,
		  struct memscope_frequency_result *result)
{
	int err = recent_bursts(state, result);

	if (!err && state->run)
		err = binned_bursts(run, result);
	/* Even in itself, but all within a small part of the recording. */
	if (!err && !result->bursts_found && result->active.value < ACTIVE_MIN) {
		result->bursts_found = 1;
		result->bursts = 1;
		result->burst_resolution_ns = 0;
		result->burst[0] = (struct memscope_arrival_burst){
			run->first_ns, run->last_ns, state->n,
		};
	}
	return err;
}

static void nothing_told(struct memscope_frequency_result *result, enum memscope_why why)
{
	struct memscope_figure none = memscope_insufficient(why, result->arrivals);

	result->active = none;
	result->gap_ns = none;
	result->gap_cv = none;
	result->burstiness = none;
	result->period_ns = none;
	result->false_alarm = none;
	result->burst_arrivals = none;
	result->burst_ns = none;
	for (int i = 0; i < MEMSCOPE_FREQUENCY_WINDOWS; i++) {
		result->fano_window_ns[i] = UINT64_C(1) << window_bits[i];
		result->fano[i] = none;
	}
}

static int tell(const struct state *state, const struct run *run,
		const struct memscope_analysis_context *context,
		struct memscope_frequency_result *result)
{
	double span = (double)(context->end_ns - context->start_ns);
	bool far;
	int err = 0;

	result->active = memscope_measured((double)(run->last_ns - run->first_ns) / span, state->n);
	far = fano_factors(run, state->n, result);
	if (run->last_ns == run->first_ns) {		/* all at one instant */
		result->gap_ns = memscope_measured(0, run->gaps.n);
		result->pattern = MEMSCOPE_PATTERN_BURST;
		return bursts(state, run, result);
	}
	burstiness(run, result);
	result->steady = is_steady(run, state->n);
	result->pattern = classify(result, far);
	result->period_ns.why = MEMSCOPE_WHY_APERIODIC;
	result->false_alarm.why = MEMSCOPE_WHY_APERIODIC;
	if (result->pattern == MEMSCOPE_PATTERN_CONSTANT)
		err = period(state, result);
	if (result->pattern == MEMSCOPE_PATTERN_BURST)
		err = bursts(state, run, result);
	return err;
}

static void weaken(struct memscope_frequency_result *result)
{
	result->active.weakened = true;
	result->per_second.weakened = true;
	result->gap_ns.weakened = true;
	result->gap_cv.weakened = true;
	result->burstiness.weakened = true;
	result->period_ns.weakened = true;
	result->false_alarm.weakened = true;
	result->burst_arrivals.weakened = true;
	result->burst_ns.weakened = true;
	for (int i = 0; i < MEMSCOPE_FREQUENCY_WINDOWS; i++)
		result->fano[i].weakened = true;
}

int memscope_frequency_result(const struct memscope_site *site, const void *state,
			      const struct memscope_analysis_context *context,
			      struct memscope_frequency_result *result)
{
	const struct state *mine = state;
	double seconds = (double)(context->end_ns - context->start_ns) / 1e9;
	struct run run = { 0 };
	int err = 0;

	*result = (struct memscope_frequency_result){ .arrivals = mine->n };
	nothing_told(result, MEMSCOPE_WHY_FEW);
	if (context->end_ns > context->start_ns)
		result->per_second = memscope_measured((double)mine->n / seconds, mine->n);
	else
		result->per_second = memscope_insufficient(MEMSCOPE_WHY_SHORT, mine->n);
	if (mine->run)
		run = *mine->run;
	else
		run_fill(&run, mine->recent, mine->n);
	if (run.tick_arrivals)
		run_close_tick(&run);
	if (memscope_arrivals_sampled(context))
		nothing_told(result, MEMSCOPE_WHY_SAMPLED);
	else if (memscope_loss(context) > LOSS_MAX)
		nothing_told(result, MEMSCOPE_WHY_LOST);
	else if (context->end_ns <= context->start_ns)
		nothing_told(result, MEMSCOPE_WHY_SHORT);
	else if (mine->n < ARRIVALS_MIN)
		result->pattern = MEMSCOPE_PATTERN_SPORADIC;
	else
		err = tell(mine, &run, context, result);
	if (context->lost)
		weaken(result);
	return err;
}
