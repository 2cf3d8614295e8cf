/* SPDX-License-Identifier: GPL-2.0 */
/* memscope_load: its commands, and the truth that it tells about a run. */
#ifndef TRUTH_H
#define TRUTH_H

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/wait.h>

#define LOAD_RUN	"/sys/kernel/debug/memscope_load/run"
#define LOAD_RESULT	"/sys/kernel/debug/memscope_load/result"
#define TRUTH_FRAMES	64

struct truth {
	char path[32], status[16], reason[160], cache[32], alloc_site[16], free_site[16];
	uint64_t allocs, frees, deferred, resizes, failed, bytes_req, bytes_alloc;
	uint64_t alloc_sum, free_sum;
	uint64_t alloc_start, alloc_end, free_start, free_end;
	uint64_t cpu, free_cpu, tid, free_tid, slabs, live;
	unsigned int frames;
	uint64_t frame[TRUTH_FRAMES];
};

/* The value of a key in one line of the result, or the first in a longer text. */
static inline bool truth_text(const char *text, const char *key, char *value, size_t size)
{
	char quoted[48];
	const char *at, *end;

	snprintf(quoted, sizeof(quoted), "\"%s\": ", key);
	at = strstr(text, quoted);
	*value = '\0';
	if (!at)
		return false;
	at += strlen(quoted);
	if (*at == '"')
		end = strchr(++at, '"');
	else
		end = at + strcspn(at, ",}\n");
	if (!end)
		return false;
	snprintf(value, size, "%.*s", (int)(end - at), at);
	return true;
}

static inline uint64_t truth_number(const char *text, const char *key)
{
	char value[64];

	return truth_text(text, key, value, sizeof(value)) ? strtoull(value, NULL, 0) : 0;
}

static inline void truth_parse(struct truth *truth, const char *text)
{
	const char *at = strstr(text, "\"stack\": [");

	memset(truth, 0, sizeof(*truth));
	truth_text(text, "path", truth->path, sizeof(truth->path));
	truth_text(text, "status", truth->status, sizeof(truth->status));
	truth_text(text, "reason", truth->reason, sizeof(truth->reason));
	truth_text(text, "cache", truth->cache, sizeof(truth->cache));
	truth_text(text, "alloc_site", truth->alloc_site, sizeof(truth->alloc_site));
	truth_text(text, "free_site", truth->free_site, sizeof(truth->free_site));
	truth->allocs = truth_number(text, "allocs");
	truth->frees = truth_number(text, "frees");
	truth->deferred = truth_number(text, "deferred");
	truth->resizes = truth_number(text, "resizes");
	truth->failed = truth_number(text, "alloc_failed");
	truth->bytes_req = truth_number(text, "bytes_req");
	truth->bytes_alloc = truth_number(text, "bytes_alloc");
	truth->alloc_sum = truth_number(text, "alloc_ptr_sum");
	truth->free_sum = truth_number(text, "free_ptr_sum");
	truth->alloc_start = truth_number(text, "alloc_start");
	truth->alloc_end = truth_number(text, "alloc_end");
	truth->free_start = truth_number(text, "free_start");
	truth->free_end = truth_number(text, "free_end");
	truth->cpu = truth_number(text, "cpu");
	truth->free_cpu = truth_number(text, "free_cpu");
	truth->tid = truth_number(text, "tid");
	truth->free_tid = truth_number(text, "free_tid");
	truth->slabs = truth_number(text, "slabs");
	truth->live = truth_number(text, "live");
	while (at && (at = strstr(at, "\"0x")) && truth->frames < TRUTH_FRAMES) {
		truth->frame[truth->frames++] = strtoull(at + 1, NULL, 0);
		at += 3;
	}
}

/* A whole small file; the caller frees it. */
static inline char *truth_file(const char *name)
{
	size_t room = 1 << 20, length = 0;
	char *text = malloc(room);
	int fd = open(name, O_RDONLY);
	ssize_t got;

	while (fd >= 0 && length < room - 1 &&
	       (got = read(fd, text + length, room - 1 - length)) > 0)
		length += got;
	if (fd >= 0)
		close(fd);
	text[length] = '\0';
	return text;
}

static inline int load_write(const char *command)
{
	int fd = open(LOAD_RUN, O_WRONLY), error = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, command, strlen(command)) < 0)
		error = -errno;
	close(fd);
	return error;
}

/* By another process than this one, which is waited for. */
static inline pid_t load_begin(const char *command)
{
	pid_t child = fork();

	if (!child)
		_exit(load_write(command) ? 1 : 0);
	return child;
}

static inline int load_do(const char *command)
{
	pid_t child = load_begin(command);
	int status;

	if (child < 0 || waitpid(child, &status, 0) != child)
		return -errno;
	return status ? -EIO : 0;
}

/* Does it and reads what it did. */
static inline int load_truth(const char *command, struct truth *truth)
{
	int error = load_do(command);
	char *text = truth_file(LOAD_RESULT);

	truth_parse(truth, text);
	free(text);
	return error;
}

#endif /* TRUTH_H */
