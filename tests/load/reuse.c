// SPDX-License-Identifier: GPL-2.0
/*
 * Makes a site's addresses come in a wanted pattern. What the slab allocator
 * hands out next is what was freed last, so the order of frees decides: n objects
 * freed from the highest address down come back in sequence, n freed in any order
 * come back in that. The thread that allocates owns all of it. May sleep.
 */
#include <linux/kernel.h>
#include <linux/sort.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "cache.h"
#include "reuse.h"

/* none, sequential:N, random:N, cached:N or hot:N:PERCENT */
int load_reuse_parse(struct load_reuse *reuse, const char *text)
{
	static const char *const kinds[] = {
		[LOAD_REUSE_NONE] = "none",
		[LOAD_REUSE_SEQUENTIAL] = "sequential",
		[LOAD_REUSE_RANDOM] = "random",
		[LOAD_REUSE_CACHED] = "cached",
		[LOAD_REUSE_HOT] = "hot",
	};
	unsigned int kind;

	memset(reuse, 0, sizeof(*reuse));
	for (kind = 0; kind < ARRAY_SIZE(kinds); kind++) {
		size_t length = strlen(kinds[kind]);
		int end = 0;

		if (strncmp(text, kinds[kind], length))
			continue;
		text += length;
		reuse->kind = kind;
		if (kind == LOAD_REUSE_NONE)
			return *text ? -EINVAL : 0;
		if (kind == LOAD_REUSE_HOT)
			sscanf(text, ":%u:%u%n", &reuse->n, &reuse->percent, &end);
		else
			sscanf(text, ":%u%n", &reuse->n, &end);
		if (!end || text[end])
			return -EINVAL;
		return reuse->n < 2 || reuse->n > LOAD_REUSE_MAX || reuse->percent > 100 ?
		       -ERANGE : 0;
	}
	return -ENOENT;
}

int load_reuse_init(struct load_reuse *reuse, unsigned int id, size_t size)
{
	char name[32];

	if (reuse->kind == LOAD_REUSE_NONE)
		return 0;
	snprintf(name, sizeof(name), "memscope_load_%02x", id);
	reuse->held = vzalloc(array_size(reuse->n, sizeof(*reuse->held)));
	if (!reuse->held)
		return -ENOMEM;
	reuse->cache = load_cache_create(name, size);
	if (reuse->cache)
		return 0;
	vfree(reuse->held);
	reuse->held = NULL;
	return -ENOMEM;
}

/* All held objects have been freed. */
void load_reuse_fini(struct load_reuse *reuse)
{
	kmem_cache_destroy(reuse->cache);
	vfree(reuse->held);
	memset(reuse, 0, sizeof(*reuse));
}

static int compare_down(const void *x, const void *y)
{
	unsigned long a = ((const struct load_held *)x)->p;
	unsigned long b = ((const struct load_held *)y)->p;

	return a > b ? -1 : a < b;
}

/* The order in which a full set is to be freed. */
void load_reuse_order(struct load_reuse *reuse, struct rnd_state *random)
{
	unsigned int i;

	if (reuse->kind == LOAD_REUSE_SEQUENTIAL) {
		sort(reuse->held, reuse->used, sizeof(*reuse->held), compare_down, NULL);
		return;
	}
	for (i = reuse->used; i > 1; i--) {
		unsigned int other = prandom_u32_state(random) % i;

		swap(reuse->held[i - 1], reuse->held[other]);
	}
}

/* Which of the set is freed and allocated next. */
unsigned int load_reuse_pick(struct load_reuse *reuse, struct rnd_state *random)
{
	u32 draw = prandom_u32_state(random);

	if (reuse->kind == LOAD_REUSE_CACHED)
		return draw % reuse->n;
	if (draw % 100 < reuse->percent)
		return 0;
	return 1 + prandom_u32_state(random) % (reuse->n - 1);
}

/*
 * Before a sequential site begins: a new slab's free objects are shuffled, so
 * take them all once and put them back in order. On the CPU that will allocate.
 */
noinline void load_reuse_prime(struct load_reuse *reuse)
{
	unsigned int i;

	if (reuse->kind != LOAD_REUSE_SEQUENTIAL)
		return;
	for (i = 0; i < reuse->n; i++) {
		reuse->held[i].p = (unsigned long)kmem_cache_alloc(reuse->cache, GFP_KERNEL);
		if (!reuse->held[i].p)
			break;
	}
	reuse->used = i;
	sort(reuse->held, reuse->used, sizeof(*reuse->held), compare_down, NULL);
	for (i = 0; i < reuse->used; i++) {
		if (i) {
			size_t gap = reuse->held[i - 1].p - reuse->held[i].p;

			reuse->stride = reuse->stride ? min(reuse->stride, gap) : gap;
		}
		kmem_cache_free(reuse->cache, (void *)reuse->held[i].p);
	}
	memset(reuse->held, 0, reuse->used * sizeof(*reuse->held));
	reuse->used = 0;
}
