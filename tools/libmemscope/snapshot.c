// SPDX-License-Identifier: GPL-2.0
/*
 * Files below /proc, read at one moment.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bytes.h"
#include "snapshot.h"

static const char *const paths[MEMSCOPE_SNAPSHOT_FILES] = {
	"buddyinfo", "slabinfo", "meminfo", "vmstat", "loadavg",
	"pressure/cpu", "pressure/io", "pressure/memory",
};

/* A file of /proc is small; what grows beyond this is cut. */
#define FILE_BYTES_MAX	(4U << 20)

void memscope_snapshot_init(struct memscope_snapshot *snapshot)
{
	memset(snapshot, 0, sizeof(*snapshot));
}

void memscope_snapshot_deinit(struct memscope_snapshot *snapshot)
{
	free(snapshot->text);
	memset(snapshot, 0, sizeof(*snapshot));
}

/* Appends the file and a NUL; false if it cannot be read. */
static bool read_file(struct memscope_bytes *text, const char *path)
{
	char full[64];
	size_t start = text->used;
	ssize_t bytes = 0;
	int fd;

	snprintf(full, sizeof(full), "/proc/%s", path);
	fd = open(full, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	while (text->used - start < FILE_BYTES_MAX && memscope_bytes_room(text, 65536)) {
		bytes = read(fd, text->data + text->used, 65535);
		if (bytes < 0 && errno == EINTR)
			continue;
		if (bytes <= 0)
			break;
		text->used += bytes;
	}
	close(fd);
	if (bytes < 0)
		text->used = start;
	if (text->used == start)
		return false;
	memscope_put(text, "", 1);
	return true;
}

int memscope_snapshot_gather(struct memscope_snapshot *snapshot)
{
	struct memscope_bytes text = { 0 };
	size_t offsets[MEMSCOPE_SNAPSHOT_FILES];
	struct timespec now;
	size_t i;

	memscope_snapshot_deinit(snapshot);
	clock_gettime(CLOCK_MONOTONIC, &now);
	snapshot->time_ns = now.tv_sec * 1000000000ULL + now.tv_nsec;
	for (i = 0; i < MEMSCOPE_SNAPSHOT_FILES; i++) {
		size_t start = text.used;

		if (!read_file(&text, paths[i]))
			continue;
		offsets[snapshot->count] = start;
		snapshot->files[snapshot->count].path = paths[i];
		snapshot->files[snapshot->count].bytes = text.used - start - 1;
		snapshot->count++;
	}
	if (text.failed) {
		memscope_bytes_free(&text);
		snapshot->count = 0;
		return -ENOMEM;
	}
	snapshot->text = (char *)text.data;
	for (i = 0; i < snapshot->count; i++)
		snapshot->files[i].data = snapshot->text + offsets[i];
	return 0;
}

const char *memscope_snapshot_find(const struct memscope_snapshot *snapshot,
				   const char *path)
{
	size_t i;

	for (i = 0; i < snapshot->count; i++)
		if (!strcmp(snapshot->files[i].path, path))
			return snapshot->files[i].data;
	return NULL;
}

static const char *known_path(const char *path)
{
	size_t i;

	for (i = 0; i < MEMSCOPE_SNAPSHOT_FILES; i++)
		if (!strcmp(paths[i], path))
			return paths[i];
	return NULL;
}

int memscope_snapshot_parse(struct memscope_snapshot *snapshot, const void *data,
			    size_t bytes, uint32_t count)
{
	struct memscope_cursor cursor = memscope_cursor(data, bytes);
	char *text;

	memscope_snapshot_deinit(snapshot);
	/* Each file loses its path and length, and gains a NUL. */
	text = malloc(bytes + 1);
	if (!text)
		return -ENOMEM;
	snapshot->text = text;
	snapshot->time_ns = memscope_get_u64(&cursor);
	while (count--) {
		const char *name = memscope_get_text(&cursor);
		uint32_t length = memscope_get_u32(&cursor);
		const void *file = memscope_get(&cursor, length);
		const char *path;

		if (!name || !file) {
			memscope_snapshot_deinit(snapshot);
			return -EPROTO;
		}
		path = known_path(name);
		if (!path || snapshot->count == MEMSCOPE_SNAPSHOT_FILES)
			continue;
		memcpy(text, file, length);
		text[length] = '\0';
		snapshot->files[snapshot->count++] = (struct memscope_snapshot_file){
			.path = path, .data = text, .bytes = length,
		};
		text += length + 1;
	}
	return 0;
}
