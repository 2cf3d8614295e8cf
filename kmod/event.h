/* SPDX-License-Identifier: GPL-2.0 */
#ifndef MS_EVENT_H
#define MS_EVENT_H

#include <linux/types.h>

#include "uapi/memscope.h"

struct kmem_cache;
struct ms_options;
struct pt_regs;

/**
 * struct ms_origin - what a probe knows of an allocation
 * @call_site: who called the allocator
 * @regs: registers at the probe of a kprobe or kretprobe, NULL in a tracepoint
 * @cache: of a kmem_cache allocation, else NULL
 * @bytes_req: asked for; not read if there is a @cache
 * @bytes_alloc: taken; not read if there is a @cache
 * @gfp: gfp_t
 * @path: enum memscope_path
 */
struct ms_origin {
	unsigned long call_site;
	struct pt_regs *regs;
	struct kmem_cache *cache;
	u32 bytes_req;
	u32 bytes_alloc;
	u32 gfp;
	u8 path;
};

int ms_event_init(const struct ms_options *options);
void ms_event_exit(void);
void ms_event_tune(const struct ms_options *options);
void ms_event_set_reader(u32 tgid);
void ms_event_set_worker(u32 tgid);

void ms_event_alloc(const struct ms_origin *origin, const void *object);
void ms_event_alloc_bulk(const struct ms_origin *origin, void **objects, u32 n);
void ms_event_free(u8 type, u8 path, unsigned long call_site, struct kmem_cache *cache,
		   const void *object);
void ms_event_free_bulk(unsigned long call_site, struct kmem_cache *cache,
			void **objects, u32 n);
void ms_event_put(u8 type, u8 path, struct kmem_cache *cache,
		  const struct memscope_event *what);

#endif /* MS_EVENT_H */
