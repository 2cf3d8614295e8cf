// SPDX-License-Identifier: GPL-2.0
/*
 * The HTML report's document: what every view prints as JSON, for the largest
 * sites of each order, merged and made small.
 *
 * Rows of views name their site in full; here "sites" does so once, frames
 * stand in a table of their own, and numbers lose digits that tell nothing.
 * Sites that are not listed are summed up in "rest", so that the sums stay
 * those of the recording.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "context.h"
#include "html.h"
#include "json.h"

/* So many sites of each order have rows of their own in other views' lists. */
#define ANALYSED(listed)	((listed) / 4 + 1)
#define LEAKS_MOST		200

struct builder {
	struct report *report;
	struct json_object *document;
	struct json_object *frames;		/* rows */
	struct json_object *frame_numbers;	/* by address */
	bool *listed;				/* by site */
	uint32_t sites;
	unsigned int peak_bin;			/* of the timeline, of the most live bytes */
};

/* Members that say again what the row of the site says. */
static const char *const site_members[] = {
	"call_site", "function", "offset", "module", "file", "line", "inlined",
	"stack", "frames", "cache", "allocs", "live_objects", "live_bytes",
};
#define CALL_SITE_MEMBERS 7		/* of these: the call site and what names it */

static void strip_site(struct json_object *row)
{
	for (size_t i = 0; i < sizeof(site_members) / sizeof(site_members[0]); i++)
		json_object_object_del(row, site_members[i]);
}

static uint32_t site_of(struct json_object *row)
{
	return (uint32_t)json_object_get_int64(json_object_object_get(row, "site"));
}

/* Moves rows of sites that are not in `seen` yet from one list to another. */
static int merge_rows(struct builder *builder, struct json_object *from, struct json_object *to,
		      bool *seen)
{
	for (size_t i = 0; from && i < json_object_array_length(from); i++) {
		struct json_object *row = json_object_array_get_idx(from, i);
		uint32_t site;

		if (!row)
			continue;
		site = site_of(row);
		if (site >= builder->sites || seen[site])
			continue;
		seen[site] = true;
		builder->listed[site] = true;
		strip_site(row);
		if (json_object_array_add(to, json_object_get(row)))
			return -1;
	}
	return 0;
}

/* The list that a view has under that key, of the largest sites of every order. */
static int add_list(struct builder *builder, const struct view *view, const char *key, size_t top)
{
	struct json_object *list = json_object_new_array();
	bool *seen = calloc((size_t)builder->sites + 1, sizeof(*seen));
	enum memscope_sort sort;
	int err = list && seen ? 0 : -1;

	for (sort = 0; !err && sort < MEMSCOPE_SORTS; sort++) {
		struct json_object *part = json_object_new_object();

		builder->report->sort = sort;
		builder->report->top = top;
		view->json(builder->report, part);
		err = merge_rows(builder, json_object_object_get(part, key), list, seen);
		json_object_put(part);
	}
	free(seen);
	json_object_object_add(builder->document, key, list);
	return err;
}

/* Views whose order is their own. */
static int add_views(struct builder *builder, size_t listed)
{
	struct report *report = builder->report;
	struct json_object *list, *pinning, *kept;
	bool *seen = calloc((size_t)builder->sites + 1, sizeof(*seen));
	int err;

	if (!seen)
		return -1;
	report->sort = MEMSCOPE_SORT_LIVE;
	report->top = 0;
	view_summary.json(report, builder->document);
	view_caches.json(report, builder->document);
	view_load.json(report, builder->document);
	report->top = LEAKS_MOST;
	view_leaks.json(report, builder->document);
	kept = json_object_new_array();
	list = json_object_object_get(builder->document, "leaks");
	err = merge_rows(builder, list, kept, seen);
	json_object_object_add(builder->document, "leaks", kept);

	report->top = listed;
	view_fragmentation.json(report, builder->document);
	pinning = json_object_object_get(json_object_object_get(builder->document,
								"fragmentation"), "pinning");
	memset(seen, 0, builder->sites * sizeof(*seen));
	kept = json_object_new_array();
	if (!err && pinning)
		err = merge_rows(builder, json_object_object_get(pinning, "sites"), kept, seen);
	if (pinning)
		json_object_object_add(pinning, "sites", kept);
	else
		json_object_put(kept);
	free(seen);
	return err;
}

static int mark_largest(struct builder *builder, size_t listed)
{
	enum memscope_sort sort;
	uint32_t *order;
	size_t count;

	for (sort = 0; sort < MEMSCOPE_SORTS; sort++) {
		if (memscope_report_sites(builder->report->model, sort, listed, &order, &count))
			return -1;
		for (size_t i = 0; i < count; i++)
			builder->listed[order[i]] = true;
		free(order);
	}
	return 0;
}

/* Pages are passed around: no address where there is a name. */
static void hide_address(struct json_object *named, const char *key)
{
	if (json_object_object_get_ex(named, "function", NULL))
		json_object_object_del(named, key);
}

/* Each frame becomes its number in the table. */
static void number_frames(struct builder *builder, struct json_object *row)
{
	struct json_object *frames = json_object_object_get(row, "frames"), *numbers;

	if (!frames) {
		hide_address(row, "call_site");
		return;
	}
	numbers = json_object_new_array_ext((int)json_object_array_length(frames));
	for (size_t i = 0; i < json_object_array_length(frames); i++) {
		struct json_object *frame = json_object_array_get_idx(frames, i), *number;
		const char *address;

		address = json_object_get_string(json_object_object_get(frame, "address"));
		if (!json_object_object_get_ex(builder->frame_numbers, address, &number)) {
			number = json_object_new_int(
				(int)json_object_array_length(builder->frames));
			json_object_object_add(builder->frame_numbers, address, number);
			json_object_array_add(builder->frames, json_object_get(frame));
			hide_address(frame, "address");
		}
		json_object_array_add(numbers, json_object_get(number));
	}
	json_object_object_add(row, "frames", numbers);
	for (size_t i = 0; i < CALL_SITE_MEMBERS; i++)
		json_object_object_del(row, site_members[i]);
}

/* When all that is live was most, to the bin. */
static unsigned int find_peak(const struct memscope_model *model)
{
	const struct memscope_bin *bins;
	unsigned int best = 0;
	uint64_t width_ns;
	size_t count;

	bins = memscope_model_bins(model, &count, &width_ns);
	for (size_t i = 1; i < count; i++)
		if (bins[i].live_bytes > bins[best].live_bytes)
			best = (unsigned int)i;
	return best;
}

static uint64_t live_at_peak(const struct builder *builder, uint32_t site)
{
	uint64_t series[MEMSCOPE_BINS];

	memscope_model_site_series(builder->report->model, site, series);
	return series[builder->peak_bin];
}

static void add_up(struct memscope_site *sum, const struct memscope_site *site)
{
	sum->allocs += site->allocs;
	sum->frees += site->frees;
	sum->replaced += site->replaced;
	sum->bytes += site->bytes;
	sum->bytes_req += site->bytes_req;
	sum->freed_bytes += site->freed_bytes;
	sum->live += site->live;
	sum->live_bytes += site->live_bytes;
	sum->live_bytes_req += site->live_bytes_req;
}

/* "sites", "frames" and "rest"; the numbers of the sites are the caller's. */
static int add_sites(struct builder *builder, uint32_t **numbers, size_t *count)
{
	struct report *report = builder->report;
	struct json_object *list = json_object_new_array(), *rest = json_object_new_object(), *row;
	struct memscope_site sum = { 0 };
	uint64_t rest_at_peak = 0, rest_sites = 0;

	*count = 0;
	*numbers = calloc((size_t)builder->sites + 1, sizeof(**numbers));
	if (!*numbers)
		return -1;
	for (uint32_t i = 0; i < builder->sites; i++) {
		const struct memscope_site *site = memscope_model_site(report->model, i);

		if (!builder->listed[i]) {
			add_up(&sum, site);
			rest_at_peak += live_at_peak(builder, i);
			rest_sites++;
			continue;
		}
		row = context_site_json(report, i);
		site_add_totals_json(site, row);
		json_add_count(row, "at_peak_live_bytes", live_at_peak(builder, i));
		number_frames(builder, row);
		json_object_array_add(list, row);
		(*numbers)[(*count)++] = i;
	}
	json_add_count(rest, "sites", rest_sites);
	site_add_totals_json(&sum, rest);
	json_add_count(rest, "at_peak_live_bytes", rest_at_peak);
	json_object_object_add(builder->document, "sites", list);
	json_object_object_add(builder->document, "frames", builder->frames);
	json_object_object_add(builder->document, "rest", rest);
	builder->frames = NULL;
	return 0;
}

/* What a number says, in fewer digits: nine count, or all of a whole number. */
static struct json_object *shorter(double value)
{
	char text[32];

	if (value == trunc(value) && fabs(value) < 9e15)
		return json_object_new_int64((int64_t)value);
	snprintf(text, sizeof(text), "%.9g", value);
	return json_object_new_double_s(value, text);
}

static bool same(struct json_object *a, struct json_object *b)
{
	if (!a || !b)
		return !a && !b;
	return json_object_get_double(a) == json_object_get_double(b);
}

/* A figure without its interval where it has none, and without "no". */
static void shorten_figure(struct json_object *figure)
{
	struct json_object *value = json_object_object_get(figure, "value");

	if (same(value, json_object_object_get(figure, "low")))
		json_object_object_del(figure, "low");
	if (same(value, json_object_object_get(figure, "high")))
		json_object_object_del(figure, "high");
	if (!json_object_get_boolean(json_object_object_get(figure, "weakened")))
		json_object_object_del(figure, "weakened");
}

static void shorten(struct json_object *json)
{
	if (json_object_is_type(json, json_type_array)) {
		for (size_t i = 0; i < json_object_array_length(json); i++) {
			struct json_object *at = json_object_array_get_idx(json, i);

			if (json_object_is_type(at, json_type_double))
				json_object_array_put_idx(json, i,
							  shorter(json_object_get_double(at)));
			else
				shorten(at);
		}
		return;
	}
	if (!json_object_is_type(json, json_type_object))
		return;
	if (json_object_object_get_ex(json, "quality", NULL))
		shorten_figure(json);
	json_object_object_foreach(json, key, value) {
		if (json_object_is_type(value, json_type_double))
			json_object_object_add(json, key, shorter(json_object_get_double(value)));
		else
			shorten(value);
	}
}

static int fill(struct builder *builder, size_t listed)
{
	struct json_object *document = builder->document;
	uint32_t *numbers = NULL;
	size_t count;
	int err = add_views(builder, listed);

	if (!err)
		err = add_list(builder, &view_lifetimes, "lifetimes", ANALYSED(listed));
	if (!err)
		err = add_list(builder, &view_patterns, "patterns", ANALYSED(listed));
	if (!err)
		err = add_list(builder, &view_sharing, "sharing", ANALYSED(listed));
	if (!err)
		err = mark_largest(builder, listed);
	if (!err)
		err = add_sites(builder, &numbers, &count);
	if (!err)
		err = html_add_series(builder->report, document, numbers, count);
	free(numbers);
	if (!err)
		shorten(document);
	return err;
}

struct json_object *html_document(struct report *report, size_t listed)
{
	struct report given = *report;
	struct builder builder = {
		.report = report, .document = report_json(report),
		.frames = json_object_new_array(), .frame_numbers = json_object_new_object(),
		.sites = memscope_model_site_count(report->model),
		.peak_bin = find_peak(report->model),
	};
	int err = -1;

	builder.listed = calloc((size_t)builder.sites + 1, sizeof(*builder.listed));
	if (builder.document && builder.listed)
		err = fill(&builder, listed);
	report->sort = given.sort;
	report->top = given.top;
	free(builder.listed);
	json_object_put(builder.frames);
	json_object_put(builder.frame_numbers);
	if (!err)
		return builder.document;
	json_object_put(builder.document);
	return NULL;
}
