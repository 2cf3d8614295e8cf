/* SPDX-License-Identifier: GPL-2.0 */
/* The generator: up to LOAD_SITES sites whose behaviour is known, at once. */
#ifndef LOAD_GENERATOR_H
#define LOAD_GENERATOR_H

#include "command.h"

int load_generator_site(struct load_command *command, struct load_result *result);
int load_generator_run(struct load_command *command, struct load_result *result);
int load_generator_release(struct load_command *command, struct load_result *result);
void load_generator_exit(void);

#endif /* LOAD_GENERATOR_H */
