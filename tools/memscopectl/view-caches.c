// SPDX-License-Identifier: GPL-2.0
/*
 * Slab caches and size classes of kmalloc.
 */
#include <stdio.h>
#include <stdlib.h>

#include "json.h"
#include "text.h"
#include "view.h"

static void print_cache(const struct report *report,
			const struct memscope_cache_totals *cache, uint32_t slot)
{
	char name[80], live[32], objects[32], allocs[32], waste[32], peak[32], slabs[32];

	printf("%10s %10s %12s %10s %10s %8s  %s\n",
	       text_bytes(live, sizeof(live), cache->live_bytes),
	       text_count(objects, sizeof(objects), cache->live),
	       text_count(allocs, sizeof(allocs), cache->allocs),
	       text_bytes(waste, sizeof(waste), cache->bytes - cache->bytes_req),
	       text_bytes(peak, sizeof(peak), cache->peak_live_bytes),
	       text_count(slabs, sizeof(slabs), cache->slabs),
	       memscope_cache_slot_name(&report->session.caches, slot, name, sizeof(name)));
}

static void caches_text(struct report *report)
{
	const struct memscope_cache_totals *caches;
	uint32_t *order;
	size_t count, slots, i;

	caches = memscope_model_caches(report->model, &slots);
	if (memscope_report_caches(report->model, report->sort, report->top, &order, &count))
		return;
	printf("Caches\n%10s %10s %12s %10s %10s %8s  %s\n", "LIVE", "OBJECTS", "ALLOCS",
	       "WASTE", "PEAK", "SLABS", "CACHE");
	for (i = 0; i < count; i++)
		print_cache(report, &caches[order[i]], order[i]);
	free(order);
}

static struct json_object *cache_json(const struct report *report,
				      const struct memscope_cache_totals *cache, uint32_t slot)
{
	struct json_object *json = json_object_new_object();
	const struct memscope_cache *known = NULL;
	char name[80];

	if (slot >= MEMSCOPE_KMALLOC_SLOTS)
		known = memscope_cache_table_find(&report->session.caches,
						  slot - (MEMSCOPE_KMALLOC_SLOTS - 1));
	json_add_text(json, "cache", memscope_cache_slot_name(&report->session.caches, slot,
							      name, sizeof(name)));
	if (known) {
		json_add_count(json, "cache_id", known->id);
		json_add_count(json, "object_size_bytes", known->object_size);
		json_add_count(json, "size_bytes", known->size);
	}
	json_add_count(json, "allocs", cache->allocs);
	json_add_count(json, "frees", cache->frees);
	json_add_count(json, "alloc_bytes", cache->bytes);
	json_add_count(json, "requested_bytes", cache->bytes_req);
	json_add_count(json, "waste_bytes", cache->bytes - cache->bytes_req);
	json_add_count(json, "live_objects", cache->live);
	json_add_count(json, "live_bytes", cache->live_bytes);
	json_add_count(json, "live_waste_bytes", cache->live_bytes - cache->live_bytes_req);
	json_add_count(json, "peak_live_bytes", cache->peak_live_bytes);
	json_add_count(json, "slabs_allocated", cache->slabs_alloc);
	json_add_count(json, "slabs_freed", cache->slabs_free);
	json_add_count(json, "new_slabs", cache->slabs);
	json_add_count(json, "new_slab_bytes", cache->slab_bytes);
	return json;
}

static void caches_json(struct report *report, struct json_object *document)
{
	const struct memscope_cache_totals *caches;
	struct json_object *list = json_object_new_array();
	uint32_t *order;
	size_t count, slots, i;

	json_object_object_add(document, "caches", list);
	caches = memscope_model_caches(report->model, &slots);
	if (memscope_report_caches(report->model, report->sort, report->top, &order, &count))
		return;
	for (i = 0; i < count; i++)
		json_object_array_add(list, cache_json(report, &caches[order[i]], order[i]));
	free(order);
}

const struct view view_caches = {
	.name = "caches",
	.description = "slab caches and kmalloc size classes",
	.text = caches_text,
	.json = caches_json,
};
