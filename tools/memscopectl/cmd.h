/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Verbs. Each is given its own words, argv[0] being the verb, and returns an
 * exit code (failure.h).
 */
#ifndef MEMSCOPECTL_CMD_H
#define MEMSCOPECTL_CMD_H

#include "memscope.h"

struct verb {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *description;
};

extern const struct verb verbs[];	/* ended by one without a name */

int cmd_status(int argc, char **argv);
int cmd_start(int argc, char **argv);
int cmd_stop(int argc, char **argv);
int cmd_reset(int argc, char **argv);
int cmd_config(int argc, char **argv);
int cmd_dump(int argc, char **argv);
int cmd_record(int argc, char **argv);
int cmd_report(int argc, char **argv);
int cmd_export(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_diff(int argc, char **argv);

/* Connects to the module; tells of failure, and then leaves *client NULL. */
int cmd_connect(struct memscope_client **client);

#endif /* MEMSCOPECTL_CMD_H */
