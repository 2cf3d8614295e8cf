// SPDX-License-Identifier: GPL-2.0
/*
 * Slab and page fragmentation from texts of /proc, against the formulas done
 * by hand, the kernel's integers, and identities.
 */
#include "analysis-buddy.h"
#include "analysis-slab.h"
#include "draw.h"

static const char slabinfo[] =
	"slabinfo - version: 2.1\n"
	"# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab> : tunables <limit> <batchcount> <sharedfactor> : slabdata <active_slabs> <num_slabs> <sharedavail>\n"
	"ext4_inode_cache   1000   1350   1184   27    8 : tunables    0    0    0 : slabdata     50     50      0\n"
	"empty_cache           0      0    312   13    1 : tunables    0    0    0 : slabdata      0      0      0\n"
	"kmalloc-64        64000  64000     64   64    1 : tunables    0    0    0 : slabdata   1000   1000      0\n";

static void slabs(void **state)
{
	const struct memscope_slabinfo *line;
	struct memscope_slabinfo *lines;
	struct memscope_slab_result result;
	size_t count;

	assert_int_equal(memscope_slabinfo_parse(slabinfo, &lines, &count), 0);
	assert_int_equal(count, 3);
	line = memscope_slabinfo_find(lines, count, "ext4_inode_cache");
	assert_non_null(line);
	assert_null(memscope_slabinfo_find(lines, count, "ext4_inode"));
	assert_int_equal(memscope_slab_result(line, 4096, 1176, 400, &result), 0);
	close_to(result.bytes.value, 50 * 32768, 0);
	close_to(result.objects.value, 1000 * 1176, 0);
	close_to(result.alignment.value, 1000 * 8, 0);
	close_to(result.padding.value, 50 * (32768 - 27 * 1184), 0);
	close_to(result.free_slots.value, 350 * 1184, 0);
	close_to(result.free_slots.low, 350 * 1184, 0);
	close_to(result.free_slots.high, 950 * 1184, 0);
	close_to(result.unused_share.value, 1 - 1176000.0 / (50 * 32768), 1e-12);
	assert_int_equal(result.bytes.quality, MEMSCOPE_MEASURED);
	assert_int_equal(result.free_slots.quality, MEMSCOPE_ESTIMATED);

	assert_int_equal(memscope_slab_result(line, 4096, 0, 0, &result), 0);
	assert_int_equal(result.objects.why, MEMSCOPE_WHY_UNTRACKED);
	close_to(result.padding.value, 50 * (32768 - 27 * 1184), 0);
	assert_int_equal(memscope_slab_result(line, 4096, 1185, 0, &result), -EINVAL);
	assert_int_equal(memscope_slab_result(line, 2048, 1176, 0, &result), -EINVAL);

	line = memscope_slabinfo_find(lines, count, "empty_cache");
	assert_int_equal(memscope_slab_result(line, 4096, 312, 0, &result), 0);
	close_to(result.bytes.value, 0, 0);
	assert_int_equal(result.unused_share.quality, MEMSCOPE_INSUFFICIENT);
	free(lines);
}

/* Whatever the cache, its parts add up to its bytes. */
static void parts_add_up(void **state)
{
	for (int round = 0; round < 1000; round++) {
		struct memscope_slabinfo line = {
			.size = 8 + (uint32_t)draw_below(4000),
			.pages = 1U << draw_below(4), .slabs = 1 + draw_below(10000),
		};
		struct memscope_slab_result result;
		uint32_t object_size;

		line.per_slab = line.pages * 4096 / line.size;
		line.objects = line.slabs * line.per_slab;
		line.active = draw_below(line.objects + 1);
		object_size = 1 + (uint32_t)draw_below(line.size);
		assert_int_equal(memscope_slab_result(&line, 4096, object_size,
						      draw_below(line.objects + 1), &result), 0);
		close_to(result.objects.value + result.alignment.value + result.free_slots.value +
			 result.padding.value, result.bytes.value, 0.5);
		close_to(result.unused_share.value,
			 1 - result.objects.value / result.bytes.value, 1e-12);
		assert_true(result.free_slots.low <= result.free_slots.value &&
			    result.free_slots.value <= result.free_slots.high);
	}
}

static void malformed_slabinfo(void **state)
{
	static const char *const wrong[] = {
		"", "slabinfo - version: 1.1\n", "nothing of the kind\n",
		"slabinfo - version: 2.1\nkmalloc-64 1 2 3\n",
		"slabinfo - version: 2.1\nkmalloc-64 1 2 64 64 x : tunables 0 0 0 : slabdata 1 1 0\n",
	};
	struct memscope_slabinfo *lines;
	size_t count;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(memscope_slabinfo_parse(wrong[i], &lines, &count), -EPROTO);
		assert_null(lines);
	}
	assert_int_equal(memscope_slabinfo_parse("slabinfo - version: 2.1\n", &lines, &count), 0);
	assert_int_equal(count, 0);
	free(lines);
}

static void buddies(void **state)
{
	static const char text[] =
		"Node 0, zone      DMA      0      0      0      0      0      0      0      0      1      1      3 \n"
		"Node 1, zone   Normal    100     50      3      0      0      0      0      0      0      0      0 \n";
	struct memscope_buddy_result result;
	struct memscope_zone *zones;
	size_t count;

	assert_int_equal(memscope_buddy_parse(text, &zones, &count), 0);
	assert_int_equal(count, 2);
	assert_string_equal(zones[1].name, "Normal");
	assert_int_equal(zones[1].node, 1);
	assert_int_equal(zones[1].orders, 11);
	assert_int_equal(zones[0].free[10], 3);

	assert_int_equal(memscope_buddy_result(&zones[0], 10, &result), 0);
	close_to(result.free_pages.value, 256 + 512 + 3072, 0);
	close_to(result.unusable.value, 768.0 / 3840, 1e-12);
	assert_false(result.fails);
	assert_int_equal(result.fragmentation.why, MEMSCOPE_WHY_SERVED);
	/* 212 pages in 153 blocks: order 3 fails, and for fragmentation */
	assert_int_equal(memscope_buddy_result(&zones[1], 3, &result), 0);
	assert_true(result.fails);
	close_to(result.unusable.value, 1, 0);
	close_to(result.fragmentation.value, 1 - (1 + 212.0 / 8) / 153, 1e-12);
	/* order 7 would fail of pages spread so well, too: 1 - (1 + 212/128) / 153 */
	assert_int_equal(memscope_buddy_result(&zones[1], 7, &result), 0);
	close_to(result.fragmentation.value, 1 - (1 + 212.0 / 128) / 153, 1e-12);
	assert_int_equal(memscope_buddy_result(&zones[1], 11, &result), -EINVAL);
	free(zones);
}

/* As mm/vmstat.c of the kernel computes it, in thousandths. */
static int64_t kernel_index(const struct memscope_zone *zone, unsigned int order, uint64_t pages,
			    uint64_t blocks)
{
	uint64_t requested = UINT64_C(1) << order;

	return 1000 - (int64_t)((1000 + pages * 1000 / requested) / blocks);
}

static void buddies_as_the_kernel(void **state)
{
	int failing = 0;

	for (int round = 0; round < 2000; round++) {
		struct memscope_zone zone = { .orders = 11 };
		unsigned int top = 1 + (unsigned int)draw_below(11);
		uint64_t pages = 0, blocks = 0;

		for (unsigned int i = 0; i < top; i++) {
			zone.free[i] = draw_below(4) ? draw_below(5000) : 0;
			pages += zone.free[i] << i;
			blocks += zone.free[i];
		}
		for (unsigned int order = 0; order < 11; order++) {
			struct memscope_buddy_result result;
			uint64_t suitable = 0;

			for (unsigned int i = order; i < 11; i++)
				suitable += zone.free[i] << (i - order);
			assert_int_equal(memscope_buddy_result(&zone, order, &result), 0);
			assert_int_equal(result.fails, !suitable);
			if (!blocks) {
				assert_int_equal(result.unusable.why, MEMSCOPE_WHY_FEW);
				continue;
			}
			close_to(1000 * result.unusable.value,
				 (double)((pages - (suitable << order)) * 1000 / pages), 1);
			if (suitable)
				continue;
			failing++;
			close_to(1000 * result.fragmentation.value,
				 (double)kernel_index(&zone, order, pages, blocks), 1.001);
		}
	}
	assert_true(failing > 100);
}

static void malformed_buddyinfo(void **state)
{
	static const char *const wrong[] = {
		"nonsense\n", "Node 0, zone Normal\n", "Node 0, zone Normal 1 2 x\n",
		"Node 0, zone Normal 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17\n",
		"Node 0, zone Normal 1 2\nNode\n",
	};
	struct memscope_zone *zones;
	size_t count;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(memscope_buddy_parse(wrong[i], &zones, &count), -EPROTO);
		assert_null(zones);
	}
	assert_int_equal(memscope_buddy_parse("", &zones, &count), 0);
	assert_int_equal(memscope_buddy_parse("Node 0, zone Normal 1 2", &zones, &count), 0);
	assert_int_equal(count, 1);
	assert_int_equal(zones[0].orders, 2);
	free(zones);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(slabs),
		cmocka_unit_test(parts_add_up),
		cmocka_unit_test(malformed_slabinfo),
		cmocka_unit_test(buddies),
		cmocka_unit_test(buddies_as_the_kernel),
		cmocka_unit_test(malformed_buddyinfo),
	};

	draw_seed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
