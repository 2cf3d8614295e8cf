// SPDX-License-Identifier: GPL-2.0
/*
 * Speedscope's own JSON: a profile for each value, over one table of frames.
 * Frames are functions, so that recursion and inlining fold as they do there.
 */
#include <errno.h>
#include <stdlib.h>

#include "export.h"
#include "text.h"

/* Number of a frame's function from 0, written to the table when it is new. */
static int frame_number(struct export *export, struct export_numbers *numbers,
			uint64_t address)
{
	struct memscope_symbol symbol;
	uint64_t key = address, offset;
	uint32_t number;
	char name[256];
	bool added;

	if (memscope_symbol_table_find(&export->report.session.symbols, address, true, &symbol,
				       &offset))
		key = symbol.address;
	number = export_number(numbers, key, &added);
	if (!number)
		return -ENOMEM;
	if (added) {
		fputs(number > 1 ? ",\n{\"name\":" : "\n{\"name\":", export->to);
		text_json_string(export->to, export_function(export, address, name, sizeof(name)));
		fputc('}', export->to);
	}
	return number - 1;
}

static int write_frames(struct export *export, struct export_numbers *numbers)
{
	const struct memscope_model *model = export->report.model;
	uint32_t sites = memscope_model_site_count(model), i;
	const uint64_t *frames;
	size_t count, j;
	int number;

	for (i = 0; i < sites; i++) {
		count = export_stack(export, memscope_model_site(model, i), &frames);
		for (j = 0; j < count; j++) {
			number = frame_number(export, numbers, frames[j]);
			if (number < 0)
				return number;
		}
	}
	return 0;
}

static void write_samples(struct export *export, struct export_numbers *numbers,
			  enum memscope_sort value)
{
	const struct memscope_model *model = export->report.model;
	uint32_t sites = memscope_model_site_count(model), i;
	const char *between = "";
	const uint64_t *frames;
	size_t count;

	for (i = 0; i < sites; i++) {
		const struct memscope_site *site = memscope_model_site(model, i);

		if (!memscope_site_value(site, value))
			continue;
		fprintf(export->to, "%s[", between);
		for (count = export_stack(export, site, &frames); count; count--)
			fprintf(export->to, "%d%s",
				frame_number(export, numbers, frames[count - 1]),
				count > 1 ? "," : "");
		fputc(']', export->to);
		between = ",\n";
	}
}

static void write_profile(struct export *export, struct export_numbers *numbers,
			  enum memscope_sort value)
{
	const struct memscope_model *model = export->report.model;
	uint32_t sites = memscope_model_site_count(model), i;
	const char *between = "";
	uint64_t sum = 0;

	fprintf(export->to, "{\"type\":\"sampled\",\"name\":\"%s\",\"unit\":\"%s\",\"samples\":[",
		memscope_sort_name(value), value == MEMSCOPE_SORT_ALLOCS ? "none" : "bytes");
	write_samples(export, numbers, value);
	fputs("],\"weights\":[", export->to);
	for (i = 0; i < sites; i++) {
		uint64_t weight = memscope_site_value(memscope_model_site(model, i), value);

		if (!weight)
			continue;
		sum += weight;
		fprintf(export->to, "%s%llu", between, (unsigned long long)weight);
		between = ",";
	}
	fprintf(export->to, "],\"startValue\":0,\"endValue\":%llu}", (unsigned long long)sum);
}

static int write_speedscope(struct export *export)
{
	struct export_numbers numbers = { 0 };
	char title[256];
	unsigned int i;
	int err;

	fputs("{\"$schema\":\"https://www.speedscope.app/file-format-schema.json\",\"name\":",
	      export->to);
	text_json_string(export->to, export_title(export, title, sizeof(title)));
	fprintf(export->to, ",\"exporter\":\"memscopectl %s\",\"activeProfileIndex\":%d,"
		"\"shared\":{\"frames\":[", memscope_version(), export->report.sort);
	err = write_frames(export, &numbers);
	fputs("]},\"profiles\":[\n", export->to);
	for (i = 0; !err && i < MEMSCOPE_SORTS; i++) {
		write_profile(export, &numbers, i);
		fputs(i + 1 < MEMSCOPE_SORTS ? ",\n" : "]}\n", export->to);
	}
	export_numbers_deinit(&numbers);
	return err;
}

const struct export_format export_speedscope = {
	.name = "speedscope",
	.opens = "speedscope",
	.write = write_speedscope,
};
