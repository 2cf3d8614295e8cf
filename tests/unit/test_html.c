// SPDX-License-Identifier: GPL-2.0
/*
 * What the HTML report's document may hold so that no browser takes it for
 * markup, and is UTF-8 whatever the kernel's names are.
 */
#include "html.h"
#include "draw.h"

static char *put(const char *json)
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	assert_non_null(to);
	html_put_json(to, json);
	assert_int_equal(fclose(to), 0);
	assert_int_equal(strlen(text), size);
	return text;
}

static void expect(const char *json, const char *want)
{
	char *got = put(json);

	assert_string_equal(got, want);
	free(got);
}

static void no_markup(void **state)
{
	expect("", "");
	expect("{\"a\":\"b\"}", "{\"a\":\"b\"}");
	expect("[\"</script><!--\"]", "[\"\\u003c/script>\\u003c!--\"]");
	expect("<", "\\u003c");
	expect("<<a", "\\u003c\\u003ca");
}

static void bad_bytes(void **state)
{
#define BAD "\xef\xbf\xbd"
	expect("\xc3\xa4 \xe2\x86\x90 \xf0\x9f\x98\x80", "\xc3\xa4 \xe2\x86\x90 \xf0\x9f\x98\x80");
	expect("\x80", BAD);
	expect("a\xff" "b", "a" BAD "b");
	expect("\xc3", BAD);			/* cut short */
	expect("\xe2\x86", BAD BAD);
	expect("\xf0\x9f\x98", BAD BAD BAD);
	expect("\xe2<", BAD "\\u003c");		/* what follows is still looked at */
	expect("\xc0\xaf", BAD BAD);		/* longer than need be */
	expect("\xe0\x80\xbc", BAD BAD BAD);
	expect("\xed\xa0\x80", BAD BAD BAD);	/* a surrogate */
	expect("\xf4\x90\x80\x80", BAD BAD BAD BAD);
}

/* Any bytes: a string of JSON comes back as json-c had it, but for bad bytes. */
static void any_bytes(void **state)
{
	for (int round = 0; round < 2000; round++) {
		struct json_object *string, *back;
		char name[33];
		bool ascii = draw_below(2);
		char *text;
		int i, length = (int)draw_below(sizeof(name));

		for (i = 0; i < length; i++)
			name[i] = (char)(1 + draw_below(ascii ? 127 : 255));
		name[length] = 0;
		string = json_object_new_string(name);
		text = put(json_object_to_json_string(string));
		assert_null(strchr(text, '<'));
		back = json_tokener_parse(text);
		assert_non_null(back);
		if (ascii)
			assert_string_equal(json_object_get_string(back), name);
		/* once made good it stays so */
		expect(text, text);
		json_object_put(back);
		json_object_put(string);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_markup),
		cmocka_unit_test(bad_bytes),
		cmocka_unit_test(any_bytes),
	};

	draw_seed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
