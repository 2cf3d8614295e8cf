/* SPDX-License-Identifier: GPL-2.0 */
/* Verdicts of programs that topics run: the same lines as lib.sh's, on the same fd. */
#ifndef VERDICT_H
#define VERDICT_H

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define VERDICT_FD	9

static inline void verdict(const char *kind, const char *name, const char *reason)
{
	char line[1024];
	int length = snprintf(line, sizeof(line), *reason ? "%s %s - %s\n" : "%s %s\n", kind,
			      name, reason);

	if (length >= (int)sizeof(line))
		strcpy(line + sizeof(line) - 2, "\n");
	fputs(line, stdout);
	fflush(stdout);
	if (write(VERDICT_FD, line, strlen(line)) < 0)
		perror("verdict");
}

/* What is wrong with a case, sentence by sentence; "" if nothing is. */
struct blame {
	char text[900];
};

__attribute__((format(printf, 2, 3)))
static inline void blame(struct blame *blame, const char *format, ...)
{
	size_t length = strlen(blame->text);
	va_list arguments;

	if (length)
		length += snprintf(blame->text + length, sizeof(blame->text) - length, "; ");
	if (length >= sizeof(blame->text))
		return;
	va_start(arguments, format);
	vsnprintf(blame->text + length, sizeof(blame->text) - length, format, arguments);
	va_end(arguments);
}

static inline void verdict_of(const char *name, const struct blame *blame)
{
	verdict(*blame->text ? "not ok" : "ok", name, blame->text);
}

#endif /* VERDICT_H */
