/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Figures of analyses for people and as JSON: never a value without saying
 * how good it is.
 */
#ifndef MEMSCOPECTL_FIGURE_H
#define MEMSCOPECTL_FIGURE_H

#include <json-c/json.h>

#include "analysis.h"

enum figure_unit {
	FIGURE_NUMBER,
	FIGURE_COUNT,
	FIGURE_BYTES,
	FIGURE_NANOSECONDS,
	FIGURE_SECONDS,
	FIGURE_SHARE,			/* 0 to 1, shown in percent */
};

/* A value: "1.25 ms"; "unknown" of infinity, "-" of no number. Returns buffer. */
char *figure_value(char *buffer, size_t size, double value, enum figure_unit unit);

/*
 * A figure: "1.25 ms", behind it its interval if one is asked for and it has
 * one, " (1.2 ms to 1.3 ms)", and "*" where lost events may have changed it.
 * "-" if it is insufficient. Returns buffer; 96 bytes do.
 */
char *figure_text(char *buffer, size_t size, const struct memscope_figure *figure,
		  enum figure_unit unit, bool interval);

/* What "*" means, if events were lost. */
void figure_print_legend(bool lost);

/*
 * { "value", "low", "high", "n", "quality", "weakened" } and "why" in words if
 * it is insufficient. What is infinite or no number is null.
 */
void figure_add_json(struct json_object *object, const char *key,
		     const struct memscope_figure *figure);

#endif /* MEMSCOPECTL_FIGURE_H */
