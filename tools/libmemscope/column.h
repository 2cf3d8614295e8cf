/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Events of one CPU as columns, and back: what zstd is given instead of the
 * array. Each run stands alone.
 *
 * What events of one kind share (type, flags, cache, call_site, gfp) goes into
 * a dictionary built on the way. Sizes and stack are coded against the latest
 * of the same kind, times and tids against the event before. A pointer seen
 * before in the run is told by how many pointers ago that was: most frees are
 * of a fresh object, most allocations get what was just freed.
 */
#ifndef MEMSCOPE_COLUMN_H
#define MEMSCOPE_COLUMN_H

#include <stddef.h>
#include <stdint.h>

#include "bytes.h"
#include "event.h"

/* Events in one run, at most. */
#define MEMSCOPE_COLUMN_EVENTS	(1U << 17)

struct memscope_column_encoder;
struct memscope_column_decoder;

int memscope_column_encoder_create(struct memscope_column_encoder **encoder);
void memscope_column_encoder_destroy(struct memscope_column_encoder *encoder);
int memscope_column_decoder_create(struct memscope_column_decoder **decoder);
void memscope_column_decoder_destroy(struct memscope_column_decoder *decoder);

/* Appends count events to out. -E2BIG: more than MEMSCOPE_COLUMN_EVENTS. */
int memscope_column_encode(struct memscope_column_encoder *encoder,
			   const struct memscope_event *events, size_t count,
			   struct memscope_bytes *out);

/* Exactly count events from data. -EPROTO: the bytes do not hold them. */
int memscope_column_decode(struct memscope_column_decoder *decoder,
			   const void *data, size_t bytes,
			   struct memscope_event *events, size_t count);

#endif /* MEMSCOPE_COLUMN_H */
