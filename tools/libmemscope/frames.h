/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Stacks as bytes, and back: frames that several stacks share are put once a
 * run. The layout stands in recording.h (STACKS).
 */
#ifndef MEMSCOPE_FRAMES_H
#define MEMSCOPE_FRAMES_H

#include <stddef.h>
#include <stdint.h>

#include "bytes.h"
#include "client.h"

/* Appends a run of count stacks (see memscope_stacks_walk()) to out. */
int memscope_frames_encode(const void *stacks, size_t bytes, struct memscope_bytes *out);

/* Calls fn with each of exactly count stacks. -EPROTO: the bytes do not hold them. */
int memscope_frames_decode(const void *data, size_t bytes, size_t count,
			   memscope_stack_fn fn, void *ctx);

#endif /* MEMSCOPE_FRAMES_H */
