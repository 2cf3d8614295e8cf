// SPDX-License-Identifier: GPL-2.0
/*
 * Filters: which allocations a session wants. Frees always pass, because only
 * the reader knows whether it has seen the object.
 *
 * Runs in any context. The module of a call site is found through kallsyms,
 * which is slow, so the answer is kept in a table of sites: one word a site,
 * the verdict in its lowest bit in place of the top bit that all kernel
 * addresses share. Sites are added by cmpxchg; a full table only costs time. A
 * module that goes away empties the table, since another's text may come to lie
 * there.
 */
#include <linux/hash.h>
#include <linux/kallsyms.h>
#include <linux/kernel.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "cache.h"
#include "emit.h"
#include "event.h"
#include "filter.h"
#include "options.h"

#define SITE_BITS	12
#define SITES		(1 << SITE_BITS)
#define SITE_TRIES	16

struct ms_filter ms_filter __read_mostly;

static unsigned long *sites;

/**
 * ms_filter_init() - take over a session's filters
 * @options: of the session; they stay where they are
 *
 * Context: process; no probe is attached.
 * Return: 0 or -ENOMEM.
 */
int ms_filter_init(const struct ms_options *options)
{
	ms_filter.options = options;
	ms_filter.active = options->filter_tgid || *options->filter_comm ||
			   *options->filter_module || *options->filter_cache ||
			   options->filter_size_min ||
			   options->filter_size_max != U32_MAX || options->filter_gfp;
	ms_emit_detour(MS_DETOUR_FILTER, ms_filter.active);
	if (!*options->filter_module)
		return 0;
	sites = vzalloc(array_size(SITES, sizeof(*sites)));
	return sites ? 0 : -ENOMEM;
}

/**
 * ms_filter_exit() - undo ms_filter_init()
 *
 * Context: process; no probe is attached.
 */
void ms_filter_exit(void)
{
	ms_filter.active = false;
	ms_emit_detour(MS_DETOUR_FILTER, false);
	vfree(sites);
	sites = NULL;
}

/**
 * ms_filter_forget_sites() - a module went away
 *
 * Context: process, under the session's mutex or with no probe attached.
 */
void ms_filter_forget_sites(void)
{
	u32 i;

	for (i = 0; sites && i < SITES; i++)
		WRITE_ONCE(sites[i], 0);
}

static bool in_module(unsigned long call_site, const char *name)
{
	char symbol[KSYM_SYMBOL_LEN];
	size_t length = strlen(name);
	char *bracket;

	sprint_symbol(symbol, call_site);
	bracket = strrchr(symbol, '[');
	if (!bracket)
		return !strcmp(name, "vmlinux");
	return !strncmp(bracket + 1, name, length) && bracket[1 + length] == ']';
}

static bool site_wanted(unsigned long call_site, const char *module)
{
	u32 first = hash_long(call_site, SITE_BITS);
	unsigned long key = call_site << 1;
	bool wanted;
	u32 i;

	for (i = 0; i < SITE_TRIES; i++) {
		unsigned long *site = &sites[(first + i) % SITES];
		unsigned long seen = READ_ONCE(*site);

		if ((seen & ~1UL) == key)
			return seen & 1;
		if (!seen) {
			wanted = in_module(call_site, module);
			cmpxchg(site, 0, key | wanted);
			return wanted;
		}
	}
	return in_module(call_site, module);
}

/**
 * ms_filter_wants() - does the session want this allocation?
 * @origin: by whom and how
 * @cache: its cache, or NULL
 *
 * Context: any, preemption disabled; a filter is active.
 * Return: true if every filter says yes.
 */
bool ms_filter_wants(const struct ms_origin *origin, const struct ms_cache *cache)
{
	const struct ms_options *options = ms_filter.options;
	u32 bytes = cache ? cache->shown.object_size : origin->bytes_req;

	if (bytes < options->filter_size_min || bytes > options->filter_size_max)
		return false;
	if (options->filter_tgid && current->tgid != options->filter_tgid)
		return false;
	if ((origin->gfp & options->filter_gfp) != options->filter_gfp)
		return false;
	if (*options->filter_cache && !(cache && cache->selected))
		return false;
	if (*options->filter_comm && strncmp(current->comm, options->filter_comm,
					     sizeof(options->filter_comm)))
		return false;
	return !*options->filter_module ||
	       site_wanted(origin->call_site, options->filter_module);
}
