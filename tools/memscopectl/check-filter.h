/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which objects a check counts: by module, by a pattern of their call stacks,
 * and by process. Of filters of one kind any will do; those of different kinds
 * must all agree.
 */
#ifndef MEMSCOPECTL_CHECK_FILTER_H
#define MEMSCOPECTL_CHECK_FILTER_H

#include <regex.h>

#include "memscope.h"
#include "process-tree.h"
#include "source.h"

#define CHECK_FILTERS 16

struct check_filter {
	const char *modules[CHECK_FILTERS];	/* "vmlinux": the kernel itself */
	size_t module_count;
	regex_t patterns[CHECK_FILTERS];
	size_t pattern_count;
	regex_t ignored[CHECK_FILTERS];		/* stacks with such a frame never count */
	size_t ignored_count;
	uint32_t processes[CHECK_FILTERS];
	size_t process_count;
	const struct process_tree *tree;	/* NULL: not asked for */
	/* before it is used */
	struct memscope_session *session;
	struct memscope_source *source;
};

/*
 * What nobody leaks: descriptions of vmalloc's address space, which the kernel
 * keeps to describe free space once their area has been freed, and what
 * memscope.ko itself notes.
 */
#define CHECK_FILTER_KEPT \
	"^(alloc_vmap_area|preload_this_cpu_lock)[.+]|\\[memscope\\]$"

/* NULL, or what is wrong with it, for people; until the next call. */
const char *check_filter_add_pattern(struct check_filter *filter, const char *pattern);
const char *check_filter_ignore(struct check_filter *filter, const char *pattern);
void check_filter_deinit(struct check_filter *filter);

/* True where stacks decide. */
static inline bool check_filter_by_stack(const struct check_filter *filter)
{
	return filter->module_count || filter->pattern_count;
}

/* Who called for the site's objects; ctx: the filter. */
bool check_filter_site(void *ctx, const struct memscope_site *site);
/* A thread, in a context in which it works for itself. */
bool check_filter_task(const struct check_filter *filter, uint32_t tid, uint8_t flags);
/* The same of an object; ctx: the filter. */
bool check_filter_object(void *ctx, const struct memscope_object *object);

#endif /* MEMSCOPECTL_CHECK_FILTER_H */
