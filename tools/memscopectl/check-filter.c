// SPDX-License-Identifier: GPL-2.0
/*
 * Which objects a check counts.
 */
#include <stdio.h>
#include <string.h>

#include "caller.h"
#include "check-filter.h"

static const char *add(regex_t patterns[CHECK_FILTERS], size_t *count, const char *pattern)
{
	static char text[160];
	int err;

	if (*count == CHECK_FILTERS)
		return "too many";
	err = regcomp(&patterns[*count], pattern, REG_EXTENDED | REG_NOSUB);
	if (err) {
		regerror(err, &patterns[*count], text, sizeof(text));
		return text;
	}
	(*count)++;
	return NULL;
}

const char *check_filter_add_pattern(struct check_filter *filter, const char *pattern)
{
	return add(filter->patterns, &filter->pattern_count, pattern);
}

const char *check_filter_ignore(struct check_filter *filter, const char *pattern)
{
	return add(filter->ignored, &filter->ignored_count, pattern);
}

void check_filter_deinit(struct check_filter *filter)
{
	while (filter->pattern_count)
		regfree(&filter->patterns[--filter->pattern_count]);
	while (filter->ignored_count)
		regfree(&filter->ignored[--filter->ignored_count]);
}

static bool in_modules(const struct check_filter *filter, const uint64_t *frames, size_t count)
{
	struct memscope_symbol symbol;
	uint64_t offset;
	size_t i, j;

	for (i = 0; i < count; i++) {
		if (!memscope_symbol_table_find(&filter->session->symbols, frames[i], true,
						&symbol, &offset))
			continue;
		for (j = 0; j < filter->module_count; j++)
			if (!strcmp(*symbol.module ? symbol.module : "vmlinux",
				    filter->modules[j]))
				return true;
	}
	return false;
}

static bool text_matches(const regex_t *patterns, size_t pattern_count, const char *text)
{
	size_t i;

	for (i = 0; i < pattern_count; i++)
		if (!regexec(&patterns[i], text, 0, NULL, 0))
			return true;
	return false;
}

/* "function+0x1a [module]", or "function file:line" of it or of what is inlined there. */
static bool frame_matches(const struct check_filter *filter, const regex_t *patterns,
			  size_t pattern_count, uint64_t address)
{
	const struct memscope_line *lines;
	char text[1024];
	size_t count, i;

	memscope_symbol_format(&filter->session->symbols, address, true, text, sizeof(text));
	if (text_matches(patterns, pattern_count, text))
		return true;
	count = memscope_source_find(filter->source, address, true, &lines);
	for (i = 0; i < count; i++) {
		snprintf(text, sizeof(text), "%s %s:%u",
			 lines[i].function ? lines[i].function : "?",
			 lines[i].file ? lines[i].file : "?", lines[i].line);
		if (text_matches(patterns, pattern_count, text))
			return true;
	}
	return false;
}

static bool stack_matches(const struct check_filter *filter, const regex_t *patterns,
			  size_t pattern_count, uint64_t call_site, const uint64_t *frames,
			  size_t count)
{
	size_t i;

	/* The call site may lie in front of the innermost frame. */
	if (!pattern_count)
		return false;
	if (frame_matches(filter, patterns, pattern_count, call_site))
		return true;
	for (i = 0; i < count; i++)
		if (frame_matches(filter, patterns, pattern_count, frames[i]))
			return true;
	return false;
}

/* The allocator's own objects, which stay with it: sheaves and the like (6.18 on). */
static bool is_allocators(const struct check_filter *filter, uint64_t call_site)
{
	struct memscope_symbol symbol;
	uint64_t offset;

	return memscope_symbol_table_find(&filter->session->symbols, call_site, true, &symbol,
					  &offset) && !*symbol.module &&
	       (strstr(symbol.name, "sheaf") || !strncmp(symbol.name, "__pcs_", 6) ||
		!strncmp(symbol.name, "alloc_slab_obj_exts", 19));
}

bool check_filter_site(void *ctx, const struct memscope_site *site)
{
	const struct check_filter *filter = ctx;
	const uint64_t *frames;
	size_t count;

	if (is_allocators(filter, site->call_site))
		return false;
	count = memscope_callers(filter->session, site, &frames);
	if (filter->module_count && !in_modules(filter, frames, count) &&
	    !in_modules(filter, &site->call_site, 1))
		return false;
	if (filter->pattern_count &&
	    !stack_matches(filter, filter->patterns, filter->pattern_count, site->call_site,
			   frames, count))
		return false;
	return !stack_matches(filter, filter->ignored, filter->ignored_count, site->call_site,
			      frames, count);
}

bool check_filter_task(const struct check_filter *filter, uint32_t tid, uint8_t flags)
{
	const struct memscope_task *task;
	size_t i;

	if (!filter->process_count && !filter->tree)
		return true;
	/* An interrupt does not work for whom it interrupts. */
	if (MEMSCOPE_EVENT_CONTEXT(flags) != MEMSCOPE_CONTEXT_PROCESS)
		return false;
	if (filter->tree && process_tree_has(filter->tree, tid))
		return true;
	if (!filter->process_count)
		return false;
	task = memscope_task_table_find(&filter->session->tasks, tid);
	for (i = 0; i < filter->process_count; i++)
		if (filter->processes[i] == tid || (task && task->tgid == filter->processes[i]))
			return true;
	return false;
}

bool check_filter_object(void *ctx, const struct memscope_object *object)
{
	return check_filter_task(ctx, object->tid, object->flags);
}
