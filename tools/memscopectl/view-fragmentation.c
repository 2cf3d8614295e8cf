// SPDX-License-Identifier: GPL-2.0
/*
 * Fragmentation: bytes not asked for, who keeps half-empty slabs, where the
 * bytes of caches go, and what of the free pages can be used.
 */
#include <stdio.h>
#include <stdlib.h>

#include "analysis-buddy.h"
#include "analysis-internal.h"
#include "figure.h"
#include "fragmentation.h"
#include "json.h"
#include "text.h"

const char *fragmentation_latest(const struct report *report, const char *path)
{
	for (size_t i = report->session.snapshot_count; i-- > 0;) {
		const char *text = memscope_snapshot_find(&report->session.snapshots[i], path);

		if (text)
			return text;
	}
	return NULL;
}

static void internal(const struct report *report, const struct context *context,
		     struct memscope_internal_result *result)
{
	const struct memscope_totals *totals = memscope_model_totals(report->model);

	memscope_internal_result(totals->allocs, totals->bytes, totals->bytes_req, totals->live,
				 totals->live_bytes, totals->live_bytes_req,
				 &context->recording, result);
}

static void print_internal(const struct report *report, const struct context *context)
{
	struct memscope_internal_result result;
	char bytes[40], share[40], all[40], of_all[40];

	internal(report, context, &result);
	printf("Fragmentation\nNot asked for: %s (%s) of what is live, %s (%s) of all that was allocated\n",
	       figure_text(bytes, sizeof(bytes), &result.live_bytes, FIGURE_BYTES, false),
	       figure_text(share, sizeof(share), &result.live_share, FIGURE_SHARE, false),
	       figure_text(all, sizeof(all), &result.bytes, FIGURE_BYTES, false),
	       figure_text(of_all, sizeof(of_all), &result.share, FIGURE_SHARE, false));
}

static struct json_object *internal_json(const struct report *report,
					 const struct context *context)
{
	struct json_object *json = json_object_new_object();
	struct memscope_internal_result result;

	internal(report, context, &result);
	figure_add_json(json, "live_waste_bytes", &result.live_bytes);
	figure_add_json(json, "live_waste_share", &result.live_share);
	figure_add_json(json, "waste_bytes", &result.bytes);
	figure_add_json(json, "waste_share", &result.share);
	return json;
}

static void print_zone(const struct memscope_zone *zone, uint32_t page_bytes)
{
	struct memscope_buddy_result result;
	char bytes[32], share[32];

	memscope_buddy_result(zone, 0, &result);
	printf("node %u %-8s %10s ", zone->node, zone->name,
	       text_bytes(bytes, sizeof(bytes), (uint64_t)(result.free_pages.value * page_bytes)));
	for (unsigned int order = 1; order < zone->orders; order++) {
		memscope_buddy_result(zone, order, &result);
		printf(" %5s", figure_text(share, sizeof(share), &result.unusable, FIGURE_SHARE,
					   false));
	}
	putchar('\n');
}

static void print_pages(const struct report *report)
{
	const char *text = fragmentation_latest(report, "buddyinfo");
	uint32_t page_bytes = report->session.meta.page_bytes ?: 4096;
	struct memscope_zone *zones;
	size_t count;

	if (!text || memscope_buddy_parse(text, &zones, &count)) {
		printf("\nNo /proc/buddyinfo in the recording: nothing is told of free pages.\n");
		return;
	}
	printf("\nFree pages at the end, and the share of them in blocks too small for order 1, 2, ..\n");
	for (size_t i = 0; i < count; i++)
		print_zone(&zones[i], page_bytes);
	free(zones);
}

static struct json_object *zone_json(const struct memscope_zone *zone)
{
	struct json_object *json = json_object_new_object();
	struct json_object *orders = json_object_new_array();
	struct memscope_buddy_result result;

	json_add_count(json, "node", zone->node);
	json_add_text(json, "zone", zone->name);
	for (unsigned int order = 0; order < zone->orders; order++) {
		struct json_object *row = json_object_new_object();

		memscope_buddy_result(zone, order, &result);
		json_add_count(row, "order", order);
		json_add_count(row, "free_blocks", zone->free[order]);
		json_add_flag(row, "would_fail", result.fails);
		figure_add_json(row, "unusable_share", &result.unusable);
		figure_add_json(row, "fragmentation_index", &result.fragmentation);
		json_object_array_add(orders, row);
	}
	figure_add_json(json, "free_pages", &result.free_pages);
	json_object_object_add(json, "orders", orders);
	return json;
}

static struct json_object *pages_json(const struct report *report)
{
	const char *text = fragmentation_latest(report, "buddyinfo");
	struct json_object *list = json_object_new_array();
	struct memscope_zone *zones;
	size_t count;

	if (!text || memscope_buddy_parse(text, &zones, &count))
		return list;
	for (size_t i = 0; i < count; i++)
		json_object_array_add(list, zone_json(&zones[i]));
	free(zones);
	return list;
}

static void fragmentation_text(struct report *report)
{
	struct context context;

	if (context_init(&context, report))
		return;
	print_internal(report, &context);
	fragmentation_print_pinning(report, &context);
	fragmentation_print_caches(report);
	print_pages(report);
	figure_print_legend(context.recording.lost);
	context_fini(&context);
}

static void fragmentation_json(struct report *report, struct json_object *document)
{
	struct json_object *json = json_object_new_object();
	struct context context;

	json_object_object_add(document, "fragmentation", json);
	if (context_init(&context, report))
		return;
	json_object_object_add(json, "internal", internal_json(report, &context));
	json_object_object_add(json, "pinning", fragmentation_pinning_json(report, &context));
	json_object_object_add(json, "caches", fragmentation_caches_json(report));
	json_object_object_add(json, "zones", pages_json(report));
	context_fini(&context);
}

const struct view view_fragmentation = {
	.name = "fragmentation",
	.description = "half-empty slabs, who keeps them, and free pages",
	.text = fragmentation_text,
	.json = fragmentation_json,
};
