/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Loads a module, runs a command if there is one, and unloads the module, in a
 * process of its own, whose report the one that started it reads.
 */
#ifndef MEMSCOPECTL_EXERCISE_H
#define MEMSCOPECTL_EXERCISE_H

#include <stdbool.h>
#include <stddef.h>

enum exercise_step {
	EXERCISE_LOAD,
	EXERCISE_COMMAND,
	EXERCISE_UNLOAD,
	EXERCISE_DONE,
};

/**
 * struct exercise_report - how far it came
 * @step: the one that failed, or EXERCISE_DONE
 * @error: errno of loading, starting or unloading; 0 if none failed
 * @command_ran: @command_status is of waitpid()
 */
struct exercise_report {
	int step;
	int error;
	bool command_ran;
	int command_status;
};

/* The module's name from its file's: "snd-demo.ko.xz" is snd_demo. False: no .ko. */
bool exercise_module_name(const char *path, char *name, size_t size);

/* How the module's parameters come: "a=1 b=2". */
struct exercise {
	const char *path;
	const char *parameters;
	char *const *argv;		/* the command, or NULL */
};

/*
 * Makes the words of a command line that does it, ended by NULL; the report
 * goes to the descriptor. The caller frees the array, not the words.
 */
char **exercise_words(const struct exercise *exercise, char fd_text[16], int fd);

/* That command line's other end: argv[0] is the descriptor. An exit code. */
int exercise_run(int argc, char **argv);

#endif /* MEMSCOPECTL_EXERCISE_H */
