// SPDX-License-Identifier: GPL-2.0
/*
 * Draws from the distributions that sites are given, in integers. Times are in
 * ns from the start of the generation. The caller owns the random state, so one
 * seed always gives the same sequence. Any context.
 */
#include <linux/bitops.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/sort.h>
#include <linux/string.h>

#include "draw.h"

#define LN2_16		45426	/* ln 2, 16 binary places */
#define TIME_MAX	(1ULL << 44)	/* ns: 4.8 hours */

/* log2 of a number >= 1, 16 binary places */
static u32 log2_16(u32 x)
{
	u32 result = (fls(x) - 1) << 16;
	u64 m = (u64)x << (32 - fls(x));	/* 1 <= m / 2^31 < 2 */
	int place;

	for (place = 15; place >= 0; place--) {
		m = (m * m) >> 31;
		if (m >> 32) {
			m >>= 1;
			result |= 1U << place;
		}
	}
	return result;
}

/* Exponential: - mean * ln(u), u uniform in (0, 1]. */
u64 load_draw_exp(struct rnd_state *random, u64 mean)
{
	u32 u = prandom_u32_state(random);
	u32 minus_log2 = (32 << 16) - log2_16(u ? u : 1);

	return mul_u64_u32_shr(mean, (u64)minus_log2 * LN2_16 >> 16, 16);
}

/* "word:a:b:c" with as many numbers as wanted, each from 1 to TIME_MAX. */
static int parse_numbers(const char *text, const char *word, unsigned int wanted, u64 *a,
			 u64 *b, u64 *c)
{
	u64 *into[] = { a, b, c };
	size_t length = strlen(word);
	unsigned int i;
	char *end;

	if (strncmp(text, word, length))
		return -ENOENT;
	text += length;
	for (i = 0; i < wanted; i++) {
		if (*text++ != ':')
			return -EINVAL;
		*into[i] = simple_strtoull(text, &end, 10);
		if (end == text || !*into[i] || *into[i] > TIME_MAX)
			return -ERANGE;
		text = end;
	}
	return *text ? -EINVAL : 0;
}

int load_arrival_parse(struct load_arrival *arrival, const char *text)
{
	static const struct {
		const char *word;
		unsigned int numbers;
	} kinds[] = {
		[LOAD_ARRIVAL_PERIODIC] = { "periodic", 1 },
		[LOAD_ARRIVAL_POISSON] = { "poisson", 1 },
		[LOAD_ARRIVAL_BURST] = { "burst", 3 },
		[LOAD_ARRIVAL_SPORADIC] = { "sporadic", 1 },
	};
	unsigned int kind;
	int error = -ENOENT;

	memset(arrival, 0, sizeof(*arrival));
	for (kind = 0; kind < ARRAY_SIZE(kinds) && error == -ENOENT; kind++) {
		arrival->kind = kind;
		error = parse_numbers(text, kinds[kind].word, kinds[kind].numbers,
				      &arrival->a, &arrival->b, &arrival->c);
	}
	if (!error && arrival->kind == LOAD_ARRIVAL_SPORADIC && arrival->a > LOAD_SPORADIC_MAX)
		return -ERANGE;
	return error;
}

int load_lifetime_parse(struct load_lifetime *lifetime, const char *text)
{
	static const struct {
		const char *word;
		unsigned int numbers;
	} kinds[] = {
		[LOAD_LIFETIME_FIXED] = { "fixed", 1 },
		[LOAD_LIFETIME_EXP] = { "exp", 1 },
		[LOAD_LIFETIME_FOREVER] = { "forever", 0 },
		[LOAD_LIFETIME_WARMUP] = { "warmup", 1 },
	};
	unsigned int kind;
	int error = -ENOENT;

	memset(lifetime, 0, sizeof(*lifetime));
	for (kind = 0; kind < ARRAY_SIZE(kinds) && error == -ENOENT; kind++) {
		lifetime->kind = kind;
		error = parse_numbers(text, kinds[kind].word, kinds[kind].numbers,
				      &lifetime->a, NULL, NULL);
	}
	return error;
}

static int compare_u64(const void *x, const void *y)
{
	u64 a = *(const u64 *)x, b = *(const u64 *)y;

	return a < b ? -1 : a > b;
}

/* A number below @below, for any below less than 2^63. */
static u64 draw_below(struct rnd_state *random, u64 below)
{
	u64 x = (u64)prandom_u32_state(random) << 32 | prandom_u32_state(random);

	return mul_u64_u64_shr(x, below, 64);
}

/* When the first object comes. A periodic one starts anywhere in its period. */
u64 load_arrival_first(struct load_arrival *arrival, struct rnd_state *random, u64 duration)
{
	u32 i;

	arrival->next = 0;
	switch (arrival->kind) {
	case LOAD_ARRIVAL_PERIODIC:
		return draw_below(random, arrival->a);
	case LOAD_ARRIVAL_POISSON:
		return load_draw_exp(random, arrival->a);
	case LOAD_ARRIVAL_BURST:
		return load_draw_exp(random, arrival->c);
	case LOAD_ARRIVAL_SPORADIC:
		for (i = 0; i < arrival->a; i++)
			arrival->at[i] = draw_below(random, duration);
		sort(arrival->at, arrival->a, sizeof(arrival->at[0]), compare_u64, NULL);
		return arrival->at[arrival->next++];
	}
	return LOAD_NEVER;
}

/* When the one after that of @due comes; LOAD_NEVER: no more do. */
u64 load_arrival_next(struct load_arrival *arrival, struct rnd_state *random, u64 due)
{
	switch (arrival->kind) {
	case LOAD_ARRIVAL_PERIODIC:
		return due + arrival->a;
	case LOAD_ARRIVAL_POISSON:
		return due + load_draw_exp(random, arrival->a);
	case LOAD_ARRIVAL_BURST:
		if (++arrival->next < arrival->a)
			return due + arrival->b;
		arrival->next = 0;
		return due + load_draw_exp(random, arrival->c);
	case LOAD_ARRIVAL_SPORADIC:
		return arrival->next < arrival->a ? arrival->at[arrival->next++] : LOAD_NEVER;
	}
	return LOAD_NEVER;
}

/* How long an object lives; LOAD_NEVER: nobody knows, time does not end it. */
u64 load_lifetime_draw(const struct load_lifetime *lifetime, struct rnd_state *random)
{
	switch (lifetime->kind) {
	case LOAD_LIFETIME_FIXED:
		return lifetime->a;
	case LOAD_LIFETIME_EXP:
		return load_draw_exp(random, lifetime->a);
	case LOAD_LIFETIME_FOREVER:
	case LOAD_LIFETIME_WARMUP:
		break;
	}
	return LOAD_NEVER;
}
