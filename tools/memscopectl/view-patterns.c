// SPDX-License-Identifier: GPL-2.0
/*
 * Patterns: when sites allocate, and which addresses they get.
 */
#include <stdio.h>
#include <stdlib.h>

#include "analysis-frequency.h"
#include "analysis-reuse.h"
#include "context.h"
#include "figure.h"
#include "json.h"
#include "text.h"

static const struct memscope_analysis *const needed[] = {
	&memscope_analysis_frequency, &memscope_analysis_reuse, NULL,
};

static const char reuse_is[] =
	"Address reuse tells which addresses allocations get, not how the memory is used.";

static int results(const struct report *report, const struct context *context, uint32_t number,
		   struct memscope_frequency_result *frequency,
		   struct memscope_reuse_result *reuse)
{
	const struct memscope_site *site = memscope_model_site(report->model, number);
	int err;

	err = memscope_frequency_result(site, report_state(report, number,
							   &memscope_analysis_frequency),
					&context->recording, frequency);
	if (err)
		return err;
	return memscope_reuse_result(site, report_state(report, number,
							&memscope_analysis_reuse),
				     &context->recording, reuse);
}

static void print_bursts(const struct report *report,
			 const struct memscope_frequency_result *frequency)
{
	const struct memscope_totals *totals = memscope_model_totals(report->model);
	char count[32], when[32], length[32], each[32];
	unsigned int i;

	if (frequency->burst_arrivals.quality)
		printf("        lately bursts of %s allocations in %s\n",
		       figure_text(count, sizeof(count), &frequency->burst_arrivals,
				   FIGURE_COUNT, false),
		       figure_text(length, sizeof(length), &frequency->burst_ns,
				   FIGURE_NANOSECONDS, false));
	for (i = 0; i < frequency->bursts && i < 3; i++) {
		const struct memscope_arrival_burst *burst = &frequency->burst[i];

		printf("        burst after %s for %s: %s allocations\n",
		       text_duration(when, sizeof(when), burst->start_ns > totals->first_ns ?
				     burst->start_ns - totals->first_ns : 0),
		       text_duration(length, sizeof(length), burst->end_ns - burst->start_ns),
		       text_count(each, sizeof(each), burst->arrivals));
	}
	if (frequency->bursts_found > i && i)
		printf("        and %s more\n",
		       text_count(count, sizeof(count), frequency->bursts_found - i));
}

static void print_site(struct report *report, const struct context *context, uint32_t number)
{
	const struct memscope_site *site = memscope_model_site(report->model, number);
	struct memscope_frequency_result frequency;
	struct memscope_reuse_result reuse;
	char arrivals[32], rate[40], a[40], period[128], cache[80];

	if (results(report, context, number, &frequency, &reuse))
		return;
	printf("\n%-9s %12s %12s %8s  %-10s  %s\n", memscope_pattern_name(frequency.pattern),
	       text_count(arrivals, sizeof(arrivals), frequency.arrivals),
	       figure_text(rate, sizeof(rate), &frequency.per_second, FIGURE_NUMBER, false),
	       figure_text(a, sizeof(a), &frequency.burstiness, FIGURE_NUMBER, false),
	       memscope_reuse_name(reuse.reuse), site_cache(report, site, cache, sizeof(cache)));
	if (!frequency.pattern)
		printf("        no pattern: %s\n", memscope_why_sentence(frequency.burstiness.why));
	if (frequency.period_ns.quality)
		printf("        every %s\n", figure_text(period, sizeof(period),
							 &frequency.period_ns,
							 FIGURE_NANOSECONDS, true));
	print_bursts(report, &frequency);
	site_print_stack(report, site, "        ");
}

static void patterns_text(struct report *report)
{
	struct context context;
	uint32_t *order;
	size_t count, i;

	if (context_init(&context, report))
		return;
	if (!memscope_report_sites(report->model, report->sort, report->top, &order, &count)) {
		printf("Patterns: when sites allocate. Burstiness is -1 for a clock, 0 at random, 1 at most.\n"
		       "%s\n%-9s %12s %12s %8s  %-10s  %s\n", reuse_is, "PATTERN", "ALLOCS",
		       "A SECOND", "BURSTY", "REUSE", "CACHE");
		for (i = 0; i < count; i++)
			print_site(report, &context, order[i]);
		figure_print_legend(context.recording.lost);
		free(order);
	}
	context_fini(&context);
}

static struct json_object *bursts_json(const struct memscope_frequency_result *frequency)
{
	struct json_object *list = json_object_new_array();

	for (unsigned int i = 0; i < frequency->bursts; i++) {
		struct json_object *row = json_object_new_object();

		json_add_count(row, "start_ns", frequency->burst[i].start_ns);
		json_add_count(row, "end_ns", frequency->burst[i].end_ns);
		json_add_count(row, "allocs", frequency->burst[i].arrivals);
		json_object_array_add(list, row);
	}
	return list;
}

static struct json_object *fano_json(const struct memscope_frequency_result *frequency)
{
	struct json_object *list = json_object_new_array();

	for (int i = 0; i < MEMSCOPE_FREQUENCY_WINDOWS; i++) {
		struct json_object *row = json_object_new_object();

		json_add_count(row, "window_ns", frequency->fano_window_ns[i]);
		figure_add_json(row, "fano_factor", &frequency->fano[i]);
		json_object_array_add(list, row);
	}
	return list;
}

static struct json_object *site_json(struct report *report, const struct context *context,
				     uint32_t number)
{
	struct memscope_frequency_result frequency;
	struct memscope_reuse_result reuse;
	struct json_object *json;

	if (results(report, context, number, &frequency, &reuse))
		return NULL;
	json = context_site_json(report, number);
	json_add_text(json, "pattern", memscope_pattern_name(frequency.pattern));
	json_add_flag(json, "steady_rate", frequency.steady);
	figure_add_json(json, "allocs_per_second", &frequency.per_second);
	figure_add_json(json, "active_share", &frequency.active);
	figure_add_json(json, "gap_mean_ns", &frequency.gap_ns);
	figure_add_json(json, "gap_variation", &frequency.gap_cv);
	figure_add_json(json, "burstiness", &frequency.burstiness);
	json_object_object_add(json, "fano_factors", fano_json(&frequency));
	figure_add_json(json, "period_ns", &frequency.period_ns);
	figure_add_json(json, "period_false_alarm", &frequency.false_alarm);
	json_add_count(json, "bursts_found", frequency.bursts_found);
	json_add_count(json, "burst_resolution_ns", frequency.burst_resolution_ns);
	json_object_object_add(json, "bursts", bursts_json(&frequency));
	figure_add_json(json, "burst_mean_allocs", &frequency.burst_arrivals);
	figure_add_json(json, "burst_mean_ns", &frequency.burst_ns);
	json_add_text(json, "address_reuse", memscope_reuse_name(reuse.reuse));
	figure_add_json(json, "sequential_share", &reuse.sequential);
	figure_add_json(json, "cached_share", &reuse.cached);
	figure_add_json(json, "addresses", &reuse.addresses);
	figure_add_json(json, "address_gini", &reuse.gini);
	figure_add_json(json, "top_decile_share", &reuse.top_decile);
	return json;
}

static void patterns_json(struct report *report, struct json_object *document)
{
	struct json_object *list = json_object_new_array(), *row;
	struct context context;
	uint32_t *order;
	size_t count, i;

	json_add_text(document, "address_reuse_is", reuse_is);
	json_object_object_add(document, "patterns", list);
	if (context_init(&context, report))
		return;
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

const struct view view_patterns = {
	.name = "patterns",
	.description = "when sites allocate, and which addresses they get",
	.analyses = needed,
	.text = patterns_text,
	.json = patterns_json,
};
