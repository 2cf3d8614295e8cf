/* SPDX-License-Identifier: GPL-2.0 */
/* Reuse: a working set in a cache of its own, which makes addresses come as asked. */
#ifndef LOAD_REUSE_H
#define LOAD_REUSE_H

#include <linux/prandom.h>
#include <linux/slab.h>

#define LOAD_REUSE_MAX	4096

enum load_reuse_kind {
	LOAD_REUSE_NONE,
	LOAD_REUSE_SEQUENTIAL,	/* n in the order of their addresses, then n anew */
	LOAD_REUSE_RANDOM,	/* n in any order, then n anew */
	LOAD_REUSE_CACHED,	/* any of n is freed, and at once allocated again */
	LOAD_REUSE_HOT,		/* the same, but one of them in percent of the cases */
};

/* One object of the working set. */
struct load_held {
	unsigned long p;
	u64 born;
};

struct load_reuse {
	enum load_reuse_kind kind;
	unsigned int n, percent;
	struct kmem_cache *cache;
	size_t stride;			/* between objects of a slab */
	struct load_held *held;		/* n places; p == 0: empty */
	unsigned int used;		/* places taken, of sequential and random */
};

int load_reuse_parse(struct load_reuse *reuse, const char *text);
int load_reuse_init(struct load_reuse *reuse, unsigned int id, size_t size);
void load_reuse_fini(struct load_reuse *reuse);
void load_reuse_prime(struct load_reuse *reuse);
void load_reuse_order(struct load_reuse *reuse, struct rnd_state *random);
unsigned int load_reuse_pick(struct load_reuse *reuse, struct rnd_state *random);

#endif /* LOAD_REUSE_H */
