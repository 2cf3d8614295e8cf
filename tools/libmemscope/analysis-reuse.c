// SPDX-License-Identifier: GPL-2.0
/*
 * Address reuse. See the header for what is kept and for the rules.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "analysis-reuse.h"
#include "stat-distribution.h"

#define SKIPPED		32
#define ALLOCS_MIN	64
#define LOSS_MAX	0.05
#define HOT_ADDRESSES	20

/* Of busy sites: all of the first, then this many at the beginning of each period. */
#define WHOLE		4096
#define PERIOD		1024
#define WINDOW		160
#define RUN_UP		32		/* of a window, more than the distance looked for */

#define CPUS		8
#define FREED		64
#define SAMPLE		128		/* slots; three quarters are used */

/* Where the latest allocation on a CPU went, and from where. */
struct previous {
	uint64_t ptr;
	uint64_t step;			/* modulo 2^64 */
	uint32_t cpu, known;
};

struct freed {
	uint64_t ptr;
	uint32_t alloc;			/* number of the site's allocation before it */
	uint32_t cpu;
};

struct taken {
	uint64_t ptr, allocs;		/* no allocs: a free slot */
};

struct table {
	uint64_t looked, steps, sequential, cached;
	struct previous previous[CPUS];
	struct freed freed[FREED];
	struct taken sample[SAMPLE];
	unsigned int used, level;	/* of the sample; level: zero bits asked for */
};

struct state {
	uint64_t allocs;
	struct table *table;
};

const char *memscope_reuse_name(unsigned int reuse)
{
	static const char *const names[MEMSCOPE_REUSES] = {
		[MEMSCOPE_REUSE_UNKNOWN] = "unknown",
		[MEMSCOPE_REUSE_SEQUENTIAL] = "Sequential",
		[MEMSCOPE_REUSE_HOTSPOT] = "Hotspot",
		[MEMSCOPE_REUSE_CACHED] = "Cached",
		[MEMSCOPE_REUSE_RANDOM] = "Random",
	};

	return names[reuse < MEMSCOPE_REUSES ? reuse : MEMSCOPE_REUSE_UNKNOWN];
}

/* Objects lie at multiples of their size: the low bits must be stirred well. */
static uint64_t hash(uint64_t ptr)
{
	ptr ^= ptr >> 32;
	ptr *= UINT64_C(0xd6e8feb86659fd93);
	ptr ^= ptr >> 32;
	ptr *= UINT64_C(0xd6e8feb86659fd93);
	return ptr ^ ptr >> 32;
}

static void add_step(struct table *table, const struct memscope_object *object, bool counts)
{
	struct previous *previous = &table->previous[object->cpu % CPUS];
	uint64_t step = object->ptr - previous->ptr;
	uint64_t size = object->bytes_alloc, distance = step >> 63 ? -step : step;

	if (previous->known && previous->cpu == object->cpu) {
		bool next = distance == size ||
			    (step == previous->step && distance > size && distance < 2 * size);

		table->steps += counts;
		table->sequential += counts && next && step != -previous->step;
		previous->step = step;
	} else {
		previous->known = 1;
		previous->cpu = object->cpu;
		previous->step = 0;
	}
	previous->ptr = object->ptr;
}

static struct taken *find(struct table *table, uint64_t ptr, uint64_t hashed)
{
	/* Not the bits that the level has used up. */
	unsigned int at = (unsigned int)(hashed >> 40) % SAMPLE;

	while (table->sample[at].allocs && table->sample[at].ptr != ptr)
		at = (at + 1) % SAMPLE;
	return &table->sample[at];
}

/* Halves the sample until there is room. */
static __attribute__((noinline)) void thin(struct table *table)
{
	while (table->used > SAMPLE * 3 / 4) {
		struct taken old[SAMPLE];

		table->level++;
		table->used = 0;
		for (int i = 0; i < SAMPLE; i++) {
			old[i] = table->sample[i];
			table->sample[i].allocs = 0;
		}
		for (int i = 0; i < SAMPLE; i++) {
			uint64_t hashed = hash(old[i].ptr);

			if (!old[i].allocs || hashed & ((UINT64_C(1) << table->level) - 1))
				continue;
			*find(table, old[i].ptr, hashed) = old[i];
			table->used++;
		}
	}
}

static void add_address(struct table *table, uint64_t ptr, uint64_t hashed)
{
	struct taken *taken;

	if (hashed & ((UINT64_C(1) << table->level) - 1))
		return;
	taken = find(table, ptr, hashed);
	if (taken->allocs++)
		return;
	taken->ptr = ptr;
	table->used++;
	if (table->used > SAMPLE * 3 / 4)
		thin(table);
}

/* Where in its period an allocation stands, by how many came before it. */
static unsigned int phase_of(uint64_t before)
{
	uint64_t at = before - SKIPPED;

	return at < WHOLE ? RUN_UP : (at - WHOLE) % PERIOD;
}

static int on_alloc(const struct memscope_site *site, void *data,
		    const struct memscope_object *object)
{
	struct state *state = data;
	struct table *table = state->table;
	uint64_t before = state->allocs++, hashed;
	struct freed *freed;
	unsigned int phase;
	bool counts;

	if (before < SKIPPED)
		return 0;
	phase = phase_of(before);
	if (phase >= WINDOW)
		return 0;
	if (!table) {
		table = calloc(1, sizeof(*table));
		if (!table)
			return -ENOMEM;
		state->table = table;
	}
	for (int i = 0; !phase && i < CPUS; i++)	/* they are of the window before */
		table->previous[i].known = 0;
	counts = phase >= RUN_UP;
	hashed = hash(object->ptr);
	add_step(table, object, counts);
	table->looked += counts;
	if (counts)
		add_address(table, object->ptr, hashed);
	freed = &table->freed[(hashed >> 56) % FREED];
	if (freed->ptr == object->ptr) {
		table->cached += counts && freed->cpu == object->cpu &&
				 (uint32_t)state->allocs - freed->alloc <= MEMSCOPE_REUSE_DISTANCE;
		freed->ptr = 0;
	}
	return 0;
}

static int on_free(const struct memscope_site *site, void *data,
		   const struct memscope_object *object, const struct memscope_free *how)
{
	struct state *state = data;

	if (state->table && phase_of(state->allocs) < WINDOW)
		state->table->freed[(hash(object->ptr) >> 56) % FREED] = (struct freed){
			object->ptr, (uint32_t)state->allocs, how->cpu,
		};
	return 0;
}

static void site_fini(void *data)
{
	struct state *state = data;

	free(state->table);
	state->table = NULL;
}

const struct memscope_analysis memscope_analysis_reuse = {
	.name = "reuse",
	.site_bytes = sizeof(struct state),
	.alloc = on_alloc,
	.free = on_free,
	.site_fini = site_fini,
};

static int by_allocs(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

	return (left > right) - (left < right);
}

/* Gini coefficient of sorted counts. */
static double gini(const double *allocs, size_t n)
{
	double weighted = 0, sum = 0;

	for (size_t i = 0; i < n; i++) {
		weighted += (2 * (double)(i + 1) - (double)n - 1) * allocs[i];
		sum += allocs[i];
	}
	return weighted / ((double)n * sum);
}

/*
 * A sample of addresses has few of the most used ones or none, and they may
 * have most of the allocations; it tells well what the other nine tenths
 * have. So the most used tenth gets what is left of the site's allocations.
 */
static void spread(const struct table *table, uint64_t allocs, struct memscope_reuse_result *result)
{
	uint64_t count[SAMPLE];
	double share[SAMPLE], below = 0, top = 0, addresses, error;
	size_t used = 0, tenth;

	for (int i = 0; i < SAMPLE; i++)
		if (table->sample[i].allocs)
			count[used++] = table->sample[i].allocs;
	if (!used)
		return;
	qsort(count, used, sizeof(*count), by_allocs);
	tenth = (used + 9) / 10;
	for (size_t i = 0; i < used; i++) {
		share[i] = ldexp((double)count[i], (int)table->level) / (double)allocs;
		*(i < used - tenth ? &below : &top) += share[i];
	}
	addresses = ldexp((double)used, (int)table->level);
	if (!table->level) {
		result->addresses = memscope_measured(addresses, allocs);
		result->gini = memscope_measured(gini(share, used), allocs);
		result->top_decile = memscope_measured(top, allocs);
		return;
	}
	/* How many addresses are in the sample is binomial: sd sqrt(used) at most. */
	error = MEMSCOPE_Z95 / sqrt((double)used);
	result->addresses = memscope_estimated((struct memscope_range){ addresses,
		addresses * fmax(0, 1 - error), addresses * (1 + error) }, used);
	top = fmax(0.1, 1 - below);
	result->top_decile = memscope_estimated((struct memscope_range){ top,
		fmax(0.1, 1 - below * (1 + error)), fmax(0.1, 1 - below * (1 - error)) }, used);
	for (size_t i = used - tenth; i < used; i++)
		share[i] = fmax(top / (double)tenth, share[used - tenth - 1]);
	top = gini(share, used);
	result->gini = memscope_estimated((struct memscope_range){ top,
		fmax(0, top - error), fmin(1, top + error) }, used);
}

static enum memscope_reuse classify(const struct memscope_reuse_result *result)
{
	bool cached = result->cached.value >= 0.5;

	if (result->sequential.quality && result->sequential.value >= 0.5)
		return MEMSCOPE_REUSE_SEQUENTIAL;
	if (result->addresses.value >= HOT_ADDRESSES &&
	    result->top_decile.value >= (cached ? 2.0 / 3 : 0.5))
		return MEMSCOPE_REUSE_HOTSPOT;
	return cached ? MEMSCOPE_REUSE_CACHED : MEMSCOPE_REUSE_RANDOM;
}

int memscope_reuse_result(const struct memscope_site *site, const void *state,
			  const struct memscope_analysis_context *context,
			  struct memscope_reuse_result *result)
{
	const struct state *mine = state;
	const struct table *table = mine->table;
	uint64_t allocs = table ? table->looked : 0;
	struct memscope_figure none = memscope_insufficient(MEMSCOPE_WHY_FEW, allocs);
	bool weakened = context->lost > 0;

	if (memscope_arrivals_sampled(context))
		none.why = MEMSCOPE_WHY_SAMPLED;
	else if (memscope_loss(context) > LOSS_MAX)
		none.why = MEMSCOPE_WHY_LOST;
	none.weakened = weakened;
	*result = (struct memscope_reuse_result){
		.sequential = none, .cached = none, .addresses = none, .gini = none,
		.top_decile = none,
	};
	if (none.why != MEMSCOPE_WHY_FEW || allocs < ALLOCS_MIN)
		return 0;
	result->sequential = memscope_share(table->sequential, table->steps);
	result->cached = memscope_share(table->cached, allocs);
	spread(table, allocs, result);
	if (mine->allocs > SKIPPED + WHOLE) {
		struct memscope_figure *figure[] = {
			&result->sequential, &result->cached, &result->addresses, &result->gini,
			&result->top_decile,
		};

		for (size_t i = 0; i < 5; i++)		/* of windows: a sample */
			figure[i]->quality = MEMSCOPE_ESTIMATED;
	}
	result->reuse = classify(result);
	result->sequential.weakened = weakened;
	result->cached.weakened = weakened;
	result->addresses.weakened = weakened;
	result->gini.weakened = weakened;
	result->top_decile.weakened = weakened;
	return 0;
}
