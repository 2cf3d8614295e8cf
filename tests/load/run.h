/* SPDX-License-Identifier: GPL-2.0 */
/* A run: n objects of one path, allocated and freed in chosen contexts and CPUs. */
#ifndef LOAD_RUN_H
#define LOAD_RUN_H

#include "command.h"

int load_run(struct load_command *command, struct load_result *result);
int load_run_drop(struct load_command *command, struct load_result *result);
int load_run_paths(struct load_command *command, struct load_result *result);
void load_run_exit(void);

#endif /* LOAD_RUN_H */
