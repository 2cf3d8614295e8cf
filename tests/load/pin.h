/* SPDX-License-Identifier: GPL-2.0 */
/* Pins: slabs that one live object each keeps from being given back. */
#ifndef LOAD_PIN_H
#define LOAD_PIN_H

#include "command.h"

int load_pin(struct load_command *command, struct load_result *result);
int load_unpin(struct load_command *command, struct load_result *result);
void load_pin_exit(void);

#endif /* LOAD_PIN_H */
