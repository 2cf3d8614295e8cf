/* SPDX-License-Identifier: GPL-2.0 */
/* A path: one way to get an object from the slab allocator and to give it back. */
#ifndef LOAD_PATH_H
#define LOAD_PATH_H

#include <linux/types.h>

#include "context.h"
#include "result.h"

#define LOAD_STACK_DEPTH	64
#define LOAD_BATCH_MAX		64

struct load_stack {
	unsigned int frames;
	unsigned long frame[LOAD_STACK_DEPTH];
};

/* What a path's functions did. Every number is of events that must be seen. */
struct load_truth {
	u64 allocs, frees, deferred, resizes;
	u64 failed;			/* allocations that returned NULL */
	u64 bytes_req, bytes_alloc;	/* bytes_alloc: of kmalloc, 0 of caches */
	u64 alloc_sum, free_sum;	/* of the objects' addresses, modulo 2^64 */
};

/* How the path's functions are to be called. One user at a time. */
struct load_arguments {
	size_t size;
	gfp_t gfp;
	int node;
	struct load_truth *truth;
	struct load_stack *stack;	/* taken by the next allocation, then NULL */
};

/*
 * Where an event's call site lies: in the path's function, or in the wrapper it
 * calls (kvfree, kfree_sensitive), which differs between kernels.
 */
enum load_site {
	LOAD_SITE_NONE,
	LOAD_SITE_OWN,
	LOAD_SITE_WRAPPER,
};

/**
 * struct load_path - one path
 * @name: as in path=
 * @unsupported: why this kernel cannot do it, or NULL
 * @cache: name of the kmem_cache, NULL: a kmalloc cache
 * @fixed: the only size there is, 0: any from @min to @max
 * @alloc_contexts: bits of enum load_context in which it may be asked
 * @free_contexts: the same for its free
 * @slow: takes long or much memory, so not for storms
 * @alloc: returns an object, or NULL
 * @free: gives it back
 * @alloc_bulk: instead of @alloc: fills @objects with all or none, returns how many
 * @free_bulk: instead of @free
 * @free_function: where the free is called, if not in these
 */
struct load_path {
	const char *name;
	const char *unsupported;
	const char *cache;
	size_t fixed, min, max;
	unsigned int alloc_contexts, free_contexts;
	bool slow;
	enum load_site alloc_site, free_site;
	void *(*alloc)(struct load_arguments *a);
	void (*free)(struct load_arguments *a, void *p);
	unsigned int (*alloc_bulk)(struct load_arguments *a, unsigned int n, void **objects);
	void (*free_bulk)(struct load_arguments *a, unsigned int n, void **objects);
	const void *free_function;
};

extern const struct load_path load_paths[];
extern const unsigned int load_paths_number;

const struct load_path *load_path_find(const char *name);
size_t load_path_size(const struct load_path *path, size_t wanted);
unsigned int load_path_alloc(const struct load_path *path, struct load_arguments *a,
			     unsigned int n, void **objects);
void load_path_free(const struct load_path *path, struct load_arguments *a,
		    unsigned int n, void **objects);
void load_path_tell(const struct load_path *path, const struct load_truth *truth,
		    struct load_result *result);

#endif /* LOAD_PATH_H */
