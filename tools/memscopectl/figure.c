// SPDX-License-Identifier: GPL-2.0
/*
 * Figures of analyses for people and as JSON.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "figure.h"
#include "json.h"
#include "text.h"

/* Beyond what 64 bits hold nothing is told from infinity. */
#define BEYOND	1e19

char *figure_value(char *buffer, size_t size, double value, enum figure_unit unit)
{
	const char *sign = value < 0 ? "-" : "";
	double amount = fabs(value);
	char text[32];

	if (isnan(value)) {
		snprintf(buffer, size, "-");
		return buffer;
	}
	if (amount >= BEYOND) {
		snprintf(buffer, size, "unknown");
		return buffer;
	}
	switch (unit) {
	case FIGURE_COUNT:
		text_count(text, sizeof(text), (uint64_t)(amount + 0.5));
		break;
	case FIGURE_BYTES:
		text_bytes(text, sizeof(text), (uint64_t)(amount + 0.5));
		break;
	case FIGURE_NANOSECONDS:
		text_duration(text, sizeof(text), (uint64_t)(amount + 0.5));
		break;
	case FIGURE_SECONDS:
		if (amount >= 2 * 86400)
			snprintf(text, sizeof(text), "%.3g days", amount / 86400);
		else if (amount >= 2 * 3600)
			snprintf(text, sizeof(text), "%.3g hours", amount / 3600);
		else
			snprintf(text, sizeof(text), "%.3g s", amount);
		break;
	case FIGURE_SHARE:
		snprintf(text, sizeof(text), "%.1f %%", 100 * amount);
		break;
	case FIGURE_NUMBER:
		snprintf(text, sizeof(text), "%.3g", amount);
		break;
	}
	snprintf(buffer, size, "%s%s", sign, text);
	return buffer;
}

char *figure_text(char *buffer, size_t size, const struct memscope_figure *figure,
		  enum figure_unit unit, bool interval)
{
	char value[40], low[40], high[40];
	const char *weakened = figure->weakened ? "*" : "";

	if (!figure->quality) {
		snprintf(buffer, size, "-");
		return buffer;
	}
	figure_value(value, sizeof(value), figure->value, unit);
	if (interval && figure->low < figure->high)
		snprintf(buffer, size, "%s (%s to %s)%s", value,
			 figure_value(low, sizeof(low), figure->low, unit),
			 figure_value(high, sizeof(high), figure->high, unit), weakened);
	else
		snprintf(buffer, size, "%s%s", value, weakened);
	return buffer;
}

void figure_print_legend(bool lost)
{
	if (lost)
		printf("* events were lost, or frees missed, that may have changed it\n");
}

void figure_add_json(struct json_object *object, const char *key,
		     const struct memscope_figure *figure)
{
	struct json_object *json = json_object_new_object();

	json_add_real(json, "value", figure->value);
	json_add_real(json, "low", figure->low);
	json_add_real(json, "high", figure->high);
	json_add_count(json, "n", figure->n);
	json_add_text(json, "quality", memscope_quality_name(figure->quality));
	if (!figure->quality && figure->why)
		json_add_text(json, "why", memscope_why_sentence(figure->why));
	json_add_flag(json, "weakened", figure->weakened);
	json_object_object_add(object, key, json);
}
