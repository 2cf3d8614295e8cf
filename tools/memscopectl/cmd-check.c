// SPDX-License-Identifier: GPL-2.0
/*
 * memscopectl check: a gate for continuous integration. Traces while a command
 * runs or a module comes and goes, and holds what it leaves behind against
 * thresholds.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "args.h"
#include "check-filter.h"
#include "check.h"
#include "cmd.h"
#include "exercise.h"
#include "export.h"
#include "failure.h"
#include "json.h"
#include "progress.h"
#include "recorder.h"
#include "text.h"

#define SETTLE_NS	(2 * 1000000000ULL)
#define TOP		5
#define FRAMES		16

enum {
	OPTION_MODULE = 1, OPTION_PARAMETERS, OPTION_DURATION, OPTION_SETTLE, OPTION_OUTPUT,
	OPTION_JUNIT, OPTION_TOP, OPTION_FRAMES, OPTION_BY_MODULE, OPTION_BY_SITE,
	OPTION_IGNORE, OPTION_BY_PID, OPTION_BY_TREE, OPTION_DEBUG_DIR, OPTION_NO_LINES,
	OPTION_LIMIT,			/* and one for each figure from here */
};

static const struct args_option own_options[] = {
	{ OPTION_MODULE, 'm', "module", "PATH.ko",
	  "load it, run COMMAND, if any, and unload it" },
	{ OPTION_PARAMETERS, 0, "module-parameters", "TEXT", "of the module: \"a=1 b=2\"" },
	{ OPTION_DURATION, 'd', "duration", "SECONDS",
	  "watch so long, without a command" },
	{ OPTION_SETTLE, 0, "settle", "SECONDS", "wait so long for late frees (default 2)" },
	{ OPTION_BY_MODULE, 0, "leaks-module", "NAME",
	  "count objects it called for (stack)" },
	{ OPTION_BY_SITE, 0, "leaks-site", "REGEX", "with a frame that matches: function or file" },
	{ OPTION_IGNORE, 0, "leaks-ignore", "REGEX", "but not with a frame that matches this" },
	{ OPTION_BY_PID, 0, "leaks-pid", "PID", "that were allocated by this process" },
	{ OPTION_BY_TREE, 0, "leaks-tree", NULL, "by COMMAND and its descendants" },
	{ OPTION_LIMIT + CHECK_LEAKED_BYTES, 0, "max-leaked-bytes", "N", "of all that count" },
	{ OPTION_LIMIT + CHECK_LEAKED_OBJECTS, 0, "max-leaked-objects", "N",
	  "of all that count (0, if no limit is given)" },
	{ OPTION_LIMIT + CHECK_SITE_BYTES, 0, "max-site-bytes", "N", "leaked by any one site" },
	{ OPTION_LIMIT + CHECK_SITE_OBJECTS, 0, "max-site-objects", "N", "leaked by any one site" },
	{ OPTION_LIMIT + CHECK_ALLOC_RATE, 0, "max-alloc-rate", "N", "allocations a second" },
	{ OPTION_JUNIT, 0, "junit", "FILE", "write JUnit XML too" },
	{ OPTION_OUTPUT, 'o', "output", "FILE", "keep the recording" },
	{ OPTION_TOP, 'n', "top", "N", "leaking sites to show (default 5; 0: all)" },
	{ OPTION_FRAMES, 0, "frames", "N", "frames of a stack in text (default 16; 0: all)" },
	LINES_OPTION_DIR(OPTION_DEBUG_DIR),
	LINES_OPTION_OFF(OPTION_NO_LINES),
	{ 0 },
};

static struct memscope_options session_options;

static const struct args_verb check_verb = {
	.usage = "memscopectl check [--module PATH.ko] [filters] [thresholds] [--json] [-- COMMAND...]",
	.text = "Traces while COMMAND runs, or while a module is loaded, used and unloaded, waits for\n"
		"frees that come late, and counts the objects that were allocated meanwhile and are\n"
		"still live. Prints KTAP. Exits with 4 if a threshold is passed, 1 if the command or\n"
		"the module failed, 3 if events were lost, so that there is no verdict. Without a\n"
		"filter a module's own objects count, and else those of the whole system. What the\n"
		"command prints goes to stderr.",
	.options = own_options,
	.session = &session_options,
};

struct request {
	struct check check;
	struct check_filter filter;
	struct report report;
	struct lines_options lines;
	struct exercise exercise;
	struct exercise_report exercised;
	struct recorder recorder;
	char module[64];
	bool by_tree;
	struct process_tree *tree;
	const char *junit;
	const char *output;		/* where the recording stays, or NULL */
	/* allocations in the window, by site */
	struct export_numbers keys;
	uint64_t *allocs;
	size_t alloc_room;
};

static int take_number(struct request *request, int option, const char *value)
{
	uint64_t number;

	if (!args_number(value, &number))
		return misused(check_verb.usage, "%s: not a number", value);
	if (option == OPTION_TOP) {
		request->report.top = number;
	} else if (option == OPTION_FRAMES) {
		request->report.frames = number;
	} else if (option == OPTION_BY_PID) {
		if (request->filter.process_count == CHECK_FILTERS)
			return misused(check_verb.usage, "--leaks-pid: too many");
		request->filter.processes[request->filter.process_count++] = number;
	} else {
		request->check.limits.set[option - OPTION_LIMIT] = true;
		request->check.limits.most[option - OPTION_LIMIT] = number;
	}
	return 0;
}

static int take_option(struct request *request, int option, const char *value)
{
	struct check_filter *filter = &request->filter;
	const char *wrong;

	switch (option) {
	case OPTION_MODULE:
		request->exercise.path = value;
		if (!exercise_module_name(value, request->module, sizeof(request->module)))
			return misused(check_verb.usage, "--module %s: no .ko", value);
		return 0;
	case OPTION_PARAMETERS:
		request->exercise.parameters = value;
		return 0;
	case OPTION_DURATION:
		return args_seconds(value, &request->recorder.duration_ns) ? 0 :
		       misused(check_verb.usage, "--duration %s: not a number of seconds", value);
	case OPTION_SETTLE:
		return args_seconds(value, &request->recorder.settle_ns) ? 0 :
		       misused(check_verb.usage, "--settle %s: not a number of seconds", value);
	case OPTION_OUTPUT:
		request->output = value;
		return 0;
	case OPTION_JUNIT:
		request->junit = value;
		return 0;
	case OPTION_BY_MODULE:
		if (filter->module_count == CHECK_FILTERS)
			return misused(check_verb.usage, "--leaks-module: too many");
		filter->modules[filter->module_count++] = value;
		return 0;
	case OPTION_BY_SITE:
		wrong = check_filter_add_pattern(filter, value);
		return wrong ? misused(check_verb.usage, "--leaks-site %s: %s", value, wrong) : 0;
	case OPTION_IGNORE:
		wrong = check_filter_ignore(filter, value);
		return wrong ? misused(check_verb.usage, "--leaks-ignore %s: %s", value, wrong) : 0;
	case OPTION_BY_TREE:
		request->by_tree = true;
		return 0;
	case OPTION_DEBUG_DIR:
		return lines_add_dir(&request->lines, value) ? 0 :
		       misused(check_verb.usage, "--debug-dir: too long");
	case OPTION_NO_LINES:
		request->lines.off = true;
		return 0;
	}
	return take_number(request, option, value);
}

/* Whole stacks of every allocation, and nothing that is not needed here. */
static void choose_session_options(void)
{
	if (!memscope_option_is_set(&session_options, MEMSCOPE_A_STACK_EVERY))
		memscope_option_set_number(&session_options, MEMSCOPE_A_STACK_EVERY, 1);
	if (!memscope_option_is_set(&session_options, MEMSCOPE_A_STACK_DEPTH))
		memscope_option_set_number(&session_options, MEMSCOPE_A_STACK_DEPTH,
					   MEMSCOPE_STACK_DEPTH_MAX);
	if (!memscope_option_is_set(&session_options, MEMSCOPE_A_FEATURES) &&
	    !session_options.features_add && !session_options.features_remove)
		memscope_option_set_number(&session_options, MEMSCOPE_A_FEATURES,
					   MEMSCOPE_F_STACKS | MEMSCOPE_F_DEFERRED |
					   MEMSCOPE_F_TASKS);
}

/* What was not said, and what does not go together. */
static int complete(struct request *request, const struct args *args)
{
	struct check_filter *filter = &request->filter;
	bool limited = false;
	unsigned int i;

	if (request->by_tree && !args->rest)
		return misused(check_verb.usage, "--leaks-tree needs a command");
	if (request->recorder.duration_ns && (args->rest || request->exercise.path))
		return misused(check_verb.usage, "--duration goes without a command or module");
	if (!request->recorder.duration_ns && !args->rest && !request->exercise.path)
		return misused(check_verb.usage, "nothing to do: a command behind --, or --module, or --duration");
	if (request->exercise.path && !check_filter_by_stack(filter) &&
	    !filter->process_count && !request->by_tree)
		filter->modules[filter->module_count++] = request->module;
	for (i = 0; i < CHECK_FIGURES; i++)
		limited |= request->check.limits.set[i];
	if (!limited && !check_filter_by_stack(filter))
		return misused(check_verb.usage,
			       "no threshold: every system keeps some of what it allocates (--max-..)");
	if (!limited)
		request->check.limits.set[CHECK_LEAKED_OBJECTS] = true;
	if (request->exercise.path && !lines_add_dir(&request->lines, request->exercise.path))
		return misused(check_verb.usage, "--debug-dir: too long");
	choose_session_options();
	return 0;
}

static bool in_window(const struct request *request, uint64_t ns)
{
	return ns >= request->recorder.window_start_ns && ns < request->recorder.window_end_ns;
}

static int count_alloc(struct request *request, const struct memscope_event *event)
{
	uint64_t key = event->stack == MEMSCOPE_STACK_LOST || !event->stack ? event->call_site :
		       event->stack;
	uint32_t number;
	bool added;

	number = export_number(&request->keys, key ? key : UINT64_MAX, &added);
	if (!number)
		return -ENOMEM;
	if (number >= request->alloc_room) {
		size_t room = request->alloc_room ? request->alloc_room * 2 : 4096;
		uint64_t *allocs = realloc(request->allocs, room * sizeof(*allocs));

		if (!allocs)
			return -ENOMEM;
		memset(allocs + request->alloc_room, 0,
		       (room - request->alloc_room) * sizeof(*allocs));
		request->allocs = allocs;
		request->alloc_room = room;
	}
	request->allocs[number]++;
	return 0;
}

static int on_events(void *ctx, const struct memscope_merged *events, size_t count)
{
	struct request *request = ctx;
	size_t i;
	int err = 0;

	for (i = 0; !err && i < count; i++) {
		const struct memscope_event *event = events[i].event;

		if (event->type == MEMSCOPE_EVENT_ALLOC && in_window(request, events[i].key) &&
		    check_filter_task(&request->filter, event->tid, event->flags))
			err = count_alloc(request, event);
	}
	return err ?: memscope_model_apply(request->report.model, events, count);
}

/* Names come behind the events they are of, and tell which of them count. */
static int read_recording(struct request *request, const char *path)
{
	const struct memscope_replay replay = {
		.events = on_events, .ctx = request,
		.progress = progress_bytes, .progress_ctx = (void *)"reading",
	};
	struct memscope_session again;
	int err;

	err = memscope_session_load(&request->report.session, path);
	if (err)
		return err;
	request->report.source = lines_open(&request->lines, &request->report.session);
	request->filter.session = &request->report.session;
	request->filter.source = request->report.source;
	memscope_session_init(&again);
	err = memscope_replay(path, &again, &replay);
	progress_clear();
	memscope_session_deinit(&again);
	return err;
}

static void add_allocs(struct request *request)
{
	struct memscope_model *model = request->report.model;
	uint32_t sites = memscope_model_site_count(model), i, number;
	bool added;

	for (i = 0; i < sites; i++) {
		const struct memscope_site *site = memscope_model_site(model, i);
		uint64_t key = site->stack ? site->stack : site->call_site;

		number = export_number(&request->keys, key ? key : UINT64_MAX, &added);
		if (number && number < request->alloc_room && request->allocs[number] &&
		    check_filter_site(&request->filter, site))
			request->check.allocs += request->allocs[number];
	}
}

/* A site of allocations whose stack is not known, and which did not match by itself. */
static bool is_unattributed(void *ctx, const struct memscope_site *site)
{
	return !site->stack && !check_filter_site(ctx, site);
}

static int find_survivors(struct request *request)
{
	struct check *check = &request->check;
	struct memscope_survivor_filter filter = {
		.from_ns = request->recorder.window_start_ns,
		.to_ns = request->recorder.window_end_ns,
		.site = check_filter_site, .object = check_filter_object,
		.ctx = &request->filter,
	};
	struct memscope_survivor *unknown;
	uint64_t objects = 0;
	size_t count, i;
	int err;

	err = memscope_survivors(request->report.model, &filter, &check->rows,
				 &check->row_count);
	if (err || !check_filter_by_stack(&request->filter))
		return err;
	filter.site = is_unattributed;
	err = memscope_survivors(request->report.model, &filter, &unknown, &count);
	if (err)
		return err;
	for (i = 0; i < count; i++)
		objects += unknown[i].objects;
	free(unknown);
	if (objects && !check->withheld[0])
		snprintf(check->withheld, sizeof(check->withheld),
			 "%llu live objects have no stack that tells whose they are",
			 (unsigned long long)objects);
	return 0;
}

/* Why figures would prove nothing. */
static void find_losses(struct request *request)
{
	const struct memscope_losses *losses = &request->recorder.losses;
	uint64_t missing = losses->lost + losses->missed + losses->recursion;
	char *withheld = request->check.withheld;
	size_t size = sizeof(request->check.withheld);

	if (!strcmp(request->recorder.reason, "signal"))
		snprintf(withheld, size, "it was interrupted");
	else if (missing)
		snprintf(withheld, size,
			 "%llu events are missing (%llu lost in full buffers, %llu missed by kprobes, %llu in probes)",
			 (unsigned long long)missing, (unsigned long long)losses->lost,
			 (unsigned long long)losses->missed,
			 (unsigned long long)losses->recursion);
	else if (request->report.session.damage[0])
		snprintf(withheld, size, "the recording is %s", request->report.session.damage);
}

static void describe_end(char *text, size_t size, int status)
{
	if (WIFSIGNALED(status))
		snprintf(text, size, "ended by signal %d (%s)", WTERMSIG(status),
			 strsignal(WTERMSIG(status)));
	else
		snprintf(text, size, "exited with status %d", WEXITSTATUS(status));
}

/* Tests of what was done, as opposed to what it left. */
static void judge_steps(struct request *request)
{
	const struct exercise_report *done = &request->exercised;
	struct check *check = &request->check;
	const char *module = request->module;
	char text[128];

	if (!request->exercise.path) {
		if (!request->recorder.command.ended)
			return;
		describe_end(text, sizeof(text), request->recorder.command.status);
		check_add(check, "command", !request->recorder.command.status, "%s", text);
		return;
	}
	check_add(check, "load", done->step != EXERCISE_LOAD, "%s: %s", module,
		  done->step != EXERCISE_LOAD ? "loaded" : strerror(done->error));
	if (request->exercise.argv && done->step != EXERCISE_LOAD) {
		if (done->command_ran)
			describe_end(text, sizeof(text), done->command_status);
		else
			snprintf(text, sizeof(text), "%.60s: %s", request->exercise.argv[0],
				 strerror(done->error));
		check_add(check, "command", done->command_ran && !done->command_status, "%s",
			  text);
	}
	if (done->step != EXERCISE_LOAD)
		check_add(check, "unload", done->step != EXERCISE_UNLOAD, "%s: %s", module,
			  done->step != EXERCISE_UNLOAD ? "unloaded" : strerror(done->error));
}

static int write_junit(const struct check *check, const char *path)
{
	FILE *to = fopen(path, "w");
	int err;

	if (!to)
		return failed("cannot write %s: %s", path, strerror(errno));
	err = check_write_junit(check, to);
	if (fclose(to) && !err)
		err = -errno;
	return err ? failed("cannot write %s: %s", path, strerror(-err)) : EXIT_FINE;
}

static int tell(struct request *request, bool json)
{
	struct check *check = &request->check;
	char seconds[32], settled[32];
	int code, verdict;

	snprintf(check->what, sizeof(check->what), "%.150s, %s and %s to settle",
		 request->module[0] ? request->module :
		 request->recorder.argv ? request->recorder.argv[0] : "this system",
		 text_duration(seconds, sizeof(seconds), check->window_ns),
		 text_duration(settled, sizeof(settled), request->recorder.settle_ns));
	text_clean(check->what);
	check_verdict(check, &verdict);
	code = request->junit ? write_junit(check, request->junit) : EXIT_FINE;
	if (code)
		return code;
	if (!json) {
		check_print_ktap(check);
		return verdict;
	}
	code = json_print(check_json(check));
	return code ? code : verdict;
}

static int judge(struct request *request, const char *path, bool json)
{
	struct report *report = &request->report;
	struct check *check = &request->check;
	int err, code;

	check->report = report;
	check->window_ns = request->recorder.window_end_ns - request->recorder.window_start_ns;
	check->elapsed_ns = request->recorder.elapsed_ns;
	err = memscope_model_create(&report->model, NULL, 0);
	if (err)
		return failed("%s", strerror(-err));
	memscope_session_init(&report->session);
	err = read_recording(request, path);
	if (!err) {
		find_losses(request);
		err = find_survivors(request);
	}
	if (err) {
		code = failed("cannot read the recording: %s", memscope_recording_error(err));
	} else {
		add_allocs(request);
		judge_steps(request);
		check_judge(check);
		code = tell(request, json);
	}
	memscope_source_destroy(report->source);
	memscope_session_deinit(&report->session);
	memscope_model_destroy(report->model);
	return code;
}

/* Records, and learns what it has to know beside the recording. */
static int record(struct request *request, int report_fd)
{
	struct recorder *recorder = &request->recorder;
	char fd_text[16], **words = NULL;
	int code, err;

	if (request->by_tree) {
		err = process_tree_start(&request->tree);
		if (err)
			return failed("cannot follow the command's descendants (process connector): %s",
				      strerror(-err));
		request->filter.tree = request->tree;
	}
	if (request->exercise.path) {
		words = exercise_words(&request->exercise, fd_text, report_fd);
		if (!words)
			return failed("out of memory");
		recorder->argv = words;
	}
	code = recorder_run(recorder);
	recorder->argv = request->exercise.path ? NULL : recorder->argv;
	free(words);
	if (code)
		return code;
	if (request->exercise.path &&
	    pread(report_fd, &request->exercised, sizeof(request->exercised), 0) !=
	    sizeof(request->exercised))
		return failed("the process that loads the module did not report");
	err = request->tree ? process_tree_stop(request->tree, recorder->command.pid) : 0;
	if (err == -ENOBUFS)
		snprintf(request->check.withheld, sizeof(request->check.withheld),
			 "forks were missed, so not all descendants of the command are known");
	else if (err)
		return failed("cannot follow the command's descendants: %s", strerror(-err));
	return EXIT_FINE;
}

static int check(struct request *request, bool json)
{
	struct recorder *recorder = &request->recorder;
	int fd = -1, report_fd = -1, err, code;
	char path[64];

	/* It is inherited: the process that loads the module writes to it. */
	if (request->exercise.path)
		report_fd = memfd_create("memscope-exercise", 0);
	if (request->output) {
		recorder->name = request->output;
		err = memscope_writer_create(&recorder->writer, request->output);
	} else {
		recorder->name = "a recording in memory";
		fd = memfd_create("memscope", MFD_CLOEXEC);
		err = fd < 0 ? -errno : memscope_writer_create_fd(&recorder->writer, dup(fd));
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	}
	if (err) {
		code = failed("cannot write %s: %s", recorder->name,
			      memscope_recording_error(err));
	} else {
		code = record(request, report_fd);
		memscope_writer_destroy(recorder->writer);
		request->report.name = request->output ? request->output : "this system";
		code = code ?: judge(request, request->output ? request->output : path, json);
	}
	if (fd >= 0)
		close(fd);
	if (report_fd >= 0)
		close(report_fd);
	return code;
}

int cmd_check(int argc, char **argv)
{
	struct request request = {
		.report = { .top = TOP, .frames = FRAMES },
		.recorder = { .options = &session_options, .stdout_is_ours = true,
			      .settle_ns = SETTLE_NS },
		.exercise.parameters = "",
	};
	struct args args;
	int option, code = 0;

	/* The other end of exercise_words(). */
	if (argc > 1 && !strcmp(argv[1], "--exercise"))
		return exercise_run(argc - 2, argv + 2);
	check_filter_ignore(&request.filter, CHECK_FILTER_KEPT);
	args_begin(&args, &check_verb, argc, argv);
	while (!code && (option = args_next(&args)) > 0)
		code = take_option(&request, option, args.value);
	if (!code && option < 0)
		code = args.exit_code;
	else if (!code)
		code = args_operands(&args, 0, true) ?: complete(&request, &args);
	if (!code && option == 0) {
		request.exercise.argv = args.rest;
		request.recorder.argv = args.rest;
		code = check(&request, args.json);
	}
	process_tree_destroy(request.tree);
	check_filter_deinit(&request.filter);
	export_numbers_deinit(&request.keys);
	free(request.allocs);
	free(request.check.rows);
	return code;
}
