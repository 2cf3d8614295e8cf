// SPDX-License-Identifier: GPL-2.0
/*
 * heaptrack's interpreted text, version 2: every allocation and free of the
 * recording with its time, so that its charts over time are true.
 *
 * Strings, addresses and traces (a frame and the trace of its callers) are numbered
 * from 1, kinds of allocations (a size and a trace) from 0; each is written when it
 * first comes. All numbers are hexadecimal, times milliseconds.
 */
#include <errno.h>
#include <stdlib.h>

#include "export.h"
#include "text.h"

struct heaptrack {
	uint32_t strings;
	struct export_numbers functions;	/* by a function's address */
	struct export_numbers addresses;	/* by address */
	struct export_numbers traces;		/* by address number and parent */
	struct export_numbers kinds;		/* by trace and size */
	uint32_t kernel;			/* string: the module of all frames */
	uint32_t *site_traces;			/* by site, 0: not written yet */
	size_t site_room;
	uint64_t first_ns, last_ms;
};

static uint32_t put_text(struct export *export, struct heaptrack *heaptrack, const char *text)
{
	fputs("s ", export->to);
	for (; *text; text++)
		fputc(*text == '\n' ? ' ' : *text, export->to);
	fputc('\n', export->to);
	return ++heaptrack->strings;
}

static int begin_heaptrack(struct export *export)
{
	struct heaptrack *heaptrack = calloc(1, sizeof(*heaptrack));
	const struct memscope_meta *meta = &export->report.session.meta;
	char title[256];

	if (!heaptrack)
		return -ENOMEM;
	export->state = heaptrack;
	fputs("v 10400 2\n", export->to);
	fprintf(export->to, "X %s\n", export_title(export, title, sizeof(title)));
	fprintf(export->to, "I %x 0\n", meta->page_bytes);
	snprintf(title, sizeof(title), "vmlinux-%s", meta->kernel_release);
	text_clean(title);
	heaptrack->kernel = put_text(export, heaptrack, title);
	return 0;
}

static uint32_t address_number(struct export *export, struct heaptrack *heaptrack,
			       uint64_t address)
{
	struct memscope_symbol symbol;
	uint64_t key = address, offset;
	uint32_t number, function;
	char name[256];
	bool added;

	number = export_number(&heaptrack->addresses, address, &added);
	if (!added)
		return number;
	if (memscope_symbol_table_find(&export->report.session.symbols, address, true, &symbol,
				       &offset))
		key = symbol.address;
	function = export_number(&heaptrack->functions, key, &added);
	if (!function)
		return 0;
	if (added)
		put_text(export, heaptrack, export_function(export, address, name, sizeof(name)));
	/* Functions are the only strings behind the first, so their numbers lie one apart. */
	fprintf(export->to, "i %llx %x %x\n", (unsigned long long)address, heaptrack->kernel,
		function + heaptrack->kernel);
	return number;
}

static uint32_t site_trace(struct export *export, struct heaptrack *heaptrack,
			   uint32_t site_number)
{
	const struct memscope_site *site;
	const uint64_t *frames;
	uint32_t trace = 0, address;
	size_t count;
	bool added;

	site = memscope_model_site(export->report.model, site_number);
	for (count = export_stack(export, site, &frames); count; count--) {
		uint32_t parent = trace;

		address = address_number(export, heaptrack, frames[count - 1]);
		trace = export_number(&heaptrack->traces, (uint64_t)address << 32 | parent,
				      &added);
		if (!address || !trace)
			return 0;
		if (added)
			fprintf(export->to, "t %x %x\n", address, parent);
	}
	return trace;
}

static int remember_trace(struct heaptrack *heaptrack, uint32_t site, uint32_t trace)
{
	size_t room = heaptrack->site_room ? heaptrack->site_room : 1024;
	uint32_t *larger;

	while (room <= site)
		room *= 2;
	if (room != heaptrack->site_room) {
		larger = realloc(heaptrack->site_traces, room * sizeof(*larger));
		if (!larger)
			return -ENOMEM;
		for (; heaptrack->site_room < room; heaptrack->site_room++)
			larger[heaptrack->site_room] = 0;
		heaptrack->site_traces = larger;
	}
	heaptrack->site_traces[site] = trace;
	return 0;
}

/* The number of an object's kind of allocation, plus 1; 0: out of memory. */
static uint32_t kind_of(struct export *export, struct heaptrack *heaptrack,
			const struct memscope_object *object)
{
	uint32_t trace = 0, kind;
	bool added;

	if (object->site < heaptrack->site_room)
		trace = heaptrack->site_traces[object->site];
	if (!trace) {
		trace = site_trace(export, heaptrack, object->site);
		if (!trace || remember_trace(heaptrack, object->site, trace))
			return 0;
	}
	kind = export_number(&heaptrack->kinds, (uint64_t)trace << 32 | object->bytes_alloc,
			     &added);
	if (added)
		fprintf(export->to, "a %x %x\n", object->bytes_alloc, trace);
	return kind;
}

static void put_time(struct export *export, struct heaptrack *heaptrack, uint64_t ns)
{
	uint64_t ms;

	if (!heaptrack->first_ns)
		heaptrack->first_ns = ns;
	ms = (ns - heaptrack->first_ns) / 1000000;
	if (ms == heaptrack->last_ms)
		return;
	heaptrack->last_ms = ms;
	fprintf(export->to, "c %llx\n", (unsigned long long)ms);
}

static int put_object(struct export *export, char sign, const struct memscope_object *object)
{
	uint32_t kind;

	if (!object || object->deferred || object->site == MEMSCOPE_SITE_NONE)
		return 0;
	kind = kind_of(export, export->state, object);
	if (!kind)
		return -ENOMEM;
	fprintf(export->to, "%c %x\n", sign, kind - 1);
	return 0;
}

static int see_event(struct export *export, const struct memscope_merged *merged)
{
	const struct memscope_event *event = merged->event;
	struct memscope_model *model = export->report.model;
	int err = 0;

	put_time(export, export->state, merged->key);
	/* What lives at the address ends now: by its free, or unseen before an allocation. */
	if (event->type == MEMSCOPE_EVENT_FREE || event->type == MEMSCOPE_EVENT_FREE_DEFERRED ||
	    event->type == MEMSCOPE_EVENT_ALLOC)
		err = put_object(export, '-', memscope_model_find(model, event->ptr));
	if (!err)
		err = memscope_model_apply(model, merged, 1);
	if (!err && event->type == MEMSCOPE_EVENT_ALLOC)
		err = put_object(export, '+', memscope_model_find(model, event->ptr));
	return err;
}

static int write_heaptrack(struct export *export)
{
	struct heaptrack *heaptrack = export->state;

	export_numbers_deinit(&heaptrack->functions);
	export_numbers_deinit(&heaptrack->addresses);
	export_numbers_deinit(&heaptrack->traces);
	export_numbers_deinit(&heaptrack->kinds);
	free(heaptrack->site_traces);
	free(heaptrack);
	return 0;
}

const struct export_format export_heaptrack = {
	.name = "heaptrack",
	.opens = "heaptrack_gui, heaptrack_print",
	.begin = begin_heaptrack,
	.event = see_event,
	.write = write_heaptrack,
};
