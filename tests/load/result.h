/* SPDX-License-Identifier: GPL-2.0 */
/* What a command has truly done: one JSON object, a key a line. */
#ifndef LOAD_RESULT_H
#define LOAD_RESULT_H

#include <linux/compiler.h>
#include <linux/types.h>

struct load_result {
	char *text;
	size_t length, size;
	unsigned int depth;
	bool item;		/* the next item of this level wants a comma */
	bool skipped;
	int error;
	char reason[160];
};

int load_result_init(struct load_result *result, size_t size);
void load_result_fini(struct load_result *result);

void load_result_open(struct load_result *result, const char *key, char bracket);
void load_result_close(struct load_result *result, char bracket);
void load_result_u64(struct load_result *result, const char *key, u64 value);
void load_result_hex(struct load_result *result, const char *key, u64 value);
void load_result_string(struct load_result *result, const char *key, const char *value);
void load_result_function(struct load_result *result, const char *what, const void *function);

__printf(3, 4)
int load_result_fail(struct load_result *result, int error, const char *format, ...);
__printf(2, 3)
int load_result_skip(struct load_result *result, const char *format, ...);

#endif /* LOAD_RESULT_H */
