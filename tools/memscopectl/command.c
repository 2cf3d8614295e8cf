// SPDX-License-Identifier: GPL-2.0
/*
 * A command that is run under tracing.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#include <sys/wait.h>

#include "command.h"

/* Waits behind the gate, then becomes the command; never returns. */
static void child(int gate, int report, char *const *argv, bool to_stderr)
{
	sigset_t none;
	char byte;
	int err;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	/* One byte opens it; a parent that dies before closes it. */
	if (read(gate, &byte, 1) != 1)
		_exit(127);
	if (to_stderr)
		dup2(STDERR_FILENO, STDOUT_FILENO);
	execvp(argv[0], argv);
	err = errno;
	if (write(report, &err, sizeof(err)) != sizeof(err))
		_exit(126);
	_exit(127);
}

int command_fork(struct command *command, char *const *argv, bool to_stderr)
{
	int gate[2], report[2], err;

	*command = (struct command){ .gate = -1, .report = -1 };
	if (pipe2(gate, O_CLOEXEC))
		return -errno;
	if (pipe2(report, O_CLOEXEC)) {
		err = -errno;
		goto close_gate;
	}
	command->pid = fork();
	if (command->pid < 0) {
		err = -errno;
		command->pid = 0;
		goto close_report;
	}
	if (!command->pid) {
		close(gate[1]);
		child(gate[0], report[1], argv, to_stderr);
	}
	close(gate[0]);
	close(report[1]);
	command->gate = gate[1];
	command->report = report[0];
	return 0;

close_report:
	close(report[0]);
	close(report[1]);
close_gate:
	close(gate[0]);
	close(gate[1]);
	return err;
}

int command_release(struct command *command)
{
	ssize_t bytes;
	int err = 0;

	bytes = write(command->gate, "", 1);
	close(command->gate);
	command->gate = -1;
	if (bytes != 1)
		err = EPIPE;
	/* Ends without a byte when exec has closed the other end. */
	if (!err && read(command->report, &err, sizeof(err)) != sizeof(err))
		err = 0;
	close(command->report);
	command->report = -1;
	return -err;
}

bool command_poll(struct command *command)
{
	if (command->pid && !command->ended &&
	    waitpid(command->pid, &command->status, WNOHANG) == command->pid)
		command->ended = true;
	return command->ended;
}

bool command_end(struct command *command)
{
	const struct timespec pause = { .tv_nsec = 20 * 1000 * 1000 };
	int i;

	if (!command->pid)
		return true;
	if (command->gate >= 0) {
		/* It never ran: the gate's end is its end. */
		close(command->gate);
		close(command->report);
		command->gate = command->report = -1;
		waitpid(command->pid, &command->status, 0);
		command->ended = true;
		return true;
	}
	if (!command_poll(command))
		kill(command->pid, SIGTERM);
	for (i = 0; i < 150 && !command_poll(command); i++)
		nanosleep(&pause, NULL);
	return command->ended;
}
