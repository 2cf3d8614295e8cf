// SPDX-License-Identifier: GPL-2.0
/*
 * Command lines. Not getopt_long(): it would accept abbreviations that a later
 * option makes ambiguous, and its messages could not be JSON.
 */
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "args.h"
#include "failure.h"

void args_begin(struct args *args, const struct args_verb *verb, int argc, char **argv)
{
	int i;

	memset(args, 0, sizeof(*args));
	args->verb = verb;
	args->argc = argc;
	args->argv = argv;
	args->exit_code = -1;
	args->index = 1;
	/* Known before the first error is told. */
	for (i = 1; i < argc && strcmp(argv[i], "--"); i++)
		if (!verb->no_json && !strcmp(argv[i], "--json"))
			args->json = true;
	failure_use_json(args->json);
}

static void print_option(char letter, const char *name, const char *value, const char *help)
{
	char left[48];
	int width;

	if (letter)
		width = snprintf(left, sizeof(left), "  -%c, --%s%s%s", letter, name,
				 value ? " " : "", value ? value : "");
	else
		width = snprintf(left, sizeof(left), "      --%s%s%s", name,
				 value ? " " : "", value ? value : "");
	if (width < 32)
		printf("%-32s%s\n", left, help);
	else
		printf("%s\n%32s%s\n", left, "", help);
}

static void print_help(const struct args_verb *verb)
{
	const struct args_option *option;
	size_t i;

	printf("usage: %s\n\n%s\n\nOptions:\n", verb->usage, verb->text);
	for (option = verb->options; option && option->name; option++)
		print_option(option->letter, option->name, option->value, option->help);
	if (!verb->no_json)
		print_option(0, "json", NULL, "print JSON");
	print_option('h', "help", NULL, "print this and exit");
	if (!verb->session)
		return;
	printf("\nSession options (the module's defaults for those not given):\n");
	for (i = 0; i < memscope_option_table_count; i++) {
		const struct memscope_option *session = &memscope_option_table[i];

		print_option(0, session->name, session->value, session->help);
	}
}

static int stop(struct args *args, int exit_code)
{
	args->exit_code = exit_code;
	return -1;
}

/* The value of an option: behind "=", or the next word. */
static const char *take_value(struct args *args, const char *joined)
{
	if (joined)
		return joined;
	if (args->index >= args->argc)
		return NULL;
	return args->argv[args->index++];
}

static int take_session_option(struct args *args, const struct memscope_option *option,
			       const char *joined)
{
	const char *value = take_value(args, joined);
	int err;

	if (!value)
		return stop(args, misused(args->verb->usage, "--%s needs a value: %s",
					  option->name, option->value));
	err = memscope_option_parse(args->verb->session, option, value);
	if (err)
		return stop(args, misused(args->verb->usage, "--%s %s: %s, not %s",
					  option->name, value,
					  err == -ERANGE ? "out of range" :
					  err == -ENAMETOOLONG ? "too long" : "not understood",
					  option->value));
	return 0;
}

/* 0: taken, go on; > 0: the verb's own option; -1: stop. */
static int take_long(struct args *args, const char *word)
{
	size_t length = strcspn(word, "=");
	const char *joined = word[length] ? word + length + 1 : NULL;
	const struct args_option *option;
	size_t i;

	if (length == 4 && !strncmp(word, "help", 4) && !joined) {
		print_help(args->verb);
		return stop(args, EXIT_FINE);
	}
	if (length == 4 && !strncmp(word, "json", 4) && !joined && !args->verb->no_json)
		return 0;
	for (option = args->verb->options; option && option->name; option++) {
		if (strlen(option->name) != length || strncmp(option->name, word, length))
			continue;
		if (!option->value && joined)
			return stop(args, misused(args->verb->usage, "--%s takes no value",
						  option->name));
		args->value = option->value ? take_value(args, joined) : NULL;
		if (option->value && !args->value)
			return stop(args, misused(args->verb->usage, "--%s needs a value: %s",
						  option->name, option->value));
		return option->id;
	}
	for (i = 0; args->verb->session && i < memscope_option_table_count; i++) {
		const struct memscope_option *session = &memscope_option_table[i];

		if (strlen(session->name) == length && !strncmp(session->name, word, length))
			return take_session_option(args, session, joined);
	}
	return stop(args, misused(args->verb->usage, "unknown option --%.*s", (int)length,
				  word));
}

static int take_letter(struct args *args)
{
	char letter = *args->letters++;
	const struct args_option *option;

	if (letter == 'h') {
		print_help(args->verb);
		return stop(args, EXIT_FINE);
	}
	for (option = args->verb->options; option && option->name; option++) {
		if (option->letter != letter)
			continue;
		args->value = NULL;
		if (option->value) {
			args->value = take_value(args, *args->letters ? args->letters : NULL);
			args->letters = "";
			if (!args->value)
				return stop(args, misused(args->verb->usage,
							  "-%c needs a value: %s", letter,
							  option->value));
		}
		return option->id;
	}
	return stop(args, misused(args->verb->usage, "unknown option -%c", letter));
}

int args_next(struct args *args)
{
	int id = 0;

	while (!id) {
		char *word;

		if (args->letters && *args->letters) {
			id = take_letter(args);
			continue;
		}
		args->letters = NULL;
		if (args->index >= args->argc)
			return 0;
		word = args->argv[args->index++];
		if (!strcmp(word, "--")) {
			args->rest = args->argv + args->index;
			return 0;
		}
		if (word[0] != '-' || !word[1]) {
			if (args->operand_count == ARGS_OPERANDS)
				return stop(args, misused(args->verb->usage, "unexpected: %s",
							  word));
			args->operands[args->operand_count++] = word;
		} else if (word[1] == '-') {
			id = take_long(args, word + 2);
		} else {
			args->letters = word + 1;
		}
	}
	return id;
}

int args_operands(const struct args *args, int most, bool command)
{
	if (args->operand_count > most)
		return misused(args->verb->usage, "unexpected: %s%s", args->operands[most],
			       command ? " (a command stands behind --)" : "");
	if (args->rest && *args->rest && !command)
		return misused(args->verb->usage, "unexpected: %s", *args->rest);
	if (args->rest && !*args->rest && command)
		return misused(args->verb->usage, "no command behind --");
	return 0;
}

bool args_seconds(const char *text, uint64_t *ns)
{
	double seconds;
	char *end;

	if (!isdigit((unsigned char)text[0]) && text[0] != '.')
		return false;
	seconds = strtod(text, &end);
	if (end == text || *end || !isfinite(seconds) || seconds <= 0 || seconds > 1e9)
		return false;
	*ns = seconds * 1e9;
	return *ns > 0;
}

bool args_number(const char *text, uint64_t *number)
{
	char *end;

	if (!isdigit((unsigned char)text[0]))
		return false;
	errno = 0;
	*number = strtoull(text, &end, 10);
	return !errno && !*end;
}
