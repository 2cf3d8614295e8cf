/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the events show of a truth, and where they differ from it. Follows every
 * event of the system, in order, through a table of live objects.
 */
#ifndef SEEN_H
#define SEEN_H

#include "trace.h"
#include "truth.h"
#include "verdict.h"

#define TRUTHS	40
#define ANY	255

static struct wire wire;
static struct trace trace = { .wire = &wire };
static struct live_table live;

/* By which of memscope's paths events of a load's path come. */
static const struct {
	const char *name;
	uint8_t alloc, free;
} ways[] = {
	{ "large", MEMSCOPE_PATH_KMALLOC_LARGE, MEMSCOPE_PATH_KFREE },
	{ "large-variable", MEMSCOPE_PATH_KMALLOC_LARGE, MEMSCOPE_PATH_KFREE },
	{ "kvmalloc", ANY, MEMSCOPE_PATH_KFREE },
	{ "cache", MEMSCOPE_PATH_CACHE_ALLOC, MEMSCOPE_PATH_CACHE_FREE },
	{ "cache-node", MEMSCOPE_PATH_CACHE_ALLOC, MEMSCOPE_PATH_CACHE_FREE },
	{ "cache-lru", MEMSCOPE_PATH_CACHE_ALLOC, MEMSCOPE_PATH_CACHE_FREE },
	{ "cache-kfree", MEMSCOPE_PATH_CACHE_ALLOC, MEMSCOPE_PATH_KFREE },
	{ "cache-rcu", MEMSCOPE_PATH_CACHE_ALLOC, MEMSCOPE_PATH_RCU_FREE },
	{ "slab-pages", MEMSCOPE_PATH_CACHE_ALLOC, MEMSCOPE_PATH_CACHE_FREE },
	{ "bulk", MEMSCOPE_PATH_BULK_ALLOC, MEMSCOPE_PATH_BULK_FREE },
	{ "bulk-single", MEMSCOPE_PATH_BULK_ALLOC, MEMSCOPE_PATH_CACHE_FREE },
	{ "single-bulk", MEMSCOPE_PATH_CACHE_ALLOC, MEMSCOPE_PATH_BULK_FREE },
	{ "kfree-bulk", MEMSCOPE_PATH_KMALLOC, MEMSCOPE_PATH_BULK_FREE },
	{ "kfree-rcu", MEMSCOPE_PATH_KMALLOC, MEMSCOPE_PATH_RCU_FREE },
	{ "kfree-rcu-mightsleep", MEMSCOPE_PATH_KMALLOC, MEMSCOPE_PATH_RCU_FREE },
	{ "nolock", MEMSCOPE_PATH_NOLOCK_ALLOC, MEMSCOPE_PATH_NOLOCK_FREE },
	{ "nolock-kfree", MEMSCOPE_PATH_NOLOCK_ALLOC, MEMSCOPE_PATH_KFREE },
	{ NULL, MEMSCOPE_PATH_KMALLOC, MEMSCOPE_PATH_KFREE },
};

/* What the events show of one truth. */
struct seen {
	uint64_t allocs, bytes_req, bytes_alloc, alloc_sum;
	uint64_t frees, free_sum, frees_own_site, ended;
	uint64_t resizes, pages_alloc, pages_free;
	uint64_t no_stack, wrong_stack, wrong_context, wrong_cpu, wrong_tid, wrong_cache;
	uint64_t wrong_path, wrong_free;
	uint64_t live_twice, freed_unseen;
};

static struct seen seen[TRUTHS];

static bool within(uint64_t address, uint64_t start, uint64_t end)
{
	return address > start && address <= end;
}

static unsigned int way_of(const char *path)
{
	unsigned int i;

	for (i = 0; ways[i].name && strcmp(ways[i].name, path); i++)
		;
	return i;
}

static const uint64_t *stack_of(const struct memscope_event *event, uint64_t *frames)
{
	*frames = 0;
	if (event->stack == MEMSCOPE_STACK_NONE || event->stack >= trace.stack_room ||
	    !trace.stacks[event->stack])
		return NULL;
	*frames = trace.stacks[event->stack][0];
	return trace.stacks[event->stack] + 1;
}

/* The place in a stack of the truth's own function, or -1. */
static int own_frame(const struct memscope_event *event, const struct truth *truth)
{
	uint64_t frames, i;
	const uint64_t *frame = stack_of(event, &frames);

	for (i = 0; i < frames; i++) {
		if (within(frame[i], truth->alloc_start, truth->alloc_end))
			return i;
	}
	return -1;
}

static bool allocated_by(const struct memscope_event *event, const struct truth *truth)
{
	if (within(event->call_site, truth->alloc_start, truth->alloc_end))
		return true;
	return !strcmp(truth->alloc_site, "wrapper") && own_frame(event, truth) >= 0;
}

/*
 * Callers of the own function must be those that the kernel's unwinder found when
 * the truth was made; of an interrupt, as far as memscope follows them.
 */
static void check_stack(const struct memscope_event *event, const struct truth *truth,
			bool to_the_end, struct seen *seen)
{
	uint64_t frames, i, common;
	const uint64_t *frame = stack_of(event, &frames);
	int own = own_frame(event, truth);

	if (!frame || own < 0) {
		seen->no_stack++;
		return;
	}
	frame += own;
	frames -= own;
	common = frames < truth->frames ? frames : truth->frames;
	for (i = 1; i < common; i++) {
		if (frame[i] != truth->frame[i])
			break;
	}
	if (i < common || common < 2 || (to_the_end && frames != truth->frames))
		seen->wrong_stack++;
}

static void saw_alloc(const struct trace_event *at, const struct truth *truth, int context,
		      struct seen *seen)
{
	const struct memscope_event *event = &at->event;
	uint8_t way = ways[way_of(truth->path)].alloc;

	seen->allocs++;
	seen->bytes_req += event->bytes_req;
	seen->bytes_alloc += event->bytes_alloc;
	seen->alloc_sum += event->ptr;
	if (way != ANY && MEMSCOPE_EVENT_PATH(event->flags) != way)
		seen->wrong_path++;
	if (strcmp(truth->cache, "kmalloc") &&
	    (!event->cache || event->cache >= TRACE_CACHES ||
	     (*trace.caches[event->cache].name &&
	      strcmp(trace.caches[event->cache].name, truth->cache))))
		seen->wrong_cache++;
	if (context < 0)
		return;
	if (MEMSCOPE_EVENT_CONTEXT(event->flags) != (unsigned int)context)
		seen->wrong_context++;
	if (at->cpu != truth->cpu)
		seen->wrong_cpu++;
	if (context == MEMSCOPE_CONTEXT_PROCESS && event->tid != truth->tid)
		seen->wrong_tid++;
	if (truth->frames)
		check_stack(event, truth, context == MEMSCOPE_CONTEXT_PROCESS, seen);
}

static void saw_free(const struct trace_event *at, const struct truth *truth, int context,
		     struct seen *seen)
{
	const struct memscope_event *event = &at->event;
	bool own = within(event->call_site, truth->free_start, truth->free_end);

	seen->frees++;
	seen->free_sum += event->ptr;
	seen->frees_own_site += own;
	if (own && MEMSCOPE_EVENT_PATH(event->flags) != ways[way_of(truth->path)].free)
		seen->wrong_path++;
	/* a callback runs where and when the kernel likes; krealloc frees while allocating */
	if (context < 0 || !strcmp(truth->path, "call-rcu") || !own)
		return;
	if (MEMSCOPE_EVENT_CONTEXT(event->flags) != (unsigned int)context ||
	    at->cpu != truth->free_cpu ||
	    (context == MEMSCOPE_CONTEXT_PROCESS && event->tid != truth->free_tid))
		seen->wrong_free++;
}

/* An address is live once; whose it is says its owner, an index + 1. */
static void follow_alloc(const struct trace_event *at, const struct truth *truths, int count,
			 int context)
{
	struct live *object = live_add(&live, at->event.ptr);
	int i;

	if (object->owner && object->owner <= (uint32_t)count && !object->deferred)
		seen[object->owner - 1].live_twice++;
	object->owner = 0;
	object->deferred = false;
	for (i = 0; i < count; i++) {
		if (!allocated_by(&at->event, &truths[i]))
			continue;
		object->owner = i + 1;
		saw_alloc(at, &truths[i], context, &seen[i]);
		return;
	}
}

static void follow_free(const struct trace_event *at, const struct truth *truths, int count,
			int context)
{
	struct live *object = live_find(&live, at->event.ptr);
	bool deferred = at->event.type == MEMSCOPE_EVENT_FREE_DEFERRED;
	int i;

	if (!object) {
		for (i = 0; i < count; i++)
			seen[i].freed_unseen += !strcmp(truths[i].free_site, "own") &&
				within(at->event.call_site, truths[i].free_start,
				       truths[i].free_end);
		return;
	}
	if (object->owner && object->owner <= (uint32_t)count) {
		i = object->owner - 1;
		if (!object->deferred)
			saw_free(at, &truths[i], context, &seen[i]);
		else if (deferred)
			seen[i].live_twice++;
		else
			seen[i].ended++;
	}
	if (deferred)
		object->deferred = true;
	else
		live_remove(object);
}

static bool in_cache(const struct memscope_event *event, const char *name)
{
	return event->cache && event->cache < TRACE_CACHES &&
	       !strcmp(trace.caches[event->cache].name, name);
}

/* All events since the last tally, in order. context -1: any, as in storms. */
static void tally(const struct truth *truths, int count, int context, int free_context)
{
	size_t i;
	int k;

	memset(seen, 0, sizeof(seen));
	trace_sort(&trace);
	for (i = 0; i < trace.count; i++) {
		const struct trace_event *at = &trace.events[i];

		switch (at->event.type) {
		case MEMSCOPE_EVENT_ALLOC:
			follow_alloc(at, truths, count, context);
			break;
		case MEMSCOPE_EVENT_FREE:
		case MEMSCOPE_EVENT_FREE_DEFERRED:
			follow_free(at, truths, count, free_context);
			break;
		case MEMSCOPE_EVENT_RESIZE:
			for (k = 0; k < count; k++)
				seen[k].resizes += within(at->event.call_site,
							  truths[k].alloc_start,
							  truths[k].alloc_end);
			break;
		case MEMSCOPE_EVENT_PAGES_ALLOC:
			seen[0].pages_alloc += in_cache(&at->event, "memscope_load_pages");
			break;
		case MEMSCOPE_EVENT_PAGES_FREE:
			seen[0].pages_free += in_cache(&at->event, "memscope_load_pages");
			break;
		}
	}
	trace_forget_events(&trace);
}

/*
 * What storms may be off by beside missed hits: the kernel counts those without
 * atomics, so of thousands a few are not counted.
 */
static uint64_t storm_slack;

/* Equal, or less by no more than what the kernel skipped. */
static bool same_count(struct blame *why, const char *what, uint64_t got, uint64_t wanted,
		       uint64_t missed)
{
	if (got == wanted)
		return true;
	if (got > wanted + storm_slack ||
	    (got < wanted && wanted - got > missed + storm_slack))
		blame(why, "%llu %s, wanted %llu (%llu missed)", (unsigned long long)got, what,
		      (unsigned long long)wanted, (unsigned long long)missed);
	return false;
}

static void none(struct blame *why, const char *what, uint64_t count)
{
	if (count)
		blame(why, "%llu %s", (unsigned long long)count, what);
}

static void judge_truth(struct blame *why, const struct truth *truth, const struct seen *seen,
			uint64_t missed)
{
	uint64_t frees = truth->frees + truth->deferred, own = frees;
	bool whole;

	if (!strcmp(truth->path, "krealloc-move"))
		own /= 2;		/* the other half is freed in krealloc */
	whole = same_count(why, "allocs", seen->allocs, truth->allocs, missed);
	whole &= same_count(why, "frees", seen->frees, frees, missed);
	same_count(why, "resizes", seen->resizes, truth->resizes, missed);
	if (!strcmp(truth->free_site, "own"))
		same_count(why, "frees by their call site", seen->frees_own_site, own, missed);
	if (whole) {
		if (seen->bytes_req != truth->bytes_req)
			blame(why, "%llu bytes requested, wanted %llu",
			      (unsigned long long)seen->bytes_req,
			      (unsigned long long)truth->bytes_req);
		if (truth->bytes_alloc && seen->bytes_alloc != truth->bytes_alloc)
			blame(why, "%llu bytes allocated, wanted %llu",
			      (unsigned long long)seen->bytes_alloc,
			      (unsigned long long)truth->bytes_alloc);
		if (seen->alloc_sum != truth->alloc_sum || seen->free_sum != truth->free_sum)
			blame(why, "other objects than those");
	}
	none(why, "without the own function in its stack", seen->no_stack);
	none(why, "with other callers in the stack", seen->wrong_stack);
	none(why, "allocs in another context", seen->wrong_context);
	none(why, "allocs on another CPU", seen->wrong_cpu);
	none(why, "allocs of another task", seen->wrong_tid);
	none(why, "allocs of another cache", seen->wrong_cache);
	none(why, "by another path", seen->wrong_path);
	none(why, "frees in another context, CPU or task", seen->wrong_free);
	if (!missed) {
		none(why, "objects live twice", seen->live_twice);
		none(why, "frees of what nobody allocated", seen->freed_unseen);
	}
}

#endif /* SEEN_H */
