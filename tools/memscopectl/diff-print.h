/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A comparison of two recordings as text and as JSON.
 */
#ifndef MEMSCOPECTL_DIFF_PRINT_H
#define MEMSCOPECTL_DIFF_PRINT_H

#include "diff.h"
#include "view.h"

struct diff_print {
	struct report *reports[2];
	struct memscope_diff sites, caches;
	const struct memscope_diff_limits *limits;
	enum memscope_diff_figure sort;
	size_t top;			/* rows, 0: all */
	bool incomplete;		/* events are missing: no verdict */
};

void diff_print_text(const struct diff_print *print);
struct json_object *diff_json(const struct diff_print *print);

#endif /* MEMSCOPECTL_DIFF_PRINT_H */
