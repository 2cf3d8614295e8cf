/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Paths: whole stacks that were met before, by their return addresses.
 */
#ifndef _MEMSCOPE_UNWIND_PATH_H
#define _MEMSCOPE_UNWIND_PATH_H

#include <linux/compiler.h>
#include <linux/types.h>

#include "unwind-rule.h"

struct module;
struct ms_walk;

#define MS_PATH_FRAMES	6

/**
 * struct ms_path - a few successive frames of a path
 * @key: the step before in the high half (its @self), in the low one the first
 *	return address; call_site instead for the first step
 * @self: one number for each step, in the high half
 * @next: in the same bucket
 * @ip: return addresses, their low 32 bits; the high ones are all set
 * @at: where ip[1..] lie, above the stack pointer of the first frame; what is not
 *	used repeats the one before
 * @total: the last frame's stack pointer above the first's; if its rule is simple,
 *	that of its caller
 * @bp: where the last rbp was saved, above the first frame's stack pointer, plus 1; 0
 *	if these frames leave it alone
 * @frames: how many
 * @exit: rule of the last frame, or MS_PATH_CUT
 * @up: the step before, further in; NULL for the first
 * @id: of the stack that ends here, for who asks for stacks; 0: none yet
 * @depth: frames of that stack, from call_site on
 */
struct ms_path {
	u64 key;
	u64 self;
	struct ms_path *next;
	u32 ip[MS_PATH_FRAMES];
	s16 at[MS_PATH_FRAMES - 1];
	u16 total;
	u16 bp;
	u16 frames;
	u32 exit;
	u32 id;
	struct ms_path *up;
	u32 depth;
} __aligned(64);

#define MS_PATH_CUT	MS_RULE(0xff, 0, 0)	/* as deep as was asked for */

extern struct ms_path **ms_path_heads;
extern unsigned int ms_path_shift;	/* of a hash to a head */

/* Steps have numbers below 1 << 31: these are others. */
static __always_inline u64 ms_path_first(unsigned int max, unsigned long call_site)
{
	return (u64)(0x80000000U | max) << 32 | (u32)call_site;
}

static __always_inline struct ms_path **ms_path_head(u64 key)
{
	return &ms_path_heads[key * 0x9e3779b97f4a7c15ULL >> ms_path_shift];
}

/* What lies on our own stack does not change under us: no need for READ_ONCE. */
static __no_kasan_or_inline u32 ms_path_slot(unsigned long address)
{
	return *(const u32 *)address;
}

/**
 * ms_path_search() - the step that the stack goes
 * @key: the step's
 * @ip: return address of its first frame
 * @sp: stack pointer of that frame
 * @end: of the stack that @sp is on
 *
 * Context: any, preemption disabled.
 * Return: the step, or NULL if the stack goes none that is known.
 */
static __always_inline struct ms_path *
ms_path_search(u64 key, u32 ip, unsigned long sp, unsigned long end)
{
	struct ms_path *path;

	for (path = READ_ONCE(*ms_path_head(key)); path; path = path->next)
		if (likely(READ_ONCE(path->key) == key && path->ip[0] == ip &&
			   sp + path->total <= end &&
			   ms_path_slot(sp + path->at[0]) == path->ip[1] &&
			   ms_path_slot(sp + path->at[1]) == path->ip[2] &&
			   ms_path_slot(sp + path->at[2]) == path->ip[3] &&
			   ms_path_slot(sp + path->at[3]) == path->ip[4] &&
			   ms_path_slot(sp + path->at[4]) == path->ip[5]))
			return path;
	return NULL;
}

struct ms_path *ms_path_follow(struct ms_path *path, unsigned long sp,
			       const unsigned long *bp_at);
struct ms_path *ms_path_add(const struct ms_walk *from, unsigned int max,
			    unsigned long call_site);
unsigned int ms_path_frames(const struct ms_path *path, unsigned long *frames, bool *whole);
void ms_path_retire(unsigned long ip);
void ms_path_module_gone(const struct module *mod, bool init_only);
void ms_path_forget(void);
unsigned int ms_path_used(void);
int ms_path_init(void);
void ms_path_exit(void);

#endif /* _MEMSCOPE_UNWIND_PATH_H */
