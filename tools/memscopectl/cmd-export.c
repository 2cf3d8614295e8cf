// SPDX-License-Identifier: GPL-2.0
/*
 * memscopectl export: a recording in a form that other tools open.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <sys/stat.h>

#include "args.h"
#include "cmd.h"
#include "export.h"
#include "failure.h"
#include "progress.h"

enum { OPTION_TO = 1, OPTION_OUTPUT, OPTION_VALUE, OPTION_TOP };

static const struct args_option own_options[] = {
	{ OPTION_TO, 't', "to", "FORMAT",
	  "folded, pprof, speedscope, chrome, heaptrack, dhat or csv" },
	{ OPTION_OUTPUT, 'o', "output", "FILE", "write here (default: standard output)" },
	{ OPTION_VALUE, 's', "value", "KEY",
	  "folded, chrome, speedscope: live, allocs, waste, bytes or peak (default live)" },
	{ OPTION_TOP, 'n', "top", "N", "chrome: sites with a track of their own (default 20)" },
	{ 0 },
};

static const struct args_verb export_verb = {
	.usage = "memscopectl export FILE --to FORMAT [-o FILE] [--value KEY]",
	.text = "Writes a recording in a form that other tools open:\n"
		"  folded      flamegraph.pl, difffolded.pl, speedscope, Perfetto, Firefox Profiler\n"
		"  pprof       go tool pprof, speedscope, Parca, Pyroscope, Perfetto\n"
		"  speedscope  speedscope\n"
		"  chrome      Perfetto, chrome://tracing\n"
		"  heaptrack   heaptrack_gui, heaptrack_print\n"
		"  dhat        dh_view.html, Firefox Profiler\n"
		"  csv         spreadsheets, pandas, R\n"
		"Exits with 3 if events were lost or the recording is damaged.",
	.options = own_options,
	.no_json = true,
};

static const struct export_format *const formats[] = {
	&export_folded, &export_pprof, &export_speedscope, &export_chrome,
	&export_heaptrack, &export_dhat, &export_csv,
};

struct request {
	const struct export_format *format;
	const char *output;
	struct export export;
};

static int take_format(struct request *request, const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		if (strcmp(formats[i]->name, name))
			continue;
		request->format = formats[i];
		return 0;
	}
	return misused(export_verb.usage, "unknown format %s", name);
}

static int take_option(struct request *request, int option, const char *value)
{
	uint64_t number;
	unsigned int sort;

	switch (option) {
	case OPTION_TO:
		return take_format(request, value);
	case OPTION_OUTPUT:
		request->output = value;
		return 0;
	case OPTION_VALUE:
		for (sort = 0; sort < MEMSCOPE_SORTS; sort++) {
			if (strcmp(memscope_sort_name(sort), value))
				continue;
			request->export.report.sort = sort;
			return 0;
		}
		return misused(export_verb.usage, "unknown value %s", value);
	}
	if (!args_number(value, &number))
		return misused(export_verb.usage, "--top %s: not a number", value);
	request->export.report.top = number;
	return 0;
}

static int on_events(void *ctx, const struct memscope_merged *events, size_t count)
{
	struct request *request = ctx;
	size_t i;
	int err = 0;

	if (!request->format->event)
		return memscope_model_apply(request->export.report.model, events, count);
	for (i = 0; !err && i < count; i++)
		err = request->format->event(&request->export, &events[i]);
	return err;
}

static void on_lost(void *ctx, uint64_t time_ns, uint64_t lost)
{
	struct request *request = ctx;

	memscope_model_lost(request->export.report.model, time_ns, lost);
}

/* Names first: events are written as they come. */
static int replay(struct request *request)
{
	struct export *export = &request->export;
	struct memscope_replay replay = {
		.events = on_events, .lost = on_lost, .ctx = request,
		.progress = progress_bytes, .progress_ctx = (void *)"reading",
	};
	struct memscope_session again;
	int err;

	err = memscope_session_load(&export->report.session, export->path);
	if (!err && request->format->begin)
		err = request->format->begin(export);
	if (err)
		return err;
	memscope_session_init(&again);
	err = memscope_replay(export->path, &again, &replay);
	progress_clear();
	memscope_session_deinit(&again);
	return err;
}

static int write_all(struct request *request)
{
	struct export *export = &request->export;
	struct report *report = &export->report;
	const struct memscope_analysis *const *analysis = request->format->analyses;
	int err, code = EXIT_FINE;

	for (; analysis && *analysis; analysis++)
		report->analyses[report->analysis_count++] = *analysis;
	err = memscope_model_create(&report->model, report->analyses, report->analysis_count);
	if (err)
		return failed("%s", strerror(-err));
	memscope_session_init(&report->session);
	err = replay(request);
	if (err)
		code = failed("cannot read %s: %s", export->path, memscope_recording_error(err));
	err = err ?: request->format->write(export);
	if (err && !code)
		code = failed("cannot export %s: %s", export->path, strerror(-err));
	if (!code && memscope_session_incomplete(&report->session)) {
		remark("events are missing in %s: values are too low", export->path);
		code = EXIT_INCOMPLETE;
	}
	memscope_session_deinit(&report->session);
	memscope_model_destroy(report->model);
	return code;
}

/* Writing begins before reading has ended, so they must not be the same file. */
static bool same_file(const char *a, const char *b)
{
	struct stat x, y;

	return !stat(a, &x) && !stat(b, &y) && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

static int open_output(struct request *request)
{
	request->export.to = stdout;
	if (!request->output) {
		if (request->format->binary && isatty(STDOUT_FILENO))
			return misused(export_verb.usage, "%s is not for terminals: use -o FILE",
				       request->format->name);
		return 0;
	}
	if (same_file(request->output, request->export.path))
		return failed("%s is the recording itself: name another file",
			      request->output);
	request->export.to = fopen(request->output, "w");
	if (!request->export.to)
		return failed("cannot write %s: %s", request->output, strerror(errno));
	return 0;
}

static int close_output(struct request *request, int code)
{
	FILE *to = request->export.to;
	bool bad = ferror(to);

	if (!request->output)
		return code;		/* finish_output() looks at it */
	if ((fclose(to) || bad) && (code == EXIT_FINE || code == EXIT_INCOMPLETE))
		return failed("cannot write %s: %s", request->output, strerror(errno));
	return code;
}

int cmd_export(int argc, char **argv)
{
	struct request request = { .export.report.sort = MEMSCOPE_SORT_LIVE };
	struct args args;
	int option, code;

	args_begin(&args, &export_verb, argc, argv);
	while ((option = args_next(&args)) > 0) {
		code = take_option(&request, option, args.value);
		if (code)
			return code;
	}
	if (option < 0)
		return args.exit_code;
	code = args_operands(&args, 1, false);
	if (code)
		return code;
	if (!args.operand_count)
		return misused(export_verb.usage, "no recording named");
	if (!request.format)
		return misused(export_verb.usage, "no format named: --to FORMAT");
	request.export.path = args.operands[0];
	request.export.report.name = args.operands[0];
	code = open_output(&request);
	if (code)
		return code;
	return close_output(&request, write_all(&request));
}
