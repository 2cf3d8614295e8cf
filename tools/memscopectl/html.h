/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The HTML report: a page that is built from tools/html, with a document in
 * it. The document (docs/report.schema.json) is that of `report --json`, of a
 * bounded number of sites, plus what its charts need.
 */
#ifndef MEMSCOPECTL_HTML_H
#define MEMSCOPECTL_HTML_H

#include <stdio.h>

#include <json-c/json.h>

#include "view.h"

/* What the model needs for it, beside what the views need. */
extern const struct memscope_analysis *const html_analyses[];

/* The page, and where in it the document goes. */
struct html_page {
	char *text;
	size_t before;			/* bytes in front of the marker */
	size_t after;			/* where what follows it begins */
	size_t bytes;
};

/* Finds and reads it. An exit code, after telling what is missing. */
int html_page_read(struct html_page *page);
void html_page_fini(struct html_page *page);

/* Writes the report. An exit code. */
int html_write(struct report *report, const struct html_page *page, const char *path);

/*
 * JSON so that HTML cannot take any of it for markup: "<" as an escape; bytes
 * that are no UTF-8 as U+FFFD.
 */
void html_put_json(FILE *to, const char *json);

/*
 * The document with the losses and recording of `report --json` in it, the
 * largest sites of every order listed, so many of each. NULL: out of memory;
 * the caller puts it.
 */
struct json_object *html_document(struct report *report, size_t listed);

/* Members for the charts: see html-series.c. Sites: those of the document. */
int html_add_series(struct report *report, struct json_object *document,
		    const uint32_t *sites, size_t count);

#endif /* MEMSCOPECTL_HTML_H */
