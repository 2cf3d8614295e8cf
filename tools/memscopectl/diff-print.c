// SPDX-License-Identifier: GPL-2.0
/*
 * A comparison of two recordings as text and as JSON.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diff-print.h"
#include "figure.h"
#include "json.h"
#include "recorder.h"
#include "text.h"

static const enum figure_unit units[MEMSCOPE_DIFF_FIGURES] = {
	[MEMSCOPE_DIFF_LIVE] = FIGURE_BYTES, [MEMSCOPE_DIFF_RATE] = FIGURE_COUNT,
	[MEMSCOPE_DIFF_WASTE] = FIGURE_BYTES, [MEMSCOPE_DIFF_LIFETIME] = FIGURE_NANOSECONDS,
};

/* With their units in the name, as in JSON. */
static const char *const keys[MEMSCOPE_DIFF_FIGURES] = {
	[MEMSCOPE_DIFF_LIVE] = "live_bytes", [MEMSCOPE_DIFF_RATE] = "allocs_per_second",
	[MEMSCOPE_DIFF_WASTE] = "waste_bytes_per_second",
	[MEMSCOPE_DIFF_LIFETIME] = "lifetime_p50_ns",
};

static const char *verdict_of(const struct diff_print *print)
{
	if (print->incomplete)
		return "withheld";
	return print->sites.worse || print->caches.worse ? "regression" : "no regression";
}

/* The first site of a row, of B where it has one, and whose it is. */
static uint32_t site_of(const struct memscope_diff *diff, const struct memscope_match *match,
			unsigned int *side)
{
	*side = match->count[1] ? 1 : 0;
	return diff->matches.sites[match->first + (*side ? match->count[0] : 0)];
}

static const char *cache_of(const struct diff_print *print, const struct memscope_diff *diff,
			    const struct memscope_match *match, char *buffer, size_t size)
{
	const struct memscope_site *site;
	const struct report *report;
	unsigned int side;
	uint32_t number = site_of(diff, match, &side);

	report = print->reports[side];
	site = memscope_model_site(report->model, number);
	if (diff == &print->sites)
		return site_cache(report, site, buffer, size);
	return memscope_cache_slot_name(&report->session.caches,
					memscope_cache_slot(site->cache, site->bytes_alloc_max),
					buffer, size);
}

/* What makes recordings hard to compare; calls back with a sentence on each. */
static void each_note(const struct diff_print *print, void (*note)(void *ctx, const char *text),
		      void *ctx)
{
	const struct memscope_session *a = &print->reports[0]->session;
	const struct memscope_session *b = &print->reports[1]->session;
	char before[160], after[160], text[512];
	size_t i;

	for (i = 0; i < memscope_option_table_count; i++) {
		const struct memscope_option *option = &memscope_option_table[i];

		if (option->attr == MEMSCOPE_A_BUFFER_KB || option->attr == MEMSCOPE_A_WATERMARK)
			continue;
		memscope_option_format(&a->meta.options, option, before, sizeof(before));
		memscope_option_format(&b->meta.options, option, after, sizeof(after));
		if (!strcmp(before, after))
			continue;
		snprintf(text, sizeof(text), "recorded with different options: --%s %s and %s",
			 option->name, *before ? before : "-", *after ? after : "-");
		note(ctx, text);
	}
	if (strcmp(a->meta.kernel_release, b->meta.kernel_release)) {
		snprintf(text, sizeof(text), "different kernels: %s and %s",
			 a->meta.kernel_release, b->meta.kernel_release);
		note(ctx, text);
	}
}

static void print_note(void *ctx, const char *text)
{
	char clean[512];

	snprintf(clean, sizeof(clean), "%s", text);
	text_clean(clean);
	printf("note: %s\n", clean);
}

static void print_figure(const struct memscope_diff_value *value, unsigned int figure)
{
	static const char *const titles[MEMSCOPE_DIFF_FIGURES] = {
		[MEMSCOPE_DIFF_LIVE] = "live", [MEMSCOPE_DIFF_RATE] = "allocs/s",
		[MEMSCOPE_DIFF_WASTE] = "waste/s", [MEMSCOPE_DIFF_LIFETIME] = "lifetime",
	};
	double change = value->value[1] - value->value[0];
	char a[40], b[40], by[40], p[24] = "-";

	if (isnan(value->value[0]) && isnan(value->value[1]))
		return;
	if (!isnan(value->adjusted))
		snprintf(p, sizeof(p), value->adjusted < 1e-9 ? "< 1e-9" : "%.2g",
			 value->adjusted);
	printf("    %-9s%12s%12s  %s%-12s p %-8s%s\n", titles[figure],
	       figure_value(a, sizeof(a), value->value[0], units[figure]),
	       figure_value(b, sizeof(b), value->value[1], units[figure]),
	       change > 0 ? "+" : change < 0 ? "" : " ",
	       figure_value(by, sizeof(by), change, units[figure]), p,
	       value->verdict == MEMSCOPE_DIFF_WORSE ? " WORSE" :
	       value->verdict == MEMSCOPE_DIFF_BETTER ? " better" : "");
}

static void print_row(const struct diff_print *print, const struct memscope_diff *diff,
		      const struct memscope_diff_row *row)
{
	static const char *const kinds[MEMSCOPE_MATCHES] = {
		[MEMSCOPE_MATCH_EXACT] = "", [MEMSCOPE_MATCH_FUNCTIONS] = ", by functions",
		[MEMSCOPE_MATCH_ONLY_A] = ", only in A", [MEMSCOPE_MATCH_ONLY_B] = ", only in B",
	};
	char cache[80], name[80];
	unsigned int side, i;
	uint32_t number;

	snprintf(name, sizeof(name), "%s", cache_of(print, diff, row->match, cache,
						   sizeof(cache)));
	text_clean(name);
	printf("\n  %s%s%s\n", !memscope_diff_row_worse(row) ? "" :
	       print->incomplete ? "REGRESSION? " : "REGRESSION ", name,
	       kinds[row->match->kind]);
	for (i = 0; i < MEMSCOPE_DIFF_FIGURES; i++)
		print_figure(&row->figure[i], i);
	if (diff == &print->caches)
		return;
	number = site_of(diff, row->match, &side);
	site_print_stack(print->reports[side],
			 memscope_model_site(print->reports[side]->model, number), "        ");
}

static void print_table(const struct diff_print *print, const struct memscope_diff *diff,
			const char *title)
{
	size_t *order = memscope_diff_order(diff, print->sort);
	size_t count = diff->matches.count, i;

	if (!order)
		return;
	if (print->top && print->top < count)
		count = print->top;
	printf("\n%s by change of %s (%zu of %zu)\n", title, memscope_diff_name(print->sort),
	       count, diff->matches.count);
	for (i = 0; i < count; i++)
		print_row(print, diff, &diff->rows[order[i]]);
	free(order);
}

void diff_print_text(const struct diff_print *print)
{
	char span[32], common[32], missing[512];
	struct memscope_losses losses;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		const struct report *report = print->reports[i];

		printf("%c: %s, %s on %s\n", 'A' + i, report->name,
		       text_duration(span, sizeof(span), report_span_ns(report)),
		       report->session.meta.kernel_release);
		if (report->session.damage[0])
			printf("INCOMPLETE: %s is %s\n", report->name, report->session.damage);
		memscope_session_losses(&report->session, &losses);
		losses_print(&losses);
	}
	each_note(print, print_note, NULL);
	printf("Verdict: %s", verdict_of(print));
	if (print->incomplete)
		printf(", because events are missing");
	else if (print->sites.worse || print->caches.worse)
		printf(" at %zu sites and %zu caches", print->sites.worse, print->caches.worse);
	printf(" (live bytes after %s; chance of any false one at most %g)\n",
	       text_duration(common, sizeof(common), print->sites.common_seconds * 1e9),
	       print->limits->alpha * 2);
	print_table(print, &print->sites, "Sites");
	print_table(print, &print->caches, "Caches");
	for (i = 0; i < 2; i++)
		if (memscope_source_missing(print->reports[i]->source, missing,
					    sizeof(missing))) {
			text_clean(missing);
			printf("\n%s\n", missing);
			break;
		}
}

static void add_note(void *ctx, const char *text)
{
	json_object_array_add(ctx, json_object_new_string(text));
}

static struct json_object *value_json(const struct memscope_diff_value *value)
{
	static const char *const verdicts[] = {
		[MEMSCOPE_DIFF_SAME] = "same", [MEMSCOPE_DIFF_BETTER] = "better",
		[MEMSCOPE_DIFF_WORSE] = "worse",
	};
	struct json_object *json = json_object_new_object();

	json_add_real(json, "a", value->value[0]);
	json_add_real(json, "b", value->value[1]);
	json_add_real(json, "change", value->value[1] - value->value[0]);
	json_add_real(json, "p", value->p);
	json_add_real(json, "p_adjusted", value->adjusted);
	json_add_text(json, "verdict", verdicts[value->verdict]);
	return json;
}

static struct json_object *row_json(const struct diff_print *print,
				    const struct memscope_diff *diff,
				    const struct memscope_diff_row *row)
{
	struct json_object *json = json_object_new_object();
	unsigned int side, i;
	uint32_t number = site_of(diff, row->match, &side);
	char cache[80];

	json_add_text(json, "match", memscope_match_name(row->match->kind));
	json_add_flag(json, "regression", memscope_diff_row_worse(row));
	json_add_text(json, "cache", cache_of(print, diff, row->match, cache, sizeof(cache)));
	json_add_count(json, "sites_a", row->match->count[0]);
	json_add_count(json, "sites_b", row->match->count[1]);
	json_add_count(json, "allocs_a", row->allocs[0]);
	json_add_count(json, "allocs_b", row->allocs[1]);
	json_add_count(json, "live_objects_a", row->live_objects[0]);
	json_add_count(json, "live_objects_b", row->live_objects[1]);
	for (i = 0; i < MEMSCOPE_DIFF_FIGURES; i++)
		json_object_object_add(json, keys[i], value_json(&row->figure[i]));
	if (diff == &print->sites)
		site_add_json(print->reports[side],
			      memscope_model_site(print->reports[side]->model, number), json);
	return json;
}

static struct json_object *table_json(const struct diff_print *print,
				      const struct memscope_diff *diff)
{
	size_t *order = memscope_diff_order(diff, print->sort);
	struct json_object *list = json_object_new_array();
	size_t i;

	for (i = 0; order && i < diff->matches.count && (!print->top || i < print->top); i++)
		json_object_array_add(list, row_json(print, diff, &diff->rows[order[i]]));
	free(order);
	return list;
}

static struct json_object *limits_json(const struct memscope_diff_limits *limits)
{
	struct json_object *json = json_object_new_object();
	unsigned int i;

	json_add_real(json, "alpha", limits->alpha);
	json_add_text(json, "correction", "holm");
	for (i = 0; i < MEMSCOPE_DIFF_FIGURES; i++) {
		struct json_object *figure = json_object_new_object();

		json_add_flag(figure, "counts", limits->least[i] >= 0);
		json_add_real(figure, "least", fmax(limits->least[i], 0));
		json_add_real(figure, "percent", limits->percent[i]);
		json_object_object_add(json, keys[i], figure);
	}
	return json;
}

struct json_object *diff_json(const struct diff_print *print)
{
	struct json_object *json = json_object_new_object();
	struct json_object *notes = json_object_new_array();
	char missing[512];

	json_object_object_add(json, "a", report_json(print->reports[0]));
	json_object_object_add(json, "b", report_json(print->reports[1]));
	each_note(print, add_note, notes);
	json_object_object_add(json, "notes", notes);
	json_object_object_add(json, "limits", limits_json(print->limits));
	json_add_text(json, "verdict", verdict_of(print));
	json_add_count(json, "common_ns", print->sites.common_seconds * 1e9);
	json_add_count(json, "regressing_sites", print->sites.worse);
	json_add_count(json, "regressing_caches", print->caches.worse);
	json_object_object_add(json, "sites", table_json(print, &print->sites));
	json_object_object_add(json, "caches", table_json(print, &print->caches));
	if (memscope_source_missing(print->reports[1]->source, missing, sizeof(missing)))
		json_add_text(json, "lines_missing", missing);
	return json;
}
