// SPDX-License-Identifier: GPL-2.0
/*
 * Functions by address: reading kallsyms, aliases, return addresses, modules.
 */
#include <errno.h>
#include <unistd.h>

#include "unit.h"
#include "symbol.h"

static void read_text(struct memscope_symbol_table *table, const char *text, int expected)
{
	char path[] = "/tmp/memscope-unit-XXXXXX";
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	memscope_symbol_table_init(table);
	assert_int_equal(memscope_symbol_table_read(table, path), expected);
	close(fd);
	unlink(path);
}

static const char kallsyms[] =
	"0000000000000000 A fixed_percpu_data\n"
	"ffffffff81000000 T _stext\n"
	"ffffffff81000000 T startup\n"
	"ffffffff81000040 t helper.isra.0\n"
	"ffffffff81000080 D not_code\n"
	"ffffffff81000100 W weak_one\n"
	"ffffffffc0000000 t ext4_init\t[ext4]\n"
	"ffffffffc0000020 t $x\t[ext4]\n"
	"ffffffffc0000100 t ext4_exit\t[ext4]\n"
	"ffffffffc0000100 t cleanup_module\t[ext4]\n"
	"garbage\n";

static void assert_symbol(struct memscope_symbol_table *table, uint64_t address,
			  bool returned, const char *expected)
{
	char text[128];

	memscope_symbol_format(table, address, returned, text, sizeof(text));
	assert_string_equal(text, expected);
}

static void addresses_find_their_function(void **state)
{
	struct memscope_symbol_table table;

	read_text(&table, kallsyms, 0);
	/* of two names of one address the first, as the kernel does */
	assert_symbol(&table, 0xffffffff81000000, false, "_stext+0x0");
	assert_symbol(&table, 0xffffffff8100003f, false, "_stext+0x3f");
	assert_symbol(&table, 0xffffffff81000050, false, "helper.isra.0+0x10");
	/* data is no code: helper goes on to the next function */
	assert_symbol(&table, 0xffffffff81000090, false, "helper.isra.0+0x50");
	assert_symbol(&table, 0xffffffffc0000030, false, "ext4_init+0x30 [ext4]");
	assert_symbol(&table, 0xffffffffc0000108, false, "ext4_exit+0x8 [ext4]");
	/* the pages behind a module's last function are another's, or nobody's */
	assert_symbol(&table, 0xffffffffc0000fff, false, "ext4_exit+0xeff [ext4]");
	assert_symbol(&table, 0xffffffffc0001000, false, "0xffffffffc0001000");
	memscope_symbol_table_deinit(&table);
}

static void a_return_address_belongs_to_the_call(void **state)
{
	struct memscope_symbol_table table;

	read_text(&table, kallsyms, 0);
	/* the call is the last instruction of _stext: the next function begins here */
	assert_symbol(&table, 0xffffffff81000040, true, "_stext+0x40");
	assert_symbol(&table, 0xffffffff81000040, false, "helper.isra.0+0x0");
	assert_symbol(&table, 0, true, "0x0");
	memscope_symbol_table_deinit(&table);
}

static void what_lies_nowhere_stays_a_number(void **state)
{
	struct memscope_symbol_table table;

	read_text(&table, kallsyms, 0);
	assert_symbol(&table, 0x1000, false, "0x1000");
	/* far behind the last function, and between the kernel and modules */
	assert_symbol(&table, 0xffffffffff000000, false, "0xffffffffff000000");
	assert_symbol(&table, 0xffffffffa0000000, false, "0xffffffffa0000000");
	memscope_symbol_table_deinit(&table);
	memscope_symbol_table_init(&table);
	assert_symbol(&table, 0xffffffff81000000, false, "0xffffffff81000000");
	memscope_symbol_table_deinit(&table);
}

static void hidden_addresses_are_an_error(void **state)
{
	struct memscope_symbol_table table;

	read_text(&table, "0000000000000000 T _stext\n0000000000000000 t helper\n", -EPERM);
	memscope_symbol_table_deinit(&table);
	read_text(&table, "", -ENODATA);
	memscope_symbol_table_deinit(&table);
	memscope_symbol_table_init(&table);
	assert_int_equal(memscope_symbol_table_read(&table, "/nonexistent"), -ENOENT);
}

static void sizes_bound_a_function(void **state)
{
	struct memscope_symbol_table table;
	struct memscope_symbol symbol;
	uint64_t offset;

	memscope_symbol_table_init(&table);
	assert_int_equal(memscope_symbol_table_add(&table, 0x2000, 0x10, "second", "m"), 0);
	assert_int_equal(memscope_symbol_table_add(&table, 0x1000, 0x20, "first", ""), 0);
	assert_symbol(&table, 0x101f, false, "first+0x1f");
	assert_symbol(&table, 0x1020, false, "0x1020");
	assert_symbol(&table, 0x1020, true, "first+0x20");
	assert_true(memscope_symbol_table_find(&table, 0x2001, false, &symbol, &offset));
	assert_int_equal(symbol.size, 0x10);
	assert_true(symbol.address == 0x2000);
	/* added when it was sorted already */
	assert_int_equal(memscope_symbol_table_add(&table, 0x1800, 8, "between", ""), 0);
	assert_symbol(&table, 0x1804, false, "between+0x4");
	memscope_symbol_table_deinit(&table);
}

static void text_of_the_module_is_parsed(void **state)
{
	static const char *const bad[] = {
		"", "f", "f+", "f+0x1", "f+0x1/", "+0x1/0x2", "f+0x9/0x2", "f+0xzz/0x2",
	};
	struct memscope_symbol_table table;
	size_t i;

	memscope_symbol_table_init(&table);
	assert_int_equal(memscope_symbol_table_add_text(&table, 0xffffffffc0001000,
							"gone_init+0x0/0x80 [gone]"), 0);
	assert_int_equal(memscope_symbol_table_add_text(&table, 0xffffffffc0002010,
							"part+0x10/0x20"), 0);
	assert_symbol(&table, 0xffffffffc0001010, false, "gone_init+0x10 [gone]");
	assert_symbol(&table, 0xffffffffc0002000, false, "part+0x0");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(memscope_symbol_table_add_text(&table, 0x1000, bad[i]),
				 -EINVAL);
	memscope_symbol_table_deinit(&table);
}

static void any_table_answers_as_a_linear_search(void **state)
{
	struct unit_random random = unit_random("any_table_answers_as_a_linear_search");
	struct memscope_symbol_table table;
	uint64_t starts[200], address;
	uint32_t sizes[200];
	int count, i, round;

	for (round = 0; round < 50; round++) {
		memscope_symbol_table_init(&table);
		count = unit_below(&random, 200);
		for (i = 0; i < count; i++) {
			starts[i] = 0x10000 + i * 0x100;
			sizes[i] = 1 + unit_below(&random, 0x100);
		}
		for (i = 0; i < count; i++) {
			/* in any order */
			int j = (i * 7919) % (count ? count : 1);
			char name[16];

			if (count % 7919 == 0)
				j = i;
			snprintf(name, sizeof(name), "f%d", j);
			memscope_symbol_table_add(&table, starts[j], sizes[j], name, "");
		}
		for (i = 0; i < 500; i++) {
			struct memscope_symbol symbol;
			uint64_t offset;
			bool found, expected;
			int slot;

			address = 0xff00 + unit_below(&random, count * 0x100 + 0x200);
			slot = (int)((address - 0x10000) / 0x100);
			expected = address >= 0x10000 && slot < count &&
				   address - starts[slot] < sizes[slot];
			found = memscope_symbol_table_find(&table, address, false, &symbol,
							   &offset);
			assert_int_equal(found, expected);
			if (found)
				assert_int_equal(atoi(symbol.name + 1), slot);
		}
		memscope_symbol_table_deinit(&table);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_find_their_function),
		cmocka_unit_test(a_return_address_belongs_to_the_call),
		cmocka_unit_test(what_lies_nowhere_stays_a_number),
		cmocka_unit_test(hidden_addresses_are_an_error),
		cmocka_unit_test(sizes_bound_a_function),
		cmocka_unit_test(text_of_the_module_is_parsed),
		cmocka_unit_test(any_table_answers_as_a_linear_search),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
