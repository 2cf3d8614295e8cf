// SPDX-License-Identifier: GPL-2.0
/*
 * The man page knows every session option, with the word for its value.
 */
#include "unit.h"
#include "options.h"

/* The page as text: without the backslashes before dashes. */
static char *read_page(void)
{
	FILE *file = fopen(MEMSCOPE_TOP "/docs/man/memscopectl.8", "r");
	char *page = calloc(1, 1 << 20), *to = page;
	int c;

	assert_non_null(file);
	while ((c = fgetc(file)) != EOF && to < page + (1 << 20) - 1)
		if (c != '\\')
			*to++ = c;
	fclose(file);
	return page;
}

static void every_session_option_is_in_the_man_page(void **state)
{
	char *page = read_page(), wanted[64];
	size_t i;

	for (i = 0; i < memscope_option_table_count; i++) {
		snprintf(wanted, sizeof(wanted), "--%s ", memscope_option_table[i].name);
		if (!strstr(page, wanted))
			fail_msg("docs/man/memscopectl.8 lacks %s", wanted);
	}
	free(page);
}

static void every_feature_is_in_the_man_page(void **state)
{
	char *page = read_page();
	unsigned int bit;

	for (bit = 0; memscope_feature_name(bit); bit++)
		if (!strstr(page, memscope_feature_name(bit)))
			fail_msg("docs/man/memscopectl.8 lacks %s", memscope_feature_name(bit));
	free(page);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_session_option_is_in_the_man_page),
		cmocka_unit_test(every_feature_is_in_the_man_page),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
