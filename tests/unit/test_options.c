// SPDX-License-Identifier: GPL-2.0
/*
 * Options as users write them.
 */
#include <errno.h>

#include "unit.h"
#include "options.h"

static const struct memscope_option *option(const char *name)
{
	size_t i;

	for (i = 0; i < memscope_option_table_count; i++)
		if (!strcmp(memscope_option_table[i].name, name))
			return &memscope_option_table[i];
	fail_msg("no option %s", name);
	return NULL;
}

static int parse(struct memscope_options *options, const char *name, const char *value)
{
	memset(options, 0, sizeof(*options));
	return memscope_option_parse(options, option(name), value);
}

static const char *written(const struct memscope_options *options, const char *name)
{
	static char text[160];

	memscope_option_format(options, option(name), text, sizeof(text));
	return text;
}

static void values_come_back_as_written(void **state)
{
	static const char *const values[][2] = {
		{ "probe", "auto" }, { "probe", "kprobe" },
		{ "features", "stacks,load" }, { "features", "resize" },
		{ "features", "none" },
		{ "buffer-kb", "1024" }, { "stack-every", "1" },
		{ "filter-comm", "kworker/0:1" }, { "filter-module", "vmlinux" },
		{ "filter-size", "0..4096" }, { "filter-size", "100.." },
		{ "filter-gfp", "0xcc0" },
	};
	struct memscope_options options;
	size_t i;

	for (i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		assert_int_equal(parse(&options, values[i][0], values[i][1]), 0);
		assert_true(memscope_option_is_set(&options, option(values[i][0])->attr));
		assert_string_equal(written(&options, values[i][0]), values[i][1]);
	}
}

static void nonsense_is_refused(void **state)
{
	static const char *const values[][2] = {
		{ "probe", "both" }, { "probe", "" },
		{ "features", "stack" }, { "features", "+stacks,-loads" }, { "features", "" },
		{ "buffer-kb", "" }, { "buffer-kb", "-1" }, { "buffer-kb", "1k" },
		{ "buffer-kb", " 1" }, { "buffer-kb", "4294967296" },
		{ "buffer-kb", "99999999999999999999999" },
		{ "filter-size", ".." }, { "filter-size", "9..1" }, { "filter-size", "a..b" },
		{ "filter-size", "1..2..3" },
		{ "filter-gfp", "0xg" },
		{ "filter-comm",
		  "0123456789012345678901234567890123456789012345678901234567890123" },
	};
	struct memscope_options options;
	size_t i;

	for (i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		assert_true(parse(&options, values[i][0], values[i][1]) < 0);
		assert_int_equal(options.set, 0);
	}
}

static void a_single_size_is_a_range_of_one(void **state)
{
	struct memscope_options options;

	assert_int_equal(parse(&options, "filter-size", "64"), 0);
	assert_int_equal(memscope_option_number(&options, MEMSCOPE_A_FILTER_SIZE_MIN), 64);
	assert_int_equal(memscope_option_number(&options, MEMSCOPE_A_FILTER_SIZE_MAX), 64);
	assert_int_equal(parse(&options, "filter-size", "..64"), 0);
	assert_int_equal(memscope_option_number(&options, MEMSCOPE_A_FILTER_SIZE_MIN), 0);
	assert_int_equal(memscope_option_number(&options, MEMSCOPE_A_FILTER_SIZE_MAX), 64);
}

static void signs_change_the_features_in_force(void **state)
{
	const uint32_t in_force = MEMSCOPE_F_STACKS | MEMSCOPE_F_LOAD;
	struct memscope_options options;

	assert_int_equal(parse(&options, "features", "+pages,-load"), 0);
	assert_false(memscope_option_is_set(&options, MEMSCOPE_A_FEATURES));
	memscope_options_resolve(&options, in_force);
	assert_int_equal(memscope_option_number(&options, MEMSCOPE_A_FEATURES),
			 MEMSCOPE_F_STACKS | MEMSCOPE_F_PAGES);

	/* an exact list stays as it is */
	assert_int_equal(parse(&options, "features", "load"), 0);
	memscope_options_resolve(&options, in_force);
	assert_int_equal(memscope_option_number(&options, MEMSCOPE_A_FEATURES), MEMSCOPE_F_LOAD);

	/* nothing given, nothing set */
	memset(&options, 0, sizeof(options));
	memscope_options_resolve(&options, in_force);
	assert_int_equal(options.set, 0);
}

static void every_option_attribute_has_a_row(void **state)
{
	uint64_t covered = 0;
	size_t i;

	for (i = 0; i < memscope_option_table_count; i++) {
		unsigned int bit = memscope_option_table[i].attr - MEMSCOPE_OPTION_FIRST;

		covered |= 1ULL << bit;
		if (memscope_option_table[i].kind == MEMSCOPE_OPTION_RANGE)
			covered |= 1ULL << (bit + 1);
		assert_int_equal(memscope_option_is_text(memscope_option_table[i].attr),
				 memscope_option_table[i].kind == MEMSCOPE_OPTION_TEXT);
	}
	/* ATTACHED is the reader's affair, not the user's */
	covered |= 1ULL << (MEMSCOPE_A_ATTACHED - MEMSCOPE_OPTION_FIRST);
	assert_true(covered == (1ULL << MEMSCOPE_OPTION_COUNT) - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_come_back_as_written),
		cmocka_unit_test(nonsense_is_refused),
		cmocka_unit_test(a_single_size_is_a_range_of_one),
		cmocka_unit_test(signs_change_the_features_in_force),
		cmocka_unit_test(every_option_attribute_has_a_row),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
