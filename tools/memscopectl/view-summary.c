// SPDX-License-Identifier: GPL-2.0
/*
 * The summary: what was recorded where, what is missing, and totals.
 */
#include <stdio.h>
#include <time.h>

#include "json.h"
#include "recorder.h"
#include "text.h"
#include "view.h"

static void print_rate(const char *what, uint64_t count, uint64_t span_ns)
{
	char number[32], rate[32];

	printf("%-22s%14s", what, text_count(number, sizeof(number), count));
	if (span_ns)
		printf("  %s a second", text_count(rate, sizeof(rate),
						   (uint64_t)(count * 1e9 / span_ns)));
	putchar('\n');
}

static void print_bytes(const char *what, uint64_t bytes)
{
	char text[32];

	printf("%-22s%14s", what, text_bytes(text, sizeof(text), bytes));
}

static void print_where(const struct report *report)
{
	const struct memscope_meta *meta = &report->session.meta;
	time_t started = meta->started_wall_ns / 1000000000;
	char span[32], when[40] = "", command[512];
	struct tm local;

	if (started && localtime_r(&started, &local))
		strftime(when, sizeof(when), ", %Y-%m-%d %H:%M:%S", &local);
	printf("%s: %s on %s %s, %u CPUs, memscope %s%s\n", report->name,
	       text_duration(span, sizeof(span), report_span_ns(report)),
	       meta->kernel_release, meta->machine, meta->cpus, meta->module_version, when);
	if (!meta->command)
		return;
	memscope_meta_command_text(meta, command, sizeof(command));
	text_clean(command);
	printf("command: %s\n", command);
}

static void print_totals(const struct report *report)
{
	const struct memscope_totals *totals = memscope_model_totals(report->model);
	uint64_t span = report_span_ns(report);
	char text[32], share[32];

	print_rate("events", totals->events, span);
	print_rate("allocations", totals->allocs, span);
	print_bytes("", totals->bytes);
	printf("  %s of it not asked for\n",
	       text_share(share, sizeof(share), totals->bytes - totals->bytes_req,
			  totals->bytes));
	print_rate("frees", totals->frees, span);
	if (totals->deferred)
		printf("%-22s%14s  of them, through kfree_rcu\n", "  deferred",
		       text_count(text, sizeof(text), totals->deferred));
	if (totals->born_before > totals->self_frees)
		printf("%-22s%14s  of objects not seen allocated: older than the recording, filtered or lost\n",
		       "  other frees", text_count(text, sizeof(text),
						  totals->born_before - totals->self_frees));
	if (totals->self_frees)
		printf("%-22s%14s  by the recorder, whose allocations are left out\n",
		       "  own frees", text_count(text, sizeof(text), totals->self_frees));
	if (totals->replaced)
		printf("%-22s%14s  addresses allocated again without a free between: it was missed\n",
		       "  missed frees", text_count(text, sizeof(text), totals->replaced));
	printf("%-22s%14s  objects at the end\n", "live",
	       text_count(text, sizeof(text), totals->live));
	print_bytes("", totals->live_bytes);
	printf("  %s of it not asked for\n",
	       text_share(share, sizeof(share), totals->live_bytes - totals->live_bytes_req,
			  totals->live_bytes));
	print_bytes("peak", totals->peak_live_bytes);
	printf("  after %s\n", text_duration(text, sizeof(text),
					     totals->peak_ns > totals->first_ns ?
					     totals->peak_ns - totals->first_ns : 0));
	if (totals->deferred_waiting)
		printf("%-22s%14s  objects given to kfree_rcu, memory not yet back\n", "waiting",
		       text_count(text, sizeof(text), totals->deferred_waiting));
	if (totals->slabs_alloc || totals->slabs_free)
		printf("%-22s%14s  and %s given back\n", "new slabs",
		       text_count(text, sizeof(text), totals->slabs_alloc),
		       text_count(share, sizeof(share), totals->slabs_free));
	printf("%-22s%14s\n", "sites", text_count(text, sizeof(text),
						 memscope_model_site_count(report->model)));
}

static void summary_text(struct report *report)
{
	struct memscope_losses losses;

	print_where(report);
	memscope_session_losses(&report->session, &losses);
	if (report->session.damage[0])
		printf("INCOMPLETE: %s is %s\n", report->name, report->session.damage);
	losses_print(&losses);
	putchar('\n');
	print_totals(report);
}

static void add_totals(const struct report *report, struct json_object *json)
{
	const struct memscope_totals *totals = memscope_model_totals(report->model);

	json_add_count(json, "events", totals->events);
	json_add_count(json, "first_ns", totals->first_ns);
	json_add_count(json, "last_ns", totals->last_ns);
	json_add_count(json, "allocs", totals->allocs);
	json_add_count(json, "alloc_bytes", totals->bytes);
	json_add_count(json, "requested_bytes", totals->bytes_req);
	json_add_count(json, "waste_bytes", totals->bytes - totals->bytes_req);
	json_add_count(json, "frees", totals->frees);
	json_add_count(json, "freed_bytes", totals->freed_bytes);
	json_add_count(json, "deferred_frees", totals->deferred);
	json_add_count(json, "deferred_waiting_objects", totals->deferred_waiting);
	json_add_count(json, "born_before_frees", totals->born_before);
	json_add_count(json, "self_frees", totals->self_frees);
	json_add_count(json, "missed_frees", totals->replaced);
	json_add_count(json, "resizes", totals->resizes);
	json_add_count(json, "live_objects", totals->live);
	json_add_count(json, "live_bytes", totals->live_bytes);
	json_add_count(json, "live_waste_bytes", totals->live_bytes - totals->live_bytes_req);
	json_add_count(json, "peak_live_bytes", totals->peak_live_bytes);
	json_add_count(json, "peak_ns", totals->peak_ns);
	json_add_count(json, "slabs_allocated", totals->slabs_alloc);
	json_add_count(json, "slabs_freed", totals->slabs_free);
	json_add_count(json, "load_samples", totals->load_samples);
	json_add_count(json, "unknown_events", totals->unknown);
	json_add_count(json, "sites", memscope_model_site_count(report->model));
}

static struct json_object *timeline_json(const struct report *report)
{
	struct json_object *json = json_object_new_object();
	struct json_object *bins = json_object_new_array();
	const struct memscope_bin *bin;
	uint64_t width_ns;
	size_t count, i;

	bin = memscope_model_bins(report->model, &count, &width_ns);
	json_add_count(json, "start_ns", memscope_model_totals(report->model)->first_ns);
	json_add_count(json, "bin_ns", width_ns);
	for (i = 0; i < count; i++) {
		struct json_object *row = json_object_new_object();

		json_add_count(row, "allocs", bin[i].allocs);
		json_add_count(row, "frees", bin[i].frees);
		json_add_count(row, "alloc_bytes", bin[i].bytes);
		json_add_count(row, "live_objects", bin[i].live);
		json_add_count(row, "live_bytes", bin[i].live_bytes);
		json_add_count(row, "lost_events", bin[i].lost);
		json_object_array_add(bins, row);
	}
	json_object_object_add(json, "bins", bins);
	return json;
}

static void summary_json(struct report *report, struct json_object *document)
{
	struct json_object *totals = json_object_new_object();

	add_totals(report, totals);
	json_object_object_add(document, "totals", totals);
	json_object_object_add(document, "timeline", timeline_json(report));
	json_object_object_add(document, "paths",
			       memscope_session_paths_json(&report->session));
}

const struct view view_summary = {
	.name = "summary",
	.description = "what was recorded, what is missing, totals",
	.text = summary_text,
	.json = summary_json,
};
