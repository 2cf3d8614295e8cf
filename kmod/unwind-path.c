// SPDX-License-Identifier: GPL-2.0
/*
 * Paths: whole stacks that were met before, by their return addresses.
 *
 * Most stacks have been met before. A path is a chain of steps, each of up to six
 * frames whose rules are simple: where the return addresses lie above the first
 * frame's stack pointer is then known, and to see that a stack is this one takes
 * one comparison a frame. That is as good as the walk: if a return address is the
 * known one, so is its frame's rule, and so is where the next one lies.
 *
 * A step's last frame may have any rule, which is then gone by as the walk does. The
 * last step of a stack keeps the id of that stack for who asks for stacks, so a
 * known stack need not even be written out.
 *
 * Steps are looked for by the step before and the first return address. They lie in
 * an array of a fixed size; once it is full no more are added. Readers run in any
 * context, without locks; a step is complete before it is published by cmpxchg at
 * the head of its bucket, and stays until nobody reads (ms_path_forget). Steps
 * through code that goes away are cut off: nobody looks for the key 0.
 */
#include <linux/atomic.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/module.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "unwind-orc.h"
#include "unwind-path.h"
#include "unwind-reference.h"
#include "unwind-stack.h"
#include "unwind-table.h"

#define PATHS_MAX	(1U << 20)

static unsigned int unwind_paths = 1U << 15;
module_param(unwind_paths, uint, 0444);
MODULE_PARM_DESC(unwind_paths, "Parts of known stacks that are kept, 128 bytes each");

static struct ms_path *paths;
static unsigned int buckets;
static atomic_t used;

struct ms_path **ms_path_heads;
unsigned int ms_path_shift;

/* Out of a step's last frame by a rule that isn't simple. */
static noinline enum ms_walk_end leave(const struct ms_path *path, struct ms_walk *walk,
				       struct ms_bounds *stack)
{
	unsigned long ip = MS_RULES_HIGH | path->ip[path->frames - 1];
	enum ms_walk_end end = ms_orc_step(walk, stack, path->exit);

	return end == MS_WALK_INTERRUPTED && ms_reference_ends_at(ip) ? MS_WALK_COMPLETE : end;
}

/**
 * ms_path_follow() - on from a step, whatever its exit and those that follow
 * @path: the step
 * @sp: stack pointer of its last frame
 * @bp_at: where rbp of that moment is
 *
 * Context: any, preemption disabled.
 * Return: the last step, or NULL if the stack isn't a known one.
 */
struct ms_path *ms_path_follow(struct ms_path *path, unsigned long sp,
			       const unsigned long *bp_at)
{
	struct ms_walk walk = { .sp = sp, .bp_at = bp_at };
	enum ms_walk_end end;
	struct ms_bounds stack;

	if (!ms_bounds_of(&stack, sp))
		return NULL;
	for (;;) {
		if (path->exit == MS_PATH_CUT)
			return path;
		if (path->exit < MS_RULE_SIMPLE_END) {
			walk.ip = ms_load(walk.sp - sizeof(long));
		} else {
			end = leave(path, &walk, &stack);
			if (end == MS_WALK_COMPLETE)
				return path;
			if (end != MS_WALK_ON)
				return NULL;
		}
		path = ms_path_search(path->self | (u32)walk.ip, walk.ip, walk.sp, stack.end);
		if (!path)
			return NULL;
		if (path->bp)
			walk.bp_at = (unsigned long *)(walk.sp + path->bp - 1);
		walk.sp += path->total;
	}
}

/* The step as it is kept, added if there is none like it; NULL if there is no room. */
static struct ms_path *keep(const struct ms_path *draft)
{
	struct ms_path **head = ms_path_head(draft->key), *first, *path;
	unsigned int i;

	for (path = READ_ONCE(*head); path; path = path->next)
		if (READ_ONCE(path->key) == draft->key && path->exit == draft->exit &&
		    path->frames == draft->frames &&
		    !memcmp(path->ip, draft->ip, sizeof(path->ip)))
			return path;
	i = atomic_inc_return(&used);
	if (i > unwind_paths)
		return NULL;
	path = &paths[i - 1];
	*path = *draft;
	path->self = (u64)i << 32;
	do {
		first = READ_ONCE(*head);
		path->next = first;
	} while (cmpxchg(head, first, path) != first);
	return path;
}

/* A path that is being added. */
struct trail {
	struct ms_walk walk;
	struct ms_bounds stack;
	unsigned long call_site;
	unsigned int left;	/* frames to see, from call_site on */
	unsigned int front;	/* frames that may come before it */
	bool met;		/* call_site */
};

/*
 * Draft the step that begins where the trail stands, and move the trail behind it.
 * Return: MS_WALK_ON if the path goes on, COMPLETE if it ends with the step.
 */
static enum ms_walk_end draft_step(struct ms_path *draft, struct trail *trail)
{
	unsigned long base = trail->walk.sp, ip;
	unsigned int n = 0;
	u64 rule;

	for (;;) {
		ip = trail->walk.ip;
		rule = ms_rules_get(ip);
		if (rule > U32_MAX || trail->walk.sp - base > S16_MAX)
			return MS_WALK_REFUSED;
		draft->ip[n] = ip;
		if (n)
			draft->at[n - 1] = trail->walk.sp - base - sizeof(long);
		draft->total = trail->walk.sp - base;
		draft->exit = rule;
		draft->frames = ++n;
		trail->met |= ip == trail->call_site;
		if (!trail->met && !--trail->front)
			return MS_WALK_ASTRAY;
		if (trail->met && !--trail->left) {
			draft->exit = MS_PATH_CUT;
			return MS_WALK_COMPLETE;
		}
		if (MS_RULE_KIND((u32)rule) != MS_RULE_SIMPLE)
			return leave(draft, &trail->walk, &trail->stack);
		if (ms_orc_step(&trail->walk, &trail->stack, rule) != MS_WALK_ON ||
		    trail->walk.sp - base > S16_MAX)
			return MS_WALK_ASTRAY;
		draft->total = trail->walk.sp - base;
		if (MS_RULE_BP_AT((u32)rule))
			draft->bp = (unsigned long)trail->walk.bp_at - base + 1;
		if (n == MS_PATH_FRAMES)
			return MS_WALK_ON;
	}
}

/* A step of one frame repeats that one's own return address, below its stack pointer. */
static void pad(struct ms_path *draft)
{
	unsigned int n;

	for (n = draft->frames; n < MS_PATH_FRAMES; n++) {
		draft->ip[n] = draft->ip[n - 1];
		draft->at[n - 1] = n > 1 ? draft->at[n - 2] : -(int)sizeof(long);
	}
}

/**
 * ms_path_add() - make the stack a known one
 * @from: where the walk that was just completed began
 * @max: frames it was to see
 * @call_site: the first of them
 *
 * Context: any, preemption disabled.
 * Return: the last step; NULL if there is no room, or the stack can't be a path:
 * kretprobes stand in for its return addresses, or it goes through an exception.
 */
struct ms_path *ms_path_add(const struct ms_walk *from, unsigned int max,
			    unsigned long call_site)
{
	struct trail trail = {
		.walk = *from,
		.call_site = call_site,
		.left = max,
		.front = MS_FRONT_MAX,
	};
	struct ms_path *path = NULL;
	enum ms_walk_end end;

	if (atomic_read(&used) >= unwind_paths || from->detour ||
	    !ms_bounds_of(&trail.stack, from->sp))
		return NULL;
	do {
		struct ms_path draft = { .up = path };

		end = draft_step(&draft, &trail);
		if (end != MS_WALK_ON && (end != MS_WALK_COMPLETE || !trail.met))
			return NULL;
		if (end == MS_WALK_COMPLETE)
			draft.depth = max - trail.left;
		draft.key = path ? path->self | draft.ip[0] : ms_path_first(max, call_site);
		pad(&draft);
		path = keep(&draft);
		if (!path)
			return NULL;
	} while (end == MS_WALK_ON);
	return path;
}

/**
 * ms_path_frames() - write out the stack that ends with a step
 * @path: the step
 * @frames: filled, from call_site on
 * @whole: set if the stack ends by itself, neither cut nor trimmed
 *
 * Context: any, preemption disabled.
 * Return: how many were written, what was asked for at most.
 */
unsigned int ms_path_frames(const struct ms_path *path, unsigned long *frames, bool *whole)
{
	const struct ms_path *step = path;
	unsigned int n = path->depth, i;

	for (;;) {
		for (i = step->frames; n && i; )
			frames[--n] = MS_RULES_HIGH | step->ip[--i];
		if (!n)
			break;
		step = step->up;
	}
	n = path->depth;
	*whole = path->exit != MS_PATH_CUT && !(MS_RULE_KIND(path->exit) == MS_RULE_REGS &&
					ms_reference_ends_at(frames[n - 1]));
	return n;
}

/**
 * ms_path_used() - how many steps are kept
 *
 * Context: any.
 */
unsigned int ms_path_used(void)
{
	return min_t(unsigned int, atomic_read(&used), unwind_paths);
}

/* Cut off the steps through some code; true in doomed() for each address of it. */
static void cut_off(bool (*doomed)(unsigned long ip, const void *data), const void *data)
{
	unsigned int n = ms_path_used(), i, j;

	for (i = 0; i < n; i++)
		for (j = 0; j < paths[i].frames; j++)
			if (doomed(MS_RULES_HIGH | paths[i].ip[j], data))
				WRITE_ONCE(paths[i].key, 0);
}

static bool is_ip(unsigned long ip, const void *data)
{
	return ip == *(const unsigned long *)data;
}

static bool is_module(unsigned long ip, const void *data)
{
	return within_module(ip - 1, data);
}

static bool is_module_init(unsigned long ip, const void *data)
{
	return within_module_init(ip - 1, data);
}

/**
 * ms_path_retire() - trust no path through a return address any more
 * @ip: the return address
 *
 * Context: any.
 */
void ms_path_retire(unsigned long ip)
{
	cut_off(is_ip, &ip);
}

/**
 * ms_path_module_gone() - forget what leads through a module
 * @mod: the module
 * @init_only: only its init code goes
 *
 * Context: process; none of that code runs any more.
 */
void ms_path_module_gone(const struct module *mod, bool init_only)
{
	cut_off(init_only ? is_module_init : is_module, mod);
}

/**
 * ms_path_forget() - forget all paths
 *
 * Context: process, while nobody can be in ms_path_find() or ms_path_add().
 */
void ms_path_forget(void)
{
	memset(ms_path_heads, 0, array_size(buckets, sizeof(*ms_path_heads)));
	memset(paths, 0, array_size(buckets, sizeof(*paths)));
	atomic_set(&used, 0);
}

/**
 * ms_path_init() - make room for paths
 *
 * Context: process, may sleep.
 * Return: 0 or -ENOMEM.
 */
int ms_path_init(void)
{
	unwind_paths = min(unwind_paths, PATHS_MAX);
	buckets = roundup_pow_of_two(max(unwind_paths, 2U));
	ms_path_shift = 64 - ilog2(buckets);
	paths = vzalloc(array_size(buckets, sizeof(*paths)));
	ms_path_heads = vzalloc(array_size(buckets, sizeof(*ms_path_heads)));
	if (paths && ms_path_heads)
		return 0;
	ms_path_exit();
	return -ENOMEM;
}

/**
 * ms_path_exit() - undo ms_path_init()
 *
 * Context: process, may sleep.
 */
void ms_path_exit(void)
{
	vfree(ms_path_heads);
	vfree(paths);
	ms_path_heads = NULL;
	paths = NULL;
}
