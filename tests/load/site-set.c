// SPDX-License-Identifier: GPL-2.0
/*
 * `site id=A[-B] arrival=.. [lifetime=..] [reuse=..] [size=N] [cpu=N] [free_cpu=N]`
 *	arrival=periodic:NS | poisson:NS | burst:N:GAP_NS:IDLE_NS | sporadic:N
 *	lifetime=fixed:NS | exp:NS | forever | warmup:N (the latest N live)
 *	reuse=none | sequential:N | random:N | cached:N | hot:N:PERCENT
 *	arrival=none: forgets the site
 * With a reuse the site has a kmem_cache of its own, and the working set decides
 * its lifetimes. The generator's lock is held by whoever calls.
 */
#include <linux/cpumask.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "site-set.h"

#define WARMUP_MAX	(1U << 20)

struct load_site *load_site_set_create(void)
{
	return vzalloc(array_size(LOAD_SITES, sizeof(struct load_site)));
}

void load_site_set_destroy(struct load_site *sites)
{
	vfree(sites);
}

/* The site's objects have been freed. */
static void site_forget(struct load_site *site)
{
	load_site_truth_fini(&site->truth);
	load_reuse_fini(&site->reuse);
	vfree(site->ring);
	memset(site, 0, sizeof(*site));
}

void load_site_set_forget(struct load_site *sites)
{
	unsigned int i;

	for (i = 0; i < LOAD_SITES; i++)
		site_forget(&sites[i]);
}

static int parse_behaviour(struct load_command *command, struct load_site *site)
{
	struct load_result *result = command->result;
	const char *arrival = load_command_string(command, "arrival", "");
	const char *lifetime = load_command_string(command, "lifetime", "forever");
	const char *reuse = load_command_string(command, "reuse", "none");

	if (load_arrival_parse(&site->arrival, arrival))
		return load_result_fail(result, -EINVAL, "arrival=%s: not understood", arrival);
	if (load_lifetime_parse(&site->lifetime, lifetime) ||
	    (site->lifetime.kind == LOAD_LIFETIME_WARMUP && site->lifetime.a > WARMUP_MAX))
		return load_result_fail(result, -EINVAL, "lifetime=%s: not understood", lifetime);
	if (load_reuse_parse(&site->reuse, reuse))
		return load_result_fail(result, -EINVAL, "reuse=%s: not understood", reuse);
	if (site->reuse.kind != LOAD_REUSE_NONE)
		lifetime = "set";
	strscpy(site->spec[0], arrival, sizeof(site->spec[0]));
	strscpy(site->spec[1], lifetime, sizeof(site->spec[1]));
	strscpy(site->spec[2], reuse, sizeof(site->spec[2]));
	return 0;
}

static int parse_place(struct load_command *command, struct load_site *site)
{
	u64 size;
	int error;

	error = load_command_cpu(command, "cpu", cpumask_first(cpu_online_mask), &site->cpu) ?:
		load_command_cpu(command, "free_cpu", -1, &site->free_cpu) ?:
		load_command_u64(command, "size", 100, 8, PAGE_SIZE, &size) ?:
		load_command_end(command);
	if (error)
		return error;
	if (site->free_cpu == site->cpu)
		site->free_cpu = -1;
	if (site->free_cpu >= 0 && (site->reuse.kind != LOAD_REUSE_NONE ||
				    site->lifetime.kind == LOAD_LIFETIME_WARMUP))
		return load_result_fail(command->result, -EINVAL,
					"free_cpu: a working set is freed where it is allocated");
	site->size = size;
	return 0;
}

/* A site that was forgotten, or never known. */
static int site_parse(struct load_command *command, struct load_site *site, unsigned int id)
{
	int error = parse_behaviour(command, site) ?: parse_place(command, site);

	if (error) {
		memset(site, 0, sizeof(*site));
		return error;
	}
	if (site->lifetime.kind == LOAD_LIFETIME_WARMUP)
		site->ring = vmalloc(array_size(site->lifetime.a, sizeof(*site->ring)));
	if ((site->lifetime.kind == LOAD_LIFETIME_WARMUP && !site->ring) ||
	    load_reuse_init(&site->reuse, id, site->size)) {
		vfree(site->ring);
		memset(site, 0, sizeof(*site));
		return load_result_fail(command->result, -ENOMEM, "no memory for site %u", id);
	}
	site->configured = true;
	return 0;
}

/* Sites first to last become what the command says. */
int load_site_set_parse(struct load_command *command, struct load_site *sites,
			unsigned int first, unsigned int last)
{
	bool none = !strcmp(load_command_string(command, "arrival", ""), "none");
	unsigned int id;
	int error = 0;

	for (id = first; id <= last && !error; id++) {
		site_forget(&sites[id]);
		if (!none)
			error = site_parse(command, &sites[id], id);
	}
	return error;
}

/* Before a run: the draws begin anew, and so does the truth. */
int load_site_set_prepare(struct load_site *sites, u64 seed)
{
	unsigned int i;
	int error = 0;

	for (i = 0; i < LOAD_SITES && !error; i++) {
		struct load_site *site = &sites[i];

		if (!site->configured)
			continue;
		if (!cpu_online(site->cpu) || (site->free_cpu >= 0 && !cpu_online(site->free_cpu)))
			return -ENXIO;
		site->arrivals = 0;
		prandom_seed_state(&site->random, seed + i);
		load_site_truth_fini(&site->truth);
		error = load_site_truth_init(&site->truth, seed + i);
	}
	return error;
}

void load_site_set_tell(struct load_site *sites, struct load_result *result)
{
	unsigned int i;

	load_result_open(result, "sites", '[');
	for (i = 0; i < LOAD_SITES; i++) {
		struct load_site *site = &sites[i];

		if (!site->configured)
			continue;
		load_result_open(result, NULL, '{');
		load_result_u64(result, "site", i);
		load_result_string(result, "arrival", site->spec[0]);
		load_result_string(result, "lifetime", site->spec[1]);
		load_result_string(result, "reuse", site->spec[2]);
		load_result_string(result, "free", site->free_cpu < 0 ? "local" : "cross");
		load_result_u64(result, "cpu", site->cpu);
		load_result_u64(result, "size", site->size);
		load_site_truth_tell(&site->truth, result);
		load_result_function(result, "alloc", load_site_calls[i].alloc);
		load_result_function(result, "free", load_site_calls[i].free);
		load_result_close(result, '}');
	}
	load_result_close(result, ']');
}
