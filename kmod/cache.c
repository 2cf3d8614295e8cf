// SPDX-License-Identifier: GPL-2.0
/*
 * The cache table: a kmem_cache's name and sizes are kept once, events carry
 * its id.
 *
 * Newer kernels hide struct kmem_cache from modules. Where its name and size
 * lie is learned at init from specimens: caches of our own with known contents.
 * What cannot be found out stays empty or 0; readers have /proc/slabinfo.
 *
 * Caches are added from any context on any CPU without locks: take an id (A1),
 * fill the entry, publish its id (A2), enter it into a bucket by cmpxchg (A3), and
 * let those that only look into one bucket find it there (A4). Two CPUs may add one
 * cache at a time; the loser of A3 leaves an entry behind that no event names. A
 * destroyed cache's bucket keeps its entry with no key, so that a new cache at the
 * same address gets an id of its own.
 *
 * Barriers: A2 releases the entry to the acquire in ms_cache_next(), A3 (full)
 * to the acquire of the bucket in ms_cache_find(), A4 releases the bucket's copy
 * of the sizes to the acquire in ms_cache_known(). Emptying the table is the
 * session's, with no probe attached.
 */
#include <linux/atomic.h>
#include <linux/hash.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

#include "cache.h"
#include "compat.h"
#include "cpu.h"

#define CACHES_MAX	2048
#define BUCKETS		(1 << MS_CACHE_BITS)

/* Bytes of struct kmem_cache in which its name and size are looked for. */
#define SPECIMEN_SPAN	192

static struct ms_cache *entries;
struct ms_cache_bucket *ms_cache_buckets;
static atomic_t next_id;
static const char *wanted;

/* Offsets in struct kmem_cache, 0: not known. */
static u32 name_offset;
static u32 size_offset;

static void specimen_ctor(void *object)
{
}

/* A constructor keeps the cache from being merged with another. */
static struct kmem_cache *specimen_create(const char *name, u32 object_size)
{
	return kmem_cache_create(name, object_size, 64, 0, specimen_ctor);
}

static bool points_to(const void *at, const char *name)
{
	char found[32] = "";
	const void *pointer = *(const void **)at;

	return !ms_copy_nofault(found, pointer, strlen(name) + 1) && !strcmp(found, name);
}

/* The size follows from the object size by alignment to 64, if nothing debugs. */
static bool sizes_at(const void *at, u32 object_size)
{
	const u32 *word = at;

	return word[1] == object_size && word[0] == ALIGN(object_size, 64);
}

static void learn_offsets(struct kmem_cache *one, u32 one_size,
			  struct kmem_cache *two, u32 two_size)
{
	u32 at;

	for (at = sizeof(void *); at < SPECIMEN_SPAN; at += sizeof(void *)) {
		if (!name_offset && points_to((void *)one + at, "memscope_specimen_one") &&
		    points_to((void *)two + at, "memscope_specimen_two"))
			name_offset = at;
	}
	for (at = sizeof(void *); at < SPECIMEN_SPAN; at += sizeof(u32)) {
		if (!size_offset && sizes_at((void *)one + at, one_size) &&
		    sizes_at((void *)two + at, two_size))
			size_offset = at;
	}
}

/**
 * ms_cache_init() - learn the layout, allocate the table
 *
 * Context: process, may sleep.
 * Return: 0 or -ENOMEM.
 */
int ms_cache_init(void)
{
	struct kmem_cache *one = specimen_create("memscope_specimen_one", 1000);
	struct kmem_cache *two = specimen_create("memscope_specimen_two", 1864);

	if (one && two)
		learn_offsets(one, 1000, two, 1864);
	kmem_cache_destroy(two);
	kmem_cache_destroy(one);

	entries = vzalloc(array_size(CACHES_MAX, sizeof(*entries)));
	ms_cache_buckets = vzalloc(array_size(BUCKETS, sizeof(*ms_cache_buckets)));
	if (!entries || !ms_cache_buckets) {
		ms_cache_exit();
		return -ENOMEM;
	}
	return 0;
}

/**
 * ms_cache_exit() - free the table
 *
 * Context: process; no probe is attached.
 */
void ms_cache_exit(void)
{
	vfree(ms_cache_buckets);
	vfree(entries);
	ms_cache_buckets = NULL;
	entries = NULL;
}

/**
 * ms_cache_reset() - empty the table
 * @filter: name of the cache a session wants, "" for all; stays valid
 *
 * Context: process; no probe is attached.
 */
void ms_cache_reset(const char *filter)
{
	memset(entries, 0, array_size(CACHES_MAX, sizeof(*entries)));
	memset(ms_cache_buckets, 0, array_size(BUCKETS, sizeof(*ms_cache_buckets)));
	atomic_set(&next_id, 0);
	wanted = filter;
}

static struct ms_cache *publish(struct kmem_cache *key)
{
	struct ms_cache *cache;
	const char *name;
	u32 id;

	if (atomic_read(&next_id) >= CACHES_MAX)
		return NULL;
	id = atomic_inc_return(&next_id);				/* A1 */
	if (id > CACHES_MAX)
		return NULL;
	cache = &entries[id - 1];
	cache->shown.object_size = kmem_cache_size(key);
	if (size_offset)
		cache->shown.size = *(u32 *)((void *)key + size_offset);
	if (name_offset) {
		name = *(const char **)((void *)key + name_offset);
		strscpy(cache->shown.name, name, sizeof(cache->shown.name));
	}
	cache->selected = !*wanted || !strcmp(wanted, cache->shown.name);
	cache->key = key;
	smp_store_release(&cache->shown.id, id);			/* A2 */
	return cache;
}

/**
 * ms_cache_find() - the entry of a cache, which is added if it is new
 * @key: a cache that is alive for the time of the call
 *
 * Context: any, preemption disabled.
 * Return: its entry, or NULL when the table is full, which is counted.
 */
const struct ms_cache *ms_cache_find(struct kmem_cache *key)
{
	u32 at = hash_ptr(key, MS_CACHE_BITS);
	struct ms_cache_bucket *bucket;
	struct ms_cache *mine = NULL;
	u32 id;

	for (;; at = (at + 1) % BUCKETS) {
		bucket = &ms_cache_buckets[at];
		id = smp_load_acquire(&bucket->id);
		if (!id) {
			if (!mine)
				mine = publish(key);
			if (!mine) {
				ms_count(CACHE_FULL);
				return NULL;
			}
			id = cmpxchg(&bucket->id, 0, mine->shown.id);	/* A3 */
			if (!id) {
				bucket->object_size = mine->shown.object_size;
				bucket->size = mine->shown.size;
				smp_store_release(&bucket->key, key);	/* A4 */
				return mine;
			}
		}
		if (likely(READ_ONCE(entries[id - 1].key) == key))
			return &entries[id - 1];
	}
}

/**
 * ms_cache_forget() - a cache is destroyed: its address may be used again
 * @key: the cache
 *
 * Context: any, preemption disabled.
 */
void ms_cache_forget(struct kmem_cache *key)
{
	u32 at = hash_ptr(key, MS_CACHE_BITS);
	struct ms_cache_bucket *bucket;
	u32 id;

	for (;; at = (at + 1) % BUCKETS) {
		bucket = &ms_cache_buckets[at];
		id = smp_load_acquire(&bucket->id);
		if (!id)
			return;
		if (entries[id - 1].key == key) {
			WRITE_ONCE(entries[id - 1].key, NULL);
			WRITE_ONCE(bucket->key, NULL);
		}
	}
}

/**
 * ms_cache_next() - step through the caches
 * @id: the last id seen, 0 to begin; moved to the one returned
 *
 * Context: any.
 * Return: a published entry, or NULL at the end.
 */
const struct ms_cache *ms_cache_next(u32 *id)
{
	u32 used = ms_cache_used();

	while (*id < used) {
		const struct ms_cache *cache = &entries[(*id)++];

		if (smp_load_acquire(&cache->shown.id))
			return cache;
	}
	return NULL;
}

/**
 * ms_cache_used() - ids taken
 *
 * Context: any.
 */
u32 ms_cache_used(void)
{
	return min_t(u32, atomic_read(&next_id), CACHES_MAX);
}
