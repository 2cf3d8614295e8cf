// SPDX-License-Identifier: GPL-2.0
/*
 * What was measured against its thresholds, and the JSON of it.
 */
#include <stdarg.h>
#include <stdio.h>

#include "check.h"
#include "failure.h"
#include "json.h"
#include "recorder.h"
#include "text.h"

static const char *const figure_names[CHECK_FIGURES] = {
	[CHECK_LEAKED_BYTES] = "leaked_bytes",
	[CHECK_LEAKED_OBJECTS] = "leaked_objects",
	[CHECK_SITE_BYTES] = "site_leaked_bytes",
	[CHECK_SITE_OBJECTS] = "site_leaked_objects",
	[CHECK_ALLOC_RATE] = "allocs_per_second",
};

const char *check_figure_name(unsigned int figure)
{
	return figure < CHECK_FIGURES ? figure_names[figure] : "unknown";
}

const char *check_state_name(unsigned int state)
{
	return state == CHECK_PASSED ? "pass" : state == CHECK_FAILED ? "fail" : "withheld";
}

void check_add(struct check *check, const char *name, bool passed, const char *format, ...)
{
	struct check_test *test = &check->tests[check->test_count++];
	va_list args;

	*test = (struct check_test){
		.name = name, .state = passed ? CHECK_PASSED : CHECK_FAILED,
	};
	va_start(args, format);
	vsnprintf(test->message, sizeof(test->message), format, args);
	va_end(args);
	text_clean(test->message);
}

static void measure(struct check *check)
{
	uint64_t *value = check->value;
	size_t i;

	for (i = 0; i < CHECK_FIGURES; i++)
		value[i] = 0;
	for (i = 0; i < check->row_count; i++) {
		const struct memscope_survivor *row = &check->rows[i];

		value[CHECK_LEAKED_BYTES] += row->bytes;
		value[CHECK_LEAKED_OBJECTS] += row->objects;
		if (row->bytes > value[CHECK_SITE_BYTES])
			value[CHECK_SITE_BYTES] = row->bytes;
		if (row->objects > value[CHECK_SITE_OBJECTS])
			value[CHECK_SITE_OBJECTS] = row->objects;
	}
	if (check->window_ns)
		value[CHECK_ALLOC_RATE] = check->allocs * 1e9 / check->window_ns;
}

void check_judge(struct check *check)
{
	unsigned int i;

	measure(check);
	for (i = 0; i < CHECK_FIGURES; i++) {
		struct check_test *test;

		if (!check->limits.set[i])
			continue;
		check_add(check, figure_names[i], check->value[i] <= check->limits.most[i],
			  "%llu, at most %llu", (unsigned long long)check->value[i],
			  (unsigned long long)check->limits.most[i]);
		test = &check->tests[check->test_count - 1];
		test->limited = true;
		test->figure = i;
		if (!check->withheld[0])
			continue;
		test->state = CHECK_WITHHELD;
		snprintf(test->message, sizeof(test->message), "verdict withheld: %s",
			 check->withheld);
	}
}

enum check_state check_verdict(const struct check *check, int *code)
{
	bool beyond = false, failed_one = false, withheld = false;
	size_t i;

	for (i = 0; i < check->test_count; i++) {
		const struct check_test *test = &check->tests[i];

		beyond |= test->state == CHECK_FAILED && test->limited;
		failed_one |= test->state == CHECK_FAILED;
		withheld |= test->state == CHECK_WITHHELD;
	}
	*code = beyond ? EXIT_THRESHOLD : failed_one ? EXIT_FAILED :
		withheld ? EXIT_INCOMPLETE : EXIT_FINE;
	return failed_one ? CHECK_FAILED : withheld ? CHECK_WITHHELD : CHECK_PASSED;
}

static struct json_object *test_json(const struct check *check, const struct check_test *test)
{
	struct json_object *json = json_object_new_object();

	json_add_text(json, "name", test->name);
	json_add_text(json, "state", check_state_name(test->state));
	json_add_text(json, "message", test->message);
	if (test->limited) {
		json_add_count(json, "value", check->value[test->figure]);
		json_add_count(json, "limit", check->limits.most[test->figure]);
	}
	return json;
}

static struct json_object *site_json(const struct check *check,
				     const struct memscope_survivor *row)
{
	const struct memscope_site *site = memscope_model_site(check->report->model, row->site);
	struct json_object *json = json_object_new_object();
	char cache[80];

	json_add_count(json, "leaked_objects", row->objects);
	json_add_count(json, "leaked_bytes", row->bytes);
	json_add_count(json, "oldest_ns", row->oldest_ns);
	json_add_text(json, "cache", site_cache(check->report, site, cache, sizeof(cache)));
	site_add_json(check->report, site, json);
	return json;
}

struct json_object *check_json(const struct check *check)
{
	struct json_object *json = report_json(check->report);
	struct json_object *tests = json_object_new_array();
	struct json_object *sites = json_object_new_array();
	char missing[512];
	unsigned int i;
	int code;
	size_t row;

	json_add_text(json, "verdict", check_state_name(check_verdict(check, &code)));
	json_add_count(json, "exit_code", code);
	if (check->withheld[0])
		json_add_text(json, "withheld", check->withheld);
	json_add_count(json, "window_ns", check->window_ns);
	json_add_count(json, "allocs", check->allocs);
	for (i = 0; i < CHECK_FIGURES; i++)
		json_add_count(json, figure_names[i], check->value[i]);
	for (row = 0; row < check->test_count; row++)
		json_object_array_add(tests, test_json(check, &check->tests[row]));
	json_object_object_add(json, "tests", tests);
	for (row = 0; row < check->row_count &&
	     (!check->report->top || row < check->report->top); row++)
		json_object_array_add(sites, site_json(check, &check->rows[row]));
	json_object_object_add(json, "leaking_sites", sites);
	if (memscope_source_missing(check->report->source, missing, sizeof(missing)))
		json_add_text(json, "lines_missing", missing);
	return json;
}
