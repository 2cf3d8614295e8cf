// SPDX-License-Identifier: GPL-2.0
/*
 * The model: lifetimes, deferred frees, missed frees, resizes, objects born
 * before, time bins; and random streams against a model that just counts.
 */
#include "unit.h"
#include "cache.h"
#include "model.h"

#define MS 1000000ULL

static struct memscope_model *model;
static uint64_t now;

static int setup(void **state)
{
	now = 1000 * MS;
	return memscope_model_create(&model, NULL, 0);
}

static int teardown(void **state)
{
	memscope_model_destroy(model);
	return 0;
}

static void apply_on(uint32_t cpu, struct memscope_event event)
{
	struct memscope_merged merged = { &event, now += 1000, cpu };

	event.time_ns = now;
	assert_int_equal(memscope_model_apply(model, &merged, 1), 0);
}

static void alloc(uint64_t ptr, uint64_t call_site, uint32_t req, uint32_t bytes)
{
	apply_on(0, (struct memscope_event){
		.type = MEMSCOPE_EVENT_ALLOC, .ptr = ptr, .call_site = call_site,
		.bytes_req = req, .bytes_alloc = bytes, .tid = 7,
	});
}

static void put(uint8_t type, uint64_t ptr)
{
	apply_on(1, (struct memscope_event){ .type = type, .ptr = ptr, .call_site = 99 });
}

static const struct memscope_totals *totals(void)
{
	return memscope_model_totals(model);
}

static void an_object_lives_from_alloc_to_free(void **state)
{
	const struct memscope_object *object;
	const struct memscope_site *site;

	alloc(0x1000, 0xf00, 100, 128);
	object = memscope_model_find(model, 0x1000);
	assert_non_null(object);
	assert_true(object->time_ns == now);
	assert_int_equal(object->bytes_req, 100);
	assert_int_equal(object->tid, 7);
	alloc(0x2000, 0xf00, 50, 64);
	assert_int_equal(memscope_model_site_count(model), 1);
	site = memscope_model_site(model, 0);
	assert_true(site->call_site == 0xf00);
	assert_int_equal(site->live_bytes, 192);
	put(MEMSCOPE_EVENT_FREE, 0x1000);
	assert_null(memscope_model_find(model, 0x1000));
	assert_int_equal(site->allocs, 2);
	assert_int_equal(site->frees, 1);
	assert_int_equal(site->live, 1);
	assert_int_equal(site->live_bytes, 64);
	assert_int_equal(site->live_bytes_req, 50);
	assert_int_equal(site->bytes, 192);
	assert_int_equal(site->bytes_req, 150);
	assert_int_equal(site->freed_bytes, 128);
	assert_int_equal(site->peak_live_bytes, 192);
	assert_int_equal(site->bytes_alloc_min, 64);
	assert_int_equal(site->bytes_alloc_max, 128);
	assert_int_equal(totals()->peak_live_bytes, 192);
	assert_int_equal(totals()->live, 1);
	assert_int_equal(totals()->events, 3);
}

static void a_stack_tells_sites_apart(void **state)
{
	struct memscope_event event = {
		.type = MEMSCOPE_EVENT_ALLOC, .call_site = 0xf00, .bytes_alloc = 8,
	};

	event.ptr = 0x1000;
	event.stack = 1;
	apply_on(0, event);
	event.ptr = 0x2000;
	event.stack = 2;
	apply_on(0, event);
	event.ptr = 0x3000;
	event.stack = MEMSCOPE_STACK_NONE;
	apply_on(0, event);
	event.ptr = 0x4000;
	event.stack = MEMSCOPE_STACK_LOST;
	apply_on(0, event);
	assert_int_equal(memscope_model_site_count(model), 3);
	assert_int_equal(memscope_model_site(model, 0)->stack, 1);
	assert_int_equal(memscope_model_site(model, 1)->stack, 2);
	assert_int_equal(memscope_model_site(model, 2)->stack, 0);
	assert_int_equal(memscope_model_site(model, 2)->allocs, 2);
	assert_int_equal(totals()->stacks_missing, 1);
}

static void a_deferred_free_ends_the_life_at_its_call(void **state)
{
	alloc(0x1000, 0xf00, 64, 64);
	put(MEMSCOPE_EVENT_FREE_DEFERRED, 0x1000);
	assert_int_equal(totals()->live, 0);
	assert_int_equal(totals()->frees, 1);
	assert_int_equal(totals()->deferred, 1);
	assert_int_equal(totals()->deferred_waiting, 1);
	assert_int_equal(memscope_model_find(model, 0x1000)->deferred, 1);
	/* the batch frees it at last: no second free */
	put(MEMSCOPE_EVENT_FREE, 0x1000);
	assert_int_equal(totals()->frees, 1);
	assert_int_equal(totals()->deferred_waiting, 0);
	assert_int_equal(totals()->born_before, 0);
	assert_null(memscope_model_find(model, 0x1000));
}

static void a_deferred_object_may_be_reused_unseen(void **state)
{
	alloc(0x1000, 0xf00, 64, 64);
	put(MEMSCOPE_EVENT_FREE_DEFERRED, 0x1000);
	alloc(0x1000, 0xf01, 64, 64);
	assert_int_equal(totals()->replaced, 0);
	assert_int_equal(totals()->deferred_waiting, 0);
	assert_int_equal(totals()->live, 1);
	assert_int_equal(memscope_model_find(model, 0x1000)->deferred, 0);
	put(MEMSCOPE_EVENT_FREE, 0x1000);
	assert_int_equal(totals()->frees, 2);
}

static void an_unknown_object_is_counted_once(void **state)
{
	struct memscope_event event = {
		.type = MEMSCOPE_EVENT_FREE, .ptr = 0x3000, .flags = MEMSCOPE_EVENT_SELF,
	};

	put(MEMSCOPE_EVENT_FREE, 0x1000);
	assert_int_equal(totals()->born_before, 1);
	put(MEMSCOPE_EVENT_FREE_DEFERRED, 0x2000);
	put(MEMSCOPE_EVENT_FREE_DEFERRED, 0x2000);
	assert_int_equal(totals()->born_before, 2);
	put(MEMSCOPE_EVENT_FREE, 0x2000);
	assert_int_equal(totals()->born_before, 2);
	put(MEMSCOPE_EVENT_FREE, 0x2000);
	assert_int_equal(totals()->born_before, 3);
	apply_on(0, event);
	assert_int_equal(totals()->born_before, 4);
	assert_int_equal(totals()->self_frees, 1);
	assert_int_equal(totals()->frees, 0);
	assert_int_equal(totals()->deferred_waiting, 0);
}

static void a_missed_free_shows_as_replaced(void **state)
{
	const struct memscope_site *first, *second;

	alloc(0x1000, 0xf00, 64, 64);
	alloc(0x1000, 0xf01, 30, 32);
	first = memscope_model_site(model, 0);
	second = memscope_model_site(model, 1);
	assert_int_equal(totals()->replaced, 1);
	assert_int_equal(first->replaced, 1);
	assert_int_equal(first->live, 0);
	assert_int_equal(first->live_bytes, 0);
	assert_int_equal(second->live_bytes, 32);
	assert_int_equal(totals()->live, 1);
	assert_int_equal(totals()->live_bytes, 32);
}

static void a_resize_changes_what_was_asked_for(void **state)
{
	alloc(0x1000, 0xf00, 64, 128);
	apply_on(0, (struct memscope_event){
		.type = MEMSCOPE_EVENT_RESIZE, .ptr = 0x1000, .bytes_req = 120,
	});
	assert_int_equal(totals()->live_bytes_req, 120);
	apply_on(0, (struct memscope_event){
		.type = MEMSCOPE_EVENT_RESIZE, .ptr = 0x1000, .bytes_req = 10,
	});
	assert_int_equal(totals()->live_bytes_req, 10);
	assert_int_equal(memscope_model_site(model, 0)->live_bytes_req, 10);
	apply_on(0, (struct memscope_event){
		.type = MEMSCOPE_EVENT_RESIZE, .ptr = 0x5000, .bytes_req = 10,
	});
	assert_int_equal(totals()->resizes, 3);
	put(MEMSCOPE_EVENT_FREE, 0x1000);
	assert_int_equal(totals()->live_bytes_req, 0);
	assert_int_equal(memscope_model_site(model, 0)->live_bytes_req, 0);
}

static void caches_are_summed_apart(void **state)
{
	const struct memscope_cache_totals *caches;
	struct memscope_event event = {
		.type = MEMSCOPE_EVENT_ALLOC, .ptr = 0x1000, .cache = 5, .bytes_alloc = 192,
		.bytes_req = 188,
	};
	size_t count;

	apply_on(0, event);
	alloc(0x2000, 0xf00, 60, 64);
	caches = memscope_model_caches(model, &count);
	assert_int_equal(caches[memscope_cache_slot(5, 192)].live_bytes, 192);
	assert_int_equal(caches[memscope_cache_slot(0, 64)].live, 1);
	event.type = MEMSCOPE_EVENT_FREE;
	event.bytes_alloc = 0;
	apply_on(0, event);
	caches = memscope_model_caches(model, &count);
	assert_int_equal(caches[memscope_cache_slot(5, 192)].live_bytes, 0);
	assert_int_equal(caches[memscope_cache_slot(5, 192)].frees, 1);
	assert_int_equal(caches[memscope_cache_slot(5, 192)].peak_live_bytes, 192);
}

static void slabs_come_and_go(void **state)
{
	const struct memscope_cache_totals *cache;
	struct memscope_event event = {
		.type = MEMSCOPE_EVENT_PAGES_ALLOC, .cache = 3, .bytes_alloc = 8192,
	};
	size_t count, cursor = 0, found = 0;
	uint64_t i;

	for (i = 1; i <= 3000; i++) {
		event.ptr = i * 8192;
		apply_on(0, event);
	}
	event.type = MEMSCOPE_EVENT_PAGES_FREE;
	event.bytes_alloc = 0;
	for (i = 1; i <= 3000; i += 3) {
		event.ptr = i * 8192;
		apply_on(0, event);
	}
	/* one born before, and one that reappears because its end was missed */
	event.ptr = 1 << 30;
	apply_on(0, event);
	event.type = MEMSCOPE_EVENT_PAGES_ALLOC;
	event.bytes_alloc = 4096;
	event.ptr = 2 * 8192;
	apply_on(0, event);
	cache = memscope_model_caches(model, &count) + memscope_cache_slot(3, 0);
	assert_int_equal(cache->slabs, 2000);
	assert_int_equal(cache->slab_bytes, 1999 * 8192 + 4096);
	assert_int_equal(totals()->slabs_free, 1001);
	while (memscope_model_slab(model, &cursor))
		found++;
	assert_int_equal(found, 2000);
}

static void time_bins_add_up_however_long_it_takes(void **state)
{
	uint64_t series[MEMSCOPE_BINS], width, allocs = 0, frees = 0, bytes = 0, i;
	const struct memscope_bin *bins;
	size_t count, bin;

	for (i = 0; i < 5000; i++) {
		now += (i * i % 977) * MS / 10;
		alloc(0x1000 + i * 64, i % 2 ? 0xf00 : 0xf01, 60, 64);
		if (i % 3 == 0)
			put(MEMSCOPE_EVENT_FREE, 0x1000 + i * 64);
	}
	bins = memscope_model_bins(model, &count, &width);
	assert_true(count > MEMSCOPE_BINS / 2 && count <= MEMSCOPE_BINS);
	assert_true(width * count >= totals()->last_ns - totals()->first_ns);
	assert_true(width * (count - 1) <= totals()->last_ns - totals()->first_ns);
	for (bin = 0; bin < count; bin++) {
		allocs += bins[bin].allocs;
		frees += bins[bin].frees;
		bytes += bins[bin].bytes;
		assert_int_equal(bins[bin].live, allocs - frees);
		assert_int_equal(bins[bin].live_bytes, (allocs - frees) * 64);
	}
	assert_int_equal(allocs, 5000);
	assert_int_equal(bytes, 5000 * 64);
	/* sites' series add up to the whole, bin by bin */
	memscope_model_site_series(model, 0, series);
	for (bin = 0; bin < count; bin++)
		series[bin] = bins[bin].live_bytes - series[bin];
	{
		uint64_t other[MEMSCOPE_BINS];

		memscope_model_site_series(model, 1, other);
		assert_memory_equal(series, other, count * sizeof(series[0]));
	}
}

static void losses_are_put_where_they_happened(void **state)
{
	const struct memscope_bin *bins;
	uint64_t width, start, lost = 0;
	size_t count, bin;

	alloc(0x1000, 0xf00, 8, 8);
	start = now;
	now += 50 * MS;
	alloc(0x2000, 0xf00, 8, 8);
	memscope_model_lost(model, start + 20 * MS, 5);
	memscope_model_lost(model, start + 900 * MS, 2);
	memscope_model_lost(model, 0, 1);
	bins = memscope_model_bins(model, &count, &width);
	assert_int_equal(bins[20 * MS / width].lost, 5);
	assert_int_equal(bins[count - 1].lost, 3);
	for (bin = 0; bin < count; bin++)
		lost += bins[bin].lost;
	assert_int_equal(lost, 8);
	assert_int_equal(totals()->lost, 8);
}

static void load_is_kept_by_cpu(void **state)
{
	const struct memscope_load_machine *machine;
	struct memscope_load_cpu first, last;
	struct memscope_event event = { .type = MEMSCOPE_EVENT_LOAD_CPU };
	uint64_t i;

	for (i = 1; i <= 1000; i++) {
		now += 10 * MS;
		/* CPU 1 speaks for the idle CPU 4 */
		event.type = MEMSCOPE_EVENT_LOAD_CPU;
		event.load[0] = i * 100;
		apply_on(1, event);
		event.type = MEMSCOPE_EVENT_LOAD_IDLE;
		event.load[0] = i * 900;
		event.load[3] = 4;
		apply_on(1, event);
		event.type = MEMSCOPE_EVENT_LOAD_MEM;
		event.load[1] = i;
		event.load[3] = 0;
		apply_on(1, event);
	}
	assert_false(memscope_load_span(memscope_model_load(model), 1, &first, &last));
	assert_false(memscope_load_span(memscope_model_load(model), 99, &first, &last));
	assert_true(memscope_load_span(memscope_model_load(model), 4, &first, &last));
	assert_int_equal(first.user_ns, 100);
	assert_int_equal(last.user_ns, 100000);
	assert_int_equal(last.idle_ns, 900000);
	machine = memscope_load_latest(memscope_model_load(model));
	assert_int_equal(machine->free_bytes, 1000);
	assert_int_equal(totals()->load_samples, 1000);
	/* idle times without the rest, or of a CPU that cannot be */
	apply_on(2, (struct memscope_event){
		.type = MEMSCOPE_EVENT_LOAD_IDLE, .load = { 1, 2, 3, UINT64_MAX } });
	apply_on(1, (struct memscope_event){ .type = MEMSCOPE_EVENT_LOAD_CPU });
	apply_on(1, (struct memscope_event){
		.type = MEMSCOPE_EVENT_LOAD_IDLE, .load = { 1, 2, 3, UINT64_MAX } });
}

static void nonsense_is_counted_and_skipped(void **state)
{
	put(MEMSCOPE_EVENT_TYPES, 0x1000);
	put(255, 0x1000);
	put(0, 0x1000);
	put(MEMSCOPE_EVENT_ALLOC, 0);
	put(MEMSCOPE_EVENT_FREE, 0);
	assert_int_equal(totals()->unknown, 5);
	assert_int_equal(totals()->allocs, 0);
	assert_int_equal(totals()->born_before, 0);
}

/* The plainest model: an array by address. */
struct plain {
	struct { bool live, deferred, known; uint32_t bytes; uint64_t site; } object[512];
	uint64_t live, live_bytes, frees, born_before, replaced, site_live[8];
};

static void plain_apply(struct plain *plain, const struct memscope_event *event)
{
	__typeof__(&plain->object[0]) o = &plain->object[event->ptr / 64];

	switch (event->type) {
	case MEMSCOPE_EVENT_ALLOC:
		if (o->live) {
			plain->replaced++;
			plain->live--;
			plain->live_bytes -= o->bytes;
			plain->site_live[o->site]--;
		}
		o->live = true;
		o->deferred = false;
		o->bytes = event->bytes_alloc;
		o->site = event->call_site - 100;
		plain->live++;
		plain->live_bytes += o->bytes;
		plain->site_live[o->site]++;
		break;
	case MEMSCOPE_EVENT_FREE:
	case MEMSCOPE_EVENT_FREE_DEFERRED:
		if (o->live) {
			plain->frees++;
			plain->live--;
			plain->live_bytes -= o->bytes;
			plain->site_live[o->site]--;
		} else if (!o->deferred) {
			plain->born_before++;
		}
		o->live = false;
		o->deferred = event->type == MEMSCOPE_EVENT_FREE_DEFERRED;
		break;
	}
}

static void random_streams_agree_with_plain_counting(void **state)
{
	struct unit_random random = unit_random("random_streams_agree_with_plain_counting");
	struct plain plain = { 0 };
	uint64_t site_live[8] = { 0 };
	uint32_t site;
	int i;

	for (i = 0; i < 200000; i++) {
		struct memscope_event event = {
			.type = MEMSCOPE_EVENT_ALLOC + unit_below(&random, 3),
			.ptr = 64 * (1 + unit_below(&random, 500)),
			.call_site = 100 + unit_below(&random, 8),
			.bytes_alloc = 8 << unit_below(&random, 8),
		};

		now += unit_below(&random, 100000);
		apply_on(unit_below(&random, 4), event);
		plain_apply(&plain, &event);
	}
	assert_int_equal(totals()->live, plain.live);
	assert_int_equal(totals()->live_bytes, plain.live_bytes);
	assert_int_equal(totals()->frees, plain.frees);
	assert_int_equal(totals()->born_before, plain.born_before);
	assert_int_equal(totals()->replaced, plain.replaced);
	for (site = 0; site < memscope_model_site_count(model); site++) {
		const struct memscope_site *s = memscope_model_site(model, site);

		assert_int_equal(s->allocs, s->frees + s->live + s->replaced);
		site_live[s->call_site - 100] = s->live;
	}
	assert_memory_equal(site_live, plain.site_live, sizeof(site_live));
}

/* Counts by hooks what the model counts itself. */
struct tally {
	uint64_t allocs, frees, deferred, lifetime_ns;
	void *memory;
};

static int tally_alloc(const struct memscope_site *site, void *ctx,
		       const struct memscope_object *object)
{
	struct tally *tally = ctx;

	assert_int_equal((uintptr_t)ctx % 16, 0);
	tally->allocs++;
	assert_int_equal(tally->allocs, site->allocs);
	assert_true(object->time_ns == site->last_ns);
	if (!tally->memory)
		tally->memory = malloc(10);
	return 0;
}

static int tally_free(const struct memscope_site *site, void *ctx,
		      const struct memscope_object *object, const struct memscope_free *how)
{
	struct tally *tally = ctx;

	tally->frees++;
	tally->deferred += how->deferred;
	tally->lifetime_ns += how->time_ns - object->time_ns;
	assert_int_equal(tally->frees, site->frees);
	assert_int_equal(how->cpu, 1);
	return 0;
}

static void tally_fini(void *ctx)
{
	free(((struct tally *)ctx)->memory);
}

static void analyses_are_told_of_every_life(void **state)
{
	static const struct memscope_analysis odd = { .name = "odd", .site_bytes = 3 };
	static const struct memscope_analysis tally = {
		.name = "tally", .site_bytes = sizeof(struct tally), .alloc = tally_alloc,
		.free = tally_free, .site_fini = tally_fini,
	};
	const struct memscope_analysis *const analyses[] = { &odd, &tally };
	const struct tally *first;
	uint64_t i;

	memscope_model_destroy(model);
	assert_int_equal(memscope_model_create(&model, analyses, 2), 0);
	alloc(0x1000, 0xf00, 8, 8);
	first = memscope_model_state(model, 0, 1);
	/* many sites: states stay where they are */
	for (i = 1; i < 3000; i++)
		alloc(0x1000 + i * 8, 0xf00 + i % 1500, 8, 8);
	assert_ptr_equal(first, memscope_model_state(model, 0, 1));
	put(MEMSCOPE_EVENT_FREE, 0x1000);
	put(MEMSCOPE_EVENT_FREE_DEFERRED, 0x1000 + 1500 * 8);
	put(MEMSCOPE_EVENT_FREE, 0x1000 + 1500 * 8);
	put(MEMSCOPE_EVENT_FREE, 0x9999999);
	assert_int_equal(first->allocs, 2);
	assert_int_equal(first->frees, 2);
	assert_int_equal(first->deferred, 1);
	assert_true(first->lifetime_ns > 3000 * 1000);
}

static int run_out(const struct memscope_site *site, void *ctx,
		   const struct memscope_object *object)
{
	return -12;
}

static void an_analysis_ends_the_pass(void **state)
{
	static const struct memscope_analysis failing = { .name = "failing", .alloc = run_out };
	const struct memscope_analysis *const analyses[] = { &failing };
	struct memscope_event event = { .type = MEMSCOPE_EVENT_ALLOC, .ptr = 8 };
	struct memscope_merged merged = { &event, 5, 0 };

	memscope_model_destroy(model);
	assert_int_equal(memscope_model_create(&model, analyses, 1), 0);
	assert_int_equal(memscope_model_apply(model, &merged, 1), -12);
}

static void any_times_do_no_harm(void **state)
{
	static const uint64_t keys[] = {
		0, 1, 1ULL << 20, 1ULL << 40, 1ULL << 62, UINT64_MAX - 1, UINT64_MAX, UINT64_MAX,
	};
	uint64_t series[MEMSCOPE_BINS], width;
	size_t i, count;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		struct memscope_event event = {
			.type = MEMSCOPE_EVENT_ALLOC, .ptr = 8 + 8 * i, .call_site = 1,
			.bytes_alloc = 8,
		};
		struct memscope_merged merged = { &event, keys[i], 0 };

		assert_int_equal(memscope_model_apply(model, &merged, 1), 0);
	}
	memscope_model_bins(model, &count, &width);
	assert_true(count <= MEMSCOPE_BINS);
	memscope_model_site_series(model, 0, series);
	assert_int_equal(series[count - 1], 64);
	assert_int_equal(series[0], 32);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_object_lives_from_alloc_to_free),
		TEST(a_stack_tells_sites_apart),
		TEST(a_deferred_free_ends_the_life_at_its_call),
		TEST(a_deferred_object_may_be_reused_unseen),
		TEST(an_unknown_object_is_counted_once),
		TEST(a_missed_free_shows_as_replaced),
		TEST(a_resize_changes_what_was_asked_for),
		TEST(caches_are_summed_apart),
		TEST(slabs_come_and_go),
		TEST(time_bins_add_up_however_long_it_takes),
		TEST(losses_are_put_where_they_happened),
		TEST(load_is_kept_by_cpu),
		TEST(nonsense_is_counted_and_skipped),
		TEST(random_streams_agree_with_plain_counting),
		TEST(analyses_are_told_of_every_life),
		TEST(an_analysis_ends_the_pass),
		TEST(any_times_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
