// SPDX-License-Identifier: GPL-2.0
/*
 * What a site held over time. An object of b bytes that lived from s to e
 * adds b * e - b * s: the second term when it is allocated, the first when it
 * is freed, or at the end for all that are live.
 */
#include "analysis-hold.h"

/* The model gives states the alignment of a pointer. */
typedef __int128 wide __attribute__((aligned(8)));

struct state {
	wide byte_ns, object_ns;
};

static int on_alloc(const struct memscope_site *site, void *data,
		    const struct memscope_object *object)
{
	struct state *state = data;

	state->byte_ns -= (__int128)object->bytes_alloc * object->time_ns;
	state->object_ns -= object->time_ns;
	return 0;
}

static int on_free(const struct memscope_site *site, void *data,
		   const struct memscope_object *object, const struct memscope_free *how)
{
	struct state *state = data;
	/* Clocks of two CPUs may differ by a little. */
	uint64_t end = how->time_ns > object->time_ns ? how->time_ns : object->time_ns;

	state->byte_ns += (__int128)object->bytes_alloc * end;
	state->object_ns += end;
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
	const struct state *mine = state;
	__int128 end = context->end_ns;
	double byte_s = (double)(mine->byte_ns + end * site->live_bytes) / 1e9;
	double object_s = (double)(mine->object_ns + end * site->live) / 1e9;
	double seconds = (double)(context->end_ns - context->start_ns) / 1e9;
	struct memscope_figure *figure[] = {
		&result->byte_seconds, &result->object_seconds,
		&result->live_mean, &result->live_bytes_mean,
	};

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
		figure[i]->weakened = context->lost > 0;
	return 0;
}
