// SPDX-License-Identifier: GPL-2.0
/*
 * A check as KTAP, version 1, which kselftest and kunit.py read: one suite
 * "memscope" with a test for each threshold.
 *
 * A test whose verdict is withheld is skipped: it neither passed nor failed.
 */
#include <stdio.h>

#include "check.h"
#include "text.h"

#define INDENT	"    "

static void print_site(const struct check *check, const struct memscope_survivor *row)
{
	const struct memscope_site *site = memscope_model_site(check->report->model, row->site);
	char objects[32], bytes[32], cache[80];

	printf(INDENT "# %s objects, %s, of %s:\n",
	       text_count(objects, sizeof(objects), row->objects),
	       text_bytes(bytes, sizeof(bytes), row->bytes),
	       site_cache(check->report, site, cache, sizeof(cache)));
	site_print_stack(check->report, site, INDENT "#     ");
}

static void print_sites(const struct check *check)
{
	char missing[512];
	size_t i;

	for (i = 0; i < check->row_count; i++) {
		if (check->report->top && i == check->report->top) {
			printf(INDENT "# .. and %zu more sites\n", check->row_count - i);
			break;
		}
		print_site(check, &check->rows[i]);
	}
	if (check->row_count &&
	    memscope_source_missing(check->report->source, missing, sizeof(missing))) {
		text_clean(missing);
		printf(INDENT "# %s\n", missing);
	}
}

void check_print_ktap(const struct check *check)
{
	enum check_state state;
	char objects[32], bytes[32], allocs[32];
	size_t i;
	int code;

	printf("KTAP version 1\n1..1\n" INDENT "KTAP version 1\n" INDENT "# Subtest: memscope\n"
	       INDENT "1..%zu\n", check->test_count);
	printf(INDENT "# %s: %s allocations, of which %s (%s) are still live\n", check->what,
	       text_count(allocs, sizeof(allocs), check->allocs),
	       text_count(objects, sizeof(objects), check->value[CHECK_LEAKED_OBJECTS]),
	       text_bytes(bytes, sizeof(bytes), check->value[CHECK_LEAKED_BYTES]));
	print_sites(check);
	for (i = 0; i < check->test_count; i++) {
		const struct check_test *test = &check->tests[i];

		if (test->state == CHECK_WITHHELD) {
			printf(INDENT "ok %zu %s # SKIP %s\n", i + 1, test->name, test->message);
			continue;
		}
		printf(INDENT "# %s: %s\n", test->name, test->message);
		printf(INDENT "%s %zu %s\n", test->state == CHECK_PASSED ? "ok" : "not ok", i + 1,
		       test->name);
	}
	state = check_verdict(check, &code);
	printf("%s 1 memscope", state == CHECK_FAILED ? "not ok" : "ok");
	if (state == CHECK_WITHHELD)
		printf(" # SKIP verdict withheld: %s", check->withheld);
	putchar('\n');
}
