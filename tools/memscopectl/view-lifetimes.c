// SPDX-License-Identifier: GPL-2.0
/*
 * Lifetimes: how long the objects of each site live, and Little's check.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "analysis-hold.h"
#include "analysis-lifetime.h"
#include "analysis-little.h"
#include "context.h"
#include "figure.h"
#include "json.h"
#include "text.h"

static const struct memscope_analysis *const needed[] = {
	&memscope_analysis_lifetime, &memscope_analysis_hold, NULL,
};

static int results(const struct report *report, const struct context *context, uint32_t number,
		   struct memscope_lifetime_result *lifetime,
		   struct memscope_little_result *little)
{
	const struct memscope_site *site = memscope_model_site(report->model, number);
	void *state = report_state(report, number, &memscope_analysis_lifetime);
	struct memscope_live live = memscope_live_of(&context->live, number);
	int err = memscope_lifetime_result(site, state, &context->recording, &live, lifetime);

	if (err)
		return err;
	return memscope_little_result(site, state,
				      report_state(report, number, &memscope_analysis_hold),
				      &context->recording, &live, little);
}

static int check_of(const struct report *report, const struct context *context, uint32_t number,
		    struct memscope_lifetime_check *check)
{
	struct memscope_live live = memscope_live_of(&context->live, number);

	return memscope_lifetime_check(report_state(report, number, &memscope_analysis_lifetime),
				       &context->recording, &live, check);
}

/*
 * Over all sites that could be scored, not only those shown, weighed by their
 * objects. Where nearly all objects live equally long, both percentiles are
 * that life and all reach it: such a site says nothing of calibration.
 */
struct score {
	uint64_t sites, objects;
	uint64_t spread_sites, spread_objects;	/* with lives that differ */
	double error[2], reached[2];
};

static void score_all(const struct report *report, const struct context *context,
		      struct score *score)
{
	struct memscope_lifetime_check check;

	*score = (struct score){ 0 };
	for (uint32_t i = 0; i < memscope_model_site_count(report->model); i++) {
		double weight;

		if (check_of(report, context, i, &check) || !check.error[0].quality ||
		    !check.error[1].quality || !check.reached[0].quality ||
		    !check.reached[1].quality)
			continue;
		weight = (double)check.scored;
		score->sites++;
		score->objects += check.scored;
		for (int k = 0; k < 2; k++)
			score->error[k] += weight * fabs(check.error[k].value);
		if (check.predicted_ns[0].value >= check.predicted_ns[1].value)
			continue;
		score->spread_sites++;
		score->spread_objects += check.scored;
		for (int k = 0; k < 2; k++)
			score->reached[k] += weight * check.reached[k].value;
	}
	for (int k = 0; k < 2; k++) {
		score->error[k] /= (double)score->objects;		/* NAN of none */
		score->reached[k] /= (double)score->spread_objects;
	}
}

static void print_score(const struct report *report, const struct context *context)
{
	struct score score;
	char sites[32], objects[32];

	if (!report->split_ns) {
		printf("No check: the recording's length is not known, it was cut short.\n");
		return;
	}
	score_all(report, context, &score);
	if (!score.sites) {
		printf("No check: no site had enough objects in both halves.\n");
		return;
	}
	printf("Check: fitted on the first half, scored on %s objects of %s sites in the second.\n"
	       "The prediction of half was %.1f %% off, that of 90 %% was %.1f %% off.\n",
	       text_count(objects, sizeof(objects), score.objects),
	       text_count(sites, sizeof(sites), score.sites), 100 * score.error[0],
	       100 * score.error[1]);
	if (score.spread_sites)
		printf("Of %s sites with lifetimes that differ, %.1f %% and %.1f %% of objects were freed\n"
		       "by these times: 50 %% and 90 %% would be calibrated.\n",
		       text_count(sites, sizeof(sites), score.spread_sites),
		       100 * score.reached[0], 100 * score.reached[1]);
}

static void print_check(const struct report *report, const struct context *context,
			uint32_t number)
{
	struct memscope_lifetime_check check;
	char predicted[32], actual[32], reached[32], late[32];

	if (check_of(report, context, number, &check))
		return;
	printf("        check: half predicted at %s, was %s, reached by %s; 90 %% reached by %s\n",
	       figure_text(predicted, sizeof(predicted), &check.predicted_ns[0],
			   FIGURE_NANOSECONDS, false),
	       figure_text(actual, sizeof(actual), &check.actual_ns[0], FIGURE_NANOSECONDS, false),
	       figure_text(reached, sizeof(reached), &check.reached[0], FIGURE_SHARE, false),
	       figure_text(late, sizeof(late), &check.reached[1], FIGURE_SHARE, false));
}

static void print_site(struct report *report, const struct context *context, uint32_t number)
{
	const struct memscope_site *site = memscope_model_site(report->model, number);
	struct memscope_lifetime_result lifetime;
	struct memscope_little_result little;
	char p50[128], p90[32], p99[32], ended[32], live[32], cache[80];

	if (results(report, context, number, &lifetime, &little))
		return;
	printf("\n%-32s %10s %10s %12s %10s  %s\n",
	       figure_text(p50, sizeof(p50), &lifetime.p50_ns, FIGURE_NANOSECONDS, true),
	       figure_text(p90, sizeof(p90), &lifetime.p90_ns, FIGURE_NANOSECONDS, false),
	       figure_text(p99, sizeof(p99), &lifetime.p99_ns, FIGURE_NANOSECONDS, false),
	       text_count(ended, sizeof(ended), lifetime.ended),
	       text_count(live, sizeof(live), lifetime.live),
	       site_cache(report, site, cache, sizeof(cache)));
	if (!lifetime.p50_ns.quality)
		printf("        no median: %s\n", memscope_why_sentence(lifetime.p50_ns.why));
	if (little.lasting)
		printf("        %s more live than its rate and their lifetimes explain\n",
		       figure_text(p90, sizeof(p90), &little.excess, FIGURE_COUNT, false));
	if (report->check)
		print_check(report, context, number);
	site_print_stack(report, site, "        ");
}

static void lifetimes_text(struct report *report)
{
	struct context context;
	uint32_t *order;
	size_t count, i;

	if (context_init(&context, report))
		return;
	if (!memscope_report_sites(report->model, report->sort, report->top, &order, &count)) {
		if (report->check)
			print_score(report, &context);
		printf("Lifetimes: by when half, nine tenths and 99 of 100 objects are freed\n"
		       "%-32s %10s %10s %12s %10s  %s\n", "HALF (95 % interval)", "90 %", "99 %",
		       "FREED", "LIVE", "CACHE");
		for (i = 0; i < count; i++)
			print_site(report, &context, order[i]);
		figure_print_legend(context.recording.lost);
		free(order);
	}
	context_fini(&context);
}

static void add_check(const struct report *report, const struct context *context,
		      uint32_t number, struct json_object *json)
{
	static const char *const names[] = { "p50", "p90" };
	struct json_object *all = json_object_new_object(), *row;
	struct memscope_lifetime_check check;

	if (check_of(report, context, number, &check)) {
		json_object_put(all);
		return;
	}
	json_add_count(all, "fitted_objects", check.fitted);
	json_add_count(all, "scored_objects", check.scored);
	for (int k = 0; k < 2; k++) {
		row = json_object_new_object();
		figure_add_json(row, "predicted_ns", &check.predicted_ns[k]);
		figure_add_json(row, "actual_ns", &check.actual_ns[k]);
		figure_add_json(row, "relative_error", &check.error[k]);
		figure_add_json(row, "reached_share", &check.reached[k]);
		json_object_object_add(all, names[k], row);
	}
	json_object_object_add(json, "prediction_check", all);
}

static struct json_object *score_json(const struct report *report, const struct context *context)
{
	struct json_object *json = json_object_new_object();
	struct score score;

	score_all(report, context, &score);
	json_add_count(json, "split_ns", report->split_ns);
	json_add_count(json, "sites", score.sites);
	json_add_count(json, "scored_objects", score.objects);
	json_add_real(json, "p50_relative_error", score.error[0]);
	json_add_real(json, "p90_relative_error", score.error[1]);
	json_add_count(json, "calibration_sites", score.spread_sites);
	json_add_count(json, "calibration_objects", score.spread_objects);
	json_add_real(json, "p50_reached_share", score.reached[0]);
	json_add_real(json, "p90_reached_share", score.reached[1]);
	return json;
}

static struct json_object *site_json(struct report *report, const struct context *context,
				     uint32_t number)
{
	struct memscope_lifetime_result lifetime;
	struct memscope_little_result little;
	struct json_object *json;

	if (results(report, context, number, &lifetime, &little))
		return NULL;
	json = context_site_json(report, number);
	json_add_count(json, "ended_objects", lifetime.ended);
	figure_add_json(json, "lifetime_p50_ns", &lifetime.p50_ns);
	figure_add_json(json, "lifetime_p90_ns", &lifetime.p90_ns);
	figure_add_json(json, "lifetime_p99_ns", &lifetime.p99_ns);
	figure_add_json(json, "lifetime_mean_of_ended_ns", &lifetime.mean_ended_ns);
	figure_add_json(json, "expected_live_objects", &little.expected);
	figure_add_json(json, "mean_live_objects", &little.live_mean);
	figure_add_json(json, "excess_live_objects", &little.excess);
	json_add_flag(json, "excess_is_lasting", little.lasting);
	if (report->check)
		add_check(report, context, number, json);
	return json;
}

static void lifetimes_json(struct report *report, struct json_object *document)
{
	struct json_object *list = json_object_new_array(), *row;
	struct context context;
	uint32_t *order;
	size_t count, i;

	json_object_object_add(document, "lifetimes", list);
	if (context_init(&context, report))
		return;
	if (report->check)
		json_object_object_add(document, "prediction_check",
				       score_json(report, &context));
	if (!memscope_report_sites(report->model, report->sort, report->top, &order, &count)) {
		for (i = 0; i < count; i++) {
			row = site_json(report, &context, order[i]);
			if (row)
				json_object_array_add(list, row);
		}
		free(order);
	}
	context_fini(&context);
}

const struct view view_lifetimes = {
	.name = "lifetimes",
	.description = "how long the objects of each site live",
	.analyses = needed,
	.text = lifetimes_text,
	.json = lifetimes_json,
};
