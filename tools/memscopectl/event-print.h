/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One event as a line of text or of JSON, with its names.
 */
#ifndef MEMSCOPECTL_EVENT_PRINT_H
#define MEMSCOPECTL_EVENT_PRINT_H

#include "memscope.h"
#include "source.h"

struct event_printer {
	struct memscope_session *session;	/* stacks, caches, symbols, tasks */
	struct memscope_source *source;		/* of lines; NULL: none */
	bool json;
	bool stacks;			/* print stacks too */
};

void event_print(const struct event_printer *printer, const struct memscope_merged *merged);

#endif /* MEMSCOPECTL_EVENT_PRINT_H */
