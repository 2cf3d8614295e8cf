/* SPDX-License-Identifier: GPL-2.0 */
#ifndef MS_CACHE_H
#define MS_CACHE_H

#include <linux/hash.h>
#include <linux/types.h>
#include <asm/barrier.h>

#include "uapi/memscope.h"

struct kmem_cache;

/**
 * struct ms_cache - one kmem_cache that events have named
 * @key: the kmem_cache, NULL once it was destroyed
 * @selected: the session's cache filter wants it
 * @shown: what readers see; @shown.id is 0 until the rest is filled
 */
struct ms_cache {
	struct kmem_cache *key;
	bool selected;
	struct memscope_cache shown;
};

#define MS_CACHE_BITS	12

/**
 * struct ms_cache_bucket - where a kmem_cache is found
 * @key: the kmem_cache, stored last, NULL once it was destroyed
 * @id: of its entry, 0 for an empty bucket; a bucket keeps its id
 * @object_size: as in its entry
 * @size: likewise
 */
struct ms_cache_bucket {
	struct kmem_cache *key;
	u32 id;
	u32 object_size;
	u32 size;
	u32 reserved;
};

extern struct ms_cache_bucket *ms_cache_buckets;

/**
 * ms_cache_known() - where a cache is that needs no search
 * @key: a cache that is alive for the time of the call
 *
 * Context: any, in a session.
 * Return: its bucket, or NULL: ms_cache_find() may know it.
 */
static __always_inline const struct ms_cache_bucket *ms_cache_known(struct kmem_cache *key)
{
	const struct ms_cache_bucket *bucket = &ms_cache_buckets[hash_ptr(key, MS_CACHE_BITS)];

	return likely(smp_load_acquire(&bucket->key) == key) ? bucket : NULL;
}

int ms_cache_init(void);
void ms_cache_exit(void);
void ms_cache_reset(const char *filter);

const struct ms_cache *ms_cache_find(struct kmem_cache *key);
void ms_cache_forget(struct kmem_cache *key);
const struct ms_cache *ms_cache_next(u32 *id);
u32 ms_cache_used(void);

#endif /* MS_CACHE_H */
