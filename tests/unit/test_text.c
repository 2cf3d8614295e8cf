// SPDX-License-Identifier: GPL-2.0
/*
 * Numbers and strings as people and JSON read them.
 */
#include <json-c/json.h>

#include "unit.h"
#include "text.h"

static void numbers_read_well(void **state)
{
	char t[32];

	assert_string_equal(text_bytes(t, sizeof(t), 0), "0 B");
	assert_string_equal(text_bytes(t, sizeof(t), 1023), "1023 B");
	assert_string_equal(text_bytes(t, sizeof(t), 1024), "1.0 KiB");
	assert_string_equal(text_bytes(t, sizeof(t), 1536), "1.5 KiB");
	/* not "1024.0 KiB" */
	assert_string_equal(text_bytes(t, sizeof(t), 1048575), "1.0 MiB");
	assert_string_equal(text_bytes(t, sizeof(t), UINT64_MAX), "16.0 EiB");
	assert_string_equal(text_count(t, sizeof(t), 0), "0");
	assert_string_equal(text_count(t, sizeof(t), 999), "999");
	assert_string_equal(text_count(t, sizeof(t), 1000), "1,000");
	assert_string_equal(text_count(t, sizeof(t), UINT64_MAX), "18,446,744,073,709,551,615");
	assert_string_equal(text_duration(t, sizeof(t), 999), "999 ns");
	assert_string_equal(text_duration(t, sizeof(t), 1500), "1.5 us");
	assert_string_equal(text_duration(t, sizeof(t), 30100000), "30.1 ms");
	assert_string_equal(text_duration(t, sizeof(t), 1250000000), "1.25 s");
	assert_string_equal(text_duration(t, sizeof(t), 3600000000000), "3600 s");
}

static void a_small_share_is_not_none(void **state)
{
	char t[32];

	assert_string_equal(text_share(t, sizeof(t), 0, 0), "-");
	assert_string_equal(text_share(t, sizeof(t), 0, 10), "0.0 %");
	assert_string_equal(text_share(t, sizeof(t), 1, 1000000), "< 0.1 %");
	assert_string_equal(text_share(t, sizeof(t), 123, 1000), "12.3 %");
}

static void assert_json(const char *string, const char *expected)
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	text_json_string(to, string);
	fclose(to);
	assert_string_equal(text, expected);
	free(text);
}

static void strings_are_json(void **state)
{
	assert_json("", "\"\"");
	assert_json("a\"b\\c", "\"a\\\"b\\\\c\"");
	assert_json("\n\x1b[31m\x7f", "\"\\u000a\\u001b[31m\\u007f\"");
	assert_json("gr\xc3\xbc\xc3\x9f", "\"gr\xc3\xbc\xc3\x9f\"");
	assert_json("\xff", "\"\xef\xbf\xbd\"");
	assert_json("\xc3", "\"\xef\xbf\xbd\"");
	assert_json("\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
}

static void any_bytes_make_valid_json(void **state)
{
	struct unit_random random = unit_random("any_bytes_make_valid_json");
	int i;

	for (i = 0; i < 20000; i++) {
		char string[24] = "", *text = NULL;
		size_t size, length = unit_below(&random, sizeof(string)), j;
		FILE *to = open_memstream(&text, &size);
		struct json_object *json;

		for (j = 0; j < length; j++)
			string[j] = 1 + unit_below(&random, 255);
		text_json_string(to, string);
		fclose(to);
		json = json_tokener_parse_verbose(text, &(enum json_tokener_error){ 0 });
		assert_true(json_object_is_type(json, json_type_string));
		json_object_put(json);
		free(text);
	}
}

static void terminals_are_left_alone(void **state)
{
	char text[] = "a\x1b[2Jb\r\n\x7f";

	text_clean(text);
	assert_string_equal(text, "a?[2Jb???");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_read_well),
		cmocka_unit_test(a_small_share_is_not_none),
		cmocka_unit_test(strings_are_json),
		cmocka_unit_test(any_bytes_make_valid_json),
		cmocka_unit_test(terminals_are_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
