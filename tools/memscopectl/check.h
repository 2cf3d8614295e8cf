/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A check: what was measured against its thresholds, as tests that passed,
 * failed, or whose verdict is withheld because events are missing. KTAP, JUnit
 * and JSON tell the same.
 */
#ifndef MEMSCOPECTL_CHECK_H
#define MEMSCOPECTL_CHECK_H

#include <stdio.h>

#include "survivor.h"
#include "view.h"

enum check_figure {
	CHECK_LEAKED_BYTES,
	CHECK_LEAKED_OBJECTS,
	CHECK_SITE_BYTES,		/* of the site that leaked most bytes */
	CHECK_SITE_OBJECTS,		/* of the site that leaked most objects */
	CHECK_ALLOC_RATE,		/* allocations a second in the window */

	CHECK_FIGURES
};

/* "leaked_bytes" and so on, as in JSON. */
const char *check_figure_name(unsigned int figure);

struct check_limits {
	bool set[CHECK_FIGURES];
	uint64_t most[CHECK_FIGURES];
};

enum check_state {
	CHECK_PASSED,
	CHECK_FAILED,
	CHECK_WITHHELD,
};

/* "pass", "fail" or "withheld" */
const char *check_state_name(unsigned int state);

#define CHECK_TESTS	(CHECK_FIGURES + 3)

struct check_test {
	const char *name;
	enum check_state state;
	bool limited;			/* @figure is against @most */
	unsigned int figure;
	char message[320];
};

/**
 * struct check - the check and what it found
 * @report: recording, model and lines
 * @what: was looked at, for people: "module demo, 1.2 s"
 * @withheld: why figures give no verdict; "": they do
 * @rows: sites with survivors, most bytes first
 * @window_ns: time in which allocations counted
 * @allocs: allocations in it that count
 * @value: the figures
 */
struct check {
	struct report *report;
	char what[256];
	char withheld[256];
	struct memscope_survivor *rows;
	size_t row_count;
	uint64_t window_ns, elapsed_ns;
	uint64_t allocs;
	uint64_t value[CHECK_FIGURES];
	struct check_limits limits;
	struct check_test tests[CHECK_TESTS];
	size_t test_count;
};

/* A test that has no figure: of the command, of loading. */
__attribute__((format(printf, 4, 5)))
void check_add(struct check *check, const char *name, bool passed, const char *format, ...);

/* Figures from rows, allocs and window, and a test for each limit. */
void check_judge(struct check *check);

/*
 * Of all tests: failed if one has, or else withheld if one is. code: what to
 * exit with: 4 a figure is beyond its limit, 1 another test failed, 3 withheld.
 */
enum check_state check_verdict(const struct check *check, int *code);

/* To stdout; stacks of sites go with the text. */
void check_print_ktap(const struct check *check);
/* 0 or -errno */
int check_write_junit(const struct check *check, FILE *to);
struct json_object *check_json(const struct check *check);

#endif /* MEMSCOPECTL_CHECK_H */
