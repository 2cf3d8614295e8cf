// SPDX-License-Identifier: GPL-2.0
/*
 * Does a site leak? See the header for the questions and the verdicts.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "analysis-leak.h"
#include "analysis-lifetime.h"
#include "stat-distribution.h"

#define ALLOCS_FIRST	4	/* the series begins at this allocation */
#define ALLOCS_MIN	8
#define POINTS_MIN	8
#define BINS		MEMSCOPE_LEAK_BINS
#define BIN_BITS_FIRST	20	/* 1 ms */

#define P_RISE		0.05
#define P_STILL		0.05
#define P_TAIL		1e-4
#define OVERDUE_MIN	5
#define STRETCHES	32
#define AGES_LATE_MIN	3
#define Z_SLOWING	-4
#define P_STOPPED	1e-4
#define LONG_NS		(20 * UINT64_C(1000000000))
#define OPEN_MIN	10
#define LOSS_MAX	0.05
#define LOSS_FACTOR	10
#define GIB		(1ULL << 30)

struct series {
	uint64_t origin_ns;
	uint64_t held;		/* live bytes allocated before the current bin */
	unsigned int bits;	/* log2 of a bin's nanoseconds */
	unsigned int current;
	uint64_t floor[BINS];	/* of bins before the current one */
};

struct state {
	struct series *series;
};

const char *memscope_verdict_name(unsigned int verdict)
{
	static const char *const names[MEMSCOPE_VERDICTS] = {
		[MEMSCOPE_VERDICT_UNKNOWN] = "unknown",
		[MEMSCOPE_VERDICT_STEADY] = "steady",
		[MEMSCOPE_VERDICT_GROWING] = "growing",
		[MEMSCOPE_VERDICT_SUSPECT] = "suspect",
		[MEMSCOPE_VERDICT_LEAK] = "leak",
	};

	return names[verdict < MEMSCOPE_VERDICTS ? verdict : MEMSCOPE_VERDICT_UNKNOWN];
}

const char *memscope_tail_name(unsigned int tail)
{
	return tail == MEMSCOPE_TAIL_PASSED ? "passed" :
	       tail == MEMSCOPE_TAIL_FAILED ? "failed" : "open";
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t between(uint64_t from, uint64_t to)
{
	return to > from ? to - from : 0;
}

/*
 * Twice as wide. What was live through both halves is at most the lesser of
 * their floors, and nearly that: early floors come out a little high, so that
 * a rise looks smaller.
 */
static void widen(struct series *series)
{
	for (unsigned int i = 0; i < series->current / 2; i++)
		series->floor[i] = least(series->floor[2 * i], series->floor[2 * i + 1]);
	if (series->current & 1)
		series->held = least(series->held, series->floor[series->current - 1]);
	series->current /= 2;
	series->bits++;
}

/* Closes the bins before this time. */
static __attribute__((noinline)) void advance(struct series *series, uint64_t since,
					      uint64_t live_bytes)
{
	while (since >> series->bits >= BINS)
		widen(series);
	while (series->current < since >> series->bits) {
		series->floor[series->current++] = series->held;
		series->held = live_bytes;
	}
}

static void reach(struct series *series, uint64_t time_ns, uint64_t live_bytes)
{
	uint64_t since = between(series->origin_ns, time_ns);

	if (since >> series->bits > series->current)
		advance(series, since, live_bytes);
}

/* The site counts the event already; an object whose free was missed it does not. */
static int on_alloc(const struct memscope_site *site, void *data,
		    const struct memscope_object *object)
{
	struct state *state = data;
	uint64_t live_bytes = site->live_bytes - object->bytes_alloc;

	if (state->series) {
		reach(state->series, object->time_ns, live_bytes);
	} else if (site->allocs >= ALLOCS_FIRST) {
		struct series *series = calloc(1, sizeof(*series));

		if (!series)
			return -ENOMEM;
		series->origin_ns = object->time_ns;
		series->bits = BIN_BITS_FIRST;
		series->held = live_bytes;
		state->series = series;
	}
	return 0;
}

static int on_free(const struct memscope_site *site, void *data,
		   const struct memscope_object *object, const struct memscope_free *how)
{
	struct series *series = ((struct state *)data)->series;
	uint64_t start;

	if (!series)
		return 0;
	reach(series, how->time_ns, site->live_bytes + object->bytes_alloc);
	start = series->origin_ns + ((uint64_t)series->current << series->bits);
	if (object->time_ns < start)
		series->held -= least(series->held, object->bytes_alloc);
	return 0;
}

static void site_fini(void *data)
{
	struct state *state = data;

	free(state->series);
	state->series = NULL;
}

const struct memscope_analysis memscope_analysis_leak = {
	.name = "leaks",
	.site_bytes = sizeof(struct state),
	.alloc = on_alloc,
	.free = on_free,
	.site_fini = site_fini,
};

/* The floor until the end: its last bin is cut short, and left out. */
static size_t copy_floor(const struct state *state, const struct memscope_site *site,
			 uint64_t end_ns, struct memscope_leak_result *result)
{
	struct series series = *state->series;

	reach(&series, end_ns, site->live_bytes);
	result->bin_ns = UINT64_C(1) << series.bits;
	result->floor_start_ns = series.origin_ns;
	for (unsigned int i = 0; i < series.current; i++)
		result->floor[i] = (double)series.floor[i];
	return series.current;
}

/* Chance that so few of the objects older than c ended, see the header. */
static double tail_chance(const struct memscope_bucket *ended, size_t buckets,
			  const struct memscope_live *live, uint64_t end_ns, double c,
			  uint64_t *overdue)
{
	double expected = 0;
	uint64_t ends = 0;

	*overdue = 0;
	for (size_t i = buckets; i-- > 0;) {
		double life = memscope_bucket_middle(ended[i].bucket);

		if (life <= c)
			break;
		expected += (double)ended[i].count * log(life / c);
		ends += ended[i].count;
	}
	for (size_t i = 0; i < live->n; i++) {
		double age = (double)between(live->birth_ns[i], end_ns);

		if (age <= c)
			continue;
		expected += log(age / c);
		++*overdue;
	}
	return expected > 0 ? memscope_poisson_cdf(ends, expected) : 1;
}

static void judge_tail(const struct memscope_histogram *ended,
		       const struct memscope_live *live, uint64_t end_ns, double span,
		       struct memscope_leak_result *result)
{
	static const double share[] = { 0.99, 0.999, 0.9999, 1 };
	struct memscope_bucket list[MEMSCOPE_HISTOGRAM_BUCKETS];
	size_t buckets = memscope_histogram_list(ended, list);

	result->tail = buckets ? MEMSCOPE_TAIL_FAILED : MEMSCOPE_TAIL_OPEN;
	result->tail_chance = 1;
	result->overdue = buckets ? 0 : live->n;
	for (size_t i = 0; buckets && i < 4; i++) {
		double c = memscope_histogram_quantile(ended, share[i]);
		uint64_t overdue;
		double chance;

		c = fmax(c * (1 + MEMSCOPE_HISTOGRAM_ERROR), span / BINS);
		chance = tail_chance(list, buckets, live, end_ns, c, &overdue);
		if (i && (chance >= result->tail_chance || overdue < OVERDUE_MIN || c > span / 2))
			continue;
		result->tail_chance = chance;
		result->overdue = overdue;
		result->limit_ns = (uint64_t)c;
		if (chance < P_TAIL && overdue >= OVERDUE_MIN && c <= span / 2)
			result->tail = MEMSCOPE_TAIL_PASSED;
	}
}

/* Chance that `used` of the stretches, strewn at random, leave the last `rest` empty. */
static double rest_chance(unsigned int used, unsigned int rest)
{
	double chance = 1;

	for (unsigned int i = 0; i < used; i++)
		chance *= (double)(STRETCHES - rest - i) / (STRETCHES - i);
	return chance;
}

/* When the objects in question were allocated: how spread, and do they still come? */
static int judge_ages(const struct memscope_live *live, uint64_t end_ns,
		      struct memscope_leak_result *result)
{
	double count[STRETCHES] = { 0 };
	uint64_t start = result->floor_start_ns;
	double span = (double)between(start + result->limit_ns, end_ns);
	double early = 0, late = 0;
	unsigned int rest = 0;
	struct memscope_trend trend;
	int err;

	if (span <= 0)
		return 0;
	for (size_t i = 0; i < live->n; i++) {
		double since = (double)between(start, live->birth_ns[i]);

		if (live->birth_ns[i] >= start && since < span)
			count[(int)(since / span * STRETCHES)]++;
	}
	for (int i = 0; i < STRETCHES; i++) {
		*(i < STRETCHES / 2 ? &result->ages_early : &result->ages_late) += count[i] > 0;
		rest = count[i] > 0 ? 0 : rest + 1;
		early += i < STRETCHES / 4 ? count[i] : 0;
		late += i >= STRETCHES * 3 / 4 ? count[i] : 0;
	}
	result->ages = result->ages_late >= AGES_LATE_MIN &&
		       3 * result->ages_late >= result->ages_early;
	err = memscope_trend_test(count, STRETCHES, MEMSCOPE_Z95, &trend);
	if (err)
		return err;
	if (trend.variance > 0)
		result->slowing_z = (double)trend.score / sqrt(trend.variance);
	result->stopped_chance = rest_chance(result->ages_early + result->ages_late, rest);
	result->plateau = result->stopped_chance < P_STOPPED ||
			  (result->slowing_z < Z_SLOWING && 2 * late < early);
	return 0;
}

/* The second half of the floor rises, too, and not much slower than all of it. */
static int still_rising(const struct memscope_leak_result *result, bool *still)
{
	size_t half = result->trend.n / 2;
	struct memscope_trend trend;
	int err = memscope_trend_test(result->floor + half, result->trend.n - half,
				      MEMSCOPE_Z95, &trend);

	*still = !err && trend.p_rise < P_STILL && trend.slope > result->trend.slope / 4;
	return err == -ENOMEM ? err : 0;
}

static enum memscope_verdict decide(const struct memscope_leak_result *result,
				    uint64_t allocs, uint64_t span_ns, bool reclaimable,
				    bool still)
{
	bool keeps_coming = result->ages && !result->plateau;

	if (result->tail == MEMSCOPE_TAIL_PASSED && keeps_coming)
		return result->rising ? MEMSCOPE_VERDICT_LEAK : MEMSCOPE_VERDICT_SUSPECT;
	if (result->tail == MEMSCOPE_TAIL_OPEN && keeps_coming && result->rising)
		return span_ns >= LONG_NS && allocs >= OPEN_MIN && !reclaimable ?
		       MEMSCOPE_VERDICT_LEAK : MEMSCOPE_VERDICT_SUSPECT;
	if (result->rising && still && !result->plateau)
		return MEMSCOPE_VERDICT_GROWING;
	return MEMSCOPE_VERDICT_STEADY;
}

static bool loss_explains(const struct memscope_analysis_context *context, uint64_t allocs,
			  uint64_t overdue)
{
	double loss = memscope_loss(context);

	return loss > LOSS_MAX ||
	       (loss > 0 && (double)overdue <= LOSS_FACTOR * loss * (double)allocs);
}

static void pace(const struct memscope_site *site, struct memscope_leak_result *result)
{
	double per_second = 1e9 / (double)result->bin_ns;
	double left = site->live_bytes < GIB ? (double)(GIB - site->live_bytes) : 0;
	struct memscope_range slope = {
		result->trend.slope * per_second, result->trend.slope_low * per_second,
		result->trend.slope_high * per_second,
	};
	struct memscope_range seconds = { INFINITY, INFINITY, INFINITY };

	if (slope.value > 0)
		seconds.value = left / slope.value;
	if (slope.high > 0)
		seconds.low = left / slope.high;
	if (slope.low > 0)
		seconds.high = left / slope.low;
	result->bytes_per_second = memscope_estimated(slope, result->trend.n);
	result->seconds_to_gib = memscope_estimated(seconds, result->trend.n);
	result->bytes_per_second.weakened = result->weakened;
	result->seconds_to_gib.weakened = result->weakened;
}

int memscope_leak_result(const struct memscope_site *site, const void *state,
			 const void *lifetime_state,
			 const struct memscope_analysis_context *context,
			 const struct memscope_live *live, bool reclaimable,
			 struct memscope_leak_result *result)
{
	const struct state *mine = state;
	uint64_t span_ns;
	size_t points;
	bool still;
	int err;

	*result = (struct memscope_leak_result){
		.why = MEMSCOPE_WHY_FEW, .weakened = context->lost > 0 || site->replaced,
		.tail_chance = 1, .stopped_chance = 1,
		.bytes_per_second = memscope_insufficient(MEMSCOPE_WHY_FEW, site->allocs),
		.seconds_to_gib = memscope_insufficient(MEMSCOPE_WHY_FEW, site->allocs),
	};
	for (size_t i = 0; i < live->n; i++) {
		uint64_t age = between(live->birth_ns[i], context->end_ns);

		if (age > result->oldest_ns)
			result->oldest_ns = age;
	}
	if (site->allocs < ALLOCS_MIN)
		return 0;
	points = copy_floor(mine, site, context->end_ns, result);
	result->why = MEMSCOPE_WHY_SHORT;
	if (points < POINTS_MIN)
		return 0;
	err = memscope_trend_test(result->floor, points, MEMSCOPE_Z95, &result->trend);
	if (!err)
		err = still_rising(result, &still);
	if (err)
		return err;
	result->rising = result->trend.p_rise < P_RISE && result->trend.slope > 0 &&
			 result->trend.slope_low >= 0;
	span_ns = between(result->floor_start_ns, context->end_ns);
	judge_tail(memscope_lifetime_ended(lifetime_state), live, context->end_ns,
		   (double)span_ns, result);
	err = judge_ages(live, context->end_ns, result);
	if (err)
		return err;
	result->verdict = decide(result, site->allocs, span_ns, reclaimable, still);
	result->why = MEMSCOPE_WHY_NONE;
	if (result->verdict == MEMSCOPE_VERDICT_STEADY) {
		result->bytes_per_second.why = MEMSCOPE_WHY_NONE;
		result->seconds_to_gib.why = MEMSCOPE_WHY_NONE;
		return 0;
	}
	if (loss_explains(context, site->allocs, result->overdue)) {
		result->verdict = MEMSCOPE_VERDICT_UNKNOWN;
		result->why = MEMSCOPE_WHY_LOST;
		result->bytes_per_second.why = MEMSCOPE_WHY_LOST;
		result->seconds_to_gib.why = MEMSCOPE_WHY_LOST;
		return 0;
	}
	pace(site, result);
	return 0;
}
