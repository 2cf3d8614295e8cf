// SPDX-License-Identifier: GPL-2.0
/*
 * Sites: who allocates, what of it stays, and what is wasted.
 */
#include <stdio.h>
#include <stdlib.h>

#include "json.h"
#include "text.h"
#include "view.h"

static const char *const titles[MEMSCOPE_SORTS] = {
	[MEMSCOPE_SORT_LIVE] = "live bytes",
	[MEMSCOPE_SORT_ALLOCS] = "allocations",
	[MEMSCOPE_SORT_WASTE] = "bytes allocated but not asked for",
	[MEMSCOPE_SORT_BYTES] = "bytes allocated in all",
	[MEMSCOPE_SORT_PEAK] = "most bytes live at one time",
};

static void print_site(struct report *report, const struct memscope_site *site)
{
	char live[32], objects[32], allocs[32], bytes[32], waste[32], peak[32], cache[80];

	printf("\n%10s %10s %12s %10s %10s %10s  %s\n",
	       text_bytes(live, sizeof(live), site->live_bytes),
	       text_count(objects, sizeof(objects), site->live),
	       text_count(allocs, sizeof(allocs), site->allocs),
	       text_bytes(bytes, sizeof(bytes), site->bytes),
	       text_bytes(waste, sizeof(waste), site->bytes - site->bytes_req),
	       text_bytes(peak, sizeof(peak), site->peak_live_bytes),
	       site_cache(report, site, cache, sizeof(cache)));
	site_print_stack(report, site, "        ");
}

static void sites_text(struct report *report)
{
	uint32_t every = memscope_option_number(&report->session.meta.options,
						MEMSCOPE_A_STACK_EVERY);
	uint32_t *order;
	size_t count, i;
	char all[32];

	if (memscope_report_sites(report->model, report->sort, report->top, &order, &count))
		return;
	printf("Sites by %s (%zu of %s)\n", titles[report->sort], count,
	       text_count(all, sizeof(all), memscope_model_site_count(report->model)));
	if (every > 1)
		printf("A stack was taken of every %uth allocation: the others of a call site are a site without one.\n",
		       every);
	printf("%10s %10s %12s %10s %10s %10s  %s\n", "LIVE", "OBJECTS", "ALLOCS", "BYTES",
	       "WASTE", "PEAK", "CACHE");
	for (i = 0; i < count; i++)
		print_site(report, memscope_model_site(report->model, order[i]));
	free(order);
}

void site_add_totals_json(const struct memscope_site *site, struct json_object *json)
{
	json_add_count(json, "allocs", site->allocs);
	json_add_count(json, "frees", site->frees);
	json_add_count(json, "missed_frees", site->replaced);
	json_add_count(json, "alloc_bytes", site->bytes);
	json_add_count(json, "requested_bytes", site->bytes_req);
	json_add_count(json, "waste_bytes", site->bytes - site->bytes_req);
	json_add_count(json, "freed_bytes", site->freed_bytes);
	json_add_count(json, "live_objects", site->live);
	json_add_count(json, "live_bytes", site->live_bytes);
	json_add_count(json, "live_waste_bytes", site->live_bytes - site->live_bytes_req);
	json_add_count(json, "peak_live_bytes", site->peak_live_bytes);
	json_add_count(json, "peak_ns", site->peak_ns);
	json_add_count(json, "first_ns", site->first_ns);
	json_add_count(json, "last_ns", site->last_ns);
	json_add_count(json, "bytes_alloc_min", site->bytes_alloc_min);
	json_add_count(json, "bytes_alloc_max", site->bytes_alloc_max);
}

static struct json_object *site_json(struct report *report, uint32_t number)
{
	const struct memscope_site *site = memscope_model_site(report->model, number);
	struct json_object *json = json_object_new_object();
	char cache[80];

	json_add_count(json, "site", number);
	site_add_json(report, site, json);
	json_add_text(json, "cache", site_cache(report, site, cache, sizeof(cache)));
	site_add_totals_json(site, json);
	return json;
}

static void sites_json(struct report *report, struct json_object *document)
{
	struct json_object *list = json_object_new_array();
	uint32_t *order;
	size_t count, i;

	json_add_text(document, "sites_sorted_by", memscope_sort_name(report->sort));
	json_object_object_add(document, "sites", list);
	if (memscope_report_sites(report->model, report->sort, report->top, &order, &count))
		return;
	for (i = 0; i < count; i++)
		json_object_array_add(list, site_json(report, order[i]));
	free(order);
}

const struct view view_sites = {
	.name = "sites",
	.description = "who allocates, what of it stays, what is wasted",
	.text = sites_text,
	.json = sites_json,
};
