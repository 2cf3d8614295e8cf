// SPDX-License-Identifier: GPL-2.0
/*
 * Parses one command line in place. A line without a verb ("path=kmalloc n=10")
 * is a `run`. Keys that nobody asked for are refused, so a test cannot misspell
 * what it wants. Process context; the line outlives the command.
 */
#include <linux/cpumask.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "command.h"

int load_command_parse(struct load_command *command, char *line, struct load_result *result)
{
	char *word;

	memset(command, 0, sizeof(*command));
	command->verb = "run";
	command->result = result;
	while ((word = strsep(&line, " \t"))) {
		char *value = strchr(word, '=');

		if (!*word)
			continue;
		if (!value) {
			command->verb = word;
			continue;
		}
		if (command->keys == LOAD_COMMAND_KEYS)
			return load_result_fail(result, -E2BIG, "more than %u keys",
						LOAD_COMMAND_KEYS);
		*value = '\0';
		command->pair[command->keys].key = word;
		command->pair[command->keys].value = value + 1;
		command->keys++;
	}
	return 0;
}

const char *load_command_string(struct load_command *command, const char *key,
				const char *otherwise)
{
	unsigned int i;

	for (i = 0; i < command->keys; i++) {
		if (!strcmp(command->pair[i].key, key)) {
			command->pair[i].used = true;
			return command->pair[i].value;
		}
	}
	return otherwise;
}

int load_command_u64(struct load_command *command, const char *key, u64 otherwise,
		     u64 min, u64 max, u64 *value)
{
	const char *text = load_command_string(command, key, NULL);

	*value = otherwise;
	if (!text)
		return 0;
	if (kstrtou64(text, 0, value) || *value < min || *value > max)
		return load_result_fail(command->result, -ERANGE,
					"%s=%s: a number from %llu to %llu", key, text, min, max);
	return 0;
}

/* -1: any CPU. The caller holds the CPUs, if it needs this one to stay. */
int load_command_cpu(struct load_command *command, const char *key, int otherwise, int *cpu)
{
	const char *text = load_command_string(command, key, NULL);

	*cpu = otherwise;
	if (!text)
		return 0;
	if (kstrtoint(text, 0, cpu) || *cpu < 0 || *cpu >= nr_cpu_ids || !cpu_online(*cpu))
		return load_result_fail(command->result, -ENXIO, "%s=%s: no such CPU is online",
					key, text);
	return 0;
}

int load_command_flag(struct load_command *command, const char *key, bool otherwise, bool *flag)
{
	const char *text = load_command_string(command, key, otherwise ? "yes" : "no");

	if (kstrtobool(text, flag))
		return load_result_fail(command->result, -EINVAL, "%s=%s: yes or no", key, text);
	return 0;
}

/* All keys have been asked for: is one left over? */
int load_command_end(struct load_command *command)
{
	unsigned int i;

	for (i = 0; i < command->keys; i++) {
		if (!command->pair[i].used)
			return load_result_fail(command->result, -EINVAL, "%s: %s has no such key",
						command->pair[i].key, command->verb);
	}
	return 0;
}
