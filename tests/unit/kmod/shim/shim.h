/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The few kernel macros that kmod/ring.c and kmod/stack.c use, for user space.
 *
 * Every access that the kernel code marks (READ_ONCE, acquire, release, cmpxchg)
 * becomes an atomic of exactly that order and no stronger, so ThreadSanitizer
 * sees what the code relies on. Before each of them stands a step: a test may
 * hang a hook there, which runs as an interrupt would at that point.
 */
#ifndef SHIM_H
#define SHIM_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/types.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;

extern __thread void (*shim_hook)(void);

static inline void shim_step(void)
{
	if (shim_hook)
		shim_hook();
}

#define likely(x)	(x)
#define unlikely(x)	(x)

#define READ_ONCE(x)	({ shim_step(); __atomic_load_n(&(x), __ATOMIC_RELAXED); })
#define WRITE_ONCE(x, v) ({ shim_step(); __atomic_store_n(&(x), (v), __ATOMIC_RELAXED); })
#define smp_load_acquire(p) ({ shim_step(); __atomic_load_n((p), __ATOMIC_ACQUIRE); })
#define smp_store_release(p, v) ({ shim_step(); __atomic_store_n((p), (v), __ATOMIC_RELEASE); })

/* A full barrier; returns what was there. */
#define cmpxchg(p, old, new) ({							\
	__typeof__(*(p)) shim_seen = (old);					\
										\
	shim_step();								\
	__atomic_compare_exchange_n((p), &shim_seen, (new), false,		\
				    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);	\
	shim_seen; })

#define min_t(type, a, b) ({							\
	type shim_a = (a);							\
	type shim_b = (b);							\
										\
	shim_a < shim_b ? shim_a : shim_b; })
#define min(a, b)	min_t(__typeof__(a), a, b)

#define ____cacheline_aligned	__attribute__((aligned(64)))
#define ENOMEM		12
#define array_size(n, bytes)	((size_t)(n) * (bytes))

/* The n-th allocation from now fails; 0: none. */
extern unsigned int shim_fail_at;
extern long shim_allocations;		/* that have not been freed */

void *vzalloc(size_t size);
void vfree(const void *p);

static inline void *vzalloc_node(size_t size, int node)
{
	(void)node;
	return vzalloc(size);
}

#endif /* SHIM_H */
