// SPDX-License-Identifier: GPL-2.0
/*
 * DHAT's JSON, version 2: a site is a program point. Lifetimes are told, accesses
 * are not, since they are not seen. The state at the time of the global peak
 * takes a second pass over the recording, up to there.
 */
#include <errno.h>
#include <stdlib.h>

#include "export.h"
#include "text.h"

struct point {
	uint64_t lifetime_ns;		/* of all objects that were freed */
	uint64_t max_bytes, max_blocks;
};

static int on_alloc(const struct memscope_site *site, void *state,
		    const struct memscope_object *object)
{
	struct point *point = state;

	if (site->live_bytes > point->max_bytes) {
		point->max_bytes = site->live_bytes;
		point->max_blocks = site->live;
	}
	return 0;
}

static int on_free(const struct memscope_site *site, void *state,
		   const struct memscope_object *object, const struct memscope_free *how)
{
	struct point *point = state;

	point->lifetime_ns += how->time_ns - object->time_ns;
	return 0;
}

static const struct memscope_analysis points = {
	.name = "dhat",
	.site_bytes = sizeof(struct point),
	.alloc = on_alloc,
	.free = on_free,
};

static const struct memscope_analysis *const analyses[] = { &points, NULL };

/* A pass that ends with the event that made the peak. */
struct peak {
	struct memscope_model *model;
	uint64_t ns;
};

static int up_to_peak(void *ctx, const struct memscope_merged *events, size_t count)
{
	struct peak *peak = ctx;
	size_t i;
	int err;

	for (i = 0; i < count; i++) {
		if (events[i].key > peak->ns)
			return -ECANCELED;
		err = memscope_model_apply(peak->model, &events[i], 1);
		if (err)
			return err;
	}
	return 0;
}

static int find_peak(struct export *export, struct peak *peak)
{
	struct memscope_replay replay = { .events = up_to_peak, .ctx = peak };
	struct memscope_session session;
	int err;

	peak->ns = memscope_model_totals(export->report.model)->peak_ns;
	err = memscope_model_create(&peak->model, NULL, 0);
	if (err)
		return err;
	memscope_session_init(&session);
	err = memscope_replay(export->path, &session, &replay);
	memscope_session_deinit(&session);
	return err == -ECANCELED ? 0 : err;
}

/* Of the objects that still live, by site. */
static uint64_t *live_ages(const struct memscope_model *model, uint64_t end_ns)
{
	uint64_t *ages = calloc(memscope_model_site_count(model) + 1, sizeof(*ages));
	const struct memscope_object *object;
	size_t cursor = 0;

	while (ages && (object = memscope_model_object(model, &cursor)))
		if (!object->deferred && object->site != MEMSCOPE_SITE_NONE)
			ages[object->site] += end_ns - object->time_ns;
	return ages;
}

static int write_point(struct export *export, const struct memscope_model *at_peak,
		       uint32_t number, uint64_t age_ns, struct export_numbers *frames_seen)
{
	const struct memscope_site *site = memscope_model_site(export->report.model, number);
	const struct point *point = report_state(&export->report, number, &points);
	uint64_t peak_bytes = 0, peak_blocks = 0;
	const uint64_t *frames;
	size_t count, i;
	bool added;

	if (number < memscope_model_site_count(at_peak)) {
		peak_bytes = memscope_model_site(at_peak, number)->live_bytes;
		peak_blocks = memscope_model_site(at_peak, number)->live;
	}
	fprintf(export->to, "%s{\"tb\":%llu,\"tbk\":%llu,\"tl\":%llu,\"mb\":%llu,\"mbk\":%llu,"
		"\"gb\":%llu,\"gbk\":%llu,\"eb\":%llu,\"ebk\":%llu,\"fs\":[", number ? ",\n" : "\n",
		(unsigned long long)site->bytes, (unsigned long long)site->allocs,
		(unsigned long long)(point->lifetime_ns + age_ns) / 1000,
		(unsigned long long)point->max_bytes, (unsigned long long)point->max_blocks,
		(unsigned long long)peak_bytes, (unsigned long long)peak_blocks,
		(unsigned long long)site->live_bytes, (unsigned long long)site->live);
	count = export_stack(export, site, &frames);
	for (i = 0; i < count; i++) {
		uint32_t frame = export_number(frames_seen, frames[i], &added);

		if (!frame)
			return -ENOMEM;
		fprintf(export->to, "%s%u", i ? "," : "", frame);
	}
	fputs("]}", export->to);
	return 0;
}

static int write_frames(struct export *export, const struct export_numbers *frames_seen)
{
	uint64_t *by_number = calloc(frames_seen->count + 1, sizeof(*by_number));
	char name[256], frame[300];
	size_t i;

	if (!by_number)
		return -ENOMEM;
	for (i = 0; frames_seen->keys && i <= frames_seen->mask; i++)
		if (frames_seen->keys[i])
			by_number[frames_seen->numbers[i]] = frames_seen->keys[i];
	fputs("],\n\"ftbl\":[\"[root]\"", export->to);
	for (i = 1; i <= frames_seen->count; i++) {
		snprintf(frame, sizeof(frame), "0x%llx: %s", (unsigned long long)by_number[i],
			 export_function(export, by_number[i], name, sizeof(name)));
		fputs(",\n", export->to);
		text_json_string(export->to, frame);
	}
	fputs("]}\n", export->to);
	free(by_number);
	return 0;
}

static int write_dhat(struct export *export)
{
	const struct memscope_model *model = export->report.model;
	const struct memscope_totals *totals = memscope_model_totals(model);
	struct export_numbers frames_seen = { 0 };
	struct peak peak = { 0 };
	uint32_t sites = memscope_model_site_count(model), i;
	uint64_t *ages = NULL;
	char title[256];
	int err;

	err = find_peak(export, &peak);
	if (err)
		goto out;
	ages = live_ages(model, totals->last_ns);
	err = ages ? 0 : -ENOMEM;
	if (err)
		goto out;
	fputs("{\"dhatFileVersion\":2,\"mode\":\"heap\",\"verb\":\"Allocated\",\"bklt\":true,"
	      "\"bkacc\":false,\"tu\":\"\u00b5s\",\"Mtu\":\"s\",\"tuth\":500,\"cmd\":", export->to);
	text_json_string(export->to, export_title(export, title, sizeof(title)));
	fprintf(export->to, ",\"pid\":0,\"tg\":%llu,\"te\":%llu,\"pps\":[",
		(unsigned long long)(totals->peak_ns - totals->first_ns) / 1000,
		(unsigned long long)(totals->last_ns - totals->first_ns) / 1000);
	for (i = 0; !err && i < sites; i++)
		err = write_point(export, peak.model, i, ages[i], &frames_seen);
	if (!err)
		err = write_frames(export, &frames_seen);
out:
	free(ages);
	export_numbers_deinit(&frames_seen);
	memscope_model_destroy(peak.model);
	return err;
}

const struct export_format export_dhat = {
	.name = "dhat",
	.opens = "dh_view.html, Firefox Profiler",
	.analyses = analyses,
	.write = write_dhat,
};
