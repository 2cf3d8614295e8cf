/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The prediction check: lifetimes are fitted in the middle of the recording,
 * while it is replayed, and scored on objects allocated later.
 */
#ifndef MEMSCOPECTL_PREDICTION_H
#define MEMSCOPECTL_PREDICTION_H

#include "view.h"

struct prediction {
	struct report *report;
	bool split;			/* it has been done */
};

/*
 * Finds the middle of a recording; report->split_ns stays 0 where its length
 * is not known, because it was cut short.
 */
int prediction_plan(struct report *report, const char *path);

/* A memscope_merge_fn in place of memscope_model_apply; its ctx is a prediction. */
int prediction_apply(void *prediction, const struct memscope_merged *events, size_t count);

#endif /* MEMSCOPECTL_PREDICTION_H */
