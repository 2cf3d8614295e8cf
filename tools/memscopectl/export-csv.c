// SPDX-License-Identifier: GPL-2.0
/*
 * Sites as a table (RFC 4180), the stack in one cell with newlines.
 */
#include "export.h"

static void put_cell(FILE *to, const char *text)
{
	for (; *text; text++) {
		if (*text == '"')
			fputc('"', to);
		fputc(*text, to);
	}
}

static int write_csv(struct export *export)
{
	const struct memscope_model *model = export->report.model;
	uint32_t sites = memscope_model_site_count(model), i;
	const uint64_t *frames;
	size_t count, j;
	char name[256];

	fputs("site,cache,allocs,frees,alloc_bytes,requested_bytes,freed_bytes,live_objects,"
	      "live_bytes,peak_live_bytes,first_ns,last_ns,stack\r\n", export->to);
	for (i = 0; i < sites; i++) {
		const struct memscope_site *site = memscope_model_site(model, i);

		fprintf(export->to, "%u,\"", i);
		put_cell(export->to, site_cache(&export->report, site, name, sizeof(name)));
		fprintf(export->to, "\",%llu,%llu,%llu,%llu,%llu,%llu,%llu,%llu,%llu,%llu,\"",
			(unsigned long long)site->allocs, (unsigned long long)site->frees,
			(unsigned long long)site->bytes, (unsigned long long)site->bytes_req,
			(unsigned long long)site->freed_bytes, (unsigned long long)site->live,
			(unsigned long long)site->live_bytes,
			(unsigned long long)site->peak_live_bytes,
			(unsigned long long)site->first_ns, (unsigned long long)site->last_ns);
		count = export_stack(export, site, &frames);
		for (j = 0; j < count; j++) {
			if (j)
				fputc('\n', export->to);
			put_cell(export->to,
				 export_function(export, frames[j], name, sizeof(name)));
		}
		fputs("\"\r\n", export->to);
	}
	return 0;
}

const struct export_format export_csv = {
	.name = "csv",
	.opens = "spreadsheets, pandas, R",
	.write = write_csv,
};
