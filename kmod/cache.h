/* SPDX-License-Identifier: GPL-2.0 */
#ifndef MS_CACHE_H
#define MS_CACHE_H

#include <linux/types.h>

#include "uapi/memscope.h"

struct kmem_cache;

/**
 * struct ms_cache - one kmem_cache that events have named
 * @key: the kmem_cache, NULL once it was destroyed
 * @selected: the session's cache filter wants it
 * @shown: what readers see; @shown.id is 0 until the rest is filled
 */
struct ms_cache {
	struct kmem_cache *key;
	bool selected;
	struct memscope_cache shown;
};

int ms_cache_init(void);
void ms_cache_exit(void);
void ms_cache_reset(const char *filter);

const struct ms_cache *ms_cache_find(struct kmem_cache *key);
void ms_cache_forget(struct kmem_cache *key);
const struct ms_cache *ms_cache_next(u32 *id);
u32 ms_cache_used(void);

#endif /* MS_CACHE_H */
