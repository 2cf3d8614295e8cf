// SPDX-License-Identifier: GPL-2.0
/*
 * memscopectl record: trace into a file.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <sys/wait.h>

#include "args.h"
#include "cmd.h"
#include "failure.h"
#include "json.h"
#include "recorder.h"
#include "text.h"

#define DEFAULT_FILE "recording.memscope"

enum { OPTION_OUTPUT = 1, OPTION_DURATION };

static const struct args_option own_options[] = {
	{ OPTION_OUTPUT, 'o', "output", "FILE", "write here (default " DEFAULT_FILE ")" },
	{ OPTION_DURATION, 'd', "duration", "SECONDS", "end after this time" },
	{ 0 },
};

static struct memscope_options session_options;

static const struct args_verb record_verb = {
	.usage = "memscopectl record [-o FILE] [-d SECONDS] [session options] [--json] [-- COMMAND...]",
	.text = "Traces the whole system into a file: while COMMAND runs, for SECONDS, or until\n"
		"interrupted (Ctrl-C). A FILE that is there is replaced if it is a recording, and\n"
		"refused otherwise. When SECONDS have passed, or on an interrupt, a command that\n"
		"still runs is sent SIGTERM. Exits with 3 if events were lost; the command's own\n"
		"status is printed. With --json what the command prints goes to stderr.",
	.options = own_options,
	.session = &session_options,
};

static void print_command(const struct command *command)
{
	if (!command->ended)
		return;
	if (WIFSIGNALED(command->status))
		printf("the command was ended by signal %d (%s)\n", WTERMSIG(command->status),
		       strsignal(WTERMSIG(command->status)));
	else
		printf("the command exited with status %d\n", WEXITSTATUS(command->status));
}

static void print_summary(const struct recorder *recorder)
{
	char events[32], time[32], bytes[32];

	printf("%s events in %s to %s: %s",
	       text_count(events, sizeof(events), recorder->events),
	       text_duration(time, sizeof(time), recorder->elapsed_ns), recorder->name,
	       text_bytes(bytes, sizeof(bytes), recorder->bytes));
	if (recorder->events)
		printf(", %.1f bytes an event", (double)recorder->bytes / recorder->events);
	putchar('\n');
	print_command(&recorder->command);
	losses_print(&recorder->losses);
}

static int print_json(const struct recorder *recorder)
{
	const struct command *command = &recorder->command;
	struct json_object *json = json_object_new_object();

	json_add_text(json, "file", recorder->name);
	json_add_count(json, "events", recorder->events);
	json_add_count(json, "file_bytes", recorder->bytes);
	json_add_count(json, "duration_ns", recorder->elapsed_ns);
	json_add_text(json, "ended_by", recorder->reason);
	if (command->ended && WIFSIGNALED(command->status))
		json_add_count(json, "command_signal", WTERMSIG(command->status));
	else if (command->ended)
		json_add_count(json, "command_exit_status", WEXITSTATUS(command->status));
	json_object_object_add(json, "losses", losses_json(&recorder->losses));
	return json_print(json);
}

static int record(struct recorder *recorder, const struct args *args)
{
	int code, err;

	err = memscope_writer_create(&recorder->writer, recorder->name);
	if (err)
		return failed("cannot write %s: %s", recorder->name, memscope_recording_error(err));
	code = recorder_run(recorder);
	if (!code && args->json)
		code = print_json(recorder);
	else if (!code)
		print_summary(recorder);
	memscope_writer_destroy(recorder->writer);
	if (code)
		return code;
	return recorder->losses.lost || recorder->losses.missed || recorder->losses.recursion ?
	       EXIT_INCOMPLETE : EXIT_FINE;
}

int cmd_record(int argc, char **argv)
{
	struct recorder recorder = { .options = &session_options, .name = DEFAULT_FILE };
	struct args args;
	int option, code;

	args_begin(&args, &record_verb, argc, argv);
	while ((option = args_next(&args)) > 0) {
		if (option == OPTION_OUTPUT)
			recorder.name = args.value;
		else if (!args_seconds(args.value, &recorder.duration_ns))
			return misused(record_verb.usage, "--duration %s: not a number of seconds",
				       args.value);
	}
	if (option < 0)
		return args.exit_code;
	code = args_operands(&args, 0, true);
	if (code)
		return code;
	recorder.argv = args.rest;
	recorder.stdout_is_ours = args.json;
	return record(&recorder, &args);
}
