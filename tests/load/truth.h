/* SPDX-License-Identifier: GPL-2.0 */
/* The truth about a site: what its objects really did, when, and where. */
#ifndef LOAD_TRUTH_H
#define LOAD_TRUTH_H

#include <linux/prandom.h>
#include <linux/types.h>

#include "result.h"

#define LOAD_SAMPLES	4096

/*
 * The allocating thread writes the first half, the freeing one the second: they
 * are one thread, or the site frees on another CPU only.
 */
struct load_site_truth {
	u64 allocs, failed, bytes_req, bytes_alloc;
	u64 first_ns, last_ns;		/* CLOCK_MONOTONIC */
	u64 square_us;			/* sum of squared times between arrivals, us^2 */
	u64 sequential, immediate;	/* next to the last, or the last that was freed */
	unsigned long last_ptr;
	unsigned int addresses;		/* kept in address[] */
	unsigned long *address;		/* of the first LOAD_SAMPLES allocations */

	u64 frees, cross_frees;
	unsigned long last_freed;
	u64 ended;			/* objects whose lifetime is known */
	u64 *lifetime;			/* a fair sample of LOAD_SAMPLES of them */
	struct rnd_state random;
};

int load_site_truth_init(struct load_site_truth *truth, u64 seed);
void load_site_truth_fini(struct load_site_truth *truth);
void load_site_truth_alloc(struct load_site_truth *truth, u64 now, unsigned long ptr,
			   size_t stride);
void load_site_truth_free(struct load_site_truth *truth, unsigned long ptr, bool cross);
void load_site_truth_lifetime(struct load_site_truth *truth, u64 ns);
void load_site_truth_tell(struct load_site_truth *truth, struct load_result *result);

#endif /* LOAD_TRUTH_H */
