/* SPDX-License-Identifier: GPL-2.0 */
/* The set of sites that the generator runs: what was asked of each, and its truth. */
#ifndef LOAD_SITE_SET_H
#define LOAD_SITE_SET_H

#include "command.h"
#include "draw.h"
#include "reuse.h"
#include "site.h"
#include "truth.h"

struct load_site {
	bool configured;
	int cpu, free_cpu;		/* free_cpu -1: where it allocated */
	size_t size;
	struct load_arrival arrival;
	struct load_lifetime lifetime;
	struct load_reuse reuse;
	struct load_site_truth truth;
	struct rnd_state random;
	u32 *ring;			/* warmup: the latest objects */
	u64 arrivals;
	char spec[3][48];		/* as it was asked for */
};

struct load_site *load_site_set_create(void);
void load_site_set_destroy(struct load_site *sites);
int load_site_set_parse(struct load_command *command, struct load_site *sites,
			unsigned int first, unsigned int last);
int load_site_set_prepare(struct load_site *sites, u64 seed);
void load_site_set_forget(struct load_site *sites);
void load_site_set_tell(struct load_site *sites, struct load_result *result);

#endif /* LOAD_SITE_SET_H */
