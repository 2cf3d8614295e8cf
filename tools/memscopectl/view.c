// SPDX-License-Identifier: GPL-2.0
/*
 * The list of views, and what they share.
 */
#include <stdio.h>

#include "json.h"
#include "recorder.h"
#include "text.h"
#include "view.h"

const struct view *const views[] = {
	&view_summary,
	&view_sites,
	&view_leaks,
	&view_lifetimes,
	&view_patterns,
	&view_sharing,
	&view_fragmentation,
	&view_caches,
	&view_load,
	NULL,
};

struct json_object *report_json(const struct report *report)
{
	struct json_object *json = json_object_new_object();
	struct memscope_losses losses;

	memscope_session_losses(&report->session, &losses);
	json_add_text(json, "file", report->name);
	json_add_count(json, "span_ns", report_span_ns(report));
	json_add_flag(json, "incomplete", memscope_session_incomplete(&report->session));
	if (report->session.damage[0])
		json_add_text(json, "damage", report->session.damage);
	json_object_object_add(json, "losses", losses_json(&losses));
	json_object_object_add(json, "recording", memscope_meta_json(&report->session.meta));
	return json;
}

void *report_state(const struct report *report, uint32_t site,
		   const struct memscope_analysis *analysis)
{
	size_t i;

	for (i = 0; i < report->analysis_count; i++)
		if (report->analyses[i] == analysis)
			return memscope_model_state(report->model, site, i);
	return NULL;
}

uint64_t report_span_ns(const struct report *report)
{
	const struct memscope_totals *totals = memscope_model_totals(report->model);

	return totals->last_ns - totals->first_ns;
}

void site_print_stack(struct report *report, const struct memscope_site *site,
		      const char *indent)
{
	const uint64_t *frames;
	size_t count, i;

	frames = memscope_stack_table_find(&report->session.stacks, site->stack, &count);
	for (i = 0; i < count; i++) {
		if (report->frames && i == report->frames && count > i + 1) {
			printf("%s.. %zu more\n", indent, count - i);
			break;
		}
		lines_print(&report->session, report->source, frames[i], indent);
	}
	if (!count)
		lines_print(&report->session, report->source, site->call_site, indent);
}

static void add_address(struct report *report, struct json_object *json, const char *key,
			uint64_t address)
{
	struct memscope_symbol symbol;
	uint64_t offset;

	json_add_hex(json, key, address);
	if (!memscope_symbol_table_find(&report->session.symbols, address, true, &symbol,
					&offset))
		return;
	json_add_text(json, "function", symbol.name);
	json_add_count(json, "offset", offset);
	json_add_text(json, "module", symbol.module);
	lines_add_json(json, report->source, address);
}

void site_add_json(struct report *report, const struct memscope_site *site,
		   struct json_object *json)
{
	struct json_object *list, *frame;
	const uint64_t *frames;
	size_t count, i;

	add_address(report, json, "call_site", site->call_site);
	frames = memscope_stack_table_find(&report->session.stacks, site->stack, &count);
	if (site->stack)
		json_add_count(json, "stack", site->stack);
	if (!count)
		return;
	list = json_object_new_array_ext(count);
	for (i = 0; i < count; i++) {
		frame = json_object_new_object();
		add_address(report, frame, "address", frames[i]);
		json_object_array_add(list, frame);
	}
	json_object_object_add(json, "frames", list);
}

const char *site_cache(const struct report *report, const struct memscope_site *site,
		       char *buffer, size_t size)
{
	uint32_t slot = memscope_cache_slot(site->cache, site->bytes_alloc_max);

	if (site->cache == MEMSCOPE_CACHE_NONE &&
	    slot != memscope_cache_slot(site->cache, site->bytes_alloc_min))
		return "kmalloc, several sizes";
	return memscope_cache_slot_name(&report->session.caches, slot, buffer, size);
}
