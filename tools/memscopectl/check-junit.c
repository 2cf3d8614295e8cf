// SPDX-License-Identifier: GPL-2.0
/*
 * A check as JUnit XML, which CI services show.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "check.h"
#include "text.h"

/* Text of an element or an attribute; what XML cannot hold becomes '?'. */
static void write_text(FILE *to, const char *text)
{
	for (; *text; text++) {
		unsigned char c = *text;

		switch (c) {
		case '&':
			fputs("&amp;", to);
			break;
		case '<':
			fputs("&lt;", to);
			break;
		case '>':
			fputs("&gt;", to);
			break;
		case '"':
			fputs("&quot;", to);
			break;
		default:
			/* Names of functions and files are ASCII; others may be no UTF-8. */
			fputc(c < 0x20 || c > 0x7e ? '?' : c, to);
		}
	}
}

static void write_frame(const struct check *check, FILE *to, uint64_t address)
{
	const struct memscope_line *lines;
	char symbol[256];
	size_t count;

	memscope_symbol_format(&check->report->session.symbols, address, true, symbol,
			       sizeof(symbol));
	fputs("    ", to);
	write_text(to, symbol);
	count = memscope_source_find(check->report->source, address, true, &lines);
	if (count && lines[count - 1].file) {
		fputs("  ", to);
		write_text(to, lines[count - 1].file);
		fprintf(to, ":%u", lines[count - 1].line);
	}
	fputc('\n', to);
}

static void write_sites(const struct check *check, FILE *to)
{
	struct report *report = check->report;
	size_t i, j;

	for (i = 0; i < check->row_count && (!report->top || i < report->top); i++) {
		const struct memscope_survivor *row = &check->rows[i];
		const struct memscope_site *site = memscope_model_site(report->model, row->site);
		const uint64_t *frames;
		size_t count;

		fprintf(to, "%llu objects, %llu bytes:\n", (unsigned long long)row->objects,
			(unsigned long long)row->bytes);
		frames = memscope_stack_table_find(&report->session.stacks, site->stack, &count);
		for (j = 0; j < count; j++)
			write_frame(check, to, frames[j]);
		if (!count)
			write_frame(check, to, site->call_site);
	}
}

static void write_test(const struct check *check, const struct check_test *test, FILE *to)
{
	fprintf(to, "    <testcase classname=\"memscope.check\" name=\"");
	write_text(to, test->name);
	fprintf(to, "\" time=\"%.3f\"", check->elapsed_ns / 1e9);
	if (test->state == CHECK_PASSED) {
		fputs("/>\n", to);
		return;
	}
	fprintf(to, ">\n      <%s message=\"",
		test->state == CHECK_FAILED ? "failure" : "skipped");
	write_text(to, test->message);
	if (test->state == CHECK_FAILED) {
		fputs("\">", to);
		if (test->limited)
			write_sites(check, to);
		fputs("</failure>\n", to);
	} else {
		fputs("\"/>\n", to);
	}
	fputs("    </testcase>\n", to);
}

int check_write_junit(const struct check *check, FILE *to)
{
	size_t failures = 0, skipped = 0, i;

	for (i = 0; i < check->test_count; i++) {
		failures += check->tests[i].state == CHECK_FAILED;
		skipped += check->tests[i].state == CHECK_WITHHELD;
	}
	fprintf(to, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"
		"  <testsuite name=\"memscope\" tests=\"%zu\" failures=\"%zu\" errors=\"0\" "
		"skipped=\"%zu\" time=\"%.3f\">\n", check->test_count, failures, skipped,
		check->elapsed_ns / 1e9);
	for (i = 0; i < check->test_count; i++)
		write_test(check, &check->tests[i], to);
	fprintf(to, "    <system-out>");
	write_text(to, check->what);
	fprintf(to, "</system-out>\n  </testsuite>\n</testsuites>\n");
	return ferror(to) ? -EIO : 0;
}
