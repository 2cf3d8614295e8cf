// SPDX-License-Identifier: GPL-2.0
/*
 * What changed between two recordings.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis-history.h"
#include "analysis-lifetime.h"
#include "diff.h"
#include "stat-compare.h"
#include "stat-distribution.h"

#define SECOND		1e9
#define TESTED_MIN	10		/* allocations, on the larger side, to test at all */
#define ENDED_MIN	5		/* lifetimes, on each side */

enum { ANALYSIS_HISTORY, ANALYSIS_LIFETIME };

const struct memscope_analysis *const memscope_diff_analyses[] = {
	[ANALYSIS_HISTORY] = &memscope_analysis_history,
	[ANALYSIS_LIFETIME] = &memscope_analysis_lifetime,
	NULL,
};

const struct memscope_diff_limits memscope_diff_limits_default = {
	.alpha = 0.01,
	.percent = { [MEMSCOPE_DIFF_LIVE] = 10, [MEMSCOPE_DIFF_RATE] = 25,
		     [MEMSCOPE_DIFF_WASTE] = 25, [MEMSCOPE_DIFF_LIFETIME] = 100 },
	.least = { [MEMSCOPE_DIFF_LIVE] = 65536, [MEMSCOPE_DIFF_RATE] = 100,
		   [MEMSCOPE_DIFF_WASTE] = 65536, [MEMSCOPE_DIFF_LIFETIME] = -1 },
};

const char *memscope_diff_name(unsigned int figure)
{
	static const char *const names[MEMSCOPE_DIFF_FIGURES] = {
		[MEMSCOPE_DIFF_LIVE] = "live", [MEMSCOPE_DIFF_RATE] = "rate",
		[MEMSCOPE_DIFF_WASTE] = "waste", [MEMSCOPE_DIFF_LIFETIME] = "lifetime",
	};

	return figure < MEMSCOPE_DIFF_FIGURES ? names[figure] : "unknown";
}

/* One side of a row: sums over its sites. */
struct sum {
	uint64_t allocs, bytes, waste, live, ended;
	uint32_t largest;		/* object, bytes */
	double seconds;
	double series[MEMSCOPE_BINS];
	uint64_t history[MEMSCOPE_HISTORY_BINS];
	double dispersion;
};

/* What stays the same from row to row; the history's bins are those of all sites. */
struct work {
	const struct memscope_diff_side *sides;
	struct memscope_history *history[2];
	uint64_t common_ns;
};

static double seconds_of(const struct memscope_diff_side *side)
{
	return (double)(side->context->end_ns - side->context->start_ns) / SECOND;
}

static void add_site(const struct work *work, unsigned int number, uint32_t site_number,
		     struct sum *sum)
{
	const struct memscope_model *model = work->sides[number].match.model;
	const struct memscope_site *site = memscope_model_site(model, site_number);
	uint64_t series[MEMSCOPE_BINS], allocs[MEMSCOPE_HISTORY_BINS];
	size_t i;

	sum->allocs += site->allocs;
	sum->bytes += site->bytes;
	sum->waste += site->bytes - site->bytes_req;
	sum->live += site->live;
	sum->ended += site->frees;
	if (site->bytes_alloc_max > sum->largest)
		sum->largest = site->bytes_alloc_max;
	memscope_model_site_series(model, site_number, series);
	for (i = 0; i < MEMSCOPE_BINS; i++)
		sum->series[i] += (double)series[i];
	memscope_history_allocs(work->history[number],
				memscope_model_state(model, site_number, ANALYSIS_HISTORY), allocs);
	for (i = 0; i < work->history[number]->bins; i++)
		sum->history[i] += allocs[i];
}

static void add_sites(const struct work *work, const struct memscope_matches *matches,
		      const struct memscope_match *match, struct sum sums[2])
{
	size_t at = match->first, i;
	unsigned int number;

	for (number = 0; number < 2; number++) {
		struct sum *sum = &sums[number];

		memset(sum, 0, sizeof(*sum));
		sum->seconds = seconds_of(&work->sides[number]);
		for (i = 0; i < match->count[number]; i++)
			add_site(work, number, matches->sites[at++], sum);
		sum->dispersion = memscope_dispersion(sum->history,
						      work->history[number]->bins);
	}
}

/* The series from half of the common time to its end. */
static struct memscope_level level_of(const struct work *work, unsigned int number,
				      const struct sum *sum)
{
	const struct memscope_diff_side *side = &work->sides[number];
	double size = sum->allocs ? (double)sum->bytes / (double)sum->allocs : 0;
	uint64_t width_ns, begin_ns, end_ns;
	size_t bins, first, count;

	memscope_model_bins(side->match.model, &bins, &width_ns);
	if (!bins)
		return (struct memscope_level){ .df = INFINITY };
	/* Bins begin with the first event; the recording may have begun before. */
	begin_ns = memscope_model_totals(side->match.model)->first_ns;
	end_ns = side->context->start_ns + work->common_ns;
	count = end_ns > begin_ns ? (end_ns - begin_ns) / width_ns : 0;
	count = count < 1 ? 1 : count > bins ? bins : count;
	first = count / 2;
	return memscope_level_at_end(sum->series + first, count - first,
				     size * fmax(size, sum->series[count - 1]) * sum->dispersion);
}

static void compare_live(const struct work *work, const struct sum sums[2],
			 struct memscope_diff_value *value)
{
	struct memscope_level levels[2];
	unsigned int i;

	for (i = 0; i < 2; i++) {
		levels[i] = level_of(work, i, &sums[i]);
		value->value[i] = fmax(levels[i].value, 0);
	}
	value->p = memscope_compare_levels(&levels[0], &levels[1]);
}

static void compare_rate(const struct sum sums[2], struct memscope_diff_value *value)
{
	unsigned int i;

	for (i = 0; i < 2; i++)
		value->value[i] = sums[i].seconds > 0 ?
				  (double)sums[i].allocs / sums[i].seconds : 0;
	value->p = memscope_compare_counts((double)sums[0].allocs, sums[0].seconds,
					   (double)sums[1].allocs, sums[1].seconds,
					   fmax(sums[0].dispersion, sums[1].dispersion));
}

static void compare_waste(const struct sum sums[2], struct memscope_diff_value *value)
{
	double variance = 0, dispersion = fmax(sums[0].dispersion, sums[1].dispersion);
	unsigned int i;

	for (i = 0; i < 2; i++) {
		const struct sum *sum = &sums[i];

		if (sum->seconds <= 0)
			return;
		value->value[i] = (double)sum->waste / sum->seconds;
		/* Of a waste w of at most m, the mean of w^2 is at most m times that of w. */
		variance += dispersion * (double)sum->waste * sum->largest /
			    (sum->seconds * sum->seconds);
	}
	if (variance > 0)
		value->p = 2 * memscope_normal_cdf(-fabs(value->value[1] - value->value[0]) /
						   sqrt(variance));
}

static int survival_of(const struct work *work, unsigned int number,
		       const struct memscope_matches *matches, size_t at, size_t count,
		       struct memscope_survival *survival)
{
	const struct memscope_diff_side *side = &work->sides[number];
	struct memscope_histogram ended = { 0 }, censored = { 0 };
	size_t i, j;
	int err = 0;

	for (i = 0; !err && i < count; i++) {
		uint32_t site = matches->sites[at + i];
		struct memscope_live live = memscope_live_of(side->live, site);

		err = memscope_histogram_merge(&ended, memscope_lifetime_ended(
			memscope_model_state(side->match.model, site, ANALYSIS_LIFETIME)));
		for (j = 0; !err && j < live.n; j++)
			err = memscope_histogram_add(&censored,
						     side->context->end_ns > live.birth_ns[j] ?
						     side->context->end_ns - live.birth_ns[j] : 0);
	}
	err = err ?: memscope_survival_fit(survival, &ended, &censored);
	memscope_histogram_fini(&ended);
	memscope_histogram_fini(&censored);
	return err;
}

static int compare_lifetime(const struct work *work, const struct memscope_matches *matches,
			    const struct memscope_match *match, const struct sum sums[2],
			    struct memscope_diff_value *value)
{
	struct memscope_survival survival[2] = { { 0 } };
	size_t at = match->first;
	unsigned int i;
	int err = 0;

	value->value[0] = value->value[1] = NAN;
	for (i = 0; !err && i < 2; i++) {
		err = survival_of(work, i, matches, at, match->count[i], &survival[i]);
		at += match->count[i];
		if (!err && sums[i].ended >= ENDED_MIN) {
			struct memscope_range p50;

			p50 = memscope_survival_quantile(&survival[i], 0.5, MEMSCOPE_Z95);
			value->value[i] = isinf(p50.value) ? NAN : p50.value;
		}
	}
	if (!err && sums[0].ended >= ENDED_MIN && sums[1].ended >= ENDED_MIN)
		value->p = memscope_compare_survival(&survival[0], &survival[1]);
	memscope_survival_fini(&survival[0]);
	memscope_survival_fini(&survival[1]);
	return err;
}

static int fill_row(const struct work *work, const struct memscope_matches *matches,
		    struct memscope_diff_row *row, struct sum sums[2])
{
	unsigned int i;

	add_sites(work, matches, row->match, sums);
	for (i = 0; i < 2; i++) {
		row->allocs[i] = sums[i].allocs;
		row->live_objects[i] = sums[i].live;
	}
	for (i = 0; i < MEMSCOPE_DIFF_FIGURES; i++)
		row->figure[i].p = NAN;
	compare_live(work, sums, &row->figure[MEMSCOPE_DIFF_LIVE]);
	compare_rate(sums, &row->figure[MEMSCOPE_DIFF_RATE]);
	compare_waste(sums, &row->figure[MEMSCOPE_DIFF_WASTE]);
	if (compare_lifetime(work, matches, row->match, sums,
			     &row->figure[MEMSCOPE_DIFF_LIFETIME]))
		return -ENOMEM;
	/* Too little to tell, whatever it is: it would only weaken the other tests. */
	if (sums[0].allocs < TESTED_MIN && sums[1].allocs < TESTED_MIN)
		for (i = 0; i < MEMSCOPE_DIFF_FIGURES; i++)
			row->figure[i].p = NAN;
	return 0;
}

/* 1 risen, -1 fallen by what counts, 0 neither */
static int moved(const struct memscope_diff_value *value, double percent, double least)
{
	double change = value->value[1] - value->value[0];
	double from = change > 0 ? value->value[0] : value->value[1];

	if (isnan(change) || fabs(change) <= least || fabs(change) <= from * percent / 100)
		return 0;
	return change > 0 ? 1 : -1;
}

static int adjust(struct memscope_diff *diff, const struct memscope_diff_limits *limits)
{
	size_t count = diff->matches.count * MEMSCOPE_DIFF_FIGURES, i, j;
	double *p = malloc((count + 1) * sizeof(*p));

	if (!p)
		return -ENOMEM;
	for (i = 0; i < count; i++)
		p[i] = diff->rows[i / MEMSCOPE_DIFF_FIGURES].figure[i % MEMSCOPE_DIFF_FIGURES].p;
	if (memscope_holm(p, count)) {
		free(p);
		return -ENOMEM;
	}
	for (i = 0; i < diff->matches.count; i++) {
		struct memscope_diff_row *row = &diff->rows[i];

		for (j = 0; j < MEMSCOPE_DIFF_FIGURES; j++) {
			struct memscope_diff_value *value = &row->figure[j];
			int way = 0;

			value->adjusted = p[i * MEMSCOPE_DIFF_FIGURES + j];
			if (limits->least[j] >= 0 && value->adjusted < limits->alpha)
				way = moved(value, limits->percent[j], limits->least[j]);
			value->verdict = way > 0 ? MEMSCOPE_DIFF_WORSE :
					 way < 0 ? MEMSCOPE_DIFF_BETTER : MEMSCOPE_DIFF_SAME;
		}
		diff->worse += memscope_diff_row_worse(row);
	}
	free(p);
	return 0;
}

int memscope_diff_create(struct memscope_diff *diff, const struct memscope_diff_side sides[2],
			 bool caches, const struct memscope_diff_limits *limits)
{
	const struct memscope_match_side both[2] = { sides[0].match, sides[1].match };
	struct sum *sums = calloc(2, sizeof(*sums));
	struct work work = { .sides = sides };
	unsigned int i;
	size_t row;
	int err;

	*diff = (struct memscope_diff){ 0 };
	err = caches ? memscope_match_caches(&diff->matches, both) :
	      memscope_match_sites(&diff->matches, both);
	diff->rows = calloc(diff->matches.count + 1, sizeof(*diff->rows));
	for (i = 0; i < 2; i++) {
		uint64_t ns = sides[i].context->end_ns - sides[i].context->start_ns;

		work.history[i] = malloc(sizeof(*work.history[i]));
		if (work.history[i])
			memscope_history_init(work.history[i], sides[i].context);
		if (!i || ns < work.common_ns)
			work.common_ns = ns;
	}
	if (!sums || !diff->rows || !work.history[0] || !work.history[1])
		err = -ENOMEM;
	diff->common_seconds = (double)work.common_ns / SECOND;
	for (row = 0; !err && row < diff->matches.count; row++) {
		diff->rows[row].match = &diff->matches.rows[row];
		err = fill_row(&work, &diff->matches, &diff->rows[row], sums);
	}
	err = err ?: adjust(diff, limits);
	free(sums);
	free(work.history[0]);
	free(work.history[1]);
	if (err)
		memscope_diff_fini(diff);
	return err;
}

void memscope_diff_fini(struct memscope_diff *diff)
{
	memscope_matches_fini(&diff->matches);
	free(diff->rows);
	*diff = (struct memscope_diff){ 0 };
}

bool memscope_diff_row_worse(const struct memscope_diff_row *row)
{
	unsigned int i;

	for (i = 0; i < MEMSCOPE_DIFF_FIGURES; i++)
		if (row->figure[i].verdict == MEMSCOPE_DIFF_WORSE)
			return true;
	return false;
}

struct place {
	double change, size;
	size_t row;
	bool worse;
};

static int compare(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	if (x->worse != y->worse)
		return y->worse - x->worse;
	if (x->change != y->change)
		return x->change > y->change ? -1 : 1;
	if (x->size != y->size)
		return x->size > y->size ? -1 : 1;
	return x->row < y->row ? -1 : x->row > y->row;
}

size_t *memscope_diff_order(const struct memscope_diff *diff, enum memscope_diff_figure figure)
{
	size_t count = diff->matches.count, i;
	struct place *places = calloc(count + 1, sizeof(*places));
	size_t *order = calloc(count + 1, sizeof(*order));

	for (i = 0; places && i < count; i++) {
		const struct memscope_diff_value *value = &diff->rows[i].figure[figure];
		double change = fabs(value->value[1] - value->value[0]);

		places[i] = (struct place){
			.change = isnan(change) ? -1 : change,
			.size = isnan(value->value[1]) ? -1 : value->value[1],
			.row = i, .worse = memscope_diff_row_worse(&diff->rows[i]),
		};
	}
	if (places && order)
		qsort(places, count, sizeof(*places), compare);
	for (i = 0; places && order && i < count; i++)
		order[i] = places[i].row;
	free(places);
	return order;
}
