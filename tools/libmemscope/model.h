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
#include "load.h"
#include "merge.h"

/* Time since the first event, in so many parts of equal width; widths double. */
#define MEMSCOPE_BINS	256

/* Site of an object whose allocation was not seen, only its kfree_rcu. */
#define MEMSCOPE_SITE_NONE	UINT32_MAX

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
	uint64_t replaced;		/* ended unseen: allocs = frees + live + replaced */
};

/* What happened in one part of the time. */
struct memscope_bin {
	uint64_t allocs, frees;
	uint64_t bytes;			/* allocated in it */
	uint64_t live, live_bytes;	/* at its end */
	uint64_t lost;			/* events, as far as it is known when */
};

/* Of one cache slot, see cache.h. */
struct memscope_cache_totals {
	uint64_t allocs, frees;
	uint64_t bytes, bytes_req;
	uint64_t live, live_bytes, live_bytes_req;
	uint64_t peak_live_bytes;
	uint64_t slabs_alloc, slabs_free;	/* slab events seen */
	uint64_t slabs, slab_bytes;	/* slabs that appeared and are still there */
};

/* A slab that appeared while the session ran. */
struct memscope_slab {
	uint64_t ptr;			/* its first byte */
	uint64_t time_ns;
	uint32_t bytes;
	uint16_t cache;
	uint16_t cpu;
};

struct memscope_totals {
	uint64_t events;		/* of every kind */
	uint64_t first_ns, last_ns;	/* keys, see merge.h */
	uint64_t allocs, frees;		/* frees of objects seen allocated */
	uint64_t bytes, bytes_req;	/* allocated in all */
	uint64_t freed_bytes;
	uint64_t live, live_bytes, live_bytes_req;
	uint64_t peak_live_bytes, peak_ns;
	uint64_t deferred;		/* of the frees, through kfree_rcu */
	uint64_t deferred_waiting;	/* kfree_rcu called, memory not back yet */
	uint64_t born_before;		/* frees of objects not seen allocated */
	uint64_t self_frees;		/* of these, by the session's own reader */
	uint64_t replaced;		/* allocated again without a free: it was missed */
	uint64_t resizes;
	uint64_t slabs_alloc, slabs_free;
	uint64_t load_samples;
	uint64_t lost;
	uint64_t unknown;		/* types of a later version, or no pointer */
	uint64_t stacks_missing;	/* MEMSCOPE_STACK_LOST */
};

/**
 * struct memscope_analysis - one analysis: its state in each site, its hooks
 * @name: as in --view and in JSON
 * @site_bytes: size of its state in a site; zeroed when the site appears
 * @alloc: an object was allocated
 * @free: an object that was seen allocated was freed (object is still whole)
 * @site_fini: undoes what alloc and free have allocated in the state
 * Hooks are called when site and object already count the event. An object
 * that is replaced (its free was missed) is not told: it just is no more.
 * State stays at its address from the site's first event to the model's end,
 * 16-byte aligned.
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

int memscope_model_create(struct memscope_model **model,
			  const struct memscope_analysis *const *analyses, size_t count);
void memscope_model_destroy(struct memscope_model *model);

/* Applies events; a memscope_merge_fn whose ctx is the model. */
int memscope_model_apply(void *model, const struct memscope_merged *events, size_t count);

/* So many events were lost between the losses told before and time_ns. */
void memscope_model_lost(struct memscope_model *model, uint64_t time_ns, uint64_t lost);

const struct memscope_totals *memscope_model_totals(const struct memscope_model *model);

/* Sites are numbered from 0 in the order of their first allocation. */
uint32_t memscope_model_site_count(const struct memscope_model *model);
const struct memscope_site *memscope_model_site(const struct memscope_model *model,
						uint32_t site);
/* State of the analysis with that index in the site. */
void *memscope_model_state(const struct memscope_model *model, uint32_t site,
			   size_t analysis);

/* Bins in use; width_ns is a power of two. */
const struct memscope_bin *memscope_model_bins(const struct memscope_model *model,
					       size_t *count, uint64_t *width_ns);
/* A site's live bytes at the end of each of the bins in use. */
void memscope_model_site_series(const struct memscope_model *model, uint32_t site,
				uint64_t live_bytes[MEMSCOPE_BINS]);

/* Slots run from 0 to below the count; see memscope_cache_slot(). */
const struct memscope_cache_totals *memscope_model_caches(const struct memscope_model *model,
							  size_t *count);

/*
 * Live objects one after the other, in no order: begin with *cursor 0; NULL at
 * the end. Deferred ones (see memscope_object) come too, some without a site.
 */
const struct memscope_object *memscope_model_object(const struct memscope_model *model,
						    size_t *cursor);
/* The live object at that address, or NULL. */
const struct memscope_object *memscope_model_find(const struct memscope_model *model,
						  uint64_t ptr);
/* Slabs, likewise. */
const struct memscope_slab *memscope_model_slab(const struct memscope_model *model,
						size_t *cursor);

const struct memscope_load *memscope_model_load(const struct memscope_model *model);

#endif /* MEMSCOPE_MODEL_H */
