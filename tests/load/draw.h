/* SPDX-License-Identifier: GPL-2.0 */
/* Draws: when a site's next object comes, and how long it lives. */
#ifndef LOAD_DRAW_H
#define LOAD_DRAW_H

#include <linux/prandom.h>
#include <linux/types.h>

#define LOAD_SPORADIC_MAX	64
#define LOAD_NEVER		U64_MAX

enum load_arrival_kind {
	LOAD_ARRIVAL_PERIODIC,		/* every a ns */
	LOAD_ARRIVAL_POISSON,		/* after a ns in the mean, without memory */
	LOAD_ARRIVAL_BURST,		/* a at a time, b ns apart, c ns in the mean between */
	LOAD_ARRIVAL_SPORADIC,		/* a in all, anywhere */
};

struct load_arrival {
	enum load_arrival_kind kind;
	u64 a, b, c;
	u32 next;			/* of a burst, or in at[] */
	u64 at[LOAD_SPORADIC_MAX];	/* sporadic: since the start, in order */
};

enum load_lifetime_kind {
	LOAD_LIFETIME_FIXED,		/* a ns */
	LOAD_LIFETIME_EXP,		/* a ns in the mean */
	LOAD_LIFETIME_FOREVER,		/* a leak */
	LOAD_LIFETIME_WARMUP,		/* the latest a objects live */
};

struct load_lifetime {
	enum load_lifetime_kind kind;
	u64 a;
};

int load_arrival_parse(struct load_arrival *arrival, const char *text);
int load_lifetime_parse(struct load_lifetime *lifetime, const char *text);
u64 load_draw_exp(struct rnd_state *random, u64 mean);
u64 load_arrival_first(struct load_arrival *arrival, struct rnd_state *random, u64 duration);
u64 load_arrival_next(struct load_arrival *arrival, struct rnd_state *random, u64 due);
u64 load_lifetime_draw(const struct load_lifetime *lifetime, struct rnd_state *random);

#endif /* LOAD_DRAW_H */
