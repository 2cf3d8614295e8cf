// SPDX-License-Identifier: GPL-2.0
/*
 * The trace event format: counter tracks of the whole, of the load and of the
 * largest sites, and a slice from the first to the last allocation of each of
 * those. Times are microseconds of CLOCK_MONOTONIC.
 */
#include <stdlib.h>

#include "export.h"
#include "text.h"

#define TRACKS 20	/* sites with a track */

static double microseconds(uint64_t ns)
{
	return ns / 1000.0;
}

static void begin_event(struct export *export, char phase, uint64_t ns, const char *name)
{
	fprintf(export->to, ",\n{\"ph\":\"%c\",\"pid\":1,\"tid\":1,\"ts\":%.3f,\"name\":", phase,
		microseconds(ns));
	text_json_string(export->to, name);
}

static void counter(struct export *export, uint64_t ns, const char *name, const char *key,
		    double value)
{
	begin_event(export, 'C', ns, name);
	fprintf(export->to, ",\"args\":{\"%s\":%.17g}}", key, value);
}

static void write_bins(struct export *export)
{
	const struct memscope_model *model = export->report.model;
	uint64_t first = memscope_model_totals(model)->first_ns, width;
	const struct memscope_bin *bins;
	size_t count, i;

	bins = memscope_model_bins(model, &count, &width);
	for (i = 0; i < count; i++) {
		uint64_t start = first + i * width, end = start + width;

		counter(export, end, "live bytes", "bytes", bins[i].live_bytes);
		counter(export, end, "live objects", "objects", bins[i].live);
		counter(export, start, "allocations per second", "rate",
			bins[i].allocs * 1e9 / width);
		counter(export, start, "frees per second", "rate", bins[i].frees * 1e9 / width);
		if (bins[i].lost)
			counter(export, end, "lost events", "events", bins[i].lost);
	}
}

static void write_machine(struct export *export)
{
	const struct memscope_load *load = memscope_model_load(export->report.model);
	size_t i;

	for (i = 0; i < MEMSCOPE_LOAD_BINS; i++) {
		const struct memscope_load_machine *now = &load->machine[i];

		if (!now->time_ns)
			continue;
		counter(export, now->time_ns, "free memory", "bytes", now->free_bytes);
		counter(export, now->time_ns, "slab reclaimable", "bytes",
			now->slab_reclaimable_bytes);
		counter(export, now->time_ns, "slab unreclaimable", "bytes",
			now->slab_unreclaimable_bytes);
		counter(export, now->time_ns, "load average, 1 minute", "load",
			now->average[0] / 2048.0);
	}
}

static uint64_t busy_ns(const struct memscope_load_cpu *cpu)
{
	return cpu->user_ns + cpu->system_ns + cpu->irq_ns + cpu->softirq_ns;
}

static void write_cpu(struct export *export, uint32_t number,
		      const struct memscope_load_lane *lane)
{
	const struct memscope_load_cpu *before = NULL, *now;
	char name[32];
	size_t i;

	snprintf(name, sizeof(name), "CPU %u busy", number);
	for (i = 0; lane->bins && i < MEMSCOPE_LOAD_BINS; i++) {
		now = &lane->bins[i];
		if (!now->time_ns)
			continue;
		if (before && now->time_ns > before->time_ns && busy_ns(now) >= busy_ns(before))
			counter(export, before->time_ns, name, "percent",
				100.0 * (busy_ns(now) - busy_ns(before)) /
				(now->time_ns - before->time_ns));
		before = now;
	}
}

static void write_site(struct export *export, uint32_t number)
{
	const struct memscope_model *model = export->report.model;
	const struct memscope_site *site = memscope_model_site(model, number);
	uint64_t first = memscope_model_totals(model)->first_ns, width;
	uint64_t series[MEMSCOPE_BINS];
	const uint64_t *frames;
	char name[256], track[300];
	size_t count, i;

	export_function(export, export_stack(export, site, &frames) ? frames[0] : 0, name,
			sizeof(name));
	snprintf(track, sizeof(track), "site %u: %s", number, name);
	memscope_model_bins(model, &count, &width);
	memscope_model_site_series(model, number, series);
	for (i = 0; i < count; i++)
		counter(export, first + (i + 1) * width, track, "live bytes", series[i]);
	/* A thread of its own: slices of sites overlap, and do not nest. */
	fprintf(export->to, ",\n{\"ph\":\"X\",\"pid\":1,\"tid\":%u,\"ts\":%.3f,\"dur\":%.3f,"
		"\"name\":", number + 2, microseconds(site->first_ns),
		microseconds(site->last_ns - site->first_ns));
	text_json_string(export->to, track);
	fprintf(export->to, ",\"args\":{\"allocs\":%llu,\"frees\":%llu,\"alloc_bytes\":%llu,"
		"\"live_bytes\":%llu,\"peak_live_bytes\":%llu}}",
		(unsigned long long)site->allocs, (unsigned long long)site->frees,
		(unsigned long long)site->bytes, (unsigned long long)site->live_bytes,
		(unsigned long long)site->peak_live_bytes);
}

static int write_chrome(struct export *export)
{
	const struct memscope_load *load = memscope_model_load(export->report.model);
	size_t top = export->report.top ? export->report.top : TRACKS, count, i;
	uint32_t *order;
	char title[256];
	int err;

	err = memscope_report_sites(export->report.model, export->report.sort, top, &order,
				    &count);
	if (err)
		return err;
	fputs("{\"displayTimeUnit\":\"ms\",\"traceEvents\":[\n"
	      "{\"ph\":\"M\",\"pid\":1,\"name\":\"process_name\",\"args\":{\"name\":", export->to);
	text_json_string(export->to, export_title(export, title, sizeof(title)));
	fputs("}}", export->to);
	write_bins(export);
	write_machine(export);
	for (i = 0; i < load->cpus; i++)
		write_cpu(export, i, &load->lanes[i]);
	for (i = 0; i < count; i++)
		write_site(export, order[i]);
	fputs("\n]}\n", export->to);
	free(order);
	return 0;
}

const struct export_format export_chrome = {
	.name = "chrome",
	.opens = "Perfetto, chrome://tracing",
	.write = write_chrome,
};
