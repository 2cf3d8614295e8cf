/* SPDX-License-Identifier: GPL-2.0 */
/* The module's own kmem_caches, never merged with others. */
#ifndef LOAD_CACHE_H
#define LOAD_CACHE_H

#include <linux/slab.h>

#define LOAD_OBJECT_SIZE	200	/* of load_cache */
#define LOAD_PAGES_SIZE		1000	/* of load_cache_pages */

extern struct kmem_cache *load_cache;		/* "memscope_load" */
extern struct kmem_cache *load_cache_pages;	/* "memscope_load_pages" */

struct kmem_cache *load_cache_create(const char *name, unsigned int size);
int load_cache_init(void);
void load_cache_exit(void);
void load_cache_barrier(void);

#endif /* LOAD_CACHE_H */
