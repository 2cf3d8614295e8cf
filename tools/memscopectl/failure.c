// SPDX-License-Identifier: GPL-2.0
/*
 * Telling of errors.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "failure.h"
#include "progress.h"
#include "text.h"

static bool use_json;

void failure_use_json(bool json)
{
	use_json = json;
}

static void tell(const char *usage, const char *format, va_list args)
{
	char sentence[1024];

	progress_clear();
	vsnprintf(sentence, sizeof(sentence), format, args);
	if (use_json) {
		fputs("{\"error\": ", stdout);
		text_json_string(stdout, sentence);
		fputs("}\n", stdout);
		return;
	}
	fflush(stdout);
	fprintf(stderr, "memscopectl: %s\n", sentence);
	if (usage)
		fprintf(stderr, "usage: %s\n", usage);
}

int failed(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	tell(NULL, format, args);
	va_end(args);
	return EXIT_FAILED;
}

int misused(const char *usage, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	tell(usage, format, args);
	va_end(args);
	return EXIT_USAGE;
}

void remark(const char *format, ...)
{
	va_list args;

	progress_clear();
	fflush(stdout);
	fputs("memscopectl: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

int finish_output(int exit_code)
{
	int err = 0;

	errno = 0;
	if (fflush(stdout) || ferror(stdout))
		err = errno ? errno : EIO;
	if (!err || err == EPIPE)
		return exit_code;
	fprintf(stderr, "memscopectl: cannot write the output: %s\n", strerror(err));
	return exit_code == EXIT_FINE || exit_code == EXIT_INCOMPLETE ? EXIT_FAILED : exit_code;
}
