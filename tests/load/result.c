// SPDX-License-Identifier: GPL-2.0
/*
 * Builds the JSON text of a command's result. A key of the first level stands on
 * a line of its own and so does an object in an array, so that a guest without a
 * JSON parser can read them with sed or awk. A value is quoted text, a decimal
 * number or, for addresses and sums of addresses, a quoted hexadecimal one. Text
 * that does not fit makes the command fail, rather than being cut. Process
 * context, one writer.
 */
#include <linux/kallsyms.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "result.h"

int load_result_init(struct load_result *result, size_t size)
{
	memset(result, 0, sizeof(*result));
	result->text = vmalloc(size);
	if (!result->text)
		return -ENOMEM;
	result->text[0] = '\0';
	result->size = size;
	return 0;
}

void load_result_fini(struct load_result *result)
{
	vfree(result->text);
	result->text = NULL;
}

__printf(2, 3)
static void append(struct load_result *result, const char *format, ...)
{
	size_t room = result->size - result->length;
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(result->text + result->length, room, format, arguments);
	va_end(arguments);
	if (length >= room) {
		result->text[result->length] = '\0';
		if (!result->error)
			load_result_fail(result, -ENOSPC, "the result is longer than %zu bytes",
					 result->size);
		return;
	}
	result->length += length;
}

static void key_begin(struct load_result *result, const char *key)
{
	if (result->item)
		append(result, result->depth > 2 ? ", " : ",\n");
	result->item = true;
	if (key)
		append(result, "\"%s\": ", key);
}

void load_result_open(struct load_result *result, const char *key, char bracket)
{
	key_begin(result, key);
	append(result, result->depth > 1 ? "%c" : "%c\n", bracket);
	result->depth++;
	result->item = false;
}

void load_result_close(struct load_result *result, char bracket)
{
	result->depth--;
	append(result, result->depth > 1 ? "%c" : "\n%c", bracket);
	result->item = true;
}

void load_result_u64(struct load_result *result, const char *key, u64 value)
{
	key_begin(result, key);
	append(result, "%llu", value);
}

void load_result_hex(struct load_result *result, const char *key, u64 value)
{
	key_begin(result, key);
	append(result, "\"0x%llx\"", value);
}

void load_result_string(struct load_result *result, const char *key, const char *value)
{
	key_begin(result, key);
	append(result, "\"");
	for (; *value; value++) {
		if (*value == '"' || *value == '\\')
			append(result, "\\%c", *value);
		else if (*value >= ' ')
			append(result, "%c", *value);
	}
	append(result, "\"");
}

/* NAME_function, NAME_start, NAME_end: where calls of this path come from. */
void load_result_function(struct load_result *result, const char *what, const void *function)
{
	unsigned long offset = 0, size = 0;
	char symbol[KSYM_SYMBOL_LEN], key[32], *plus;

	sprint_symbol(symbol, (unsigned long)function);
	plus = strrchr(symbol, '+');
	if (plus && sscanf(plus, "+%lx/%lx", &offset, &size) == 2)
		*plus = '\0';
	snprintf(key, sizeof(key), "%s_function", what);
	load_result_string(result, key, symbol);
	snprintf(key, sizeof(key), "%s_start", what);
	load_result_hex(result, key, (unsigned long)function - offset);
	snprintf(key, sizeof(key), "%s_end", what);
	load_result_hex(result, key, (unsigned long)function - offset + size);
}

__printf(2, 0)
static void reason_set(struct load_result *result, const char *format, va_list arguments)
{
	vsnprintf(result->reason, sizeof(result->reason), format, arguments);
}

/**
 * load_result_fail() - the command cannot do what was asked
 * @result: where the reason is kept
 * @error: negative errno, the answer to the write
 * @format: a sentence
 *
 * Return: @error
 */
int load_result_fail(struct load_result *result, int error, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	reason_set(result, format, arguments);
	va_end(arguments);
	result->error = error;
	return error;
}

/* This kernel cannot do it: no error, and nothing was done. Returns 0. */
int load_result_skip(struct load_result *result, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	reason_set(result, format, arguments);
	va_end(arguments);
	result->skipped = true;
	return 0;
}
