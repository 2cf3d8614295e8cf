// SPDX-License-Identifier: GPL-2.0
/*
 * Command lines: options and operands in any order, refusals, session options.
 */
#include "unit.h"
#include "args.h"
#include "failure.h"

enum { OUTPUT = 1, FOLLOW };

static struct memscope_options session;

static const struct args_option options[] = {
	{ OUTPUT, 'o', "output", "FILE", "where to" },
	{ FOLLOW, 'f', "follow", NULL, "go on" },
	{ 0 },
};

static const struct args_verb verb = {
	.usage = "memscopectl test", .text = "A test.", .options = options,
	.session = &session,
};

struct parsed {
	struct args args;
	const char *output;
	int follows, end;
};

/* Parses the words up to NULL, behind the verb. */
static struct parsed parse(char **words)
{
	struct parsed parsed = { 0 };
	int count = 0, option;

	memset(&session, 0, sizeof(session));
	while (words[count])
		count++;
	args_begin(&parsed.args, &verb, count, words);
	while ((option = args_next(&parsed.args)) > 0) {
		if (option == OUTPUT)
			parsed.output = parsed.args.value;
		else
			parsed.follows++;
	}
	parsed.end = option;
	failure_use_json(false);
	return parsed;
}

#define PARSE(...) parse((char *[]){ (char *)"test", __VA_ARGS__, NULL })

static void every_way_to_give_a_value_works(void **state)
{
	assert_string_equal(PARSE("-o", "a").output, "a");
	assert_string_equal(PARSE("-oa").output, "a");
	assert_string_equal(PARSE("--output", "a").output, "a");
	assert_string_equal(PARSE("--output=a=b").output, "a=b");
	assert_string_equal(PARSE("-fo", "-").output, "-");
	assert_int_equal(PARSE("-ff", "--follow").follows, 3);
}

static void operands_may_stand_before_options(void **state)
{
	struct parsed parsed = PARSE("one", "-o", "a", "two", "-");

	assert_int_equal(parsed.end, 0);
	assert_string_equal(parsed.output, "a");
	assert_int_equal(parsed.args.operand_count, 3);
	assert_string_equal(parsed.args.operands[1], "two");
	assert_int_equal(args_operands(&parsed.args, 3, false), 0);
	assert_int_equal(args_operands(&parsed.args, 2, false), EXIT_USAGE);
}

static void what_stands_behind_two_dashes_is_a_command(void **state)
{
	struct parsed parsed = PARSE("-f", "--", "ls", "-f", "--json");

	assert_int_equal(parsed.follows, 1);
	assert_false(parsed.args.json);
	assert_string_equal(parsed.args.rest[0], "ls");
	assert_string_equal(parsed.args.rest[2], "--json");
	assert_int_equal(args_operands(&parsed.args, 0, true), 0);
	assert_int_equal(args_operands(&parsed.args, 0, false), EXIT_USAGE);
	parsed = PARSE("--");
	assert_int_equal(args_operands(&parsed.args, 0, true), EXIT_USAGE);
	assert_int_equal(args_operands(&parsed.args, 0, false), 0);
}

static void nonsense_is_refused_with_the_usage_code(void **state)
{
	assert_int_equal(PARSE("--outpu", "a").args.exit_code, EXIT_USAGE);
	assert_int_equal(PARSE("-x").args.exit_code, EXIT_USAGE);
	assert_int_equal(PARSE("-o").args.exit_code, EXIT_USAGE);
	assert_int_equal(PARSE("--output").args.exit_code, EXIT_USAGE);
	assert_int_equal(PARSE("--follow=1").args.exit_code, EXIT_USAGE);
	assert_int_equal(PARSE("--stack-every").args.exit_code, EXIT_USAGE);
	assert_int_equal(PARSE("--stack-every=x").args.exit_code, EXIT_USAGE);
	assert_int_equal(PARSE("a", "b", "c", "d", "e").args.exit_code, EXIT_USAGE);
	assert_int_equal(PARSE("-x").end, -1);
}

static void help_is_no_error(void **state)
{
	assert_int_equal(PARSE("--help").args.exit_code, EXIT_FINE);
	assert_int_equal(PARSE("-h").args.exit_code, EXIT_FINE);
}

static void json_is_known_wherever_it_stands(void **state)
{
	assert_true(PARSE("a", "--json").args.json);
	assert_true(PARSE("--json", "-x").args.json);
	assert_false(PARSE("a").args.json);
}

static void session_options_go_to_the_session(void **state)
{
	assert_int_equal(PARSE("--stack-every", "3", "--filter-size=8..16").end, 0);
	assert_int_equal(memscope_option_number(&session, MEMSCOPE_A_STACK_EVERY), 3);
	assert_int_equal(memscope_option_number(&session, MEMSCOPE_A_FILTER_SIZE_MAX), 16);
	assert_false(memscope_option_is_set(&session, MEMSCOPE_A_PROBE));
}

static void seconds_and_numbers_are_whole_words(void **state)
{
	static const char *const bad[] = {
		"", "0", "-1", "1s", "nan", "inf", "1e300", " 1", "x", "0x",
	};
	uint64_t value;
	size_t i;

	assert_true(args_seconds("2", &value));
	assert_true(value == 2000000000ULL);
	assert_true(args_seconds("0.25", &value));
	assert_true(value == 250000000ULL);
	assert_true(args_seconds(".5", &value));
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(args_seconds(bad[i], &value));
	assert_true(args_number("0", &value));
	assert_true(args_number("18446744073709551615", &value));
	assert_false(args_number("18446744073709551616", &value));
	assert_false(args_number("-1", &value));
	assert_false(args_number("1 ", &value));
	assert_false(args_number("", &value));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_way_to_give_a_value_works),
		cmocka_unit_test(operands_may_stand_before_options),
		cmocka_unit_test(what_stands_behind_two_dashes_is_a_command),
		cmocka_unit_test(nonsense_is_refused_with_the_usage_code),
		cmocka_unit_test(help_is_no_error),
		cmocka_unit_test(json_is_known_wherever_it_stands),
		cmocka_unit_test(session_options_go_to_the_session),
		cmocka_unit_test(seconds_and_numbers_are_whole_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
