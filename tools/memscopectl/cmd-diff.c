// SPDX-License-Identifier: GPL-2.0
/*
 * memscopectl diff: what changed between two recordings, and whether it is a
 * regression.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "args.h"
#include "cmd.h"
#include "context.h"
#include "diff-print.h"
#include "failure.h"
#include "json.h"
#include "progress.h"

#define TOP	10
#define FRAMES	8

enum {
	OPTION_SORT = 1, OPTION_TOP, OPTION_FRAMES, OPTION_ALPHA, OPTION_LIVE_BYTES,
	OPTION_LIVE_PERCENT, OPTION_RATE, OPTION_RATE_PERCENT, OPTION_WASTE_BYTES,
	OPTION_WASTE_PERCENT, OPTION_LIFETIME_PERCENT, OPTION_LOSS, OPTION_DEBUG_DIR,
	OPTION_NO_LINES,
};

static const struct args_option own_options[] = {
	{ OPTION_SORT, 's', "sort", "KEY", "live, rate, waste or lifetime (default live)" },
	{ OPTION_TOP, 'n', "top", "N", "rows of each table (default 10; 0: all)" },
	{ OPTION_FRAMES, 0, "frames", "N", "frames of a stack in text (default 8; 0: all)" },
	{ OPTION_ALPHA, 0, "alpha", "P", "chance of any false regression (default 0.01)" },
	{ OPTION_LIVE_BYTES, 0, "live-bytes", "N", "a rise that counts, at least (65536)" },
	{ OPTION_LIVE_PERCENT, 0, "live-percent", "P", "and by so much (10)" },
	{ OPTION_RATE, 0, "rate", "N", "allocations a second: a rise that counts (100)" },
	{ OPTION_RATE_PERCENT, 0, "rate-percent", "P", "and by so much (25)" },
	{ OPTION_WASTE_BYTES, 0, "waste-bytes", "N", "bytes a second: a rise that counts (65536)" },
	{ OPTION_WASTE_PERCENT, 0, "waste-percent", "P", "and by so much (25)" },
	{ OPTION_LIFETIME_PERCENT, 0, "lifetime-percent", "P",
	  "longer lifetimes count, by so much (they do not)" },
	{ OPTION_LOSS, 0, "allow-loss", "P", "percent of events that may be missing (default 0)" },
	LINES_OPTION_DIR(OPTION_DEBUG_DIR),
	LINES_OPTION_OFF(OPTION_NO_LINES),
	{ 0 },
};

static const struct args_verb diff_verb = {
	.usage = "memscopectl diff A B [--sort KEY] [--top N] [thresholds] [--json]",
	.text = "Compares two recordings of the same work, before (A) and after (B): live bytes,\n"
		"allocations a second, waste and lifetimes of each site and cache. Sites are matched\n"
		"by their call stacks, across boots and builds. A change counts if it is significant\n"
		"among all that were tested (Holm) and as large as the thresholds say. Exits with 4\n"
		"on a regression, 3 if events were lost: then there is no verdict.",
	.options = own_options,
};

struct request {
	struct diff_print print;
	struct report reports[2];
	struct context contexts[2];
	struct memscope_diff_limits limits;
	struct lines_options lines;
	double allowed_loss;		/* share */
};

static bool take_real(const char *text, double *value)
{
	char *end;

	*value = strtod(text, &end);
	return end != text && !*end && isfinite(*value) && *value >= 0;
}

static int take_limit(struct request *request, int option, const char *value)
{
	struct memscope_diff_limits *limits = &request->limits;
	double number;

	if (!take_real(value, &number))
		return misused(diff_verb.usage, "%s: not a number", value);
	switch (option) {
	case OPTION_ALPHA:
		if (number <= 0 || number >= 1)
			return misused(diff_verb.usage, "--alpha %s: not between 0 and 1", value);
		limits->alpha = number;
		break;
	case OPTION_LIVE_BYTES:
		limits->least[MEMSCOPE_DIFF_LIVE] = number;
		break;
	case OPTION_LIVE_PERCENT:
		limits->percent[MEMSCOPE_DIFF_LIVE] = number;
		break;
	case OPTION_RATE:
		limits->least[MEMSCOPE_DIFF_RATE] = number;
		break;
	case OPTION_RATE_PERCENT:
		limits->percent[MEMSCOPE_DIFF_RATE] = number;
		break;
	case OPTION_WASTE_BYTES:
		limits->least[MEMSCOPE_DIFF_WASTE] = number;
		break;
	case OPTION_WASTE_PERCENT:
		limits->percent[MEMSCOPE_DIFF_WASTE] = number;
		break;
	case OPTION_LOSS:
		request->allowed_loss = number / 100;
		break;
	case OPTION_LIFETIME_PERCENT:
		limits->least[MEMSCOPE_DIFF_LIFETIME] = 0;
		limits->percent[MEMSCOPE_DIFF_LIFETIME] = number;
		break;
	}
	return 0;
}

static int take_option(struct request *request, int option, const char *value)
{
	uint64_t number;
	unsigned int sort;

	switch (option) {
	case OPTION_SORT:
		for (sort = 0; sort < MEMSCOPE_DIFF_FIGURES; sort++) {
			if (strcmp(memscope_diff_name(sort), value))
				continue;
			request->print.sort = sort;
			return 0;
		}
		return misused(diff_verb.usage, "unknown sort key %s", value);
	case OPTION_TOP:
	case OPTION_FRAMES:
		if (!args_number(value, &number))
			return misused(diff_verb.usage, "%s: not a number", value);
		if (option == OPTION_TOP)
			request->print.top = number;
		else
			request->reports[0].frames = request->reports[1].frames = number;
		return 0;
	case OPTION_DEBUG_DIR:
		return lines_add_dir(&request->lines, value) ? 0 :
		       misused(diff_verb.usage, "--debug-dir: too long");
	case OPTION_NO_LINES:
		request->lines.off = true;
		return 0;
	}
	return take_limit(request, option, value);
}

static void on_lost(void *model, uint64_t time_ns, uint64_t lost)
{
	memscope_model_lost(model, time_ns, lost);
}

static int load(struct request *request, unsigned int number)
{
	struct report *report = &request->reports[number];
	struct memscope_replay replay = {
		.events = memscope_model_apply, .lost = on_lost,
		.progress = progress_bytes, .progress_ctx = (void *)"reading",
	};
	int err;

	while (memscope_diff_analyses[report->analysis_count]) {
		report->analyses[report->analysis_count] =
			memscope_diff_analyses[report->analysis_count];
		report->analysis_count++;
	}
	err = memscope_model_create(&report->model, report->analyses, report->analysis_count);
	if (err)
		return failed("%s", strerror(-err));
	replay.ctx = report->model;
	err = memscope_replay(report->name, &report->session, &replay);
	progress_clear();
	if (err)
		return failed("cannot read %s: %s", report->name, memscope_recording_error(err));
	report->source = lines_open(&request->lines, &report->session);
	err = context_init(&request->contexts[number], report);
	return err ? failed("%s", strerror(-err)) : EXIT_FINE;
}

static int compare(struct request *request, bool json)
{
	struct diff_print *print = &request->print;
	struct memscope_diff_side sides[2];
	unsigned int i;
	int err;

	for (i = 0; i < 2; i++) {
		struct report *report = &request->reports[i];

		sides[i] = (struct memscope_diff_side){
			.match = { .session = &report->session, .model = report->model },
			.context = &request->contexts[i].recording,
			.live = &request->contexts[i].live,
		};
		print->reports[i] = report;
		print->incomplete |= report->session.damage[0] ||
			memscope_loss(&request->contexts[i].recording) > request->allowed_loss;
	}
	print->limits = &request->limits;
	err = memscope_diff_create(&print->sites, sides, false, &request->limits);
	err = err ?: memscope_diff_create(&print->caches, sides, true, &request->limits);
	if (err)
		return failed("%s", strerror(-err));
	if (json) {
		err = json_print(diff_json(print));
		if (err)
			return err;
	} else {
		diff_print_text(print);
	}
	if (print->incomplete)
		return EXIT_INCOMPLETE;
	return print->sites.worse || print->caches.worse ? EXIT_THRESHOLD : EXIT_FINE;
}

static int diff(struct request *request, bool json)
{
	unsigned int i;
	int code = EXIT_FINE;

	for (i = 0; i < 2; i++)
		memscope_session_init(&request->reports[i].session);
	for (i = 0; !code && i < 2; i++)
		code = load(request, i);
	code = code ?: compare(request, json);
	memscope_diff_fini(&request->print.sites);
	memscope_diff_fini(&request->print.caches);
	for (i = 0; i < 2; i++) {
		context_fini(&request->contexts[i]);
		memscope_source_destroy(request->reports[i].source);
		memscope_session_deinit(&request->reports[i].session);
		memscope_model_destroy(request->reports[i].model);
	}
	return code;
}

int cmd_diff(int argc, char **argv)
{
	struct request request = {
		.print = { .top = TOP, .sort = MEMSCOPE_DIFF_LIVE },
		.reports = { { .frames = FRAMES }, { .frames = FRAMES } },
		.limits = memscope_diff_limits_default,
	};
	struct args args;
	int option, code;

	args_begin(&args, &diff_verb, argc, argv);
	while ((option = args_next(&args)) > 0) {
		code = take_option(&request, option, args.value);
		if (code)
			return code;
	}
	if (option < 0)
		return args.exit_code;
	code = args_operands(&args, 2, false);
	if (code)
		return code;
	if (args.operand_count != 2)
		return misused(diff_verb.usage, "two recordings are compared: A, then B");
	request.reports[0].name = args.operands[0];
	request.reports[1].name = args.operands[1];
	return diff(&request, args.json);
}
