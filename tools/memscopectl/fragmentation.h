/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Parts of the view of fragmentation.
 */
#ifndef MEMSCOPECTL_FRAGMENTATION_H
#define MEMSCOPECTL_FRAGMENTATION_H

#include "context.h"

/* The text of a file below /proc in the latest snapshot that has it, or NULL. */
const char *fragmentation_latest(const struct report *report, const char *path);

void fragmentation_print_pinning(struct report *report, const struct context *context);
struct json_object *fragmentation_pinning_json(struct report *report,
					       const struct context *context);

void fragmentation_print_caches(const struct report *report);
struct json_object *fragmentation_caches_json(const struct report *report);

#endif /* MEMSCOPECTL_FRAGMENTATION_H */
