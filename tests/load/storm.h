/* SPDX-License-Identifier: GPL-2.0 */
/* A storm: many threads and timers on all paths at random, counted exactly. */
#ifndef LOAD_STORM_H
#define LOAD_STORM_H

#include "command.h"

int load_storm(struct load_command *command, struct load_result *result);

#endif /* LOAD_STORM_H */
