/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The one place that tells of errors: a line on stderr, or with --json an
 * object {"error": ".."} on stdout.
 */
#ifndef MEMSCOPECTL_FAILURE_H
#define MEMSCOPECTL_FAILURE_H

#include <stdbool.h>

enum exit_code {
	EXIT_FINE = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
	EXIT_INCOMPLETE = 3,		/* data incomplete through loss */
	EXIT_THRESHOLD = 4,		/* a check's threshold passed */
};

/* From now on errors are JSON. */
void failure_use_json(bool json);

/* Tells, and returns EXIT_FAILED. */
__attribute__((format(printf, 1, 2)))
int failed(const char *format, ...);

/* Tells with how the verb is used, and returns EXIT_USAGE. usage: a line, or NULL */
__attribute__((format(printf, 2, 3)))
int misused(const char *usage, const char *format, ...);

/* A remark on stderr that does not end the work. */
__attribute__((format(printf, 1, 2)))
void remark(const char *format, ...);

/* Flushes stdout; tells if it could not be written, and returns the code to exit with. */
int finish_output(int exit_code);

#endif /* MEMSCOPECTL_FAILURE_H */
