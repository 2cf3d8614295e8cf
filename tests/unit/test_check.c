// SPDX-License-Identifier: GPL-2.0
/*
 * Checks: which objects survive, which of them count, and what is said of them.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "unit.h"
#include "check-filter.h"
#include "check.h"
#include "cmd.h"
#include "exercise.h"
#include "failure.h"

#define FUNCTION 0xffffffffc0001000ULL

/* Sites 1 demo_alloc < demo_use, 2 kernel_alloc < demo_use, 3 kernel_alloc < kernel_use */
static void begin(struct report *report)
{
	static const uint64_t frames[3][2] = {
		{ FUNCTION + 0x10, FUNCTION + 0x110 },
		{ 0xffffffff81000010, FUNCTION + 0x110 },
		{ 0xffffffff81000010, 0xffffffff81000110 },
	};
	struct memscope_symbol_table *symbols = &report->session.symbols;
	uint32_t i;

	memset(report, 0, sizeof(*report));
	report->name = "a test";
	memscope_session_init(&report->session);
	assert_int_equal(memscope_symbol_table_add(symbols, FUNCTION, 256, "demo_alloc",
						   "demo"), 0);
	assert_int_equal(memscope_symbol_table_add(symbols, FUNCTION + 256, 256, "demo_use",
						   "demo"), 0);
	assert_int_equal(memscope_symbol_table_add(symbols, 0xffffffff81000000, 256,
						   "kernel_alloc", ""), 0);
	assert_int_equal(memscope_symbol_table_add(symbols, 0xffffffff81000100, 256,
						   "kernel_use", ""), 0);
	for (i = 0; i < 3; i++) {
		struct memscope_stack *stack = calloc(1, sizeof(*stack) + sizeof(frames[i]));

		stack->id = i + 1;
		stack->frames = 2;
		memcpy(stack->frame, frames[i], sizeof(frames[i]));
		assert_int_equal(memscope_stack_table_add(&report->session.stacks, stack), 0);
		free(stack);
	}
	assert_int_equal(memscope_model_create(&report->model, NULL, 0), 0);
}

static void undo(struct report *report)
{
	memscope_model_destroy(report->model);
	memscope_session_deinit(&report->session);
}

static void put(struct report *report, uint8_t type, uint64_t ns, uint32_t object,
		uint32_t stack, uint32_t tid)
{
	const struct memscope_event event = {
		.type = type, .time_ns = ns, .ptr = 0xffff888000000000 + object * 64,
		.stack = stack, .tid = tid, .bytes_req = 50, .bytes_alloc = 64,
		.call_site = stack ? 0 : 0xffffffff81000010,
	};
	const struct memscope_merged merged = { .event = &event, .key = ns };

	assert_int_equal(memscope_model_apply(report->model, &merged, 1), 0);
}

static struct memscope_survivor_filter window(struct check_filter *filter)
{
	return (struct memscope_survivor_filter){
		.from_ns = 100, .to_ns = 200, .site = check_filter_site,
		.object = check_filter_object, .ctx = filter,
	};
}

/* Before, in and after the window; freed, given to kfree_rcu, live. */
static void survivors_are_of_the_window(void **state)
{
	struct check_filter filter = { .modules = { "demo" }, .module_count = 1 };
	struct memscope_survivor_filter which = window(&filter);
	struct memscope_survivor *rows;
	struct report report;
	size_t count;

	begin(&report);
	filter.session = &report.session;
	put(&report, MEMSCOPE_EVENT_ALLOC, 99, 1, 1, 7);
	put(&report, MEMSCOPE_EVENT_ALLOC, 100, 2, 1, 7);
	put(&report, MEMSCOPE_EVENT_ALLOC, 110, 3, 1, 7);
	put(&report, MEMSCOPE_EVENT_ALLOC, 120, 4, 1, 7);
	put(&report, MEMSCOPE_EVENT_ALLOC, 130, 5, 2, 8);
	put(&report, MEMSCOPE_EVENT_ALLOC, 131, 9, 1, 8);
	put(&report, MEMSCOPE_EVENT_ALLOC, 140, 6, 3, 7);
	put(&report, MEMSCOPE_EVENT_FREE, 150, 3, 0, 7);
	put(&report, MEMSCOPE_EVENT_FREE_DEFERRED, 160, 4, 0, 7);
	put(&report, MEMSCOPE_EVENT_ALLOC, 200, 7, 1, 7);
	assert_int_equal(memscope_survivors(report.model, &which, &rows, &count), 0);
	assert_int_equal(count, 2);
	assert_int_equal(rows[0].objects, 2);
	assert_int_equal(rows[0].bytes, 128);
	assert_int_equal(rows[0].oldest_ns, 100);
	assert_int_equal(memscope_model_site(report.model, rows[0].site)->stack, 1);
	assert_int_equal(memscope_model_site(report.model, rows[1].site)->stack, 2);
	free(rows);
	/* of one process only, and not in interrupts */
	filter.processes[filter.process_count++] = 8;
	assert_int_equal(memscope_survivors(report.model, &which, &rows, &count), 0);
	assert_int_equal(count, 2);
	assert_int_equal(rows[0].objects + rows[1].objects, 2);
	free(rows);
	assert_false(check_filter_task(&filter, 8, MEMSCOPE_CONTEXT_SOFTIRQ));
	assert_false(check_filter_task(&filter, 9, MEMSCOPE_CONTEXT_PROCESS));
	undo(&report);
}

static bool counts(struct check_filter *filter, uint32_t stack)
{
	const struct memscope_site site = { .stack = stack };

	return check_filter_site(filter, &site);
}

static void filters_of_stacks(void **state)
{
	struct check_filter filter = { 0 };
	struct report report;

	begin(&report);
	filter.session = &report.session;
	assert_true(counts(&filter, 3));
	filter.modules[filter.module_count++] = "other";
	assert_false(counts(&filter, 1));
	filter.modules[filter.module_count++] = "demo";
	assert_true(counts(&filter, 1) && counts(&filter, 2));
	assert_false(counts(&filter, 3));
	assert_null(check_filter_add_pattern(&filter, "^kernel_alloc\\+0x10$"));
	assert_true(counts(&filter, 2));
	assert_false(counts(&filter, 1));
	assert_null(check_filter_ignore(&filter, "demo_use"));
	assert_false(counts(&filter, 2));
	assert_non_null(check_filter_add_pattern(&filter, "("));
	check_filter_deinit(&filter);
	filter.module_count = 1;
	filter.modules[0] = "vmlinux";
	assert_true(counts(&filter, 2));
	assert_false(counts(&filter, 1));
	undo(&report);
}

static void judge(struct check *check, struct report *report, struct memscope_survivor *rows,
		  size_t count, const char *withheld)
{
	memset(check, 0, sizeof(*check));
	check->report = report;
	check->rows = rows;
	check->row_count = count;
	check->window_ns = 500000000;
	check->allocs = 50;
	check->limits.set[CHECK_LEAKED_BYTES] = check->limits.set[CHECK_SITE_OBJECTS] = true;
	check->limits.set[CHECK_ALLOC_RATE] = true;
	check->limits.most[CHECK_LEAKED_BYTES] = 192;
	check->limits.most[CHECK_SITE_OBJECTS] = 1;
	check->limits.most[CHECK_ALLOC_RATE] = 100;
	strcpy(check->what, "a <test>");
	strcpy(check->withheld, withheld);
	check_add(check, "command", true, "exited with status 0");
	check_judge(check);
}

static void verdicts(void **state)
{
	struct memscope_survivor rows[] = { { 0, 2, 128, 1 }, { 1, 1, 64, 1 } };
	struct report report;
	struct check check;
	int code;

	begin(&report);
	judge(&check, &report, rows, 2, "");
	assert_int_equal(check.value[CHECK_LEAKED_BYTES], 192);
	assert_int_equal(check.value[CHECK_LEAKED_OBJECTS], 3);
	assert_int_equal(check.value[CHECK_SITE_BYTES], 128);
	assert_int_equal(check.value[CHECK_ALLOC_RATE], 100);
	assert_int_equal(check.test_count, 4);
	assert_int_equal(check.tests[1].state, CHECK_PASSED);
	assert_int_equal(check.tests[2].state, CHECK_FAILED);
	assert_int_equal(check_verdict(&check, &code), CHECK_FAILED);
	assert_int_equal(code, EXIT_THRESHOLD);
	judge(&check, &report, rows + 1, 1, "");
	assert_int_equal(check_verdict(&check, &code), CHECK_PASSED);
	assert_int_equal(code, EXIT_FINE);
	check_add(&check, "unload", false, "busy");
	assert_int_equal(check_verdict(&check, &code), CHECK_FAILED);
	assert_int_equal(code, EXIT_FAILED);
	/* with losses figures say nothing, however high or low */
	judge(&check, &report, rows, 2, "events are missing");
	assert_int_equal(check_verdict(&check, &code), CHECK_WITHHELD);
	assert_int_equal(code, EXIT_INCOMPLETE);
	undo(&report);
}

static void junit_is_whole(void **state)
{
	struct memscope_survivor rows[] = { { 0, 2, 128, 1 } };
	struct report report;
	struct check check;
	char *text;
	size_t size;
	FILE *to;

	begin(&report);
	put(&report, MEMSCOPE_EVENT_ALLOC, 100, 2, 1, 7);
	judge(&check, &report, rows, 1, "");
	to = open_memstream(&text, &size);
	assert_int_equal(check_write_junit(&check, to), 0);
	fclose(to);
	assert_non_null(strstr(text, "tests=\"4\" failures=\"1\" errors=\"0\" skipped=\"0\""));
	assert_non_null(strstr(text, "<failure message=\"2, at most 1\">"));
	assert_non_null(strstr(text, "demo_alloc+0x10 [demo]"));
	assert_non_null(strstr(text, "a &lt;test&gt;"));
	free(text);
	judge(&check, &report, rows, 1, "events are missing");
	to = open_memstream(&text, &size);
	assert_int_equal(check_write_junit(&check, to), 0);
	fclose(to);
	assert_non_null(strstr(text, "failures=\"0\" errors=\"0\" skipped=\"3\""));
	assert_non_null(strstr(text, "<skipped message=\"verdict withheld: events are missing"));
	free(text);
	undo(&report);
}

static void modules_are_named_by_their_files(void **state)
{
	char name[16];

	assert_true(exercise_module_name("a/b/snd-demo.ko", name, sizeof(name)));
	assert_string_equal(name, "snd_demo");
	assert_true(exercise_module_name("x.ko.xz", name, sizeof(name)));
	assert_string_equal(name, "x");
	assert_false(exercise_module_name("a.ko/b", name, sizeof(name)));
	assert_false(exercise_module_name("demo.kot", name, sizeof(name)));
	assert_false(exercise_module_name(".ko", name, sizeof(name)));
	assert_false(exercise_module_name("a-name-that-is-too-long.ko", name, sizeof(name)));
}

static int run(char **words)
{
	int count = 0, before = dup(STDERR_FILENO), null = open("/dev/null", O_WRONLY), code;

	while (words[count])
		count++;
	dup2(null, STDERR_FILENO);
	code = cmd_check(count, words);
	dup2(before, STDERR_FILENO);
	close(before);
	close(null);
	return code;
}

#define CHECK(...) run((char *[]){ (char *)"check", __VA_ARGS__, NULL })

static void usage_is_refused(void **state)
{
	assert_int_equal(CHECK("--", "true"), EXIT_USAGE);
	assert_int_equal(CHECK("--max-leaked-bytes", "1"), EXIT_USAGE);
	assert_int_equal(CHECK("--max-leaked-bytes", "x", "--", "true"), EXIT_USAGE);
	assert_int_equal(CHECK("--leaks-tree", "-d", "1", "--max-leaked-bytes", "1"),
			 EXIT_USAGE);
	assert_int_equal(CHECK("--module", "demo.o"), EXIT_USAGE);
	assert_int_equal(CHECK("--leaks-site", "(", "--", "true"), EXIT_USAGE);
	assert_int_equal(CHECK("-d", "1", "--leaks-module", "m", "--", "true"), EXIT_USAGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(survivors_are_of_the_window),
		cmocka_unit_test(filters_of_stacks),
		cmocka_unit_test(verdicts),
		cmocka_unit_test(junit_is_whole),
		cmocka_unit_test(modules_are_named_by_their_files),
		cmocka_unit_test(usage_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
