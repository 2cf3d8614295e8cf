// SPDX-License-Identifier: GPL-2.0
/*
 * Names of tasks by tid.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "task.h"

#define TASKS_MAX (1U << 22)		/* as many as pid_max can name */

void memscope_task_table_init(struct memscope_task_table *table)
{
	memset(table, 0, sizeof(*table));
}

void memscope_task_table_deinit(struct memscope_task_table *table)
{
	free(table->slots);
	memset(table, 0, sizeof(*table));
}

static struct memscope_task *slot_of(struct memscope_task *slots, size_t size, uint32_t tid)
{
	size_t at = (tid * 0x9e3779b97f4a7c15ULL >> 32) & (size - 1);

	while (slots[at].comm[0] && slots[at].tid != tid)
		at = (at + 1) & (size - 1);
	return &slots[at];
}

static int grow(struct memscope_task_table *table)
{
	size_t size = table->size ? table->size * 2 : 1024, i;
	struct memscope_task *slots;

	if (table->size && table->count < table->size / 2)
		return 0;
	if (table->count >= TASKS_MAX)
		return -ENOSPC;
	slots = calloc(size, sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	for (i = 0; i < table->size; i++)
		if (table->slots[i].comm[0])
			*slot_of(slots, size, table->slots[i].tid) = table->slots[i];
	free(table->slots);
	table->slots = slots;
	table->size = size;
	return 0;
}

int memscope_task_table_add(struct memscope_task_table *table, uint32_t tid, uint32_t tgid,
			    const char *comm)
{
	struct memscope_task *slot;
	size_t length = strnlen(comm, sizeof(slot->comm) - 1);
	int err;

	if (!length)
		return 0;
	err = grow(table);
	if (err)
		return err;
	slot = slot_of(table->slots, table->size, tid);
	table->count += !slot->comm[0];
	slot->tid = tid;
	slot->tgid = tgid;
	memset(slot->comm, 0, sizeof(slot->comm));
	memcpy(slot->comm, comm, length);
	return 0;
}

int memscope_task_table_event(struct memscope_task_table *table,
			      const struct memscope_event *event)
{
	return memscope_task_table_add(table, event->tid, event->task.tgid, event->task.comm);
}

const struct memscope_task *memscope_task_table_find(const struct memscope_task_table *table,
						     uint32_t tid)
{
	const struct memscope_task *slot;

	if (!table->size)
		return NULL;
	slot = slot_of(table->slots, table->size, tid);
	return slot->comm[0] ? slot : NULL;
}

static int scan_thread(struct memscope_task_table *table, int process, const char *name,
		       uint32_t tgid)
{
	char path[64], comm[17];
	ssize_t bytes;
	int fd;

	snprintf(path, sizeof(path), "%.16s/comm", name);
	fd = openat(process, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	bytes = read(fd, comm, sizeof(comm) - 1);
	close(fd);
	if (bytes <= 0)
		return 0;
	comm[bytes] = '\0';
	comm[strcspn(comm, "\n")] = '\0';
	return memscope_task_table_add(table, strtoul(name, NULL, 10), tgid, comm);
}

static int scan_process(struct memscope_task_table *table, const char *name)
{
	struct dirent *entry;
	char path[64];
	DIR *threads;
	int err = 0;

	snprintf(path, sizeof(path), "/proc/%.16s/task", name);
	threads = opendir(path);
	if (!threads)
		return 0;
	while (!err && (entry = readdir(threads)))
		if (isdigit((unsigned char)entry->d_name[0]))
			err = scan_thread(table, dirfd(threads), entry->d_name,
					  strtoul(name, NULL, 10));
	closedir(threads);
	return err;
}

int memscope_task_table_scan(struct memscope_task_table *table)
{
	struct dirent *entry;
	DIR *proc = opendir("/proc");
	int err = 0;

	if (!proc)
		return -errno;
	while (!err && (entry = readdir(proc)))
		if (isdigit((unsigned char)entry->d_name[0]))
			err = scan_process(table, entry->d_name);
	closedir(proc);
	return err;
}
