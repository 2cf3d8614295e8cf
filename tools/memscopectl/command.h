/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A command that is run under tracing: forked before the session begins, so
 * that its fork is not in it, and let go once it has.
 */
#ifndef MEMSCOPECTL_COMMAND_H
#define MEMSCOPECTL_COMMAND_H

#include <stdbool.h>
#include <sys/types.h>

struct command {
	pid_t pid;			/* 0: none runs */
	int gate;			/* its end lets the child go on */
	int report;			/* errno of exec comes through it */
	bool ended;
	int status;			/* of waitpid(), once it has ended */
};

/*
 * argv: ended by NULL. Signals that are blocked here are not in the child.
 * to_stderr: what it writes to stdout goes to stderr.
 */
int command_fork(struct command *command, char *const *argv, bool to_stderr);
/* Lets it run. -errno if the program cannot be executed. */
int command_release(struct command *command);
/* True once it has ended; does not wait. */
bool command_poll(struct command *command);
/* Asks it to end, with SIGTERM, and waits up to three seconds. False: it still runs. */
bool command_end(struct command *command);

#endif /* MEMSCOPECTL_COMMAND_H */
