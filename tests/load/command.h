/* SPDX-License-Identifier: GPL-2.0 */
/* A command line: a verb, then key=value. */
#ifndef LOAD_COMMAND_H
#define LOAD_COMMAND_H

#include <linux/types.h>

#include "result.h"

#define LOAD_COMMAND_KEYS	24

struct load_command {
	const char *verb;
	struct load_result *result;	/* where refusals are told */
	unsigned int keys;
	struct {
		const char *key, *value;
		bool used;
	} pair[LOAD_COMMAND_KEYS];
};

int load_command_parse(struct load_command *command, char *line, struct load_result *result);
const char *load_command_string(struct load_command *command, const char *key,
				const char *otherwise);
int load_command_u64(struct load_command *command, const char *key, u64 otherwise,
		     u64 min, u64 max, u64 *value);
int load_command_cpu(struct load_command *command, const char *key, int otherwise, int *cpu);
int load_command_flag(struct load_command *command, const char *key, bool otherwise, bool *flag);
int load_command_end(struct load_command *command);

#endif /* LOAD_COMMAND_H */
