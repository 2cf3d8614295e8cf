// SPDX-License-Identifier: GPL-2.0
/*
 * Where a site's objects are freed. See the header for what is kept.
 */
#include <errno.h>
#include <stdlib.h>

#include "analysis-sharing.h"
#include "stat-distribution.h"

#define PAIRS_FIRST	8
#define PAIRS		128
#define SAMPLE		256

/* Frees of objects from one CPU on another. */
struct pair {
	uint16_t from, to;
	uint64_t frees;			/* 0: a free slot */
};

/* Frees whose pair found no room: how many, and some of them drawn at random. */
struct rest {
	uint64_t frees, random;
	struct {
		uint16_t from, to;
	} sample[SAMPLE];
};

struct state {
	uint64_t frees, other_cpu, both_process, other_task, other_context, deferred;
	uint64_t in_context[4];
	struct pair *pair;		/* open addressing, room is a power of two */
	struct rest *rest;
	uint16_t room, used;
};

/* The slot of a pair, or a free one, or NULL if there is no table yet. */
static struct pair *find(struct pair *pair, unsigned int room, uint16_t from, uint16_t to)
{
	uint32_t key = (uint32_t)from << 16 | to;
	unsigned int at = (key * 2654435769U) >> 16 & (room - 1);

	if (!room)
		return NULL;
	while (pair[at].frees && (pair[at].from != from || pair[at].to != to))
		at = (at + 1) & (room - 1);
	return &pair[at];
}

static int grow(struct state *state)
{
	unsigned int room = state->room ? 2U * state->room : PAIRS_FIRST;
	struct pair *pair = calloc(room, sizeof(*pair));

	if (!pair)
		return -ENOMEM;
	for (unsigned int i = 0; i < state->room; i++)
		if (state->pair[i].frees)
			*find(pair, room, state->pair[i].from, state->pair[i].to) =
				state->pair[i];
	free(state->pair);
	state->pair = pair;
	state->room = (uint16_t)room;
	return 0;
}

/* Keeps each of them with the same chance (Vitter's algorithm R). */
static int add_rest(struct state *state, uint16_t from, uint16_t to)
{
	struct rest *rest = state->rest;
	uint64_t at;

	if (!rest) {
		rest = calloc(1, sizeof(*rest));
		if (!rest)
			return -ENOMEM;
		rest->random = 0x9e3779b97f4a7c15;
		state->rest = rest;
	}
	at = rest->frees++;
	if (at >= SAMPLE) {
		rest->random ^= rest->random << 13;
		rest->random ^= rest->random >> 7;
		rest->random ^= rest->random << 17;
		at = rest->random % rest->frees;
	}
	if (at < SAMPLE) {
		rest->sample[at].from = from;
		rest->sample[at].to = to;
	}
	return 0;
}

static int add_pair(struct state *state, uint16_t from, uint16_t to)
{
	struct pair *pair = find(state->pair, state->room, from, to);

	if (pair && pair->frees) {
		pair->frees++;
		return 0;
	}
	/* A quarter stays free, so that the search for a new pair ends soon. */
	if (4 * (state->used + 1) > 3 * state->room) {
		int err;

		if (state->room == PAIRS)
			return add_rest(state, from, to);
		err = grow(state);
		if (err)
			return err;
		pair = find(state->pair, state->room, from, to);
	}
	*pair = (struct pair){ from, to, 1 };
	state->used++;
	return 0;
}

static int on_free(const struct memscope_site *site, void *data,
		   const struct memscope_object *object, const struct memscope_free *how)
{
	struct state *state = data;
	unsigned int born = MEMSCOPE_EVENT_CONTEXT(object->flags);
	unsigned int died = MEMSCOPE_EVENT_CONTEXT(how->flags);

	state->frees++;
	state->in_context[died]++;
	state->deferred += how->deferred != 0;
	state->other_context += born != died;
	if (born == MEMSCOPE_CONTEXT_PROCESS && died == MEMSCOPE_CONTEXT_PROCESS) {
		state->both_process++;
		state->other_task += object->tid != how->tid;
	}
	if (object->cpu == how->cpu)
		return 0;
	state->other_cpu++;
	return add_pair(state, object->cpu, how->cpu);
}

static void site_fini(void *data)
{
	struct state *state = data;

	free(state->pair);
	free(state->rest);
	*state = (struct state){ 0 };
}

const struct memscope_analysis memscope_analysis_sharing = {
	.name = "sharing",
	.site_bytes = sizeof(struct state),
	.free = on_free,
	.site_fini = site_fini,
};

/* 1: other node, 0: same node, -1: not known. */
static int is_other_node(const struct memscope_analysis_context *context, uint16_t from,
			 uint16_t to)
{
	if (!context->cpu_node || from >= context->nr_cpus || to >= context->nr_cpus ||
	    context->cpu_node[from] < 0 || context->cpu_node[to] < 0)
		return -1;
	return context->cpu_node[from] != context->cpu_node[to];
}

static struct memscope_figure other_node(const struct state *state,
					 const struct memscope_analysis_context *context)
{
	uint64_t other = 0, sampled = 0, hits = 0;
	struct memscope_range range;
	double n = (double)state->frees;

	if (!state->frees)
		return memscope_insufficient(MEMSCOPE_WHY_FEW, 0);
	if (!context->cpu_node)
		return memscope_insufficient(MEMSCOPE_WHY_TOPOLOGY, state->frees);
	for (unsigned int i = 0; i < state->room; i++) {
		int is;

		if (!state->pair[i].frees)
			continue;
		is = is_other_node(context, state->pair[i].from, state->pair[i].to);
		if (is < 0)
			return memscope_insufficient(MEMSCOPE_WHY_TOPOLOGY, state->frees);
		other += is ? state->pair[i].frees : 0;
	}
	if (!state->rest)
		return memscope_share(other, state->frees);
	sampled = state->rest->frees < SAMPLE ? state->rest->frees : SAMPLE;
	for (uint64_t i = 0; i < sampled; i++) {
		int is = is_other_node(context, state->rest->sample[i].from,
				       state->rest->sample[i].to);

		if (is < 0)
			return memscope_insufficient(MEMSCOPE_WHY_TOPOLOGY, state->frees);
		hits += (uint64_t)is;
	}
	memscope_wilson(hits, sampled, MEMSCOPE_Z95, &range.low, &range.high);
	range.value = (double)hits / (double)sampled;
	range.value = ((double)other + range.value * (double)state->rest->frees) / n;
	range.low = ((double)other + range.low * (double)state->rest->frees) / n;
	range.high = ((double)other + range.high * (double)state->rest->frees) / n;
	return memscope_estimated(range, state->frees);
}

int memscope_sharing_result(const struct memscope_site *site, const void *state,
			    const struct memscope_analysis_context *context,
			    struct memscope_sharing_result *result)
{
	const struct state *mine = state;
	bool weakened = context->lost > 0;

	*result = (struct memscope_sharing_result){
		.frees = mine->frees,
		.other_cpu_frees = mine->other_cpu,
		.other_cpu = memscope_share(mine->other_cpu, mine->frees),
		.other_node = other_node(mine, context),
		.other_task = memscope_share(mine->other_task, mine->both_process),
		.other_context = memscope_share(mine->other_context, mine->frees),
		.deferred = memscope_share(mine->deferred, mine->frees),
	};
	for (int i = 0; i < 4; i++) {
		result->in_context[i] = memscope_share(mine->in_context[i], mine->frees);
		result->in_context[i].weakened = weakened;
	}
	result->other_cpu.weakened = weakened;
	result->other_node.weakened = weakened;
	result->other_task.weakened = weakened;
	result->other_context.weakened = weakened;
	result->deferred.weakened = weakened;
	return 0;
}
