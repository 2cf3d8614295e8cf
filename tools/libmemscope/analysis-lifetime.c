// SPDX-License-Identifier: GPL-2.0
/*
 * Lifetimes of a site's objects. See the header for what is kept and how it
 * is read.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "analysis-lifetime.h"
#include "stat-distribution.h"

/* A quantile rests on at least so many objects that were seen that old. */
#define AT_RISK_MIN	5

/*
 * The recording up to @time_ns, as it was seen then, and lifetimes of objects
 * allocated since.
 */
struct split {
	uint64_t time_ns;
	struct memscope_histogram ended, censored;
	struct memscope_histogram later;
};

struct state {
	struct memscope_histogram ended;
	double sum_ns;
	struct split *split;
};

/* Clocks of two CPUs may differ by a little. */
static uint64_t between(uint64_t from, uint64_t to)
{
	return to > from ? to - from : 0;
}

static int on_free(const struct memscope_site *site, void *data,
		   const struct memscope_object *object, const struct memscope_free *how)
{
	struct state *state = data;
	uint64_t life = between(object->time_ns, how->time_ns);
	int err;

	state->sum_ns += (double)life;
	err = memscope_histogram_add(&state->ended, life);
	if (!err && state->split && object->time_ns >= state->split->time_ns)
		err = memscope_histogram_add(&state->split->later, life);
	return err;
}

static void split_fini(struct split *split)
{
	memscope_histogram_fini(&split->ended);
	memscope_histogram_fini(&split->censored);
	memscope_histogram_fini(&split->later);
	free(split);
}

static void site_fini(void *data)
{
	struct state *state = data;

	memscope_histogram_fini(&state->ended);
	if (state->split)
		split_fini(state->split);
	state->split = NULL;
}

const struct memscope_analysis memscope_analysis_lifetime = {
	.name = "lifetimes",
	.site_bytes = sizeof(struct state),
	.free = on_free,
	.site_fini = site_fini,
};

/* Ages at @now of objects born at or after @since. */
static int ages(const struct memscope_live *live, uint64_t since, uint64_t now,
		struct memscope_histogram *histogram)
{
	for (size_t i = 0; i < live->n; i++) {
		int err;

		if (live->birth_ns[i] < since)
			continue;
		err = memscope_histogram_add(histogram, between(live->birth_ns[i], now));
		if (err)
			return err;
	}
	return 0;
}

static int fit(const struct memscope_histogram *ended, const struct memscope_live *live,
	       uint64_t since, uint64_t now, struct memscope_survival *survival)
{
	struct memscope_histogram censored = { 0 };
	int err = ages(live, since, now, &censored);

	if (!err)
		err = memscope_survival_fit(survival, ended, &censored);
	memscope_histogram_fini(&censored);
	return err;
}

static struct memscope_figure quantile(const struct memscope_survival *survival, double p)
{
	struct memscope_range range = memscope_survival_quantile(survival, p, MEMSCOPE_Z95);
	uint64_t at_risk = 0;

	if (survival->n < AT_RISK_MIN || !survival->ended)
		return memscope_insufficient(MEMSCOPE_WHY_FEW, survival->n);
	if (isinf(range.value))
		return memscope_insufficient(MEMSCOPE_WHY_CENSORED, survival->n);
	for (size_t i = 0; i < survival->steps; i++)
		if (survival->step[i].time == range.value)
			at_risk = survival->step[i].at_risk;
	if (at_risk < AT_RISK_MIN)
		return memscope_insufficient(MEMSCOPE_WHY_FEW, at_risk);
	return memscope_estimated(range, survival->n);
}

int memscope_lifetime_survival(const void *state,
			       const struct memscope_analysis_context *context,
			       const struct memscope_live *live,
			       struct memscope_survival *survival)
{
	const struct state *mine = state;

	return fit(&mine->ended, live, 0, context->end_ns, survival);
}

int memscope_lifetime_result(const struct memscope_site *site, const void *state,
			     const struct memscope_analysis_context *context,
			     const struct memscope_live *live,
			     struct memscope_lifetime_result *result)
{
	const struct state *mine = state;
	struct memscope_survival survival;
	bool weakened = context->lost > 0 || site->replaced;
	int err = memscope_lifetime_survival(state, context, live, &survival);

	if (err)
		return err;
	*result = (struct memscope_lifetime_result){
		.ended = survival.ended,
		.live = live->n,
		.p50_ns = quantile(&survival, 0.5),
		.p90_ns = quantile(&survival, 0.9),
		.p99_ns = quantile(&survival, 0.99),
	};
	if (survival.ended)
		result->mean_ended_ns = memscope_measured(mine->sum_ns / (double)survival.ended,
							  survival.ended);
	else
		result->mean_ended_ns = memscope_insufficient(MEMSCOPE_WHY_FEW, 0);
	result->mean_ended_ns.weakened = weakened;
	result->p50_ns.weakened = weakened;
	result->p90_ns.weakened = weakened;
	result->p99_ns.weakened = weakened;
	memscope_survival_fini(&survival);
	return 0;
}

struct memscope_figure memscope_lifetime_outlive(const struct memscope_survival *survival,
						 uint64_t age_ns, uint64_t more_ns)
{
	uint64_t at_risk;
	struct memscope_range range = memscope_survival_outlive(survival, (double)age_ns,
								(double)more_ns, MEMSCOPE_Z95,
								&at_risk);

	if (!at_risk)
		return memscope_insufficient(MEMSCOPE_WHY_CENSORED, 0);
	if (at_risk < AT_RISK_MIN)
		return memscope_insufficient(MEMSCOPE_WHY_FEW, at_risk);
	return memscope_estimated(range, at_risk);
}

const struct memscope_histogram *memscope_lifetime_ended(const void *state)
{
	return &((const struct state *)state)->ended;
}

double memscope_lifetime_mean(const void *state)
{
	const struct state *mine = state;
	uint64_t n = memscope_histogram_total(&mine->ended);

	return n ? mine->sum_ns / (double)n : 0;
}

int memscope_lifetime_split(void *state, uint64_t split_ns, const struct memscope_live *live)
{
	struct state *mine = state;
	struct split *split;
	int err;

	if (mine->split)
		return -EEXIST;
	split = calloc(1, sizeof(*split));
	if (!split)
		return -ENOMEM;
	split->time_ns = split_ns;
	err = memscope_histogram_merge(&split->ended, &mine->ended);
	if (!err)
		err = ages(live, 0, split_ns, &split->censored);
	if (err) {
		split_fini(split);
		return err;
	}
	mine->split = split;
	return 0;
}

static void score(const struct memscope_survival *fitted, const struct memscope_survival *scored,
		  double p, int i, struct memscope_lifetime_check *check)
{
	struct memscope_figure *predicted = &check->predicted_ns[i];
	struct memscope_figure *actual = &check->actual_ns[i];
	double last = scored->steps ? scored->step[scored->steps - 1].time : 0;
	struct memscope_range s;

	*predicted = quantile(fitted, p);
	*actual = quantile(scored, p);
	check->error[i] = memscope_insufficient(MEMSCOPE_WHY_FEW, scored->n);
	check->reached[i] = memscope_insufficient(MEMSCOPE_WHY_FEW, scored->n);
	if (!predicted->quality) {
		check->error[i].why = predicted->why;
		check->reached[i].why = predicted->why;
		return;
	}
	if (!actual->quality)
		check->error[i].why = actual->why;
	else
		check->error[i] = memscope_measured(predicted->value / actual->value - 1,
						    scored->n);
	if (scored->n < AT_RISK_MIN)
		return;
	s = memscope_survival_at(scored, predicted->value, MEMSCOPE_Z95);
	if (predicted->value > last && s.value > 0) {
		check->reached[i].why = MEMSCOPE_WHY_CENSORED;
		return;
	}
	check->reached[i] = memscope_estimated((struct memscope_range){
		1 - s.value, 1 - s.high, 1 - s.low }, scored->n);
}

int memscope_lifetime_check(const void *state,
			    const struct memscope_analysis_context *context,
			    const struct memscope_live *live,
			    struct memscope_lifetime_check *check)
{
	const struct split *split = ((const struct state *)state)->split;
	struct memscope_survival fitted, scored;
	int err;

	if (!split)
		return -ENODATA;
	err = memscope_survival_fit(&fitted, &split->ended, &split->censored);
	if (err)
		return err;
	err = fit(&split->later, live, split->time_ns, context->end_ns, &scored);
	if (err) {
		memscope_survival_fini(&fitted);
		return err;
	}
	*check = (struct memscope_lifetime_check){ .fitted = fitted.n, .scored = scored.n };
	score(&fitted, &scored, 0.5, 0, check);
	score(&fitted, &scored, 0.9, 1, check);
	memscope_survival_fini(&fitted);
	memscope_survival_fini(&scored);
	return 0;
}
