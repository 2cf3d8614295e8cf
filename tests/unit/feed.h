/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One site fed by hand: does what the model does for analyses, with nothing
 * of the model in it. Objects are planned with their birth and death, then
 * feed_until() applies allocations and frees in the order of time.
 */
#ifndef FEED_H
#define FEED_H

#include "analysis.h"
#include "draw.h"

#define FEED_ANALYSES	3
#define FEED_NEVER	UINT64_MAX

struct feed_plan {
	struct memscope_object object;
	struct memscope_free how;	/* time_ns FEED_NEVER: it is not freed */
};

struct feed_event {
	uint64_t time_ns;
	uint32_t plan;
	uint8_t frees;
};

struct feed {
	const struct memscope_analysis *analysis[FEED_ANALYSES];
	void *state[FEED_ANALYSES];
	struct memscope_site site;
	struct feed_plan *plan;
	size_t plans, room;
	struct feed_event *event;
	size_t events, next;		/* sorted once the first is applied */
	uint64_t *birth_ns;		/* of live objects, after feed_live() */
};

static inline void feed_init(struct feed *feed, const struct memscope_analysis *first,
			     const struct memscope_analysis *second)
{
	*feed = (struct feed){ .analysis = { first, second } };
	for (int i = 0; i < FEED_ANALYSES && feed->analysis[i]; i++) {
		feed->state[i] = calloc(1, feed->analysis[i]->site_bytes);
		assert_non_null(feed->state[i]);
	}
}

static inline void feed_fini(struct feed *feed)
{
	for (int i = 0; i < FEED_ANALYSES && feed->analysis[i]; i++) {
		if (feed->analysis[i]->site_fini)
			feed->analysis[i]->site_fini(feed->state[i]);
		free(feed->state[i]);
	}
	free(feed->plan);
	free(feed->event);
	free(feed->birth_ns);
}

/* A 64-byte object on CPU 0 by task 1; change the plan for anything else. */
static inline struct feed_plan *feed_plan(struct feed *feed, uint64_t birth_ns,
					  uint64_t death_ns)
{
	struct feed_plan *plan;

	if (feed->plans == feed->room) {
		feed->room = feed->room ? 2 * feed->room : 64;
		feed->plan = realloc(feed->plan, feed->room * sizeof(*feed->plan));
		assert_non_null(feed->plan);
	}
	plan = &feed->plan[feed->plans];
	*plan = (struct feed_plan){
		.object = { .ptr = 0xffff888000000000 + 64 * feed->plans, .time_ns = birth_ns,
			    .bytes_req = 60, .bytes_alloc = 64, .tid = 1 },
		.how = { .time_ns = death_ns, .tid = 1 },
	};
	feed->plans++;
	return plan;
}

/* Frees before allocations of the same time, else as planned. */
static inline int feed_order(const void *a, const void *b)
{
	const struct feed_event *left = a, *right = b;

	if (left->time_ns != right->time_ns)
		return left->time_ns < right->time_ns ? -1 : 1;
	if (left->frees != right->frees && left->plan != right->plan)
		return right->frees - left->frees;
	if (left->plan != right->plan)
		return left->plan < right->plan ? -1 : 1;
	return left->frees - right->frees;
}

static inline void feed_sort(struct feed *feed)
{
	feed->event = calloc(2 * feed->plans + 1, sizeof(*feed->event));
	assert_non_null(feed->event);
	for (uint32_t i = 0; i < feed->plans; i++) {
		const struct feed_plan *plan = &feed->plan[i];

		feed->event[feed->events++] =
			(struct feed_event){ plan->object.time_ns, i, 0 };
		if (plan->how.time_ns != FEED_NEVER)
			feed->event[feed->events++] =
				(struct feed_event){ plan->how.time_ns, i, 1 };
	}
	qsort(feed->event, feed->events, sizeof(*feed->event), feed_order);
}

static inline void feed_apply(struct feed *feed, const struct feed_event *event)
{
	const struct feed_plan *plan = &feed->plan[event->plan];
	struct memscope_site *site = &feed->site;
	const struct memscope_object *object = &plan->object;

	if (!event->frees) {
		if (!site->allocs++)
			site->first_ns = object->time_ns;
		site->last_ns = object->time_ns;
		site->bytes += object->bytes_alloc;
		site->bytes_req += object->bytes_req;
		site->live++;
		site->live_bytes += object->bytes_alloc;
		site->live_bytes_req += object->bytes_req;
	} else {
		site->frees++;
		site->freed_bytes += object->bytes_alloc;
		site->live--;
		site->live_bytes -= object->bytes_alloc;
		site->live_bytes_req -= object->bytes_req;
	}
	for (int i = 0; i < FEED_ANALYSES && feed->analysis[i]; i++) {
		int err = 0;

		if (!event->frees && feed->analysis[i]->alloc)
			err = feed->analysis[i]->alloc(site, feed->state[i], object);
		if (event->frees && feed->analysis[i]->free)
			err = feed->analysis[i]->free(site, feed->state[i], object, &plan->how);
		assert_int_equal(err, 0);
	}
}

/* Applies what happens before end_ns. */
static inline void feed_until(struct feed *feed, uint64_t end_ns)
{
	if (!feed->event)
		feed_sort(feed);
	while (feed->next < feed->events && feed->event[feed->next].time_ns < end_ns)
		feed_apply(feed, &feed->event[feed->next++]);
}

/* The objects that live at the time fed until. Valid until the next call. */
static inline struct memscope_live feed_live(struct feed *feed, uint64_t end_ns)
{
	struct memscope_live live = { 0 };

	free(feed->birth_ns);
	feed->birth_ns = calloc(feed->plans + 1, sizeof(*feed->birth_ns));
	assert_non_null(feed->birth_ns);
	for (size_t i = 0; i < feed->plans; i++)
		if (feed->plan[i].object.time_ns < end_ns && feed->plan[i].how.time_ns >= end_ns)
			feed->birth_ns[live.n++] = feed->plan[i].object.time_ns;
	live.birth_ns = feed->birth_ns;
	return live;
}

#endif /* FEED_H */
