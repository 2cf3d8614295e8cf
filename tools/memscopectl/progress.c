// SPDX-License-Identifier: GPL-2.0
/*
 * The progress line.
 */
#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "progress.h"
#include "text.h"

#define FIRST_NS 500000000ULL
#define EVERY_NS 200000000ULL

static uint64_t due_ns;
static bool shown;

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

bool progress_due(void)
{
	static int terminal = -1;
	uint64_t now;

	if (terminal < 0)
		terminal = isatty(STDERR_FILENO);
	if (!terminal)
		return false;
	now = now_ns();
	if (!due_ns)
		due_ns = now + FIRST_NS;
	if (now < due_ns)
		return false;
	due_ns = now + EVERY_NS;
	return true;
}

void progress_show(const char *format, ...)
{
	va_list args;

	fputs("\r\033[K", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fflush(stderr);
	shown = true;
}

void progress_clear(void)
{
	if (!shown)
		return;
	fputs("\r\033[K", stderr);
	fflush(stderr);
	shown = false;
}

void progress_bytes(void *ctx, uint64_t done_bytes, uint64_t total_bytes)
{
	char done[32], total[32];

	if (!progress_due())
		return;
	text_bytes(done, sizeof(done), done_bytes);
	text_bytes(total, sizeof(total), total_bytes);
	if (total_bytes)
		progress_show("%s: %2u %% of %s", (const char *)ctx,
			      (unsigned int)(done_bytes * 100 / total_bytes), total);
	else
		progress_show("%s: %s", (const char *)ctx, done);
}
