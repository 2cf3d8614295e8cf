/* SPDX-License-Identifier: GPL-2.0 */
/* Pairs: kmalloc and kfree in a loop, timed, for benchmarks. */
#ifndef LOAD_PAIR_H
#define LOAD_PAIR_H

#include "command.h"

int load_pair(struct load_command *command, struct load_result *result);

#endif /* LOAD_PAIR_H */
