// SPDX-License-Identifier: GPL-2.0
/*
 * The table of live objects: whatever is removed, all others stay in reach.
 */
#include "unit.h"
#include "live.h"

static void removal_leaves_every_other_object_in_reach(void **state)
{
	struct unit_random random = unit_random("removal_leaves_every_other_object_in_reach");
	enum { PLACES = 12000 };
	static bool live[PLACES];
	struct memscope_live_table table;
	size_t i, count = 0, step;

	memset(live, 0, sizeof(live));
	assert_int_equal(memscope_live_table_init(&table), 0);
	/* dense addresses: long probe sequences, and a few that wrap */
	for (step = 0; step < 300000; step++) {
		uint64_t place = unit_below(&random, PLACES), ptr = 8 + place * 8;
		struct memscope_object *slot;

		assert_int_equal(memscope_live_room(&table), 0);
		slot = memscope_live_slot(&table, ptr);
		assert_int_equal(slot->ptr != 0, live[place]);
		if (live[place]) {
			memscope_live_remove(&table, slot);
			count--;
		} else {
			slot->ptr = ptr;
			table.count++;
			count++;
		}
		live[place] = !live[place];
	}
	assert_int_equal(table.count, count);
	for (i = 0; i < PLACES; i++)
		assert_int_equal(memscope_live_slot(&table, 8 + i * 8)->ptr != 0, live[i]);
	memscope_live_table_deinit(&table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(removal_leaves_every_other_object_in_reach),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
