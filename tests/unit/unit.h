/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What every unit test includes: cmocka, and random numbers whose seed is
 * printed, so that MEMSCOPE_SEED=N repeats what went wrong.
 */
#ifndef UNIT_H
#define UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

struct unit_random {
	uint64_t state;
};

/* A fresh seed, or MEMSCOPE_SEED; printed with the test's name. */
static inline struct unit_random unit_random(const char *test)
{
	const char *given = getenv("MEMSCOPE_SEED");
	struct timespec now;
	uint64_t seed;

	clock_gettime(CLOCK_REALTIME, &now);
	seed = given ? strtoull(given, NULL, 0) :
	       (uint64_t)now.tv_sec * 1000003 ^ (uint64_t)now.tv_nsec;
	printf("# %s: MEMSCOPE_SEED=%llu\n", test, (unsigned long long)seed);
	return (struct unit_random){ seed };
}

/* splitmix64 */
static inline uint64_t unit_next(struct unit_random *random)
{
	uint64_t z = random->state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

static inline uint64_t unit_below(struct unit_random *random, uint64_t bound)
{
	return unit_next(random) % bound;
}

#endif /* UNIT_H */
