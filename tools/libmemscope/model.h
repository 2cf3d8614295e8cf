/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The model: every event applied once, in key order, to live objects, sites
 * and caches. One pass; memory is bounded by live objects and sites.
 *
 * A site is an allocation stack; where no stack was taken, a call site.
 *
 * Analyses hang on the model as a table of operations (struct
 * memscope_analysis): each owns a few bytes in every site, is told of every
 * allocation and free, and answers when the pass has ended. None looks at
 * events itself, none keeps objects.
 */
#ifndef MEMSCOPE_MODEL_H
#define MEMSCOPE_MODEL_H

#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>

#include "../../kmod/uapi/memscope.h"

struct memscope_model;

/* A live object, or one whose kfree_rcu was called and whose free is due. */
struct memscope_object {
	uint64_t ptr;
	uint64_t time_ns;		/* of its allocation */
	uint32_t site;			/* index of its site */
	uint32_t bytes_req;
	uint32_t bytes_alloc;
	uint32_t tid;
	uint16_t cache;
	uint16_t cpu;
	uint8_t flags;			/* of the allocation event */
	uint8_t deferred;		/* freed by kfree_rcu, memory not yet back */
	uint16_t reserved;
};

/* How an object ended. */
struct memscope_free {
	uint64_t time_ns;
	uint64_t call_site;
	uint32_t tid;
	uint16_t cpu;
	uint8_t flags;
	uint8_t deferred;		/* through kfree_rcu */
};

/* Totals of a site. Bytes without a suffix are bytes allocated (with slack). */
struct memscope_site {
	uint32_t stack;			/* MEMSCOPE_STACK_NONE: call_site alone */
	uint16_t cache;			/* of its latest object */
	uint16_t reserved;
	uint64_t call_site;
	uint64_t first_ns, last_ns;	/* first and latest allocation */
	uint64_t allocs, frees;
	uint64_t bytes, bytes_req;	/* allocated in all */
	uint64_t freed_bytes;
	uint64_t live, live_bytes, live_bytes_req;
	uint64_t peak_live_bytes, peak_ns;
	uint32_t bytes_alloc_min, bytes_alloc_max;
};

/**
 * struct memscope_analysis - one analysis: its state in each site, its hooks
 * @name: as in --view and in JSON
 * @site_bytes: size of its state in a site; zeroed when the site appears
 * @alloc: an object was allocated
 * @free: an object that was seen allocated was freed (object is still whole)
 * @site_fini: undoes what alloc and free have allocated in the state
 * State stays at its address from the site's first event to the model's end.
 * Hooks that run out of memory return -ENOMEM, which ends the pass.
 */
struct memscope_analysis {
	const char *name;
	size_t site_bytes;
	int (*alloc)(const struct memscope_site *site, void *state,
		     const struct memscope_object *object);
	int (*free)(const struct memscope_site *site, void *state,
		    const struct memscope_object *object,
		    const struct memscope_free *how);
	void (*site_fini)(void *state);
};

#endif /* MEMSCOPE_MODEL_H */
