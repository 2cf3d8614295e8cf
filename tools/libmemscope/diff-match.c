// SPDX-License-Identifier: GPL-2.0
/*
 * Sites of two recordings that are the same place in the code.
 *
 * Stacks are compared by 128-bit hashes of their text: a collision among
 * millions of them is not to be feared.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

#include "caller.h"
#include "diff-match.h"

struct entry {
	XXH128_hash_t functions, exact;
	uint32_t site;
	uint8_t side;
	bool moved;			/* code in its stack was built anew */
};

const char *memscope_match_name(unsigned int kind)
{
	static const char *const names[MEMSCOPE_MATCHES] = {
		[MEMSCOPE_MATCH_EXACT] = "exact", [MEMSCOPE_MATCH_FUNCTIONS] = "functions",
		[MEMSCOPE_MATCH_ONLY_A] = "only_a", [MEMSCOPE_MATCH_ONLY_B] = "only_b",
	};

	return kind < MEMSCOPE_MATCHES ? names[kind] : "unknown";
}

/* True unless both are known to have the same build of it. */
static bool was_rebuilt(const struct memscope_match_side sides[2], const char *module)
{
	const struct memscope_module *a, *b;

	a = memscope_module_table_find(&sides[0].session->modules, module);
	b = memscope_module_table_find(&sides[1].session->modules, module);
	return !a || !b || !a->build_id[0] || strcmp(a->build_id, b->build_id);
}

static void hash_frame(const struct memscope_match_side sides[2], struct entry *entry,
		       uint64_t address, XXH3_state_t *functions, XXH3_state_t *exact)
{
	struct memscope_session *session = sides[entry->side].session;
	struct memscope_symbol symbol;
	uint64_t offset;
	size_t length;

	if (!memscope_symbol_table_find(&session->symbols, address, true, &symbol, &offset)) {
		/* The number itself, which tells in one boot only. */
		XXH3_128bits_update(functions, &address, sizeof(address));
		XXH3_128bits_update(exact, &address, sizeof(address));
		return;
	}
	length = strcspn(symbol.name, ".");
	/* Ends of names are hashed too: "ab" "c" is not "a" "bc". */
	XXH3_128bits_update(functions, symbol.name, length ? length : strlen(symbol.name));
	XXH3_128bits_update(functions, "", 1);
	XXH3_128bits_update(functions, symbol.module, strlen(symbol.module) + 1);
	XXH3_128bits_update(exact, symbol.name, length ? length : strlen(symbol.name));
	XXH3_128bits_update(exact, "", 1);
	XXH3_128bits_update(exact, symbol.module, strlen(symbol.module) + 1);
	XXH3_128bits_update(exact, &offset, sizeof(offset));
	if (!entry->moved)
		entry->moved = was_rebuilt(sides, *symbol.module ? symbol.module : "vmlinux");
}

static void hash_stack(const struct memscope_match_side sides[2], struct entry *entry,
		       XXH3_state_t *functions, XXH3_state_t *exact)
{
	const struct memscope_match_side *side = &sides[entry->side];
	const uint64_t *frames;
	size_t count, i;

	XXH3_128bits_reset(functions);
	XXH3_128bits_reset(exact);
	count = memscope_callers(side->session, memscope_model_site(side->model, entry->site),
				 &frames);
	for (i = 0; i < count; i++)
		hash_frame(sides, entry, frames[i], functions, exact);
	entry->functions = XXH3_128bits_digest(functions);
	entry->exact = XXH3_128bits_digest(exact);
}

static void hash_cache(const struct memscope_match_side sides[2], struct entry *entry)
{
	const struct memscope_match_side *side = &sides[entry->side];
	const struct memscope_site *site = memscope_model_site(side->model, entry->site);
	uint32_t slot = memscope_cache_slot(site->cache, site->bytes_alloc_max);
	char buffer[80];
	const char *name;

	name = memscope_cache_slot_name(&side->session->caches, slot, buffer, sizeof(buffer));
	entry->functions = XXH3_128bits(name, strlen(name));
	entry->exact = entry->functions;
}

static int compare_hashes(const XXH128_hash_t *a, const XXH128_hash_t *b)
{
	return XXH128_cmp(a, b);
}

static int compare(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int order = compare_hashes(&x->functions, &y->functions);

	order = order ?: compare_hashes(&x->exact, &y->exact);
	order = order ?: (x->side > y->side) - (x->side < y->side);
	return order ?: (x->site > y->site) - (x->site < y->site);
}

/* By side: what a row of several places takes. */
static int compare_sides(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int order = (x->side > y->side) - (x->side < y->side);

	return order ?: (x->site > y->site) - (x->site < y->site);
}

static void add_row(struct memscope_matches *matches, struct entry *entries, size_t from,
		    size_t to, enum memscope_match_kind both)
{
	struct memscope_match *row = &matches->rows[matches->count++];
	size_t i;

	qsort(entries + from, to - from, sizeof(*entries), compare_sides);
	*row = (struct memscope_match){ .first = from };
	for (i = from; i < to; i++) {
		matches->sites[i] = entries[i].site;
		row->count[entries[i].side]++;
	}
	row->kind = row->count[0] && row->count[1] ? both :
		    row->count[0] ? MEMSCOPE_MATCH_ONLY_A : MEMSCOPE_MATCH_ONLY_B;
}

static size_t end_of(const struct entry *entries, size_t from, size_t to)
{
	size_t i = from + 1;

	while (i < to && !compare_hashes(&entries[i].exact, &entries[from].exact))
		i++;
	return i;
}

/* Entries of the same functions. */
static void add_rows(struct memscope_matches *matches, struct entry *entries, size_t from,
		     size_t to)
{
	bool moved = false, both = false, paired = true;
	size_t i, end;

	for (i = from; i < to; i++) {
		moved |= entries[i].moved;
		both |= entries[i].side != entries[from].side;
	}
	/* Sorted: within a place those of A come first, so its ends tell both sides. */
	for (i = from; i < to; i = end) {
		end = end_of(entries, i, to);
		paired &= entries[i].side != entries[end - 1].side;
	}
	if (moved && both && !paired) {
		add_row(matches, entries, from, to, MEMSCOPE_MATCH_FUNCTIONS);
		return;
	}
	for (i = from; i < to; i = end) {
		end = end_of(entries, i, to);
		add_row(matches, entries, i, end, MEMSCOPE_MATCH_EXACT);
	}
}

static int match(struct memscope_matches *matches, const struct memscope_match_side sides[2],
		 bool caches)
{
	uint32_t counts[2] = { memscope_model_site_count(sides[0].model),
			       memscope_model_site_count(sides[1].model) };
	XXH3_state_t *functions = XXH3_createState(), *exact = XXH3_createState();
	size_t total = (size_t)counts[0] + counts[1], i, from;
	struct entry *entries = calloc(total + 1, sizeof(*entries));

	*matches = (struct memscope_matches){
		.rows = calloc(total + 1, sizeof(*matches->rows)),
		.sites = calloc(total + 1, sizeof(*matches->sites)),
	};
	if (!functions || !exact || !entries || !matches->rows || !matches->sites) {
		memscope_matches_fini(matches);
		total = 0;
	}
	for (i = 0; i < total; i++) {
		entries[i].side = i >= counts[0];
		entries[i].site = entries[i].side ? i - counts[0] : i;
		if (caches)
			hash_cache(sides, &entries[i]);
		else
			hash_stack(sides, &entries[i], functions, exact);
	}
	if (total)
		qsort(entries, total, sizeof(*entries), compare);
	for (i = 0, from = 0; i < total; i++)
		if (i + 1 == total ||
		    compare_hashes(&entries[i].functions, &entries[i + 1].functions)) {
			add_rows(matches, entries, from, i + 1);
			from = i + 1;
		}
	free(entries);
	XXH3_freeState(functions);
	XXH3_freeState(exact);
	return matches->rows ? 0 : -ENOMEM;
}

int memscope_match_sites(struct memscope_matches *matches,
			 const struct memscope_match_side sides[2])
{
	return match(matches, sides, false);
}

int memscope_match_caches(struct memscope_matches *matches,
			  const struct memscope_match_side sides[2])
{
	return match(matches, sides, true);
}

void memscope_matches_fini(struct memscope_matches *matches)
{
	free(matches->rows);
	free(matches->sites);
	*matches = (struct memscope_matches){ 0 };
}
