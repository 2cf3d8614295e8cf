// SPDX-License-Identifier: GPL-2.0
/*
 * Two recordings of the same sites, at other addresses, in the same build or
 * another: matched, and changed where they were changed.
 */
#include <errno.h>
#include <math.h>

#include "unit.h"
#include "caller.h"
#include "diff.h"

#define SITES		60
#define SECONDS		20
#define SECOND		1000000000ULL
#define ENDLESS		0

/* How a site behaves. */
struct behaviour {
	double rate;			/* allocations a second, Poisson */
	uint64_t lifetime_ns;		/* exponential in the mean; ENDLESS: a leak */
	uint32_t req, alloc;		/* bytes */
};

/* A recording under construction. */
struct made {
	struct memscope_session session;
	struct memscope_model *model;
	struct memscope_live_index live;
	struct memscope_analysis_context context;
	struct memscope_event *events;
	size_t count, room;
};

static void put(struct made *made, const struct memscope_event *event)
{
	if (made->count == made->room) {
		made->room = made->room ? made->room * 2 : 4096;
		made->events = realloc(made->events, made->room * sizeof(*made->events));
		assert_non_null(made->events);
	}
	made->events[made->count++] = *event;
}

static double exponential(struct unit_random *random)
{
	return -log(1 - (unit_next(random) >> 11) * 0x1p-53);
}

/* Objects of a site have addresses of their own. */
static void live_on(struct made *made, struct unit_random *random, uint32_t stack,
		    const struct behaviour *how, double seconds)
{
	double now = 0;
	uint64_t n = 0;

	while ((now += exponential(random) / how->rate) < seconds) {
		struct memscope_event event = {
			.type = MEMSCOPE_EVENT_ALLOC, .time_ns = SECOND + (uint64_t)(now * 1e9),
			.ptr = 0xffff800000000000 + ((uint64_t)stack << 32) + n++ * 64,
			.call_site = 0xffffffff81000000 + stack, .stack = stack,
			.bytes_req = how->req, .bytes_alloc = how->alloc,
		};
		double end = now + how->lifetime_ns / 1e9 * exponential(random);

		put(made, &event);
		event.type = MEMSCOPE_EVENT_FREE;
		event.time_ns = SECOND + (uint64_t)(end * 1e9);
		event.bytes_req = event.bytes_alloc = event.stack = 0;
		if (how->lifetime_ns != ENDLESS && end < seconds)
			put(made, &event);
	}
}

static int by_time(const void *a, const void *b)
{
	const struct memscope_event *x = a, *y = b;

	if (x->time_ns != y->time_ns)
		return x->time_ns < y->time_ns ? -1 : 1;
	/* An object's end comes behind its beginning. */
	return x->type > y->type ? 1 : x->type < y->type ? -1 : 0;
}

static void add_stack(struct made *made, uint32_t id, const uint64_t *frames, size_t count)
{
	struct memscope_stack *stack = calloc(1, sizeof(*stack) + count * sizeof(*frames));

	stack->id = id;
	stack->frames = count;
	memcpy(stack->frame, frames, count * sizeof(*frames));
	assert_int_equal(memscope_stack_table_add(&made->session.stacks, stack), 0);
	free(stack);
}

/* Sites 0 to SITES: function site_NN, called by outer; moved by KASLR and by a build. */
static void begin(struct made *made, uint64_t base, uint64_t offset, const char *build_id)
{
	char name[64], json[256];
	uint32_t i;

	memset(made, 0, sizeof(*made));
	memscope_session_init(&made->session);
	snprintf(json, sizeof(json), "[{\"name\": \"vmlinux\", \"base\": \"0x%llx\", "
		 "\"build_id\": \"%s\"}]", (unsigned long long)base, build_id);
	assert_int_equal(memscope_module_table_parse(&made->session.modules, json,
						     strlen(json)), 0);
	assert_int_equal(memscope_symbol_table_add(&made->session.symbols, base, 4096, "outer",
						   ""), 0);
	assert_int_equal(memscope_symbol_table_add(&made->session.symbols, base + 4096, 4096,
						   "asm_common_interrupt", ""), 0);
	for (i = 0; i < SITES; i++) {
		uint64_t function = base + 8192 + i * 4096;
		uint64_t frames[] = { function + 0x20 + offset, base + 0x10 };

		snprintf(name, sizeof(name), "site_%02u%s", i, offset ? ".constprop.0" : "");
		assert_int_equal(memscope_symbol_table_add(&made->session.symbols, function, 4096,
							   name, ""), 0);
		add_stack(made, i + 1, frames, 2);
	}
}

static void finish(struct made *made, double seconds)
{
	size_t i;

	if (made->count)
		qsort(made->events, made->count, sizeof(*made->events), by_time);
	assert_int_equal(memscope_model_create(&made->model, memscope_diff_analyses, 2), 0);
	for (i = 0; i < made->count; i++) {
		const struct memscope_merged merged = {
			.event = &made->events[i], .key = made->events[i].time_ns,
		};

		assert_int_equal(memscope_model_apply(made->model, &merged, 1), 0);
	}
	made->context = (struct memscope_analysis_context){
		.start_ns = SECOND, .end_ns = SECOND + (uint64_t)(seconds * 1e9),
		.events = made->count, .stack_every = 1,
	};
	assert_int_equal(memscope_live_index_create(&made->live, made->model), 0);
}

static void undo(struct made *made)
{
	memscope_live_index_fini(&made->live);
	memscope_model_destroy(made->model);
	memscope_session_deinit(&made->session);
	free(made->events);
}

static void compare(struct made *a, struct made *b, bool caches, struct memscope_diff *diff)
{
	const struct memscope_diff_side sides[2] = {
		{ { &a->session, a->model }, &a->context, &a->live },
		{ { &b->session, b->model }, &b->context, &b->live },
	};

	assert_int_equal(memscope_diff_create(diff, sides, caches, &memscope_diff_limits_default),
			 0);
}

static void make(struct made *made, struct unit_random *random, const struct behaviour *how,
		 uint64_t base, uint64_t offset, const char *build_id, double seconds)
{
	uint32_t i;

	begin(made, base, offset, build_id);
	for (i = 0; i < SITES; i++)
		live_on(made, random, i + 1, &how[i], seconds);
	finish(made, seconds);
}

static void usual(struct behaviour how[SITES])
{
	unsigned int i;

	for (i = 0; i < SITES; i++)
		how[i] = (struct behaviour){
			.rate = 20 + i * 8, .lifetime_ns = 10000000ULL << i % 6,
			.req = 100 << i % 4, .alloc = 128 << i % 4,
		};
}

/* The row of a site of B. */
static const struct memscope_diff_row *row_of(const struct memscope_diff *diff,
					      const struct made *b, uint32_t stack)
{
	size_t i, j;

	for (i = 0; i < diff->matches.count; i++) {
		const struct memscope_match *match = &diff->matches.rows[i];

		for (j = 0; j < match->count[1]; j++) {
			uint32_t site = diff->matches.sites[match->first + match->count[0] + j];

			if (memscope_model_site(b->model, site)->stack == stack)
				return &diff->rows[i];
		}
	}
	fail_msg("stack %u is in no row", stack);
	return NULL;
}

static void assert_only(const struct memscope_diff *diff, const struct memscope_diff_row *row,
			unsigned int figure)
{
	unsigned int i, j;

	for (i = 0; i < diff->matches.count; i++)
		for (j = 0; j < MEMSCOPE_DIFF_FIGURES; j++)
			if (diff->rows[i].figure[j].verdict == MEMSCOPE_DIFF_WORSE &&
			    (&diff->rows[i] != row || j != figure))
				fail_msg("row %u: %s is worse", i, memscope_diff_name(j));
	assert_int_equal(row->figure[figure].verdict, MEMSCOPE_DIFF_WORSE);
	assert_int_equal(diff->worse, 1);
}

#define BASE_A	0xffffffff81000000ULL
#define BASE_B	0xffffffffa3000000ULL

static void nothing_changed(void **state)
{
	struct unit_random random = unit_random("nothing_changed");
	struct behaviour how[SITES];
	struct memscope_diff diff;
	struct made a, b;
	size_t i;

	usual(how);
	/* another boot, and half as long */
	make(&a, &random, how, BASE_A, 0, "11", SECONDS);
	make(&b, &random, how, BASE_B, 0, "11", SECONDS / 2.0);
	compare(&a, &b, false, &diff);
	assert_int_equal(diff.matches.count, SITES);
	for (i = 0; i < SITES; i++)
		assert_int_equal(diff.matches.rows[i].kind, MEMSCOPE_MATCH_EXACT);
	assert_int_equal(diff.worse, 0);
	assert_true(fabs(diff.common_seconds - SECONDS / 2.0) < 1e-6);
	memscope_diff_fini(&diff);
	compare(&a, &b, true, &diff);
	assert_int_equal(diff.matches.count, 4);
	assert_int_equal(diff.worse, 0);
	memscope_diff_fini(&diff);
	undo(&a);
	undo(&b);
}

static void a_leak_is_found(void **state)
{
	struct unit_random random = unit_random("a_leak_is_found");
	struct behaviour how[SITES];
	const struct memscope_diff_row *row;
	struct memscope_diff diff;
	struct made a, b;

	usual(how);
	make(&a, &random, how, BASE_A, 0, "11", SECONDS);
	how[7].lifetime_ns = ENDLESS;
	make(&b, &random, how, BASE_B, 0, "11", SECONDS);
	compare(&a, &b, false, &diff);
	row = row_of(&diff, &b, 8);
	assert_only(&diff, row, MEMSCOPE_DIFF_LIVE);
	/* 76 a second of 1 KiB, for 20 seconds */
	assert_true(fabs(row->figure[MEMSCOPE_DIFF_LIVE].value[1] /
			 (how[7].rate * how[7].alloc * SECONDS) - 1) < 0.15);
	memscope_diff_fini(&diff);
	/* the other way round it is better, which is no regression */
	compare(&b, &a, false, &diff);
	assert_int_equal(diff.worse, 0);
	assert_int_equal(row_of(&diff, &a, 8)->figure[MEMSCOPE_DIFF_LIVE].verdict,
			 MEMSCOPE_DIFF_BETTER);
	memscope_diff_fini(&diff);
	undo(&a);
	undo(&b);
}

static void a_rate_and_waste_are_found(void **state)
{
	struct unit_random random = unit_random("a_rate_and_waste_are_found");
	struct behaviour how[SITES];
	struct memscope_diff diff;
	struct made a, b;

	usual(how);
	how[20].lifetime_ns = 1000000;
	make(&a, &random, how, BASE_A, 0, "11", SECONDS);
	how[20].rate *= 2;
	make(&b, &random, how, BASE_B, 0, "11", SECONDS);
	compare(&a, &b, false, &diff);
	assert_only(&diff, row_of(&diff, &b, 21), MEMSCOPE_DIFF_RATE);
	memscope_diff_fini(&diff);
	undo(&b);
	how[20].rate /= 2;
	how[21].req = how[21].alloc - 8;
	how[21].alloc *= 4;
	how[21].lifetime_ns = 1000000;
	make(&b, &random, how, BASE_B, 0, "11", SECONDS);
	compare(&a, &b, false, &diff);
	assert_only(&diff, row_of(&diff, &b, 22), MEMSCOPE_DIFF_WASTE);
	memscope_diff_fini(&diff);
	undo(&a);
	undo(&b);
}

static void longer_lifetimes_are_significant(void **state)
{
	struct unit_random random = unit_random("longer_lifetimes_are_significant");
	struct behaviour how[SITES];
	const struct memscope_diff_value *value;
	struct memscope_diff diff;
	struct made a, b;

	usual(how);
	make(&a, &random, how, BASE_A, 0, "11", SECONDS);
	how[30].lifetime_ns *= 3;
	make(&b, &random, how, BASE_B, 0, "11", SECONDS);
	compare(&a, &b, false, &diff);
	value = &row_of(&diff, &b, 31)->figure[MEMSCOPE_DIFF_LIFETIME];
	assert_true(value->adjusted < 1e-6);
	assert_true(fabs(value->value[1] / value->value[0] - 3) < 0.6);
	/* which is no regression unless that is asked for */
	assert_int_equal(value->verdict, MEMSCOPE_DIFF_SAME);
	memscope_diff_fini(&diff);
	undo(&a);
	undo(&b);
}

/* Another build: offsets have moved, and a name has what a compiler adds. */
static void builds_are_matched_by_functions(void **state)
{
	struct unit_random random = unit_random("builds_are_matched_by_functions");
	struct behaviour how[SITES];
	struct memscope_diff diff;
	struct made a, b;
	size_t i;

	usual(how);
	make(&a, &random, how, BASE_A, 0, "11", 5);
	make(&b, &random, how, BASE_B, 0x30, "22", 5);
	compare(&a, &b, false, &diff);
	assert_int_equal(diff.matches.count, SITES);
	for (i = 0; i < SITES; i++)
		assert_int_equal(diff.matches.rows[i].kind, MEMSCOPE_MATCH_FUNCTIONS);
	assert_int_equal(diff.worse, 0);
	memscope_diff_fini(&diff);
	undo(&b);
	/* of the same build they are other places */
	make(&b, &random, how, BASE_B, 0x30, "11", 5);
	compare(&a, &b, false, &diff);
	assert_int_equal(diff.matches.count, 2 * SITES);
	for (i = 0; i < 2 * SITES; i++)
		assert_true(diff.matches.rows[i].kind == MEMSCOPE_MATCH_ONLY_A ||
			    diff.matches.rows[i].kind == MEMSCOPE_MATCH_ONLY_B);
	memscope_diff_fini(&diff);
	undo(&a);
	undo(&b);
}

/* Below an interrupt lies whatever it hit. */
static void interrupted_code_is_no_caller(void **state)
{
	const struct behaviour how = { .rate = 50, .lifetime_ns = SECOND / 100, .req = 64,
				       .alloc = 64 };
	struct unit_random random = unit_random("interrupted_code_is_no_caller");
	struct memscope_site site = { .stack = 1 };
	struct memscope_diff diff;
	const uint64_t *frames;
	struct made made[2];
	unsigned int i;

	for (i = 0; i < 2; i++) {
		uint64_t base = i ? BASE_B : BASE_A;
		/* site_00, the interrupt, and another function each time */
		uint64_t stack[] = { base + 8192 + 0x20, base + 4096 + 0x10,
				     base + 8192 + (5 + i) * 4096 + 0x80 };

		begin(&made[i], base, 0, "11");
		add_stack(&made[i], SITES + 1, stack, 3);
		live_on(&made[i], &random, SITES + 1, &how, 5);
		finish(&made[i], 5);
		site.stack = SITES + 1;
		assert_int_equal(memscope_callers(&made[i].session, &site, &frames), 2);
		site.stack = 1;
		assert_int_equal(memscope_callers(&made[i].session, &site, &frames), 2);
	}
	site.stack = 0;
	site.call_site = 77;
	assert_int_equal(memscope_callers(&made[0].session, &site, &frames), 1);
	assert_int_equal(*frames, 77);
	compare(&made[0], &made[1], false, &diff);
	assert_int_equal(diff.matches.count, 1);
	assert_int_equal(diff.matches.rows[0].kind, MEMSCOPE_MATCH_EXACT);
	memscope_diff_fini(&diff);
	undo(&made[0]);
	undo(&made[1]);
	assert_true(memscope_is_entry("asm_sysvec_apic_timer_interrupt"));
	assert_true(memscope_is_entry("handle_softirqs"));
	assert_false(memscope_is_entry("kmalloc"));
}

static void an_empty_recording_is_one(void **state)
{
	struct unit_random random = unit_random("an_empty_recording_is_one");
	struct behaviour how[SITES];
	struct memscope_diff diff;
	struct made a, b;

	usual(how);
	begin(&a, BASE_A, 0, "11");
	finish(&a, SECONDS);
	make(&b, &random, how, BASE_B, 0, "11", SECONDS);
	compare(&a, &a, false, &diff);
	assert_int_equal(diff.matches.count, 0);
	memscope_diff_fini(&diff);
	compare(&a, &b, false, &diff);
	assert_int_equal(diff.matches.count, SITES);
	assert_true(diff.worse > SITES / 2);
	memscope_diff_fini(&diff);
	undo(&a);
	undo(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_changed),
		cmocka_unit_test(a_leak_is_found),
		cmocka_unit_test(a_rate_and_waste_are_found),
		cmocka_unit_test(longer_lifetimes_are_significant),
		cmocka_unit_test(builds_are_matched_by_functions),
		cmocka_unit_test(interrupted_code_is_no_caller),
		cmocka_unit_test(an_empty_recording_is_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
