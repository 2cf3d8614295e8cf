// SPDX-License-Identifier: GPL-2.0
/*
 * Live objects by site, and all analyses hung on the real model at once.
 */
#include "analysis-frequency.h"
#include "analysis-hold.h"
#include "analysis-leak.h"
#include "analysis-lifetime.h"
#include "analysis-reuse.h"
#include "analysis-sharing.h"
#include "draw.h"
#include "live-index.h"

#define SITES	20
#define SLOTS	3000

static const struct memscope_analysis *const all[] = {
	&memscope_analysis_lifetime, &memscope_analysis_frequency, &memscope_analysis_sharing,
	&memscope_analysis_reuse, &memscope_analysis_hold, &memscope_analysis_leak,
};

static struct memscope_model *model;

static void apply(uint8_t type, uint64_t time_ns, uint64_t ptr, uint32_t stack, uint16_t cpu)
{
	struct memscope_event event = {
		.time_ns = time_ns, .type = type, .ptr = ptr, .stack = stack,
		.call_site = 0xffffffff81000000 + stack, .tid = cpu,
		.bytes_req = type == MEMSCOPE_EVENT_ALLOC ? 50 : 0,
		.bytes_alloc = type == MEMSCOPE_EVENT_ALLOC ? 64 : 0,
	};
	struct memscope_merged merged = { .event = &event, .key = time_ns, .cpu = cpu };

	assert_int_equal(memscope_model_apply(model, &merged, 1), 0);
}

/* Objects come, go, go by kfree_rcu, and are replaced when a free is missed. */
static void against_own_counts(void **state)
{
	for (int round = 0; round < 10; round++) {
		struct {
			uint64_t birth_ns;
			uint32_t stack;
			int deferred;
		} slot[SLOTS] = { 0 };
		uint64_t time_ns = 1000000, frees[SITES + 1] = { 0 }, allocs[SITES + 1] = { 0 };
		double held[SITES + 1] = { 0 };
		struct memscope_analysis_context context = {
			.start_ns = time_ns, .stack_every = 1,
		};
		struct memscope_live_index index;

		assert_int_equal(memscope_model_create(&model, all, 6), 0);
		for (int i = 0; i < 30000; i++) {
			size_t at = draw_below(SLOTS);
			uint64_t ptr = 0xffff888000000000 + 64 * at;
			uint16_t cpu = (uint16_t)draw_below(4);
			uint64_t what = draw_below(20);

			time_ns += draw_below(1000000);
			if (slot[at].stack && !slot[at].deferred && what < 19) {
				frees[slot[at].stack]++;
				held[slot[at].stack] += (double)(time_ns - slot[at].birth_ns) / 1e9;
			}
			if (slot[at].stack && what < 12) {
				apply(MEMSCOPE_EVENT_FREE, time_ns, ptr, 0, cpu);
				slot[at].stack = 0;
			} else if (slot[at].stack && what < 19) {
				apply(MEMSCOPE_EVENT_FREE_DEFERRED, time_ns, ptr, 0, cpu);
				slot[at].deferred = 1;
			} else {
				uint32_t stack = 1 + (uint32_t)draw_below(SITES);

				apply(MEMSCOPE_EVENT_ALLOC, time_ns, ptr, stack, cpu);
				slot[at].birth_ns = time_ns;
				slot[at].stack = stack;
				slot[at].deferred = 0;
				allocs[stack]++;
			}
		}
		context.end_ns = time_ns;
		assert_int_equal(memscope_live_index_create(&index, model), 0);
		for (uint32_t n = 0; n < memscope_model_site_count(model); n++) {
			const struct memscope_site *site = memscope_model_site(model, n);
			struct memscope_live live = memscope_live_of(&index, n);
			struct memscope_lifetime_result lifetime;
			struct memscope_frequency_result frequency;
			struct memscope_sharing_result sharing;
			struct memscope_hold_result hold;
			uint64_t count = 0, births = 0, got = 0;

			for (size_t i = 0; i < SLOTS; i++)
				if (slot[i].stack == site->stack && !slot[i].deferred) {
					count++;
					births += slot[i].birth_ns;
					held[site->stack] +=
						(double)(time_ns - slot[i].birth_ns) / 1e9;
				}
			for (size_t i = 0; i < live.n; i++)
				got += live.birth_ns[i];
			assert_int_equal(live.n, count);
			assert_int_equal(live.n, site->live);
			assert_int_equal(got, births);
			memscope_lifetime_result(site, memscope_model_state(model, n, 0), &context,
						 &live, &lifetime);
			assert_int_equal(lifetime.ended, frees[site->stack]);
			memscope_frequency_result(site, memscope_model_state(model, n, 1), &context,
						  &frequency);
			assert_int_equal(frequency.arrivals, allocs[site->stack]);
			memscope_sharing_result(site, memscope_model_state(model, n, 2), &context,
						&sharing);
			assert_int_equal(sharing.frees, frees[site->stack]);
			memscope_hold_result(site, memscope_model_state(model, n, 4), &context,
					     &hold);
			/* Objects whose free was missed are held until then, and make it a
			 * little more than those that were freed or live (one in 20). */
			assert_true(hold.object_seconds.value >= held[site->stack] * (1 - 1e-9));
			assert_true(hold.object_seconds.value <= held[site->stack] * 1.35 + 100);
			assert_true(hold.object_seconds.weakened == (site->replaced > 0));
		}
		assert_int_equal(memscope_live_of(&index, UINT32_MAX).n, 0);
		memscope_live_index_fini(&index);
		memscope_model_destroy(model);
	}
}

static void nothing(void **state)
{
	struct memscope_live_index index;

	assert_int_equal(memscope_model_create(&model, NULL, 0), 0);
	assert_int_equal(memscope_live_index_create(&index, model), 0);
	assert_int_equal(memscope_live_of(&index, 0).n, 0);
	memscope_live_index_fini(&index);
	memscope_model_destroy(model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(against_own_counts),
		cmocka_unit_test(nothing),
	};

	draw_seed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
