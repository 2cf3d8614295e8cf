// SPDX-License-Identifier: GPL-2.0
/*
 * Sharing: where objects are freed, and the impact of each site.
 */
#include <stdio.h>
#include <stdlib.h>

#include "analysis-hold.h"
#include "analysis-impact.h"
#include "analysis-sharing.h"
#include "context.h"
#include "event.h"
#include "figure.h"
#include "json.h"
#include "text.h"

static const struct memscope_analysis *const needed[] = {
	&memscope_analysis_sharing, &memscope_analysis_hold, NULL,
};

static void parts_of(const struct report *report, const struct context *context,
		     uint32_t number, struct memscope_impact *impact)
{
	memscope_impact_of(memscope_model_site(report->model, number),
			   report_state(report, number, &memscope_analysis_hold),
			   report_state(report, number, &memscope_analysis_sharing), 0,
			   &context->recording, impact);
}

static void sum_of(const struct report *report, const struct context *context,
		   struct memscope_impact *sum)
{
	struct memscope_impact site;

	*sum = (struct memscope_impact){ 0 };
	for (uint32_t i = 0; i < memscope_model_site_count(report->model); i++) {
		parts_of(report, context, i, &site);
		memscope_impact_add(sum, &site);
	}
}

static void results(const struct report *report, const struct context *context, uint32_t number,
		    const struct memscope_impact *sum, struct memscope_sharing_result *sharing,
		    struct memscope_impact_result *impact)
{
	struct memscope_impact parts;

	memscope_sharing_result(memscope_model_site(report->model, number),
				report_state(report, number, &memscope_analysis_sharing),
				&context->recording, sharing);
	parts_of(report, context, number, &parts);
	memscope_impact_result(&parts, sum, &context->recording, impact);
}

static void print_site(struct report *report, const struct context *context, uint32_t number,
		       const struct memscope_impact *sum)
{
	const struct memscope_site *site = memscope_model_site(report->model, number);
	struct memscope_sharing_result sharing;
	struct memscope_impact_result impact;
	char frees[32], cpu[96], node[32], task[32], other[32], score[32], cache[80];

	results(report, context, number, sum, &sharing, &impact);
	printf("\n%12s %-28s %8s %8s %8s %8s  %s\n",
	       text_count(frees, sizeof(frees), sharing.frees),
	       figure_text(cpu, sizeof(cpu), &sharing.other_cpu, FIGURE_SHARE, true),
	       figure_text(node, sizeof(node), &sharing.other_node, FIGURE_SHARE, false),
	       figure_text(task, sizeof(task), &sharing.other_task, FIGURE_SHARE, false),
	       figure_text(other, sizeof(other), &sharing.other_context, FIGURE_SHARE, false),
	       figure_text(score, sizeof(score), &impact.impact, FIGURE_NUMBER, false),
	       site_cache(report, site, cache, sizeof(cache)));
	site_print_stack(report, site, "        ");
}

static void sharing_text(struct report *report)
{
	struct memscope_impact sum;
	struct context context;
	uint32_t *order;
	size_t count, i;

	if (context_init(&context, report))
		return;
	if (!memscope_report_sites(report->model, report->sort, report->top, &order, &count)) {
		sum_of(report, &context, &sum);
		printf("Sharing: objects freed elsewhere than they were allocated, and impact: the\n"
		       "site's share, of 100, in calls, byte-seconds, waste and frees on another CPU\n"
		       "%12s %-28s %8s %8s %8s %8s  %s\n", "FREES", "OTHER CPU (95 % interval)",
		       "NODE", "TASK", "CONTEXT", "IMPACT", "CACHE");
		for (i = 0; i < count; i++)
			print_site(report, &context, order[i], &sum);
		figure_print_legend(context.recording.lost);
		free(order);
	}
	context_fini(&context);
}

static struct json_object *site_json(struct report *report, const struct context *context,
				     uint32_t number, const struct memscope_impact *sum)
{
	struct json_object *json = context_site_json(report, number);
	struct json_object *contexts = json_object_new_object();
	struct json_object *parts = json_object_new_object(), *part;
	struct memscope_sharing_result sharing;
	struct memscope_impact_result impact;
	unsigned int i;

	results(report, context, number, sum, &sharing, &impact);
	json_add_count(json, "frees", sharing.frees);
	figure_add_json(json, "other_cpu_share", &sharing.other_cpu);
	figure_add_json(json, "other_node_share", &sharing.other_node);
	figure_add_json(json, "other_task_share", &sharing.other_task);
	figure_add_json(json, "other_context_share", &sharing.other_context);
	figure_add_json(json, "deferred_share", &sharing.deferred);
	for (i = 0; i < 4; i++)
		figure_add_json(contexts, memscope_context_name(i), &sharing.in_context[i]);
	json_object_object_add(json, "freed_in_context_share", contexts);
	figure_add_json(json, "impact", &impact.impact);
	for (i = 0; i < MEMSCOPE_IMPACT_PARTS; i++) {
		part = json_object_new_object();
		figure_add_json(part, "share", &impact.share[i]);
		json_add_real(part, "weight", impact.weight[i]);
		json_object_object_add(parts, memscope_impact_part_name(i), part);
	}
	json_object_object_add(json, "impact_parts", parts);
	return json;
}

static void sharing_json(struct report *report, struct json_object *document)
{
	struct json_object *list = json_object_new_array();
	struct memscope_impact sum;
	struct context context;
	uint32_t *order;
	size_t count, i;

	json_object_object_add(document, "sharing", list);
	if (context_init(&context, report))
		return;
	if (!memscope_report_sites(report->model, report->sort, report->top, &order, &count)) {
		sum_of(report, &context, &sum);
		for (i = 0; i < count; i++)
			json_object_array_add(list, site_json(report, &context, order[i], &sum));
		free(order);
	}
	context_fini(&context);
}

const struct view view_sharing = {
	.name = "sharing",
	.description = "where objects are freed, and the impact of each site",
	.analyses = needed,
	.text = sharing_text,
	.json = sharing_json,
};
