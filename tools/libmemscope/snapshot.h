/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Files below /proc that say how memory stands, read at one moment.
 */
#ifndef MEMSCOPE_SNAPSHOT_H
#define MEMSCOPE_SNAPSHOT_H

#include <stddef.h>
#include <stdint.h>

#include "recording.h"

/* buddyinfo, slabinfo, meminfo, vmstat, loadavg, pressure/{cpu,io,memory} */
#define MEMSCOPE_SNAPSHOT_FILES	8

struct memscope_snapshot {
	uint64_t time_ns;		/* CLOCK_MONOTONIC */
	struct memscope_snapshot_file files[MEMSCOPE_SNAPSHOT_FILES];
	size_t count;
	char *text;			/* that the files point into, each ended by NUL */
};

void memscope_snapshot_init(struct memscope_snapshot *snapshot);
void memscope_snapshot_deinit(struct memscope_snapshot *snapshot);

/* Reads all; files this kernel does not have, or does not show, are left out. */
int memscope_snapshot_gather(struct memscope_snapshot *snapshot);

/* The text of a file, NUL-terminated; NULL if it is not there. */
const char *memscope_snapshot_find(const struct memscope_snapshot *snapshot,
				   const char *path);

/* From the payload of a SNAPSHOT chunk; paths it does not know are left out. */
int memscope_snapshot_parse(struct memscope_snapshot *snapshot, const void *data,
			    size_t bytes, uint32_t count);

#endif /* MEMSCOPE_SNAPSHOT_H */
