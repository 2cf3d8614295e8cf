// SPDX-License-Identifier: GPL-2.0
/*
 * What analyses ask for when the pass has ended.
 */
#include "context.h"
#include "json.h"

static bool is_filtered(const struct memscope_options *options)
{
	static const unsigned int numbers[] = {
		MEMSCOPE_A_FILTER_TGID, MEMSCOPE_A_FILTER_SIZE_MIN, MEMSCOPE_A_FILTER_GFP,
	};
	static const unsigned int names[] = {
		MEMSCOPE_A_FILTER_COMM, MEMSCOPE_A_FILTER_MODULE, MEMSCOPE_A_FILTER_CACHE,
	};
	uint32_t most = memscope_option_number(options, MEMSCOPE_A_FILTER_SIZE_MAX);

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (memscope_option_number(options, numbers[i]))
			return true;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *name = memscope_option_text(options, names[i]);

		if (name && *name)
			return true;
	}
	return most && most != UINT32_MAX;
}

int context_init(struct context *context, const struct report *report)
{
	const struct memscope_session *session = &report->session;
	const struct memscope_totals *totals = memscope_model_totals(report->model);
	struct memscope_losses losses;

	memscope_session_losses(session, &losses);
	*context = (struct context){
		.recording = {
			.start_ns = totals->first_ns, .end_ns = totals->last_ns,
			.nr_cpus = session->meta.node_count, .cpu_node = session->meta.nodes,
			.events = totals->events,
			.lost = losses.lost + losses.missed + losses.recursion,
			.stack_every = memscope_option_number(&session->meta.options,
							      MEMSCOPE_A_STACK_EVERY),
		},
		.filtered = is_filtered(&session->meta.options),
	};
	/* Nothing happened is known, too, before the first event and after the last. */
	if (session->meta.started_ns && session->meta.started_ns < totals->first_ns)
		context->recording.start_ns = session->meta.started_ns;
	if (session->ended_ns > totals->last_ns)
		context->recording.end_ns = session->ended_ns;
	return memscope_live_index_create(&context->live, report->model);
}

void context_fini(struct context *context)
{
	memscope_live_index_fini(&context->live);
}

struct json_object *context_site_json(struct report *report, uint32_t number)
{
	const struct memscope_site *site = memscope_model_site(report->model, number);
	struct json_object *json = json_object_new_object();
	char cache[80];

	json_add_count(json, "site", number);
	site_add_json(report, site, json);
	json_add_text(json, "cache", site_cache(report, site, cache, sizeof(cache)));
	json_add_count(json, "allocs", site->allocs);
	json_add_count(json, "live_objects", site->live);
	json_add_count(json, "live_bytes", site->live_bytes);
	return json;
}
