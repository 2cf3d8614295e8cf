/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A recording made from the command line: an attached session that lasts for
 * a time, until a signal, or while a command runs.
 */
#ifndef MEMSCOPECTL_RECORDER_H
#define MEMSCOPECTL_RECORDER_H

#include "command.h"
#include "memscope.h"

struct recorder {
	/* in */
	const struct memscope_options *options;
	char *const *argv;		/* the command, or NULL */
	bool stdout_is_ours;		/* the command's output goes to stderr */
	uint64_t duration_ns;		/* 0: until a signal, or the command's end */
	uint64_t settle_ns;		/* go on so long behind that, while RCU is drained */
	struct memscope_writer *writer;
	const char *name;		/* of the file, for messages */
	/* out */
	struct command command;
	const char *reason;		/* why it ended: "time", "command", "signal" */
	uint64_t window_start_ns;	/* CLOCK_MONOTONIC: before the command was let go */
	uint64_t window_end_ns;		/* when the time was up or the command had ended */
	uint64_t elapsed_ns;
	uint64_t events;
	uint64_t bytes;
	struct memscope_losses losses;
};

/*
 * Runs it and finishes the recording. EXIT_FINE, or another code after telling
 * what failed; what was written by then is in the file.
 */
int recorder_run(struct recorder *recorder);

/* A sentence on each cause of loss, to stdout; nothing where nothing was lost. */
void losses_print(const struct memscope_losses *losses);
struct json_object *losses_json(const struct memscope_losses *losses);

#endif /* MEMSCOPECTL_RECORDER_H */
