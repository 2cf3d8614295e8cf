// SPDX-License-Identifier: GPL-2.0
/*
 * Address reuse of generated streams against how they were generated, and
 * its shares against brute force.
 */
#include "analysis-reuse.h"
#include "feed.h"

#define BASE	UINT64_C(0xffff888000000000)

static const struct memscope_analysis_context context = { .stack_every = 1, .events = 1000 };

/* A site and what happened to it, in the order in which it happened. */
struct stream {
	struct memscope_site site;
	void *data;
	uint32_t size;
	struct {
		uint64_t ptr;
		uint16_t cpu;
		uint8_t frees;
	} event[40000];
	size_t events;
};

static void stream_init(struct stream *stream, uint32_t size)
{
	*stream = (struct stream){ .size = size };
	stream->data = calloc(1, memscope_analysis_reuse.site_bytes);
	assert_non_null(stream->data);
}

static void stream_fini(struct stream *stream)
{
	memscope_analysis_reuse.site_fini(stream->data);
	free(stream->data);
}

static void alloc_at(struct stream *stream, uint64_t ptr, uint16_t cpu)
{
	struct memscope_object object = { .ptr = ptr, .cpu = cpu, .bytes_alloc = stream->size };

	assert_int_equal(memscope_analysis_reuse.alloc(&stream->site, stream->data, &object), 0);
	assert_true(stream->events < 40000);
	stream->event[stream->events].ptr = ptr;
	stream->event[stream->events].cpu = cpu;
	stream->event[stream->events++].frees = 0;
}

static void free_at(struct stream *stream, uint64_t ptr, uint16_t cpu)
{
	struct memscope_object object = { .ptr = ptr, .bytes_alloc = stream->size };
	struct memscope_free how = { .cpu = cpu };

	assert_int_equal(memscope_analysis_reuse.free(&stream->site, stream->data, &object,
						      &how), 0);
	assert_true(stream->events < 40000);
	stream->event[stream->events].ptr = ptr;
	stream->event[stream->events].cpu = cpu;
	stream->event[stream->events++].frees = 1;
}

static uint64_t slot(const struct stream *stream, uint64_t i)
{
	return BASE + i * stream->size;
}

/* New slabs, one object after the other, up or down; two CPUs take turns. */
static void sequential(struct stream *stream)
{
	uint64_t per_slab = 6 + draw_below(60), at[2] = { 0, 1 << 20 };
	int down = (int)draw_below(2), cpus = 1 + (int)draw_below(2);

	for (int i = 0; i < 3000; i++) {
		int cpu = (int)draw_below((uint64_t)cpus);
		uint64_t slab = at[cpu] / per_slab, in = at[cpu] % per_slab;

		if (!in)	/* somewhere else */
			at[cpu] = (slab = draw_below(1 << 20)) * per_slab;
		at[cpu]++;
		alloc_at(stream, slot(stream, slab * per_slab + (down ? per_slab - 1 - in : in)),
			 (uint16_t)cpu);
	}
}

/* Few of many addresses take most: by turns, so that none comes back soon. */
static void hotspot(struct stream *stream)
{
	uint64_t hot = 20 + draw_below(60), all = hot * (12 + draw_below(100)), turn = 0;

	for (int i = 0; i < 5000; i++) {
		uint64_t ptr = slot(stream, draw_below(all) * 3);

		if (draw_uniform() < 0.75)
			ptr = slot(stream, (turn++ * 7) % hot * 300);
		alloc_at(stream, ptr, 0);
		free_at(stream, ptr, 0);
	}
}

/* Last in, first out, a few deep. */
static void cached(struct stream *stream)
{
	uint64_t stack[8], live[8], depth = 1 + draw_below(8);

	for (uint64_t i = 0; i < depth; i++)
		stack[i] = slot(stream, draw_below(1 << 20));
	for (int round = 0; round < 1000; round++) {
		uint64_t n = 1 + draw_below(depth);

		if (draw_uniform() < 0.1)	/* the slab changes */
			stack[draw_below(depth)] = slot(stream, draw_below(1 << 20));
		for (uint64_t i = 0; i < n; i++)
			alloc_at(stream, live[i] = stack[depth - 1 - i], 1);
		for (uint64_t i = n; i-- > 0;) {
			free_at(stream, live[i], 1);
			stack[depth - 1 - i] = live[i];
		}
	}
}

static void scattered(struct stream *stream)
{
	uint64_t all = 200 + draw_below(1 << 20);
	int frees = (int)draw_below(2);

	for (int i = 0; i < 4000; i++) {
		uint64_t ptr = slot(stream, draw_below(all));

		alloc_at(stream, ptr, (uint16_t)draw_below(2));
		if (frees)
			free_at(stream, ptr, (uint16_t)draw_below(2));
	}
}

/*
 * 240 sites, 60 a kind. Sequential ones of 6 objects a slab have 5 of 6 steps
 * that count; a hot one's tenth takes 78 % or more, and is estimated with a sd
 * of 0.22 / sqrt(48) = 3 %; random ones' takes 30 % at most. A cached site
 * whose slab changes often comes near Hotspot: 12 wrong are allowed, which a
 * chance of 5 % for those 60 would reach once in 5e5 runs and it is nearer 1 %.
 */
static void classes(void **state)
{
	static const enum memscope_reuse truth[4] = {
		MEMSCOPE_REUSE_SEQUENTIAL, MEMSCOPE_REUSE_HOTSPOT,
		MEMSCOPE_REUSE_CACHED, MEMSCOPE_REUSE_RANDOM,
	};
	static void (*const generate[4])(struct stream *stream) = {
		sequential, hotspot, cached, scattered,
	};
	static struct stream stream;
	int right = 0;

	for (int i = 0; i < 240; i++) {
		struct memscope_reuse_result result;

		stream_init(&stream, (uint32_t)(8 * (1 + draw_below(100))));
		generate[i % 4](&stream);
		assert_int_equal(memscope_reuse_result(&stream.site, stream.data, &context,
						       &result), 0);
		if (result.reuse == truth[i % 4])
			right++;
		else
			print_message("# %s taken for %s: sequential %.2f cached %.2f addresses %.0f top %.2f\n",
				      memscope_reuse_name(truth[i % 4]),
				      memscope_reuse_name(result.reuse), result.sequential.value,
				      result.cached.value, result.addresses.value,
				      result.top_decile.value);
		stream_fini(&stream);
	}
	print_message("# %d of 240 streams classified right\n", right);
	assert_true(right >= 228);
}

/*
 * Cached and distinct addresses by brute force. With few addresses, no two of
 * which fall into one slot of the table of freed ones too often, the share is
 * exact but for such collisions, which only lower it.
 */
static void brute_force(void **state)
{
	static struct stream stream;

	for (int round = 0; round < 30; round++) {
		struct memscope_reuse_result result;
		uint64_t all = 2 + draw_below(88), live[90] = { 0 }, n = 0, steps = 0, next = 0;
		uint64_t counts[90] = { 0 }, distinct = 0, near = 0, last = 0;
		double weighted = 0, unequal;

		stream_init(&stream, 64);
		for (int i = 0; i < 3000; i++) {
			uint64_t k = draw_below(all);

			if (live[k])
				free_at(&stream, slot(&stream, k), (uint16_t)(live[k] - 1));
			else
				alloc_at(&stream, slot(&stream, k), 0);
			live[k] = live[k] ? 0 : 1 + draw_below(2);
		}
		for (size_t i = 0; i < stream.events; i++) {
			uint64_t between = 0, ptr = stream.event[i].ptr;

			if (stream.event[i].frees || ++n <= 32)
				continue;
			if (n > 33) {
				uint64_t before = last;

				steps++;
				next += ptr - before == 64 || before - ptr == 64;
			}
			last = ptr;
			counts[(ptr - BASE) / 64]++;
			for (size_t j = i; j-- > 0;) {
				if (!stream.event[j].frees) {
					between++;
				} else if (stream.event[j].ptr == ptr) {
					near += stream.event[j].cpu == 0 && between + 1 <= 16;
					break;
				}
			}
		}
		n -= 32;
		assert_int_equal(memscope_reuse_result(&stream.site, stream.data, &context,
						       &result), 0);
		assert_int_equal(result.addresses.quality, MEMSCOPE_MEASURED);
		for (uint64_t k = 0; k < all; k++)
			distinct += counts[k] > 0;
		close_to(result.addresses.value, (double)distinct, 0);
		for (uint64_t a = 0; a < all; a++)
			for (uint64_t b = 0; b < all; b++)
				if (counts[a] && counts[b])
					weighted += fabs((double)counts[a] - (double)counts[b]);
		unequal = weighted / (2 * (double)distinct * (double)n);
		close_to(result.gini.value, unequal, 1e-9);
		assert_int_equal(result.cached.n, n);
		/* 8 of the first 32 frees may be missing, the rest are collisions */
		assert_true(result.cached.value <= (double)near / (double)n + 1e-12);
		assert_true(result.cached.value >= 0.6 * (double)near / (double)n - 0.02);
		assert_int_equal(result.sequential.n, steps);
		/* steps straight back are not counted, nor is a stride below 128 missed */
		assert_true(result.sequential.value <= (double)next / (double)steps + 1e-12);
		stream_fini(&stream);
	}
}

/*
 * Many addresses: the number of distinct ones from a sample of 48 to 96, with
 * a sd of at most 1 / sqrt(48) = 14 %: 90 % off is over 6 sd.
 */
static void many_addresses(void **state)
{
	static struct stream stream;

	for (int round = 0; round < 20; round++) {
		struct memscope_reuse_result result;
		uint64_t all = (uint64_t)draw_scale(500, 30000);

		stream_init(&stream, 192);
		for (uint64_t i = 0; i < all + 32; i++)
			alloc_at(&stream, slot(&stream, i * 5), 0);
		memscope_reuse_result(&stream.site, stream.data, &context, &result);
		assert_int_equal(result.addresses.quality, MEMSCOPE_ESTIMATED);
		close_to(result.addresses.value / (double)all, 1, 0.9);
		assert_true(result.gini.low < 0.15);
		assert_true(result.top_decile.low < 0.3);
		assert_int_equal(result.reuse, MEMSCOPE_REUSE_RANDOM);
		stream_fini(&stream);
	}
}

/* Three of 20,000 addresses take two thirds: hardly ever in the sample. */
static void few_heavy_ones(void **state)
{
	static struct stream stream;

	for (int round = 0; round < 20; round++) {
		struct memscope_reuse_result result;
		uint64_t base = draw_below(1 << 30);

		stream_init(&stream, 256);
		for (int i = 0; i < 15000; i++)
			alloc_at(&stream, slot(&stream, base + (draw_below(3) ?
				 1000 * draw_below(3) : draw_below(20000))), 0);
		memscope_reuse_result(&stream.site, stream.data, &context, &result);
		assert_int_equal(result.reuse, MEMSCOPE_REUSE_HOTSPOT);
		/* two thirds, and a tenth or two of the rest */
		close_to(result.top_decile.value, 0.72, 0.2);
		close_to(result.gini.value, 0.7, 0.25);
		stream_fini(&stream);
	}
}

/* A busy site is looked at in windows, and shares come out the same. */
static void busy(void **state)
{
	static struct stream stream;
	static void (*const generate[2])(struct stream *stream) = { sequential, cached };

	for (int kind = 0; kind < 2; kind++) {
		struct memscope_reuse_result few, many;

		stream_init(&stream, 64);
		generate[kind](&stream);
		memscope_reuse_result(&stream.site, stream.data, &context, &few);
		for (int i = 0; i < 12; i++) {
			stream.events = 0;
			generate[kind](&stream);
		}
		memscope_reuse_result(&stream.site, stream.data, &context, &many);
		assert_int_equal(few.reuse, many.reuse);
		assert_int_equal(many.sequential.quality, MEMSCOPE_ESTIMATED);
		assert_true(many.cached.n > few.cached.n);
		/* 13 times as many happened, 4,096 and an eighth of the rest were looked at */
		assert_true(many.cached.n < 4096 + 60000 / 8);
		stream_fini(&stream);
	}
}

/* One address after the other at a steady stride: each step counts, in windows too. */
static void windows_do_not_join(void **state)
{
	static struct stream stream;
	struct memscope_reuse_result result;

	stream_init(&stream, 64);
	for (uint64_t i = 0; i < 39000; i++)
		alloc_at(&stream, slot(&stream, i), (uint16_t)(i / 1500));
	memscope_reuse_result(&stream.site, stream.data, &context, &result);
	/* the first step of each CPU is none, and none reaches from window to window */
	close_to(result.sequential.value, 1, 0);
	assert_true(result.sequential.n <= result.cached.n);
	assert_true(result.sequential.n + 26 >= result.cached.n);
	assert_in_range(result.cached.n, 4096 + 33 * 128, 4096 + 35 * 128);
	stream_fini(&stream);
}

static void not_told(void **state)
{
	static struct stream stream;
	struct memscope_analysis_context of = context;
	struct memscope_reuse_result result;

	stream_init(&stream, 64);
	for (uint64_t i = 0; i < 32 + 63; i++)
		alloc_at(&stream, slot(&stream, i), 0);
	memscope_reuse_result(&stream.site, stream.data, &of, &result);
	assert_int_equal(result.reuse, MEMSCOPE_REUSE_UNKNOWN);
	assert_int_equal(result.sequential.why, MEMSCOPE_WHY_FEW);
	assert_int_equal(result.sequential.n, 63);
	alloc_at(&stream, slot(&stream, 32 + 63), 0);
	memscope_reuse_result(&stream.site, stream.data, &of, &result);
	assert_int_equal(result.reuse, MEMSCOPE_REUSE_SEQUENTIAL);
	close_to(result.sequential.value, 1, 0);
	of.stack_every = 10;
	memscope_reuse_result(&stream.site, stream.data, &of, &result);
	assert_int_equal(result.sequential.why, MEMSCOPE_WHY_SAMPLED);
	of.stack_every = 1;
	of.lost = 500;
	memscope_reuse_result(&stream.site, stream.data, &of, &result);
	assert_int_equal(result.sequential.why, MEMSCOPE_WHY_LOST);
	stream_fini(&stream);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(classes),
		cmocka_unit_test(brute_force),
		cmocka_unit_test(many_addresses),
		cmocka_unit_test(few_heavy_ones),
		cmocka_unit_test(busy),
		cmocka_unit_test(windows_do_not_join),
		cmocka_unit_test(not_told),
	};

	draw_seed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
