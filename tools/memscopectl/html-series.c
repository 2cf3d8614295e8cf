// SPDX-License-Identifier: GPL-2.0
/*
 * What the HTML report's charts need beside the rows of views: live bytes and
 * allocations of the largest sites over time, sizes and lifetimes over time,
 * survival curves, load of each CPU over time, counters and cost.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "analysis-history.h"
#include "analysis-lifetime.h"
#include "context.h"
#include "html.h"
#include "json.h"
#include "stat-distribution.h"

#define SERIES_SITES	200
#define CURVE_POINTS	40

const struct memscope_analysis *const html_analyses[] = {
	&memscope_analysis_history, &memscope_analysis_lifetime, NULL,
};

struct weighed {
	uint32_t site;
	uint64_t weight;
};

static int heaviest_first(const void *a, const void *b)
{
	const struct weighed *left = a, *right = b;

	if (left->weight != right->weight)
		return left->weight > right->weight ? -1 : 1;
	return left->site < right->site ? -1 : left->site > right->site;
}

/* The SERIES_SITES largest of the sites; the caller frees them. */
static struct weighed *weigh(const struct report *report, const uint32_t *sites, size_t *count,
			     enum memscope_sort sort)
{
	struct weighed *rows = calloc(*count + 1, sizeof(*rows));

	for (size_t i = 0; rows && i < *count; i++)
		rows[i] = (struct weighed){ sites[i],
			memscope_site_value(memscope_model_site(report->model, sites[i]), sort) };
	if (!rows)
		return NULL;
	qsort(rows, *count, sizeof(*rows), heaviest_first);
	while (*count && (*count > SERIES_SITES || !rows[*count - 1].weight))
		--*count;
	return rows;
}

static struct json_object *counts(const uint64_t *values, size_t count)
{
	struct json_object *list = json_object_new_array_ext((int)count);

	for (size_t i = 0; i < count; i++)
		json_object_array_add(list, json_object_new_uint64(values[i]));
	return list;
}

/* { "start_ns", "bin_ns", "rows": [{ "site", .. }] } */
static struct json_object *series(uint64_t start_ns, uint64_t bin_ns, struct json_object **rows)
{
	struct json_object *json = json_object_new_object();

	*rows = json_object_new_array();
	json_add_count(json, "start_ns", start_ns);
	json_add_count(json, "bin_ns", bin_ns);
	json_object_object_add(json, "rows", *rows);
	return json;
}

static int add_live(struct report *report, struct json_object *document, const uint32_t *sites,
		    size_t count)
{
	const struct memscope_totals *totals = memscope_model_totals(report->model);
	struct weighed *largest = weigh(report, sites, &count, MEMSCOPE_SORT_PEAK);
	uint64_t width_ns, values[MEMSCOPE_BINS];
	struct json_object *rows, *row;
	size_t bins;

	if (!largest)
		return -ENOMEM;
	memscope_model_bins(report->model, &bins, &width_ns);
	json_object_object_add(document, "site_live", series(totals->first_ns, width_ns, &rows));
	for (size_t i = 0; i < count; i++) {
		memscope_model_site_series(report->model, largest[i].site, values);
		row = json_object_new_object();
		json_add_count(row, "site", largest[i].site);
		json_object_object_add(row, "live_bytes", counts(values, bins));
		json_object_array_add(rows, row);
	}
	free(largest);
	return 0;
}

static int add_allocs(struct report *report, struct json_object *document,
		      const struct memscope_history *history, const uint32_t *sites, size_t count)
{
	struct weighed *largest = weigh(report, sites, &count, MEMSCOPE_SORT_ALLOCS);
	uint64_t values[MEMSCOPE_HISTORY_BINS];
	struct json_object *rows, *row;

	if (!largest)
		return -ENOMEM;
	json_object_object_add(document, "site_allocs",
			       series(history->start_ns, 1ULL << history->shift, &rows));
	for (size_t i = 0; i < count; i++) {
		memscope_history_allocs(history, report_state(report, largest[i].site,
							      &memscope_analysis_history), values);
		row = json_object_new_object();
		json_add_count(row, "site", largest[i].site);
		json_object_object_add(row, "allocs", counts(values, history->bins));
		json_object_array_add(rows, row);
	}
	free(largest);
	return 0;
}

/* [bin, class, count] or [bin, class, count, bytes] of each that is not 0. */
static void add_cells(struct json_object *cells, unsigned int bin,
		      const struct memscope_history_cell *row, unsigned int classes, bool bytes)
{
	for (unsigned int class = 0; class < classes; class++) {
		uint64_t values[] = { bin, class, row[class].count, row[class].bytes };

		if (row[class].count)
			json_object_array_add(cells, counts(values, bytes ? 4 : 3));
	}
}

static struct json_object *limits(uint64_t (*limit)(unsigned int), unsigned int classes)
{
	struct json_object *list = json_object_new_array_ext((int)classes);

	for (unsigned int class = 0; class < classes; class++)
		json_object_array_add(list, limit(class) ?
				      json_object_new_uint64(limit(class)) : NULL);
	return list;
}

static struct json_object *history_json(const struct memscope_history *history,
					struct json_object **cells)
{
	struct json_object *json = json_object_new_object();

	*cells = json_object_new_array();
	json_add_count(json, "start_ns", history->start_ns);
	json_add_count(json, "bin_ns", 1ULL << history->shift);
	json_object_object_add(json, "cells", *cells);
	return json;
}

static int add_history(struct report *report, struct json_object *document,
		       const struct context *context, const uint32_t *sites, size_t count)
{
	struct memscope_history *history = calloc(1, sizeof(*history));
	struct json_object *sizes, *size_cells, *lifetimes, *lifetime_cells;
	int err;

	if (!history)
		return -ENOMEM;
	memscope_history_init(history, &context->recording);
	for (uint32_t i = 0; i < memscope_model_site_count(report->model); i++)
		memscope_history_add(history, report_state(report, i, &memscope_analysis_history));
	sizes = history_json(history, &size_cells);
	lifetimes = history_json(history, &lifetime_cells);
	json_object_object_add(sizes, "class_bytes",
			       limits(memscope_history_size_bytes, MEMSCOPE_HISTORY_SIZES));
	json_object_object_add(lifetimes, "class_ns",
			       limits(memscope_history_lifetime_ns, MEMSCOPE_HISTORY_LIFETIMES));
	for (unsigned int bin = 0; bin < history->bins; bin++) {
		add_cells(size_cells, bin, history->size[bin], MEMSCOPE_HISTORY_SIZES, true);
		add_cells(lifetime_cells, bin, history->lifetime[bin], MEMSCOPE_HISTORY_LIFETIMES,
			  false);
	}
	json_object_object_add(document, "size_history", sizes);
	json_object_object_add(document, "lifetime_history", lifetimes);
	err = add_allocs(report, document, history, sites, count);
	free(history);
	return err;
}

/* Steps of the curve that are far enough apart to be seen, and the last. */
static struct json_object *curve_json(uint32_t site, const struct memscope_survival *survival)
{
	static const char *const keys[] = { "time_ns", "survival", "low", "high" };
	struct json_object *json = json_object_new_object(), *lists[4];
	double dropped = 2;

	json_add_count(json, "site", site);
	for (int i = 0; i < 4; i++) {
		lists[i] = json_object_new_array();
		json_object_object_add(json, keys[i], lists[i]);
	}
	for (size_t i = 0; i < survival->steps; i++) {
		const struct memscope_survival_step *step = &survival->step[i];
		struct memscope_range range;

		if (dropped - step->survival < 1.0 / CURVE_POINTS && i + 1 < survival->steps)
			continue;
		dropped = step->survival;
		range = memscope_survival_at(survival, step->time, MEMSCOPE_Z95);
		json_object_array_add(lists[0], json_object_new_double(step->time));
		json_object_array_add(lists[1], json_object_new_double(range.value));
		json_object_array_add(lists[2], json_object_new_double(range.low));
		json_object_array_add(lists[3], json_object_new_double(range.high));
	}
	return json;
}

/* Of the sites that have a row of lifetimes. */
static int add_survival(struct report *report, struct json_object *document,
			const struct context *context)
{
	struct json_object *rows = json_object_object_get(document, "lifetimes");
	struct json_object *list = json_object_new_array();
	size_t count = rows ? json_object_array_length(rows) : 0;
	int err = 0;

	json_object_object_add(document, "survival", list);
	for (size_t i = 0; i < count && json_object_array_length(list) < SERIES_SITES; i++) {
		struct json_object *row = json_object_array_get_idx(rows, i);
		uint32_t site = (uint32_t)json_object_get_int64(
			json_object_object_get(row, "site"));
		struct memscope_live live = memscope_live_of(&context->live, site);
		struct memscope_survival survival;

		err = memscope_lifetime_survival(report_state(report, site,
							      &memscope_analysis_lifetime),
						 &context->recording, &live, &survival);
		if (err)
			break;
		if (survival.ended)
			json_object_array_add(list, curve_json(site, &survival));
		memscope_survival_fini(&survival);
	}
	return err;
}

static uint64_t less(uint64_t last, uint64_t first)
{
	return last > first ? last - first : 0;
}

/* Share of the time between two samples that was not idle; null without time. */
static struct json_object *busy_share(const struct memscope_load_cpu *first,
				      const struct memscope_load_cpu *last)
{
	uint64_t idle = less(last->idle_ns, first->idle_ns) +
			less(last->iowait_ns, first->iowait_ns);
	uint64_t busy = less(last->user_ns, first->user_ns) +
			less(last->system_ns, first->system_ns) +
			less(last->irq_ns, first->irq_ns) +
			less(last->softirq_ns, first->softirq_ns) +
			less(last->steal_ns, first->steal_ns);

	if (!first->time_ns || !last->time_ns || !(idle + busy))
		return NULL;
	return json_object_new_double((double)(busy * 1000 / (idle + busy)) / 1000);
}

/* "busy_share" by bin of the timeline, into each row of load.cpus. */
static void add_busy(struct report *report, struct json_object *document)
{
	const struct memscope_load *load = memscope_model_load(report->model);
	struct json_object *rows = json_object_object_get(json_object_object_get(document, "load"),
							  "cpus");
	uint64_t width_ns;
	size_t bins;

	memscope_model_bins(report->model, &bins, &width_ns);
	for (size_t i = 0; rows && i < json_object_array_length(rows); i++) {
		struct json_object *row = json_object_array_get_idx(rows, i);
		struct json_object *list = json_object_new_array_ext((int)bins);
		uint32_t cpu = (uint32_t)json_object_get_int64(json_object_object_get(row, "cpu"));
		const struct memscope_load_lane *lane = &load->lanes[cpu];
		struct memscope_load_cpu before = lane->first;

		for (size_t bin = 0; bin < bins; bin++) {
			const struct memscope_load_cpu *at = lane->bins ? &lane->bins[bin] : NULL;

			json_object_array_add(list, at ? busy_share(&before, at) : NULL);
			if (at && at->time_ns)
				before = *at;
		}
		json_object_object_add(row, "busy_share", list);
	}
}

static void add_counters(const struct report *report, struct json_object *document)
{
	static const struct {
		const char *key;
		enum memscope_counter counter;
	} members[] = {
		{ "hits", MEMSCOPE_COUNTER_HITS }, { "read", MEMSCOPE_COUNTER_READ },
		{ "buffered", MEMSCOPE_COUNTER_BUFFERED }, { "lost", MEMSCOPE_COUNTER_LOST },
		{ "filtered", MEMSCOPE_COUNTER_FILTERED }, { "self", MEMSCOPE_COUNTER_SELF },
		{ "recursion", MEMSCOPE_COUNTER_RECURSION },
	};
	const struct memscope_session *session = &report->session;
	struct json_object *list = json_object_new_array();

	for (uint32_t cpu = 0; session->counters && cpu < session->counter_cpus; cpu++) {
		const uint64_t *of = &session->counters[(size_t)cpu * MEMSCOPE_COUNTERS];
		struct json_object *row;

		if (!of[MEMSCOPE_COUNTER_HITS])
			continue;
		row = json_object_new_object();
		json_add_count(row, "cpu", cpu);
		for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
			json_add_count(row, members[i].key, of[members[i].counter]);
		json_object_array_add(list, row);
	}
	json_object_object_add(document, "counters", list);
}

static void add_cost(const struct report *report, struct json_object *document)
{
	static const struct {
		const char *key;
		enum memscope_counter counter;
	} members[] = {
		{ "stacks_captured", MEMSCOPE_COUNTER_STACKS },
		{ "unwind_fast", MEMSCOPE_COUNTER_UNWIND_FAST },
		{ "unwind_slow", MEMSCOPE_COUNTER_UNWIND_SLOW },
		{ "unwind_audited", MEMSCOPE_COUNTER_UNWIND_AUDITED },
		{ "unwind_mismatched", MEMSCOPE_COUNTER_UNWIND_MISMATCHED },
		{ "ready_wakeups", MEMSCOPE_COUNTER_READY },
	};
	const struct memscope_session *session = &report->session;
	struct json_object *json = json_object_new_object();
	uint64_t events = memscope_model_totals(report->model)->events;
	struct stat file;

	json_add_count(json, "session_buffer_bytes", 1024ULL * session->meta.cpus *
		       memscope_option_number(&session->meta.options, MEMSCOPE_A_BUFFER_KB));
	json_add_count(json, "distinct_stacks", session->stacks.count);
	if (!stat(report->name, &file) && S_ISREG(file.st_mode) && events) {
		json_add_count(json, "recording_bytes", (uint64_t)file.st_size);
		json_add_real(json, "bytes_per_event", (double)file.st_size / (double)events);
	}
	for (size_t i = 0; session->counters && i < sizeof(members) / sizeof(members[0]); i++)
		json_add_count(json, members[i].key,
			       memscope_session_counter(session, members[i].counter));
	json_object_object_add(document, "cost", json);
}

int html_add_series(struct report *report, struct json_object *document, const uint32_t *sites,
		    size_t count)
{
	struct context context;
	int err = context_init(&context, report);

	if (err)
		return err;
	err = add_live(report, document, sites, count);
	if (!err)
		err = add_history(report, document, &context, sites, count);
	if (!err)
		err = add_survival(report, document, &context);
	add_busy(report, document);
	add_counters(report, document);
	add_cost(report, document);
	context_fini(&context);
	return err;
}
