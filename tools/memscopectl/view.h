/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Views of a report. Each knows which analyses it needs, and shows the same
 * figures as text and as members of one JSON document.
 */
#ifndef MEMSCOPECTL_VIEW_H
#define MEMSCOPECTL_VIEW_H

#include <json-c/json.h>

#include "lines.h"
#include "memscope.h"

#define REPORT_ANALYSES 16

struct report {
	const char *name;		/* of the recording */
	struct memscope_session session;
	struct memscope_model *model;
	struct memscope_source *source;	/* of lines; NULL: none */
	const struct memscope_analysis *analyses[REPORT_ANALYSES];
	size_t analysis_count;
	enum memscope_sort sort;
	size_t top;			/* rows, 0: all */
	size_t frames;			/* of a stack in text, 0: all */
	bool check;			/* of predicted lifetimes */
	uint64_t split_ns;		/* where they are predicted; 0: not known */
};

struct view {
	const char *name;
	const char *description;
	const struct memscope_analysis *const *analyses;	/* ended by NULL, or NULL */
	void (*text)(struct report *report);
	void (*json)(struct report *report, struct json_object *document);
};

extern const struct view *const views[];	/* in the order they are shown; ended by NULL */

extern const struct view view_summary;
extern const struct view view_sites;
extern const struct view view_caches;
extern const struct view view_load;
extern const struct view view_leaks;
extern const struct view view_lifetimes;
extern const struct view view_patterns;
extern const struct view view_sharing;
extern const struct view view_fragmentation;

/* What stands in the document in front of what the views add. */
struct json_object *report_json(const struct report *report);

/* State of an analysis that the view asked for, in a site. */
void *report_state(const struct report *report, uint32_t site,
		   const struct memscope_analysis *analysis);

/* From the first event to the last. */
uint64_t report_span_ns(const struct report *report);

/* The stack, or the call site where there is none, each line behind indent. */
void site_print_stack(struct report *report, const struct memscope_site *site,
		      const char *indent);
/* "call_site" with its function and place in the source, "stack" and "frames". */
void site_add_json(struct report *report, const struct memscope_site *site,
		   struct json_object *json);
/* What it allocated and holds: members of a row of "sites". */
void site_add_totals_json(const struct memscope_site *site, struct json_object *json);
/* The cache of the site's latest object. */
const char *site_cache(const struct report *report, const struct memscope_site *site,
		       char *buffer, size_t size);

#endif /* MEMSCOPECTL_VIEW_H */
