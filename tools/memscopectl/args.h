/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A verb's command line: its options, those of sessions where it takes them,
 * --json and --help. One table makes both the parser and the help.
 */
#ifndef MEMSCOPECTL_ARGS_H
#define MEMSCOPECTL_ARGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memscope.h"

struct args_option {
	int id;				/* from 1 to 255, as args_next() returns it */
	char letter;			/* 0: none */
	const char *name;
	const char *value;		/* what stands for it in help; NULL: takes none */
	const char *help;
};

/**
 * struct args_verb - what a verb's command line may hold
 * @usage: one line, beginning "memscopectl VERB"
 * @text: a paragraph for --help
 * @options: ended by one without a name; may be NULL
 * @no_json: the verb has no --json
 * @session: where session options go; NULL: it takes none
 */
struct args_verb {
	const char *usage;
	const char *text;
	const struct args_option *options;
	bool no_json;
	struct memscope_options *session;
};

#define ARGS_OPERANDS 4

struct args {
	const struct args_verb *verb;
	int argc;
	char **argv;
	const char *value;		/* of the option just returned */
	bool json;
	int exit_code;			/* set where args_next() returns -1 */
	char *operands[ARGS_OPERANDS];	/* before "--" */
	int operand_count;
	char **rest;			/* what stands behind "--", ended by NULL; or NULL */
	int index;			/* where the next word is looked for */
	const char *letters;
};

void args_begin(struct args *args, const struct args_verb *verb, int argc, char **argv);

/*
 * The next option's id, operands between them being collected; 0 at the end;
 * -1: help was printed, or an error: exit with exit_code.
 */
int args_next(struct args *args);

/*
 * Refuses operands beyond so many, and words behind "--" if it is not the verb
 * that runs a command. 0, or the code to exit with.
 */
int args_operands(const struct args *args, int most, bool command);

/* A number of seconds as "2", "0.5"; false: it is none, or not above 0. */
bool args_seconds(const char *text, uint64_t *ns);
/* A whole number; false: it is none. */
bool args_number(const char *text, uint64_t *number);

#endif /* MEMSCOPECTL_ARGS_H */
