// SPDX-License-Identifier: GPL-2.0
/*
 * What a site held over time: what was live before an event, times the time
 * since the event before. The site's own counts are taken, since they also
 * know of objects whose free was missed.
 */
#include "analysis-hold.h"

struct state {
	uint64_t last_ns;
	double byte_ns, object_ns;
};

static void add(struct state *state, uint64_t time_ns, uint64_t live, uint64_t live_bytes)
{
	double ns = time_ns > state->last_ns ? (double)(time_ns - state->last_ns) : 0;

	state->byte_ns += (double)live_bytes * ns;
	state->object_ns += (double)live * ns;
	if (time_ns > state->last_ns)
		state->last_ns = time_ns;
}

/* The site counts the event already. */
static int on_alloc(const struct memscope_site *site, void *data,
		    const struct memscope_object *object)
{
	add(data, object->time_ns, site->live - 1, site->live_bytes - object->bytes_alloc);
	return 0;
}

static int on_free(const struct memscope_site *site, void *data,
		   const struct memscope_object *object, const struct memscope_free *how)
{
	add(data, how->time_ns, site->live + 1, site->live_bytes + object->bytes_alloc);
	return 0;
}

const struct memscope_analysis memscope_analysis_hold = {
	.name = "hold",
	.site_bytes = sizeof(struct state),
	.alloc = on_alloc,
	.free = on_free,
};

int memscope_hold_result(const struct memscope_site *site, const void *state,
			 const struct memscope_analysis_context *context,
			 struct memscope_hold_result *result)
{
	struct state mine = *(const struct state *)state;
	double byte_s, object_s;
	double seconds = (double)(context->end_ns - context->start_ns) / 1e9;
	struct memscope_figure *figure[] = {
		&result->byte_seconds, &result->object_seconds,
		&result->live_mean, &result->live_bytes_mean,
	};

	add(&mine, context->end_ns, site->live, site->live_bytes);
	byte_s = mine.byte_ns / 1e9;
	object_s = mine.object_ns / 1e9;
	result->byte_seconds = memscope_measured(byte_s, site->allocs);
	result->object_seconds = memscope_measured(object_s, site->allocs);
	if (context->end_ns > context->start_ns) {
		result->live_mean = memscope_measured(object_s / seconds, site->allocs);
		result->live_bytes_mean = memscope_measured(byte_s / seconds, site->allocs);
	} else {
		result->live_mean = memscope_insufficient(MEMSCOPE_WHY_SHORT, site->allocs);
		result->live_bytes_mean = result->live_mean;
	}
	for (int i = 0; i < 4; i++)
		figure[i]->weakened = context->lost > 0 || site->replaced;
	return 0;
}
