// SPDX-License-Identifier: GPL-2.0
/*
 * memscopectl report: views of a recording, or of one made for it in memory.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <sys/mman.h>

#include "args.h"
#include "cmd.h"
#include "failure.h"
#include "html.h"
#include "json.h"
#include "prediction.h"
#include "progress.h"
#include "recorder.h"
#include "text.h"
#include "view.h"

#define LIVE_NS		(5 * 1000000000ULL)
#define TOP		10
#define FRAMES		8

enum { OPTION_VIEW = 1, OPTION_SORT, OPTION_TOP, OPTION_FRAMES, OPTION_DURATION,
       OPTION_CHECK, OPTION_HTML, OPTION_DEBUG_DIR, OPTION_NO_LINES };

static const struct args_option own_options[] = {
	{ OPTION_VIEW, 'v', "view", "NAME[,NAME..]", "views to show; all if none is named" },
	{ OPTION_SORT, 's', "sort", "KEY", "live, allocs, waste, bytes or peak (default live)" },
	{ OPTION_TOP, 'n', "top", "N", "rows of each table (default 10; 0: all)" },
	{ OPTION_CHECK, 0, "check", NULL,
	  "lifetimes: predict from the first half, score on the second" },
	{ OPTION_HTML, 0, "html", "FILE",
	  "write a page for browsers instead: every view, with charts" },
	{ OPTION_FRAMES, 0, "frames", "N", "frames of a stack in text (default 8; 0: all)" },
	LINES_OPTION_DIR(OPTION_DEBUG_DIR),
	LINES_OPTION_OFF(OPTION_NO_LINES),
	{ OPTION_DURATION, 'd', "duration", "SECONDS", "without FILE: trace so long (default 5)" },
	{ 0 },
};

static struct memscope_options session_options;

static const struct args_verb report_verb = {
	.usage = "memscopectl report [FILE] [--view NAME] [--sort KEY] [--top N] [--json | --html FILE]",
	.text = "Shows who allocates, what of it stays and what is wasted, from a recording, in views:\n"
		"summary, sites, leaks, lifetimes, patterns, sharing, fragmentation, caches, load. Without\n"
		"FILE, the system is traced for some seconds first, into memory, with the session\n"
		"options given; a command behind -- is then run and traced; with --json what it\n"
		"prints goes to stderr. Exits with 3 if events were lost or the recording is\n"
		"damaged: figures may then be off.",
	.options = own_options,
	.session = &session_options,
};

/* What the command line asks for. */
struct request {
	const struct view *views[16];	/* ended by NULL */
	struct report report;
	struct lines_options lines;
	uint64_t duration_ns;
	char *const *argv;		/* a command, or NULL */
	bool json;
	const char *html;		/* where the page goes, or NULL */
	struct html_page page;
};

static const struct view *find_view(const char *name, size_t length)
{
	const struct view *const *view;

	for (view = views; *view; view++)
		if (strlen((*view)->name) == length && !strncmp((*view)->name, name, length))
			return *view;
	return NULL;
}

static int take_views(struct request *request, const char *names)
{
	size_t count = 0, length;

	do {
		length = strcspn(names, ",");
		if (count == sizeof(request->views) / sizeof(request->views[0]) - 1)
			return misused(report_verb.usage, "--view: too many");
		request->views[count] = find_view(names, length);
		if (!request->views[count])
			return misused(report_verb.usage, "unknown view %.*s", (int)length, names);
		count++;
		names += length;
	} while (*names++);
	request->views[count] = NULL;
	return 0;
}

static int take_option(struct request *request, int option, const char *value)
{
	uint64_t number;
	unsigned int sort;

	switch (option) {
	case OPTION_VIEW:
		return take_views(request, value);
	case OPTION_SORT:
		for (sort = 0; sort < MEMSCOPE_SORTS; sort++) {
			if (strcmp(memscope_sort_name(sort), value))
				continue;
			request->report.sort = sort;
			return 0;
		}
		return misused(report_verb.usage, "unknown sort key %s", value);
	case OPTION_HTML:
		request->html = value;
		return 0;
	case OPTION_CHECK:
		request->report.check = true;
		return 0;
	case OPTION_DEBUG_DIR:
		if (!lines_add_dir(&request->lines, value))
			return misused(report_verb.usage, "--debug-dir: too long");
		return 0;
	case OPTION_NO_LINES:
		request->lines.off = true;
		return 0;
	case OPTION_DURATION:
		if (!args_seconds(value, &request->duration_ns))
			return misused(report_verb.usage,
				       "--duration %s: not a number of seconds", value);
		return 0;
	}
	if (!args_number(value, &number))
		return misused(report_verb.usage, "%s: not a number", value);
	if (option == OPTION_TOP)
		request->report.top = number;
	else
		request->report.frames = number;
	return 0;
}

static bool wants(const struct request *request, const struct view *view)
{
	size_t i;

	for (i = 0; request->views[i]; i++)
		if (request->views[i] == view)
			return true;
	return false;
}

static void collect(struct report *report, const struct memscope_analysis *const *analyses)
{
	size_t i;

	for (; analyses && *analyses; analyses++) {
		for (i = 0; i < report->analysis_count; i++)
			if (report->analyses[i] == *analyses)
				break;
		if (i == report->analysis_count && i < REPORT_ANALYSES)
			report->analyses[report->analysis_count++] = *analyses;
	}
}

/* The union of what the views need. */
static void collect_analyses(struct request *request)
{
	const struct view **view;

	for (view = request->views; *view; view++)
		collect(&request->report, (*view)->analyses);
	if (request->html)
		collect(&request->report, html_analyses);
}

static void on_lost(void *ctx, uint64_t time_ns, uint64_t lost)
{
	struct prediction *prediction = ctx;

	memscope_model_lost(prediction->report->model, time_ns, lost);
}

static int print_json(struct request *request)
{
	struct json_object *json = report_json(&request->report);
	const struct view **view;
	char missing[512];

	for (view = request->views; *view; view++)
		(*view)->json(&request->report, json);
	if (memscope_source_missing(request->report.source, missing, sizeof(missing)))
		json_add_text(json, "lines_missing", missing);
	return json_print(json);
}

static void print_text(struct request *request)
{
	struct report *report = &request->report;
	const struct view **view;
	struct memscope_losses losses;
	char missing[512];

	/* Every view tells of loss; the summary does so in its place. */
	if (request->views[0] != &view_summary) {
		memscope_session_losses(&report->session, &losses);
		if (report->session.damage[0])
			printf("INCOMPLETE: %s is %s\n", report->name,
			       report->session.damage);
		losses_print(&losses);
	}
	for (view = request->views; *view; view++) {
		if (view != request->views)
			putchar('\n');
		(*view)->text(report);
	}
	if (memscope_source_missing(report->source, missing, sizeof(missing))) {
		text_clean(missing);
		printf("\n%s\n", missing);
	}
}

static int report_file(struct request *request, const char *path)
{
	struct report *report = &request->report;
	struct prediction prediction = { .report = report };
	struct memscope_replay replay = {
		.events = prediction_apply, .lost = on_lost, .ctx = &prediction,
		.progress = progress_bytes, .progress_ctx = (void *)"reading",
	};
	int code = EXIT_FINE, err;

	collect_analyses(request);
	if (report->check) {
		err = prediction_plan(report, path);
		if (err)
			return failed("cannot read %s: %s", report->name,
				      memscope_recording_error(err));
	}
	err = memscope_model_create(&report->model, report->analyses, report->analysis_count);
	if (err)
		return failed("%s", strerror(-err));
	memscope_session_init(&report->session);
	err = memscope_replay(path, &report->session, &replay);
	progress_clear();
	report->source = err ? NULL : lines_open(&request->lines, &report->session);
	if (err)
		code = failed("cannot read %s: %s", report->name, memscope_recording_error(err));
	else if (request->html)
		code = html_write(report, &request->page, request->html);
	else if (request->json)
		code = print_json(request);
	else
		print_text(request);
	if (!code && memscope_session_incomplete(&report->session))
		code = EXIT_INCOMPLETE;
	memscope_source_destroy(report->source);
	memscope_session_deinit(&report->session);
	memscope_model_destroy(report->model);
	return code;
}

/* Traces into memory first. */
static int report_live(struct request *request)
{
	struct recorder recorder = {
		.options = &session_options, .argv = request->argv, .name = "this system",
		.duration_ns = request->duration_ns, .stdout_is_ours = request->json,
	};
	char path[64];
	int fd, err, code;

	if (!recorder.duration_ns && !recorder.argv)
		recorder.duration_ns = LIVE_NS;
	fd = memfd_create("memscope", MFD_CLOEXEC);
	if (fd < 0)
		return failed("cannot make room for a recording in memory: %s", strerror(errno));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	err = memscope_writer_create_fd(&recorder.writer, dup(fd));
	if (err) {
		close(fd);
		return failed("%s", strerror(-err));
	}
	code = recorder_run(&recorder);
	memscope_writer_destroy(recorder.writer);
	request->report.name = "this system";
	code = code ?: report_file(request, path);
	close(fd);
	return code;
}

static void all_views(struct request *request)
{
	size_t i;

	for (i = 0; views[i]; i++)
		request->views[i] = views[i];
	request->views[i] = NULL;
}

int cmd_report(int argc, char **argv)
{
	struct request request = {
		.report = { .top = TOP, .frames = FRAMES, .sort = MEMSCOPE_SORT_LIVE },
	};
	struct args args;
	int option, code;

	args_begin(&args, &report_verb, argc, argv);
	all_views(&request);
	while ((option = args_next(&args)) > 0) {
		code = take_option(&request, option, args.value);
		if (code)
			return code;
	}
	if (option < 0)
		return args.exit_code;
	code = args_operands(&args, 1, true);
	if (code)
		return code;
	if (request.report.check && !wants(&request, &view_lifetimes))
		return misused(report_verb.usage, "--check goes with the view lifetimes");
	request.json = args.json;
	request.argv = args.rest;
	if (args.operand_count && (session_options.set || request.duration_ns || request.argv))
		return misused(report_verb.usage,
			       "session options, --duration and commands go without FILE");
	if (request.html) {
		if (request.json)
			return misused(report_verb.usage, "--html and --json do not go together");
		/* Before the work: what is missing is said at once. */
		code = html_page_read(&request.page);
		if (code)
			return code;
		all_views(&request);
	}
	request.report.name = args.operands[0];
	code = args.operand_count ? report_file(&request, args.operands[0]) : report_live(&request);
	html_page_fini(&request.page);
	return code;
}
