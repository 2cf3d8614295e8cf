// SPDX-License-Identifier: GPL-2.0
/*
 * The model: each event applied once.
 *
 * Per event nothing is allocated and three places are touched: the object's
 * slot in the live table, its site, and totals that stay in the cache. Slots
 * and sites are prefetched a few events ahead.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bins.h"
#include "cache.h"
#include "cache-totals.h"
#include "live.h"
#include "model.h"
#include "site.h"
#include "slab.h"

/* Events between a prefetch and its use: of slots, and of what slots lead to. */
#define AHEAD_SLOT	16
#define AHEAD_SITE	6

struct memscope_model {
	struct memscope_live_table live;
	struct memscope_site_table sites;
	struct memscope_slab_table slabs;
	struct memscope_load load;
	struct memscope_totals totals;
	struct memscope_bins bins;
	struct memscope_cache_totals_table caches;
	const struct memscope_analysis **analyses;
	size_t *state_offsets;
	size_t analysis_count;
};

int memscope_model_create(struct memscope_model **model,
			  const struct memscope_analysis *const *analyses, size_t count)
{
	struct memscope_model *m = calloc(1, sizeof(*m));
	size_t i, state_bytes = 0;
	int err;

	if (!m)
		return -ENOMEM;
	memscope_bins_init(&m->bins);
	m->analyses = calloc(count + 1, sizeof(*m->analyses));
	m->state_offsets = calloc(count + 1, sizeof(*m->state_offsets));
	err = m->analyses && m->state_offsets ? 0 : -ENOMEM;
	for (i = 0; !err && i < count; i++) {
		m->analyses[i] = analyses[i];
		m->state_offsets[i] = state_bytes;
		state_bytes += (analyses[i]->site_bytes + 15) / 16 * 16;
	}
	m->analysis_count = count;
	memscope_load_init(&m->load);
	err = err ?: memscope_live_table_init(&m->live);
	err = err ?: memscope_slab_table_init(&m->slabs);
	err = err ?: memscope_site_table_init(&m->sites, state_bytes);
	if (err) {
		memscope_model_destroy(m);
		return err;
	}
	*model = m;
	return 0;
}

static void *state_of(const struct memscope_model *model, struct memscope_site_entry *entry,
		      size_t analysis)
{
	return (unsigned char *)memscope_site_states(&model->sites, entry) +
	       model->state_offsets[analysis];
}

void memscope_model_destroy(struct memscope_model *model)
{
	uint32_t site;
	size_t i;

	if (!model)
		return;
	for (i = 0; i < model->analysis_count && model->analyses; i++) {
		if (!model->analyses[i] || !model->analyses[i]->site_fini)
			continue;
		for (site = 0; site < model->sites.count; site++)
			model->analyses[i]->site_fini(memscope_model_state(model, site, i));
	}
	memscope_live_table_deinit(&model->live);
	memscope_site_table_deinit(&model->sites);
	memscope_slab_table_deinit(&model->slabs);
	memscope_load_deinit(&model->load);
	free(model->caches.totals);
	free(model->analyses);
	free(model->state_offsets);
	free(model);
}

static struct memscope_cache_totals *cache_of(struct memscope_model *model, uint16_t cache,
					      uint32_t bytes_alloc)
{
	return memscope_cache_totals_of(&model->caches, memscope_cache_slot(cache, bytes_alloc));
}

/* The totals' live bytes have changed: the bin follows. */
static void note_live(struct memscope_model *model)
{
	struct memscope_bin *bin = memscope_bins_now(&model->bins);

	bin->live = model->totals.live;
	bin->live_bytes = model->totals.live_bytes;
}

/* An object is no more: totals of all, its site and its cache go down. */
static int subtract(struct memscope_model *model, const struct memscope_object *object,
		    struct memscope_site_entry *entry)
{
	struct memscope_cache_totals *cache = cache_of(model, object->cache,
						       object->bytes_alloc);
	struct memscope_totals *totals = &model->totals;
	struct memscope_site *site = &entry->site;

	if (!cache || memscope_site_open(entry, model->bins.now, model->bins.shift))
		return -ENOMEM;
	totals->live--;
	totals->live_bytes -= object->bytes_alloc;
	totals->live_bytes_req -= object->bytes_req;
	site->live--;
	site->live_bytes -= object->bytes_alloc;
	site->live_bytes_req -= object->bytes_req;
	cache->live--;
	cache->live_bytes -= object->bytes_alloc;
	cache->live_bytes_req -= object->bytes_req;
	note_live(model);
	return 0;
}

/* What still stands at an address that is allocated again. */
static int replace(struct memscope_model *model, struct memscope_object *object)
{
	struct memscope_site_entry *entry;

	if (object->deferred) {
		model->totals.deferred_waiting--;
		return 0;
	}
	entry = memscope_site_entry(&model->sites, object->site);
	model->totals.replaced++;
	entry->site.replaced++;
	return subtract(model, object, entry);
}

static int add_to_site(struct memscope_model *model, struct memscope_site_entry *entry,
		       const struct memscope_event *event, uint64_t ns)
{
	struct memscope_site *site = &entry->site;

	if (memscope_site_open(entry, model->bins.now, model->bins.shift))
		return -ENOMEM;
	if (!site->allocs) {
		site->first_ns = ns;
		site->bytes_alloc_min = event->bytes_alloc;
		site->bytes_alloc_max = event->bytes_alloc;
	}
	if (event->bytes_alloc < site->bytes_alloc_min)
		site->bytes_alloc_min = event->bytes_alloc;
	if (event->bytes_alloc > site->bytes_alloc_max)
		site->bytes_alloc_max = event->bytes_alloc;
	site->last_ns = ns;
	site->cache = event->cache;
	site->allocs++;
	site->bytes += event->bytes_alloc;
	site->bytes_req += event->bytes_req;
	site->live++;
	site->live_bytes += event->bytes_alloc;
	site->live_bytes_req += event->bytes_req;
	if (site->live_bytes > site->peak_live_bytes) {
		site->peak_live_bytes = site->live_bytes;
		site->peak_ns = ns;
	}
	return 0;
}

static int add_to_totals(struct memscope_model *model, const struct memscope_event *event,
			 uint64_t ns)
{
	struct memscope_cache_totals *cache = cache_of(model, event->cache, event->bytes_alloc);
	struct memscope_totals *totals = &model->totals;
	struct memscope_bin *bin = memscope_bins_now(&model->bins);

	if (!cache)
		return -ENOMEM;
	totals->allocs++;
	totals->bytes += event->bytes_alloc;
	totals->bytes_req += event->bytes_req;
	totals->live++;
	totals->live_bytes += event->bytes_alloc;
	totals->live_bytes_req += event->bytes_req;
	totals->stacks_missing += event->stack == MEMSCOPE_STACK_LOST;
	if (totals->live_bytes > totals->peak_live_bytes) {
		totals->peak_live_bytes = totals->live_bytes;
		totals->peak_ns = ns;
	}
	bin->allocs++;
	bin->bytes += event->bytes_alloc;
	note_live(model);
	cache->allocs++;
	cache->bytes += event->bytes_alloc;
	cache->bytes_req += event->bytes_req;
	cache->live++;
	cache->live_bytes += event->bytes_alloc;
	cache->live_bytes_req += event->bytes_req;
	if (cache->live_bytes > cache->peak_live_bytes)
		cache->peak_live_bytes = cache->live_bytes;
	return 0;
}

static int on_alloc(struct memscope_model *model, const struct memscope_merged *merged)
{
	const struct memscope_event *event = merged->event;
	uint32_t stack = event->stack == MEMSCOPE_STACK_LOST ? MEMSCOPE_STACK_NONE :
			 event->stack;
	struct memscope_site_entry *entry;
	struct memscope_object *object;
	uint32_t site;
	size_t i;
	int err;

	err = memscope_live_room(&model->live);
	err = err ?: memscope_site_table_get(&model->sites, stack, event->call_site, &site);
	if (err)
		return err;
	object = memscope_live_slot(&model->live, event->ptr);
	if (object->ptr)
		err = replace(model, object);
	else
		model->live.count++;
	*object = (struct memscope_object){
		.ptr = event->ptr, .time_ns = merged->key, .site = site,
		.bytes_req = event->bytes_req, .bytes_alloc = event->bytes_alloc,
		.tid = event->tid, .cache = event->cache, .cpu = merged->cpu,
		.flags = event->flags,
	};
	entry = memscope_site_entry(&model->sites, site);
	err = err ?: add_to_totals(model, event, merged->key);
	err = err ?: add_to_site(model, entry, event, merged->key);
	for (i = 0; !err && i < model->analysis_count; i++)
		if (model->analyses[i]->alloc)
			err = model->analyses[i]->alloc(&entry->site, state_of(model, entry, i),
							object);
	return err;
}

/* A free that ends a life, whether at once or by kfree_rcu. */
static int end_life(struct memscope_model *model, const struct memscope_merged *merged,
		    struct memscope_object *object, bool deferred)
{
	const struct memscope_event *event = merged->event;
	struct memscope_site_entry *entry = memscope_site_entry(&model->sites, object->site);
	const struct memscope_free how = {
		.time_ns = merged->key, .call_site = event->call_site, .tid = event->tid,
		.cpu = merged->cpu, .flags = event->flags, .deferred = deferred,
	};
	struct memscope_cache_totals *cache = cache_of(model, object->cache,
						       object->bytes_alloc);
	size_t i;
	int err;

	if (!cache)
		return -ENOMEM;
	model->totals.frees++;
	model->totals.freed_bytes += object->bytes_alloc;
	model->totals.deferred += deferred;
	memscope_bins_now(&model->bins)->frees++;
	entry->site.frees++;
	entry->site.freed_bytes += object->bytes_alloc;
	cache->frees++;
	err = subtract(model, object, entry);
	for (i = 0; !err && i < model->analysis_count; i++)
		if (model->analyses[i]->free)
			err = model->analyses[i]->free(&entry->site, state_of(model, entry, i),
						       object, &how);
	return err;
}

static void count_unknown_free(struct memscope_model *model,
			       const struct memscope_event *event)
{
	model->totals.born_before++;
	model->totals.self_frees += !!(event->flags & MEMSCOPE_EVENT_SELF);
}

static int on_free(struct memscope_model *model, const struct memscope_merged *merged)
{
	struct memscope_object *object = memscope_live_slot(&model->live, merged->event->ptr);
	int err = 0;

	if (!object->ptr) {
		count_unknown_free(model, merged->event);
		return 0;
	}
	/* The end of a deferred one: it was counted when kfree_rcu was called. */
	if (object->deferred)
		model->totals.deferred_waiting--;
	else
		err = end_life(model, merged, object, false);
	memscope_live_remove(&model->live, object);
	return err;
}

static int on_free_deferred(struct memscope_model *model,
			    const struct memscope_merged *merged)
{
	const struct memscope_event *event = merged->event;
	struct memscope_object *object;
	int err = memscope_live_room(&model->live);

	if (err)
		return err;
	object = memscope_live_slot(&model->live, event->ptr);
	if (object->ptr && object->deferred)
		return 0;
	if (object->ptr) {
		err = end_life(model, merged, object, true);
	} else {
		/* Kept so that the free to come is not counted a second time. */
		count_unknown_free(model, event);
		*object = (struct memscope_object){
			.ptr = event->ptr, .time_ns = merged->key,
			.site = MEMSCOPE_SITE_NONE, .cpu = merged->cpu, .tid = event->tid,
		};
		model->live.count++;
	}
	object->deferred = 1;
	model->totals.deferred_waiting++;
	return err;
}

static int on_resize(struct memscope_model *model, const struct memscope_event *event)
{
	struct memscope_object *object = memscope_live_slot(&model->live, event->ptr);
	struct memscope_cache_totals *cache;
	struct memscope_site *site;
	int64_t change;

	model->totals.resizes++;
	if (!object->ptr || object->deferred)
		return 0;
	cache = cache_of(model, object->cache, object->bytes_alloc);
	if (!cache)
		return -ENOMEM;
	site = &memscope_site_entry(&model->sites, object->site)->site;
	/* Up or down: sums are unsigned and wrap back. */
	change = (int64_t)event->bytes_req - object->bytes_req;
	model->totals.live_bytes_req += change;
	site->live_bytes_req += change;
	cache->live_bytes_req += change;
	object->bytes_req = event->bytes_req;
	return 0;
}

static int on_pages(struct memscope_model *model, const struct memscope_merged *merged)
{
	const struct memscope_event *event = merged->event;
	struct memscope_slab slab = {
		.ptr = event->ptr, .time_ns = merged->key, .bytes = event->bytes_alloc,
		.cache = event->cache, .cpu = merged->cpu,
	};
	struct memscope_slab old = { 0 };
	struct memscope_cache_totals *cache;
	int err = 0;

	if (event->type == MEMSCOPE_EVENT_PAGES_ALLOC) {
		model->totals.slabs_alloc++;
		err = memscope_slab_table_put(&model->slabs, &slab, &old);
		if (err)
			return err;
	} else {
		model->totals.slabs_free++;
		memscope_slab_table_take(&model->slabs, event->ptr, &old);
	}
	if (event->cache != MEMSCOPE_CACHE_NONE) {
		cache = cache_of(model, event->cache, 0);
		if (!cache)
			return -ENOMEM;
		if (event->type == MEMSCOPE_EVENT_PAGES_ALLOC) {
			cache->slabs_alloc++;
			cache->slabs++;
			cache->slab_bytes += event->bytes_alloc;
		} else {
			cache->slabs_free++;
		}
	}
	if (old.ptr && old.cache != MEMSCOPE_CACHE_NONE) {
		cache = cache_of(model, old.cache, 0);
		if (!cache)
			return -ENOMEM;
		cache->slabs--;
		cache->slab_bytes -= old.bytes;
	}
	return 0;
}

static int apply(struct memscope_model *model, const struct memscope_merged *merged)
{
	const struct memscope_event *event = merged->event;

	if (memscope_event_is_slab(event) && !event->ptr) {
		model->totals.unknown++;
		return 0;
	}
	switch (event->type) {
	case MEMSCOPE_EVENT_ALLOC:
		return on_alloc(model, merged);
	case MEMSCOPE_EVENT_FREE:
		return on_free(model, merged);
	case MEMSCOPE_EVENT_FREE_DEFERRED:
		return on_free_deferred(model, merged);
	case MEMSCOPE_EVENT_RESIZE:
		return on_resize(model, event);
	case MEMSCOPE_EVENT_PAGES_ALLOC:
	case MEMSCOPE_EVENT_PAGES_FREE:
		return on_pages(model, merged);
	case MEMSCOPE_EVENT_LOAD_CPU:
	case MEMSCOPE_EVENT_LOAD_IDLE:
	case MEMSCOPE_EVENT_LOAD_MEM:
	case MEMSCOPE_EVENT_LOAD_AVG:
		model->totals.load_samples += event->type == MEMSCOPE_EVENT_LOAD_CPU;
		return memscope_load_take(&model->load, event, merged->cpu, model->bins.now);
	case MEMSCOPE_EVENT_TASK:
	case MEMSCOPE_EVENT_MODULE:
		return 0;
	default:
		model->totals.unknown++;
		return 0;
	}
}

static void prefetch_slot(const struct memscope_model *model,
			  const struct memscope_event *event)
{
	memscope_live_prefetch(&model->live, event->ptr);
	if (event->type == MEMSCOPE_EVENT_ALLOC)
		__builtin_prefetch(&model->sites.buckets[memscope_site_bucket(&model->sites,
			memscope_site_key(event->stack, event->call_site))]);
}

/* The slot has arrived: it tells the site, or the bucket does. */
static void prefetch_site(const struct memscope_model *model,
			  const struct memscope_event *event)
{
	const struct memscope_object *object;
	uint32_t site = MEMSCOPE_SITE_NONE;

	if (event->type == MEMSCOPE_EVENT_ALLOC) {
		site = model->sites.buckets[memscope_site_bucket(&model->sites,
			memscope_site_key(event->stack, event->call_site))] - 1;
	} else if (event->type == MEMSCOPE_EVENT_FREE) {
		object = &model->live.slots[memscope_live_home(&model->live, event->ptr)];
		if (object->ptr == event->ptr)
			site = object->site;
	}
	if (site != MEMSCOPE_SITE_NONE)
		memscope_site_prefetch(&model->sites, site);
}

int memscope_model_apply(void *ctx, const struct memscope_merged *events, size_t count)
{
	struct memscope_model *model = ctx;
	size_t i;
	int err;

	if (!count)
		return 0;
	if (!model->totals.events) {
		model->totals.first_ns = events[0].key;
		memscope_bins_start(&model->bins, events[0].key);
	}
	for (i = 0; i < count && i < AHEAD_SLOT; i++)
		prefetch_slot(model, events[i].event);
	for (i = 0; i < count; i++) {
		if (i + AHEAD_SLOT < count)
			prefetch_slot(model, events[i + AHEAD_SLOT].event);
		if (i + AHEAD_SITE < count)
			prefetch_site(model, events[i + AHEAD_SITE].event);
		if (events[i].key >= model->bins.end_ns) {
			unsigned int halvings = memscope_bins_advance(&model->bins,
								      events[i].key);

			while (halvings--)
				memscope_load_halve(&model->load);
		}
		err = apply(model, &events[i]);
		if (err)
			return err;
	}
	model->totals.events += count;
	model->totals.last_ns = events[count - 1].key;
	return 0;
}

void memscope_model_lost(struct memscope_model *model, uint64_t time_ns, uint64_t lost)
{
	model->totals.lost += lost;
	memscope_bins_at(&model->bins, time_ns)->lost += lost;
}

const struct memscope_totals *memscope_model_totals(const struct memscope_model *model)
{
	return &model->totals;
}

uint32_t memscope_model_site_count(const struct memscope_model *model)
{
	return model->sites.count;
}

const struct memscope_site *memscope_model_site(const struct memscope_model *model,
						uint32_t site)
{
	return &memscope_site_entry(&model->sites, site)->site;
}

void *memscope_model_state(const struct memscope_model *model, uint32_t site,
			   size_t analysis)
{
	return state_of(model, memscope_site_entry(&model->sites, site), analysis);
}

const struct memscope_bin *memscope_model_bins(const struct memscope_model *model,
					       size_t *count, uint64_t *width_ns)
{
	*count = model->totals.events ? model->bins.now + 1 : 0;
	*width_ns = 1ULL << model->bins.shift;
	return model->bins.bins;
}

void memscope_model_site_series(const struct memscope_model *model, uint32_t site,
				uint64_t live_bytes[MEMSCOPE_BINS])
{
	memscope_site_series(memscope_site_entry(&model->sites, site), model->bins.shift,
			     live_bytes);
}

const struct memscope_cache_totals *memscope_model_caches(const struct memscope_model *model,
							  size_t *count)
{
	*count = model->caches.count;
	return model->caches.totals;
}

const struct memscope_object *memscope_model_object(const struct memscope_model *model,
						    size_t *cursor)
{
	while (*cursor <= model->live.mask) {
		const struct memscope_object *object = &model->live.slots[(*cursor)++];

		if (object->ptr)
			return object;
	}
	return NULL;
}

const struct memscope_object *memscope_model_find(const struct memscope_model *model,
						  uint64_t ptr)
{
	const struct memscope_object *object = memscope_live_slot(&model->live, ptr);

	return ptr && object->ptr ? object : NULL;
}

const struct memscope_slab *memscope_model_slab(const struct memscope_model *model,
						size_t *cursor)
{
	while (*cursor <= model->slabs.mask) {
		const struct memscope_slab *slab = &model->slabs.slots[(*cursor)++];

		if (slab->ptr)
			return slab;
	}
	return NULL;
}

const struct memscope_load *memscope_model_load(const struct memscope_model *model)
{
	return &model->load;
}
