/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Names of tasks by tid: from /proc at the start and the end, and from TASK
 * events in between. The latest name wins.
 */
#ifndef MEMSCOPE_TASK_H
#define MEMSCOPE_TASK_H

#include <stddef.h>
#include <stdint.h>

#include "event.h"

struct memscope_task {
	uint32_t tid;
	uint32_t tgid;
	char comm[16];			/* always terminated */
};

struct memscope_task_table {
	struct memscope_task *slots;	/* open addressing by tid; comm "": empty */
	size_t size;			/* a power of two, or 0 */
	size_t count;
};

void memscope_task_table_init(struct memscope_task_table *table);
void memscope_task_table_deinit(struct memscope_task_table *table);

/* comm: up to 16 bytes, ended by a NUL or not; an empty one is ignored */
int memscope_task_table_add(struct memscope_task_table *table, uint32_t tid, uint32_t tgid,
			    const char *comm);
int memscope_task_table_event(struct memscope_task_table *table,
			      const struct memscope_event *event);

/* Every thread of every process; those that end meanwhile are left out. */
int memscope_task_table_scan(struct memscope_task_table *table);

const struct memscope_task *memscope_task_table_find(const struct memscope_task_table *table,
						     uint32_t tid);

#endif /* MEMSCOPE_TASK_H */
