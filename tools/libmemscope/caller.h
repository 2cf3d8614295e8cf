/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who called for an allocation: the frames of its stack that have to do with
 * it. A stack goes on below an interrupt with whatever was interrupted, which
 * is chance: it names no cause, and differs from one time to the next.
 */
#ifndef MEMSCOPE_CALLER_H
#define MEMSCOPE_CALLER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model.h"
#include "session.h"

/* The function by which interrupts, exceptions and softirqs begin. */
bool memscope_is_entry(const char *function);

/**
 * memscope_callers() - return addresses of a site, innermost first
 * @session: with its stacks and symbols
 * @site: its stack, or where there is none its call site alone
 * @frames: borrowed from session or site
 *
 * Return: how many, up to and with the entry of an interrupt; at least 1.
 */
size_t memscope_callers(struct memscope_session *session, const struct memscope_site *site,
			const uint64_t **frames);

#endif /* MEMSCOPE_CALLER_H */
