/* SPDX-License-Identifier: GPL-2.0 */
/* atomic_t: operations that return a value are full barriers, others are none. */
#ifndef SHIM_ATOMIC_H
#define SHIM_ATOMIC_H

#include "../shim.h"

typedef struct {
	int counter;
} atomic_t;

static inline int atomic_read(const atomic_t *v)
{
	shim_step();
	return __atomic_load_n(&v->counter, __ATOMIC_RELAXED);
}

static inline void atomic_set(atomic_t *v, int i)
{
	__atomic_store_n(&v->counter, i, __ATOMIC_RELAXED);
}

static inline int atomic_add_return(int i, atomic_t *v)
{
	shim_step();
	return __atomic_add_fetch(&v->counter, i, __ATOMIC_SEQ_CST);
}

static inline int atomic_inc_return(atomic_t *v)
{
	return atomic_add_return(1, v);
}

#endif /* SHIM_ATOMIC_H */
