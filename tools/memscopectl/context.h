/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What analyses ask for when the pass has ended: the recording as a whole and
 * the live objects of each site.
 */
#ifndef MEMSCOPECTL_CONTEXT_H
#define MEMSCOPECTL_CONTEXT_H

#include "analysis.h"
#include "live-index.h"
#include "view.h"

struct context {
	struct memscope_analysis_context recording;
	struct memscope_live_index live;
	bool filtered;			/* a filter left allocations out */
};

/* 0 or -ENOMEM. */
int context_init(struct context *context, const struct report *report);
void context_fini(struct context *context);

/*
 * Members that name a site: "site", its stack (see site_add_json()), "cache",
 * "allocs", "live_objects" and "live_bytes".
 */
struct json_object *context_site_json(struct report *report, uint32_t number);

#endif /* MEMSCOPECTL_CONTEXT_H */
