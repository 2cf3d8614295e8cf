// SPDX-License-Identifier: GPL-2.0
/*
 * The prediction check.
 */
#include <errno.h>

#include "analysis-lifetime.h"
#include "live-index.h"
#include "prediction.h"

int prediction_plan(struct report *report, const char *path)
{
	struct memscope_session session;
	int err;

	memscope_session_init(&session);
	err = memscope_session_load(&session, path);
	if (!err && session.ended_ns > session.meta.started_ns && session.meta.started_ns)
		report->split_ns = session.meta.started_ns +
				   (session.ended_ns - session.meta.started_ns) / 2;
	memscope_session_deinit(&session);
	return err;
}

static int split(const struct report *report)
{
	struct memscope_live_index index;
	int err = memscope_live_index_create(&index, report->model);

	if (err)
		return err;
	for (uint32_t i = 0; !err && i < index.sites; i++) {
		void *state = report_state(report, i, &memscope_analysis_lifetime);
		struct memscope_live live = memscope_live_of(&index, i);

		err = memscope_lifetime_split(state, report->split_ns, &live);
	}
	memscope_live_index_fini(&index);
	return err;
}

int prediction_apply(void *ctx, const struct memscope_merged *events, size_t count)
{
	struct prediction *prediction = ctx;
	struct report *report = prediction->report;
	size_t before = 0;
	int err;

	if (prediction->split || !report->split_ns)
		return memscope_model_apply(report->model, events, count);
	while (before < count && events[before].key < report->split_ns)
		before++;
	err = memscope_model_apply(report->model, events, before);
	if (err || before == count)
		return err;
	prediction->split = true;
	err = split(report);
	return err ?: memscope_model_apply(report->model, events + before, count - before);
}
