// SPDX-License-Identifier: GPL-2.0
/*
 * Who keeps half-empty slabs from being given back.
 */
#include <stdio.h>
#include <stdlib.h>

#include "analysis-pinning.h"
#include "figure.h"
#include "fragmentation.h"
#include "json.h"
#include "text.h"

struct pinners {
	struct memscope_pinning *pinning;
	struct memscope_pinning_totals totals;
	struct pinner {
		uint32_t site;
		double blame_bytes;
	} *rows;
	size_t count;
};

static void pinners_fini(struct pinners *pinners)
{
	memscope_pinning_destroy(pinners->pinning);
	free(pinners->rows);
}

static int most_first(const void *a, const void *b)
{
	const struct pinner *left = a, *right = b;

	if (left->blame_bytes != right->blame_bytes)
		return left->blame_bytes > right->blame_bytes ? -1 : 1;
	return left->site < right->site ? -1 : left->site > right->site;
}

static int gather(struct memscope_pinning *pinning, const struct memscope_model *model)
{
	const struct memscope_object *object;
	const struct memscope_slab *slab;
	size_t cursor = 0;
	int err = 0;

	while (!err && (slab = memscope_model_slab(model, &cursor)))
		err = memscope_pinning_slab(pinning, slab->ptr, slab->bytes);
	cursor = 0;
	while (!err && (object = memscope_model_object(model, &cursor)))
		err = memscope_pinning_object(pinning, object->ptr, object->bytes_alloc,
					      object->deferred ? MEMSCOPE_SITE_NONE :
					      object->site);
	return err;
}

static int pinners_init(struct pinners *pinners, const struct report *report,
			const struct context *context)
{
	uint32_t sites = memscope_model_site_count(report->model);
	struct memscope_pinning_site result;
	int err;

	*pinners = (struct pinners){ 0 };
	err = memscope_pinning_create(&pinners->pinning, sites);
	if (!err)
		err = gather(pinners->pinning, report->model);
	if (!err) {
		memscope_pinning_finish(pinners->pinning, &pinners->totals);
		pinners->rows = calloc((size_t)sites + 1, sizeof(*pinners->rows));
		err = pinners->rows ? 0 : -1;
	}
	if (err) {
		pinners_fini(pinners);
		return err;
	}
	for (uint32_t i = 0; i < sites; i++) {
		memscope_pinning_result(pinners->pinning, i, &context->recording,
					context->filtered, &result);
		if (result.slabs)
			pinners->rows[pinners->count++] = (struct pinner){
				i, result.blame_bytes.quality ? result.blame_bytes.value : 0,
			};
	}
	qsort(pinners->rows, pinners->count, sizeof(*pinners->rows), most_first);
	if (report->top && pinners->count > report->top)
		pinners->count = report->top;
	return 0;
}

static void print_pinner(struct report *report, const struct context *context,
			 const struct pinners *pinners, uint32_t number)
{
	const struct memscope_site *site = memscope_model_site(report->model, number);
	struct memscope_pinning_site result;
	char blame[32], back[32], slabs[32], sole[32], objects[32], cache[80];

	memscope_pinning_result(pinners->pinning, number, &context->recording,
				context->filtered, &result);
	printf("\n%10s %10s %10s %10s %10s  %s\n",
	       figure_text(blame, sizeof(blame), &result.blame_bytes, FIGURE_BYTES, false),
	       figure_text(back, sizeof(back), &result.back_bytes, FIGURE_BYTES, false),
	       text_count(slabs, sizeof(slabs), result.slabs),
	       text_count(sole, sizeof(sole), result.sole_slabs),
	       text_count(objects, sizeof(objects), result.objects),
	       site_cache(report, site, cache, sizeof(cache)));
	if (!result.blame_bytes.quality)
		printf("        no blame: %s\n", memscope_why_sentence(result.blame_bytes.why));
	site_print_stack(report, site, "        ");
}

void fragmentation_print_pinning(struct report *report, const struct context *context)
{
	struct pinners pinners;
	char slabs[32], bytes[32], unused[32], empty[32];
	size_t i;

	if (pinners_init(&pinners, report, context))
		return;
	printf("Slabs that appeared: %s of %s, %s of it free; %s without a live object\n",
	       text_count(slabs, sizeof(slabs), pinners.totals.slabs),
	       text_bytes(bytes, sizeof(bytes), pinners.totals.bytes),
	       text_bytes(unused, sizeof(unused), pinners.totals.free_bytes),
	       text_count(empty, sizeof(empty), pinners.totals.empty_slabs));
	if (pinners.count)
		printf("Who keeps them. BLAME: its part of their free bytes; BACK: what would come back if\n"
		       "all its objects went\n%10s %10s %10s %10s %10s  %s\n", "BLAME", "BACK", "SLABS",
		       "ALONE ON", "OBJECTS", "CACHE");
	for (i = 0; i < pinners.count; i++)
		print_pinner(report, context, &pinners, pinners.rows[i].site);
	pinners_fini(&pinners);
}

static struct json_object *pinner_json(struct report *report, const struct context *context,
				       const struct pinners *pinners, uint32_t number)
{
	struct json_object *json = context_site_json(report, number);
	struct memscope_pinning_site result;

	memscope_pinning_result(pinners->pinning, number, &context->recording,
				context->filtered, &result);
	json_add_count(json, "pinning_objects", result.objects);
	json_add_count(json, "slabs", result.slabs);
	json_add_count(json, "sole_slabs", result.sole_slabs);
	figure_add_json(json, "blame_bytes", &result.blame_bytes);
	figure_add_json(json, "back_bytes", &result.back_bytes);
	return json;
}

struct json_object *fragmentation_pinning_json(struct report *report,
					       const struct context *context)
{
	struct json_object *json = json_object_new_object();
	struct json_object *list = json_object_new_array();
	struct pinners pinners;
	size_t i;

	json_object_object_add(json, "sites", list);
	if (pinners_init(&pinners, report, context))
		return json;
	json_add_count(json, "slabs", pinners.totals.slabs);
	json_add_count(json, "slab_bytes", pinners.totals.bytes);
	json_add_count(json, "free_bytes", pinners.totals.free_bytes);
	json_add_count(json, "empty_slabs", pinners.totals.empty_slabs);
	json_add_count(json, "empty_bytes", pinners.totals.empty_bytes);
	for (i = 0; i < pinners.count; i++)
		json_object_array_add(list, pinner_json(report, context, &pinners,
							pinners.rows[i].site));
	pinners_fini(&pinners);
	return json;
}
