// SPDX-License-Identifier: GPL-2.0
/*
 * Leaks: the verdict on each site, worst first, with its evidence.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis-leak.h"
#include "analysis-lifetime.h"
#include "context.h"
#include "figure.h"
#include "json.h"
#include "text.h"

static const struct memscope_analysis *const needed[] = {
	&memscope_analysis_leak, &memscope_analysis_lifetime, NULL,
};

struct row {
	uint32_t site;
	enum memscope_verdict verdict;
	double bytes_per_second;
};

struct verdicts {
	struct row *rows;		/* all but steady and unknown ones */
	size_t count;
	uint64_t of[MEMSCOPE_VERDICTS];
	uint64_t lost;			/* no verdict because events were lost */
};

/*
 * Caches that the kernel shrinks under pressure; recordings do not say which
 * they are. In all versions these are made with SLAB_RECLAIM_ACCOUNT.
 */
static bool is_reclaimable(const char *cache)
{
	static const char *const names[] = { "dentry", "buffer_head", "radix_tree_node" };
	static const char inodes[] = "inode_cache";
	size_t length = strlen(cache);

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(cache, names[i]))
			return true;
	return length >= strlen(inodes) && !strcmp(cache + length - strlen(inodes), inodes);
}

static int result_of(const struct report *report, const struct context *context,
		     uint32_t number, struct memscope_leak_result *result)
{
	const struct memscope_site *site = memscope_model_site(report->model, number);
	struct memscope_live live = memscope_live_of(&context->live, number);
	char cache[80];

	return memscope_leak_result(site, report_state(report, number, &memscope_analysis_leak),
				    report_state(report, number, &memscope_analysis_lifetime),
				    &context->recording, &live,
				    is_reclaimable(site_cache(report, site, cache, sizeof(cache))),
				    result);
}

static int worst_first(const void *a, const void *b)
{
	const struct row *left = a, *right = b;

	if (left->verdict != right->verdict)
		return left->verdict > right->verdict ? -1 : 1;
	if (left->bytes_per_second != right->bytes_per_second)
		return left->bytes_per_second > right->bytes_per_second ? -1 : 1;
	return left->site < right->site ? -1 : left->site > right->site;
}

static int judge(const struct report *report, const struct context *context,
		 struct verdicts *verdicts)
{
	uint32_t sites = memscope_model_site_count(report->model);
	struct memscope_leak_result result;

	*verdicts = (struct verdicts){ 0 };
	verdicts->rows = calloc((size_t)sites + 1, sizeof(*verdicts->rows));
	if (!verdicts->rows)
		return -1;
	for (uint32_t i = 0; i < sites; i++) {
		if (result_of(report, context, i, &result)) {
			free(verdicts->rows);
			return -1;
		}
		verdicts->of[result.verdict]++;
		verdicts->lost += result.why == MEMSCOPE_WHY_LOST;
		if (result.verdict > MEMSCOPE_VERDICT_STEADY)
			verdicts->rows[verdicts->count++] = (struct row){
				i, result.verdict, result.bytes_per_second.value,
			};
	}
	qsort(verdicts->rows, verdicts->count, sizeof(*verdicts->rows), worst_first);
	return 0;
}

static void print_evidence(const struct memscope_leak_result *result)
{
	char limit[32], oldest[32], overdue[32];

	text_count(overdue, sizeof(overdue), result->overdue);
	text_duration(oldest, sizeof(oldest), result->oldest_ns);
	if (result->tail == MEMSCOPE_TAIL_OPEN)
		printf("        none was ever freed: %s live, the oldest for %s", overdue, oldest);
	else
		printf("        %s live for over %s (the oldest for %s), which its objects %s",
		       overdue, text_duration(limit, sizeof(limit), result->limit_ns), oldest,
		       result->tail == MEMSCOPE_TAIL_PASSED ? "do not get" : "do get");
	printf("; rise: p %.2g; they were allocated in %u + %u of 16 + 16 parts of the time\n",
	       result->trend.p_rise, result->ages_early, result->ages_late);
}

static void print_row(struct report *report, const struct context *context,
		      const struct row *row)
{
	const struct memscope_site *site = memscope_model_site(report->model, row->site);
	struct memscope_leak_result result;
	char pace[96], gib[32], live[32], objects[32], cache[80];

	if (result_of(report, context, row->site, &result))
		return;
	printf("\n%-8s %-36s %10s %10s %10s  %s\n", memscope_verdict_name(result.verdict),
	       figure_text(pace, sizeof(pace), &result.bytes_per_second, FIGURE_BYTES, true),
	       figure_text(gib, sizeof(gib), &result.seconds_to_gib, FIGURE_SECONDS, false),
	       text_bytes(live, sizeof(live), site->live_bytes),
	       text_count(objects, sizeof(objects), site->live),
	       site_cache(report, site, cache, sizeof(cache)));
	print_evidence(&result);
	site_print_stack(report, site, "        ");
}

static void print_counts(const struct verdicts *verdicts)
{
	char leak[32], suspect[32], growing[32], steady[32], unknown[32], lost[32];

	printf("Leaks: %s leak, %s suspect, %s growing, %s steady, %s with too little to tell\n",
	       text_count(leak, sizeof(leak), verdicts->of[MEMSCOPE_VERDICT_LEAK]),
	       text_count(suspect, sizeof(suspect), verdicts->of[MEMSCOPE_VERDICT_SUSPECT]),
	       text_count(growing, sizeof(growing), verdicts->of[MEMSCOPE_VERDICT_GROWING]),
	       text_count(steady, sizeof(steady), verdicts->of[MEMSCOPE_VERDICT_STEADY]),
	       text_count(unknown, sizeof(unknown), verdicts->of[MEMSCOPE_VERDICT_UNKNOWN]));
	if (verdicts->lost)
		printf("No verdict on %s of these: lost events could explain what they show.\n",
		       text_count(lost, sizeof(lost), verdicts->lost));
}

static void leaks_text(struct report *report)
{
	struct verdicts verdicts;
	struct context context;
	size_t i;

	if (context_init(&context, report))
		return;
	if (!judge(report, &context, &verdicts)) {
		print_counts(&verdicts);
		if (verdicts.count)
			printf("%-8s %-36s %10s %10s %10s  %s\n", "VERDICT",
			       "A SECOND (95 % interval)", "TO 1 GiB", "LIVE", "OBJECTS", "CACHE");
		for (i = 0; i < verdicts.count && (!report->top || i < report->top); i++)
			print_row(report, &context, &verdicts.rows[i]);
		figure_print_legend(context.recording.lost);
		free(verdicts.rows);
	}
	context_fini(&context);
}

static struct json_object *evidence_json(const struct memscope_leak_result *result)
{
	struct json_object *json = json_object_new_object();
	struct json_object *floor = json_object_new_array();

	json_add_flag(json, "rising", result->rising);
	json_add_real(json, "rise_p", result->trend.p_rise);
	json_add_real(json, "variance_inflation", result->trend.inflation);
	json_add_text(json, "tail", memscope_tail_name(result->tail));
	json_add_real(json, "tail_chance", result->tail_chance);
	json_add_count(json, "limit_ns", result->limit_ns);
	json_add_count(json, "overdue_objects", result->overdue);
	json_add_count(json, "oldest_ns", result->oldest_ns);
	json_add_flag(json, "ages_rise", result->ages);
	json_add_count(json, "ages_early", result->ages_early);
	json_add_count(json, "ages_late", result->ages_late);
	json_add_flag(json, "plateau", result->plateau);
	json_add_real(json, "stopped_chance", result->stopped_chance);
	json_add_real(json, "slowing_z", result->slowing_z);
	json_add_count(json, "floor_start_ns", result->floor_start_ns);
	json_add_count(json, "floor_bin_ns", result->bin_ns);
	for (size_t i = 0; i < result->trend.n; i++)
		json_object_array_add(floor,
				      json_object_new_uint64((uint64_t)result->floor[i]));
	json_object_object_add(json, "floor_bytes", floor);
	return json;
}

static struct json_object *row_json(struct report *report, const struct context *context,
				    const struct row *row)
{
	struct memscope_leak_result result;
	struct json_object *json;

	if (result_of(report, context, row->site, &result))
		return NULL;
	json = context_site_json(report, row->site);
	json_add_text(json, "verdict", memscope_verdict_name(result.verdict));
	json_add_flag(json, "weakened", result.weakened);
	figure_add_json(json, "bytes_per_second", &result.bytes_per_second);
	figure_add_json(json, "seconds_to_gib", &result.seconds_to_gib);
	json_object_object_add(json, "evidence", evidence_json(&result));
	return json;
}

static void leaks_json(struct report *report, struct json_object *document)
{
	struct json_object *list = json_object_new_array();
	struct json_object *counts = json_object_new_object(), *row;
	struct verdicts verdicts;
	struct context context;
	size_t i;

	json_object_object_add(document, "leaks", list);
	json_object_object_add(document, "leak_verdicts", counts);
	if (context_init(&context, report))
		return;
	if (!judge(report, &context, &verdicts)) {
		for (i = 0; i < MEMSCOPE_VERDICTS; i++)
			json_add_count(counts, memscope_verdict_name((unsigned int)i),
				       verdicts.of[i]);
		json_add_count(counts, "suppressed_by_loss", verdicts.lost);
		for (i = 0; i < verdicts.count && (!report->top || i < report->top); i++) {
			row = row_json(report, &context, &verdicts.rows[i]);
			if (row)
				json_object_array_add(list, row);
		}
		free(verdicts.rows);
	}
	context_fini(&context);
}

const struct view view_leaks = {
	.name = "leaks",
	.description = "the verdict on each site, with its evidence",
	.analyses = needed,
	.text = leaks_text,
	.json = leaks_json,
};
