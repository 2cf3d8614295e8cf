// SPDX-License-Identifier: GPL-2.0
/*
 * Pinning blame against brute force, and a planted culprit.
 */
#include "analysis-pinning.h"
#include "draw.h"

#define SITES	12
#define BASE	UINT64_C(0xffff888000000000)

static const struct memscope_analysis_context context = { .events = 1000 };

struct placed {
	uint64_t ptr;
	uint32_t bytes, site;
};

struct known_slab {
	uint64_t ptr;
	uint32_t bytes;
};

/* What a site pins, slab by slab and object by object. */
static void count(const struct known_slab *slab, size_t slabs, const struct placed *object,
		  size_t objects, uint32_t site, const struct memscope_pinning_site *got)
{
	uint64_t mine_in_all = 0, pinned = 0, sole = 0, back = 0;
	double blame = 0;

	for (size_t s = 0; s < slabs; s++) {
		uint64_t all = 0, mine = 0, taken = 0;

		for (size_t i = 0; i < objects; i++) {
			if (object[i].ptr < slab[s].ptr ||
			    object[i].ptr >= slab[s].ptr + slab[s].bytes)
				continue;
			all++;
			mine += object[i].site == site;
			taken += object[i].bytes;
		}
		mine_in_all += mine;
		pinned += mine > 0;
		if (mine && mine == all) {
			sole++;
			back += slab[s].bytes;
		}
		if (mine)
			blame += (double)(slab[s].bytes - taken) * (double)mine / (double)all;
	}
	assert_int_equal(got->objects, mine_in_all);
	assert_int_equal(got->slabs, pinned);
	assert_int_equal(got->sole_slabs, sole);
	close_to(got->back_bytes.value, (double)back, 0);
	close_to(got->blame_bytes.value, blame, 1e-6);
}

static void brute_force(void **state)
{
	for (int round = 0; round < 60; round++) {
		struct known_slab slab[60];
		static struct placed object[4000];
		struct memscope_pinning_totals totals;
		struct memscope_pinning_site result;
		struct memscope_pinning *pinning;
		size_t slabs = 1 + draw_below(60), objects = 0;
		double charged = 0, nobody = 0;
		uint64_t bytes = 0, taken = 0;

		assert_int_equal(memscope_pinning_create(&pinning, SITES), 0);
		for (size_t s = 0; s < slabs; s++) {
			uint32_t size = 16U << draw_below(6), each;
			double fill = draw_uniform() * draw_uniform();

			/* 4 to 32 KiB, aligned to its size, some side by side */
			slab[s].bytes = 4096U << draw_below(4);
			slab[s].ptr = BASE + 32768 * (uint64_t)s;
			bytes += slab[s].bytes;
			each = slab[s].bytes / size > 40 ? 40 : slab[s].bytes / size;
			for (uint32_t i = 0; i < each; i++) {
				if (draw_uniform() > fill)
					continue;
				object[objects++] = (struct placed){
					slab[s].ptr + i * size, size,
					draw_below(10) ? (uint32_t)draw_below(SITES) :
							 MEMSCOPE_SITE_NONE,
				};
				taken += size;
			}
		}
		for (size_t s = slabs; s-- > 0;)	/* not in the order of address */
			assert_int_equal(memscope_pinning_slab(pinning, slab[s].ptr,
							       slab[s].bytes), 0);
		for (size_t i = 0; i < objects; i++)
			assert_int_equal(memscope_pinning_object(pinning, object[i].ptr,
								 object[i].bytes,
								 object[i].site), 0);
		/* on no slab that is known: before the first, behind the last */
		memscope_pinning_object(pinning, BASE - 64, 64, 0);
		memscope_pinning_object(pinning, BASE + 32768 * (uint64_t)slabs, 64, 0);
		memscope_pinning_finish(pinning, &totals);
		assert_int_equal(totals.slabs, slabs);
		assert_int_equal(totals.bytes, bytes);
		assert_int_equal(totals.free_bytes, bytes - taken);
		for (uint32_t site = 0; site < SITES; site++) {
			memscope_pinning_result(pinning, site, &context, false, &result);
			count(slab, slabs, object, objects, site, &result);
			charged += result.blame_bytes.value;
		}
		/* All free bytes are charged, but those of empty slabs and of no site. */
		for (size_t s = 0; s < slabs; s++) {
			double all = 0, none = 0, in = 0;

			for (size_t i = 0; i < objects; i++) {
				if (object[i].ptr - slab[s].ptr >= slab[s].bytes)
					continue;
				all++;
				none += object[i].site == MEMSCOPE_SITE_NONE;
				in += object[i].bytes;
			}
			nobody += all > 0 ? (slab[s].bytes - in) * none / all : 0;
		}
		close_to(charged + nobody + (double)totals.empty_bytes,
			 (double)totals.free_bytes, 1e-3);
		memscope_pinning_destroy(pinning);
	}
}

/* One site leaves an object on each of 500 slabs, others fill 200 slabs. */
static void culprit(void **state)
{
	struct memscope_pinning_totals totals;
	struct memscope_pinning_site result, other;
	struct memscope_pinning *pinning;

	assert_int_equal(memscope_pinning_create(&pinning, 3), 0);
	for (uint64_t s = 0; s < 700; s++)
		memscope_pinning_slab(pinning, BASE + 4096 * s, 4096);
	for (uint64_t s = 0; s < 500; s++)
		memscope_pinning_object(pinning, BASE + 4096 * s + 128 * draw_below(32), 128, 2);
	for (uint64_t s = 500; s < 700; s++)
		for (uint64_t i = 0; i < 32; i++)
			memscope_pinning_object(pinning, BASE + 4096 * s + 128 * i, 128,
						(uint32_t)(i & 1));
	memscope_pinning_finish(pinning, &totals);
	memscope_pinning_result(pinning, 2, &context, false, &result);
	assert_int_equal(result.slabs, 500);
	assert_int_equal(result.sole_slabs, 500);
	close_to(result.back_bytes.value, 500 * 4096, 0);
	close_to(result.blame_bytes.value, 500 * (4096 - 128), 1e-6);
	assert_int_equal(result.back_bytes.quality, MEMSCOPE_MEASURED);
	for (uint32_t site = 0; site < 2; site++) {
		memscope_pinning_result(pinning, site, &context, false, &other);
		close_to(other.blame_bytes.value, 0, 1e-6);
		close_to(other.back_bytes.value, 0, 0);
		assert_int_equal(other.slabs, 200);
	}
	assert_int_equal(totals.empty_slabs, 0);
	memscope_pinning_destroy(pinning);
}

static void not_told(void **state)
{
	struct memscope_analysis_context of = context;
	struct memscope_pinning_totals totals;
	struct memscope_pinning_site result;
	struct memscope_pinning *pinning;

	assert_int_equal(memscope_pinning_create(&pinning, 0), 0);
	memscope_pinning_object(pinning, BASE, 64, 0);		/* no slab at all */
	memscope_pinning_slab(pinning, BASE, 4096);
	memscope_pinning_object(pinning, BASE + 64, 64, 0);	/* no such site */
	memscope_pinning_finish(pinning, &totals);
	assert_int_equal(totals.empty_slabs, 0);
	memscope_pinning_result(pinning, 0, &of, true, &result);
	assert_int_equal(result.blame_bytes.why, MEMSCOPE_WHY_UNTRACKED);
	of.lost = 500;
	memscope_pinning_result(pinning, 0, &of, false, &result);
	assert_int_equal(result.back_bytes.why, MEMSCOPE_WHY_LOST);
	of.lost = 1;
	memscope_pinning_result(pinning, 0, &of, false, &result);
	assert_true(result.back_bytes.weakened);
	close_to(result.back_bytes.value, 0, 0);
	memscope_pinning_destroy(pinning);
	memscope_pinning_destroy(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(brute_force),
		cmocka_unit_test(culprit),
		cmocka_unit_test(not_told),
	};

	draw_seed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
