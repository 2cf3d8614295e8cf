// SPDX-License-Identifier: GPL-2.0
/*
 * memscopectl: reads the memscope kernel module and its recordings.
 *
 * The table of verbs is all there is here; each verb has a file of its own.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "cmd.h"
#include "failure.h"
#include "source-dwarf.h"

const struct verb verbs[] = {
	{ "status", cmd_status, "what the module is doing, what it saw and what it lost" },
	{ "start", cmd_start, "begin a session that goes on by itself" },
	{ "stop", cmd_stop, "end it; its events can still be read" },
	{ "reset", cmd_reset, "forget the events, stacks and counters of a stopped session" },
	{ "config", cmd_config, "show or change the module's options" },
	{ "dump", cmd_dump, "print events, of a session or a recording" },
	{ "record", cmd_record, "trace into a file, for a time or while a command runs" },
	{ "report", cmd_report, "who allocates, what stays, what is wasted" },
	{ "export", cmd_export, "a recording in a form that other tools open" },
	{ "diff", cmd_diff, "what changed between two recordings" },
	{ "check", cmd_check, "what a command or a module leaves behind, against thresholds" },
	{ 0 },
};

static void print_usage(FILE *to)
{
	const struct verb *verb;

	fprintf(to, "usage: memscopectl VERB [options]\n\n");
	for (verb = verbs; verb->name; verb++)
		fprintf(to, "  %-10s%s\n", verb->name, verb->description);
	fprintf(to, "\n`memscopectl VERB --help` tells a verb's options.\n"
		"Exit codes: 0 fine, 1 failed, 2 usage, 3 data incomplete through loss,\n"
		"4 a check's threshold passed.\n");
}

static const struct verb *find_verb(const char *name)
{
	const struct verb *verb;

	for (verb = verbs; verb->name; verb++)
		if (!strcmp(verb->name, name))
			return verb;
	return NULL;
}

int main(int argc, char **argv)
{
	const struct verb *verb;

	/* A reader that goes (`| head`) ends us without a word. */
	signal(SIGPIPE, SIG_DFL);

	if (argc < 2) {
		print_usage(stderr);
		return EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--version")) {
		const char *elfutils = memscope_dwarf_version();

		printf("memscopectl %s\n", memscope_version());
		if (elfutils)
			printf("source lines: by elfutils %s\n", elfutils);
		else
			puts("source lines: no, built without elfutils (libdw)");
		return finish_output(EXIT_FINE);
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") ||
	    (!strcmp(argv[1], "help") && argc == 2)) {
		print_usage(stdout);
		return finish_output(EXIT_FINE);
	}
	if (!strcmp(argv[1], "help")) {
		char *help[] = { argv[2], (char *)"--help", NULL };

		verb = find_verb(argv[2]);
		if (!verb)
			return misused("memscopectl help VERB", "unknown verb %s", argv[2]);
		return finish_output(verb->run(2, help));
	}
	verb = find_verb(argv[1]);
	if (!verb)
		return misused("memscopectl VERB [options]; `memscopectl --help` lists the verbs",
			       "unknown verb %s", argv[1]);
	return finish_output(verb->run(argc - 1, argv + 1));
}
