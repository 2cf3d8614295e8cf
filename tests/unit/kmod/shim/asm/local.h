/* SPDX-License-Identifier: GPL-2.0 */
/* local_t: atomic towards interrupts of its CPU, no barrier for anybody else. */
#ifndef SHIM_LOCAL_H
#define SHIM_LOCAL_H

#include "../shim.h"

typedef struct {
	long a;
} local_t;

static inline long local_read(const local_t *l)
{
	shim_step();
	return __atomic_load_n(&l->a, __ATOMIC_RELAXED);
}

static inline void local_set(local_t *l, long i)
{
	__atomic_store_n(&l->a, i, __ATOMIC_RELAXED);
}

static inline void local_inc(local_t *l)
{
	shim_step();
	__atomic_add_fetch(&l->a, 1, __ATOMIC_RELAXED);
}

static inline long local_cmpxchg(local_t *l, long old, long new)
{
	shim_step();
	__atomic_compare_exchange_n(&l->a, &old, new, false, __ATOMIC_RELAXED,
				    __ATOMIC_RELAXED);
	return old;
}

#endif /* SHIM_LOCAL_H */
