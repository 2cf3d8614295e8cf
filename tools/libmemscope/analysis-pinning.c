// SPDX-License-Identifier: GPL-2.0
/*
 * Who keeps half-empty slabs. See the header for what is charged to whom.
 */
#include <errno.h>
#include <stdlib.h>

#include "analysis-pinning.h"

#define LOSS_MAX	0.05

struct slab {
	uint64_t ptr;
	uint32_t bytes, objects;
	uint64_t object_bytes;
};

struct object {
	uint32_t slab, site, bytes;
};

struct site {
	uint64_t objects, slabs, sole_slabs, back_bytes;
	double blame_bytes;
};

struct memscope_pinning {
	struct slab *slab;
	struct object *object;
	size_t slabs, slab_room, objects, object_room;
	bool sorted;
	struct site *site;
	uint32_t sites;
};

int memscope_pinning_create(struct memscope_pinning **pinning, uint32_t sites)
{
	struct memscope_pinning *p = calloc(1, sizeof(*p));

	if (!p)
		return -ENOMEM;
	p->site = calloc((size_t)sites + 1, sizeof(*p->site));
	if (!p->site) {
		free(p);
		return -ENOMEM;
	}
	p->sites = sites;
	*pinning = p;
	return 0;
}

void memscope_pinning_destroy(struct memscope_pinning *pinning)
{
	if (!pinning)
		return;
	free(pinning->slab);
	free(pinning->object);
	free(pinning->site);
	free(pinning);
}

/* Room for one more. */
static int reserve(void **array, size_t count, size_t *room, size_t each)
{
	size_t more = *room ? 2 * *room : 1024;
	void *grown;

	if (count < *room)
		return 0;
	grown = realloc(*array, more * each);
	if (!grown)
		return -ENOMEM;
	*array = grown;
	*room = more;
	return 0;
}

int memscope_pinning_slab(struct memscope_pinning *pinning, uint64_t ptr, uint32_t bytes)
{
	void *array = pinning->slab;
	int err = reserve(&array, pinning->slabs, &pinning->slab_room, sizeof(struct slab));

	if (err)
		return err;
	pinning->slab = array;
	pinning->slab[pinning->slabs++] = (struct slab){ .ptr = ptr, .bytes = bytes };
	pinning->sorted = false;
	return 0;
}

static int by_ptr(const void *a, const void *b)
{
	const struct slab *left = a, *right = b;

	return (left->ptr > right->ptr) - (left->ptr < right->ptr);
}

static void sort(struct memscope_pinning *pinning)
{
	if (!pinning->sorted && pinning->slabs)
		qsort(pinning->slab, pinning->slabs, sizeof(*pinning->slab), by_ptr);
	pinning->sorted = true;
}

/* The slab around an address, or NULL. */
static struct slab *find(struct memscope_pinning *pinning, uint64_t ptr)
{
	size_t low = 0, high = pinning->slabs;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (pinning->slab[middle].ptr <= ptr)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low || ptr - pinning->slab[low - 1].ptr >= pinning->slab[low - 1].bytes)
		return NULL;
	return &pinning->slab[low - 1];
}

int memscope_pinning_object(struct memscope_pinning *pinning, uint64_t ptr, uint32_t bytes,
			    uint32_t site)
{
	void *array = pinning->object;
	struct slab *slab;
	int err;

	sort(pinning);
	slab = find(pinning, ptr);
	if (!slab)
		return 0;
	err = reserve(&array, pinning->objects, &pinning->object_room, sizeof(struct object));
	if (err)
		return err;
	pinning->object = array;
	pinning->object[pinning->objects++] = (struct object){
		(uint32_t)(slab - pinning->slab), site, bytes,
	};
	slab->objects++;
	slab->object_bytes += bytes;
	return 0;
}

static int by_slab_and_site(const void *a, const void *b)
{
	const struct object *left = a, *right = b;

	if (left->slab != right->slab)
		return left->slab < right->slab ? -1 : 1;
	return (left->site > right->site) - (left->site < right->site);
}

static uint64_t free_bytes(const struct slab *slab)
{
	return slab->bytes > slab->object_bytes ? slab->bytes - slab->object_bytes : 0;
}

static void charge(struct memscope_pinning *pinning, uint32_t number, const struct slab *slab,
		   uint64_t objects)
{
	struct site *site;

	if (number >= pinning->sites)
		return;
	site = &pinning->site[number];
	site->objects += objects;
	site->slabs++;
	site->blame_bytes += (double)free_bytes(slab) * (double)objects / slab->objects;
	if (objects == slab->objects) {
		site->sole_slabs++;
		site->back_bytes += slab->bytes;
	}
}

void memscope_pinning_finish(struct memscope_pinning *pinning,
			     struct memscope_pinning_totals *totals)
{
	sort(pinning);
	*totals = (struct memscope_pinning_totals){ .slabs = pinning->slabs };
	for (size_t i = 0; i < pinning->slabs; i++) {
		const struct slab *slab = &pinning->slab[i];

		totals->bytes += slab->bytes;
		totals->free_bytes += free_bytes(slab);
		if (!slab->objects) {
			totals->empty_slabs++;
			totals->empty_bytes += slab->bytes;
		}
	}
	if (pinning->objects)
		qsort(pinning->object, pinning->objects, sizeof(*pinning->object),
		      by_slab_and_site);
	for (size_t i = 0, j; i < pinning->objects; i = j) {
		const struct object *first = &pinning->object[i];

		for (j = i + 1; j < pinning->objects &&
		     !by_slab_and_site(first, &pinning->object[j]); j++)
			;
		charge(pinning, first->site, &pinning->slab[first->slab], j - i);
	}
}

int memscope_pinning_result(const struct memscope_pinning *pinning, uint32_t site,
			    const struct memscope_analysis_context *context, bool filtered,
			    struct memscope_pinning_site *result)
{
	static const struct site nothing;
	const struct site *mine = site < pinning->sites ? &pinning->site[site] : &nothing;
	enum memscope_why why = filtered ? MEMSCOPE_WHY_UNTRACKED :
				memscope_loss(context) > LOSS_MAX ? MEMSCOPE_WHY_LOST :
				MEMSCOPE_WHY_NONE;

	*result = (struct memscope_pinning_site){
		.objects = mine->objects, .slabs = mine->slabs, .sole_slabs = mine->sole_slabs,
	};
	if (why) {
		result->blame_bytes = memscope_insufficient(why, mine->objects);
		result->back_bytes = memscope_insufficient(why, mine->objects);
		return 0;
	}
	result->blame_bytes = memscope_measured(mine->blame_bytes, mine->objects);
	result->back_bytes = memscope_measured((double)mine->back_bytes, mine->sole_slabs);
	result->blame_bytes.weakened = context->lost > 0;
	result->back_bytes.weakened = context->lost > 0;
	return 0;
}
