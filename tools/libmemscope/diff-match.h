/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sites of two recordings that are the same place in the code. Addresses and
 * ids mean nothing across boots, so places are told by their call stacks:
 * functions with offsets, and where builds differ without them.
 *
 *	exact	    every frame has the same function and offset
 *	functions   the same functions, in builds that differ: offsets moved, so
 *		    all sites with these functions are one row
 *	only_a, only_b  there is none such in the other
 *
 * In builds that differ offsets still tell sites apart if both recordings have
 * the very same set of them below the same functions. What the compiler adds
 * to a name (.isra.0, .constprop.1) then does not count. Stacks end where an
 * interrupt began (caller.h).
 */
#ifndef MEMSCOPE_DIFF_MATCH_H
#define MEMSCOPE_DIFF_MATCH_H

#include <stddef.h>
#include <stdint.h>

#include "model.h"
#include "session.h"

enum memscope_match_kind {
	MEMSCOPE_MATCH_EXACT,
	MEMSCOPE_MATCH_FUNCTIONS,
	MEMSCOPE_MATCH_ONLY_A,
	MEMSCOPE_MATCH_ONLY_B,

	MEMSCOPE_MATCHES
};

/* "exact", "functions", "only_a" or "only_b" */
const char *memscope_match_name(unsigned int kind);

/* One row: numbers of sites of A, then of B, in memscope_matches.sites. */
struct memscope_match {
	enum memscope_match_kind kind;
	size_t first;
	size_t count[2];
};

struct memscope_matches {
	struct memscope_match *rows;
	size_t count;
	uint32_t *sites;
};

struct memscope_match_side {
	struct memscope_session *session;
	const struct memscope_model *model;
};

/* Of places in the code. 0 or -ENOMEM; undo with memscope_matches_fini(). */
int memscope_match_sites(struct memscope_matches *matches,
			 const struct memscope_match_side sides[2]);
/* Of caches by name: all sites whose latest object is of that cache are one row. */
int memscope_match_caches(struct memscope_matches *matches,
			  const struct memscope_match_side sides[2]);
void memscope_matches_fini(struct memscope_matches *matches);

#endif /* MEMSCOPE_DIFF_MATCH_H */
