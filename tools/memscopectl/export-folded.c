// SPDX-License-Identifier: GPL-2.0
/*
 * Folded stacks: a line a site, frames from the outermost in, then its value.
 */
#include "export.h"

/* A semicolon or a line end in a name would begin another frame. */
static void put_frame(FILE *to, const char *name)
{
	for (; *name; name++)
		fputc(*name == ';' || *name == '\n' ? '?' : *name, to);
}

static int write_folded(struct export *export)
{
	const struct memscope_model *model = export->report.model;
	uint32_t sites = memscope_model_site_count(model), i;
	const uint64_t *frames;
	char name[256];
	size_t count;

	for (i = 0; i < sites; i++) {
		const struct memscope_site *site = memscope_model_site(model, i);
		uint64_t value = memscope_site_value(site, export->report.sort);

		if (!value)
			continue;
		for (count = export_stack(export, site, &frames); count; count--) {
			put_frame(export->to, export_function(export, frames[count - 1], name,
							      sizeof(name)));
			fputc(count > 1 ? ';' : ' ', export->to);
		}
		fprintf(export->to, "%llu\n", (unsigned long long)value);
	}
	return 0;
}

const struct export_format export_folded = {
	.name = "folded",
	.opens = "flamegraph.pl, difffolded.pl, speedscope, Perfetto, Firefox Profiler",
	.write = write_folded,
};
