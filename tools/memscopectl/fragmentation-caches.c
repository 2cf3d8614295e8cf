// SPDX-License-Identifier: GPL-2.0
/*
 * Where the bytes of caches' slabs go, by the last /proc/slabinfo.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis-slab.h"
#include "figure.h"
#include "fragmentation.h"
#include "json.h"
#include "text.h"

struct cache_row {
	const struct memscope_slabinfo *line;
	struct memscope_slab_result result;
};

static int most_unused_first(const void *a, const void *b)
{
	const struct cache_row *left = a, *right = b;
	double one = left->result.free_slots.value + left->result.padding.value;
	double other = right->result.free_slots.value + right->result.padding.value;

	return one > other ? -1 : one < other;
}

/* Object size and objects seen of the cache of that name, 0 where not known. */
static void look_up(const struct report *report, const char *name, uint32_t *object_size,
		    uint64_t *seen_live)
{
	const struct memscope_cache_totals *totals;
	size_t slots;

	*object_size = 0;
	*seen_live = 0;
	totals = memscope_model_caches(report->model, &slots);
	for (uint32_t slot = 0; slot < slots; slot++) {
		const struct memscope_cache *cache = NULL;
		char buffer[80];

		if (strcmp(memscope_cache_slot_name(&report->session.caches, slot, buffer,
						    sizeof(buffer)), name))
			continue;
		if (slot >= MEMSCOPE_KMALLOC_SLOTS)
			cache = memscope_cache_table_find(&report->session.caches,
							  slot - (MEMSCOPE_KMALLOC_SLOTS - 1));
		if (cache)
			*object_size = cache->object_size;
		*seen_live = totals[slot].live;
		return;
	}
}

/* Caches that have slabs, the most unused bytes first. The caller frees both. */
static size_t cache_rows(const struct report *report, struct memscope_slabinfo **lines,
			 struct cache_row **rows)
{
	const char *text = fragmentation_latest(report, "slabinfo");
	uint32_t page_bytes = report->session.meta.page_bytes ?: 4096;
	size_t count, used = 0;

	*lines = NULL;
	*rows = NULL;
	if (!text || memscope_slabinfo_parse(text, lines, &count))
		return 0;
	*rows = calloc(count + 1, sizeof(**rows));
	for (size_t i = 0; *rows && i < count; i++) {
		struct cache_row *row = &(*rows)[used];
		uint32_t object_size;
		uint64_t seen_live;

		look_up(report, (*lines)[i].name, &object_size, &seen_live);
		row->line = &(*lines)[i];
		if (row->line->slabs && !memscope_slab_result(row->line, page_bytes, object_size,
							      seen_live, &row->result))
			used++;
	}
	if (used)
		qsort(*rows, used, sizeof(**rows), most_unused_first);
	return report->top && used > report->top ? report->top : used;
}

void fragmentation_print_caches(const struct report *report)
{
	struct memscope_slabinfo *lines;
	struct cache_row *rows;
	size_t count = cache_rows(report, &lines, &rows);
	char bytes[32], slots[96], padding[32];

	if (!count)
		printf("\nNo /proc/slabinfo in the recording: nothing is told of caches' slabs.\n");
	else
		printf("\nSlabs of caches at the end. Free slots on CPUs' own slabs are only in the interval.\n"
		       "%10s %-32s %10s  %s\n", "IN SLABS", "FREE SLOTS", "PADDING", "CACHE");
	for (size_t i = 0; i < count; i++)
		printf("%10s %-32s %10s  %s\n",
		       figure_text(bytes, sizeof(bytes), &rows[i].result.bytes, FIGURE_BYTES,
				   false),
		       figure_text(slots, sizeof(slots), &rows[i].result.free_slots, FIGURE_BYTES,
				   true),
		       figure_text(padding, sizeof(padding), &rows[i].result.padding, FIGURE_BYTES,
				   false), rows[i].line->name);
	free(rows);
	free(lines);
}

struct json_object *fragmentation_caches_json(const struct report *report)
{
	struct json_object *list = json_object_new_array();
	struct memscope_slabinfo *lines;
	struct cache_row *rows;
	size_t count = cache_rows(report, &lines, &rows);

	for (size_t i = 0; i < count; i++) {
		struct json_object *json = json_object_new_object();

		json_add_text(json, "cache", rows[i].line->name);
		json_add_count(json, "slabs", rows[i].line->slabs);
		figure_add_json(json, "slab_bytes", &rows[i].result.bytes);
		figure_add_json(json, "object_bytes", &rows[i].result.objects);
		figure_add_json(json, "alignment_bytes", &rows[i].result.alignment);
		figure_add_json(json, "free_slot_bytes", &rows[i].result.free_slots);
		figure_add_json(json, "padding_bytes", &rows[i].result.padding);
		figure_add_json(json, "unused_share", &rows[i].result.unused_share);
		json_object_array_add(list, json);
	}
	free(rows);
	free(lines);
	return list;
}
