/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What writer and reader of recordings share beyond recording.h.
 */
#ifndef MEMSCOPE_RECORDING_FORMAT_H
#define MEMSCOPE_RECORDING_FORMAT_H

#include <stddef.h>
#include <stdint.h>

#include "recording.h"

#define FILE_MAGIC	"\x89mscope\n"
#define CHUNK_MAGIC	0x4843534dU	/* "MSCH" */
#define CHUNK_ZSTD	1

struct file_header {
	char magic[8];
	uint16_t major;
	uint16_t minor;
	uint32_t checksum;
};

#define FILE_CHECKED	offsetof(struct file_header, checksum)

_Static_assert(sizeof(struct file_header) == 16, "header of a recording");
_Static_assert(sizeof(struct memscope_chunk_header) == 32, "header of a chunk");

#endif /* MEMSCOPE_RECORDING_FORMAT_H */
