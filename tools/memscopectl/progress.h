/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One line on stderr that says how far long work has come; only on a terminal,
 * only after half a second, five times a second at most.
 */
#ifndef MEMSCOPECTL_PROGRESS_H
#define MEMSCOPECTL_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

/* True when a line would be drawn now: then make it and call progress_show(). */
bool progress_due(void);

__attribute__((format(printf, 1, 2)))
void progress_show(const char *format, ...);

/* Takes the line away; what is printed next starts on a clean one. */
void progress_clear(void);

/* A memscope_progress_fn; ctx: what is being done, a word or two. */
void progress_bytes(void *ctx, uint64_t done_bytes, uint64_t total_bytes);

#endif /* MEMSCOPECTL_PROGRESS_H */
