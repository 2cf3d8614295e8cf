// SPDX-License-Identifier: GPL-2.0
/*
 * The stack table with many CPUs adding the same and other stacks, interrupted
 * while they do, and a dump that follows them.
 */
#include <pthread.h>

#include "../unit.h"
#include "stack.h"

#define THREADS	4
#define KEYS	600
#define ROUNDS	20000
#define DEPTH	12U

static struct ms_stack_table table;
static u32 id_of[THREADS][KEYS];	/* as each thread was told; 0: not yet */
static unsigned int distinct_lost[THREADS];
static bool done;

static u32 make(unsigned long *frame, unsigned int key)
{
	u32 frames = 1 + key % DEPTH;

	for (u32 i = 0; i < frames; i++)
		frame[i] = 0xffffffff81000000UL + key * 4096UL + i * 16;
	return frames;
}

struct writer {
	unsigned int number;
	struct unit_random random;
	unsigned int nested;
};

static __thread struct writer *me;

static void add_one(void)
{
	unsigned int key = unit_below(&me->random, KEYS);
	unsigned long frame[DEPTH];
	u32 id = ms_stack_id(&table, frame, make(frame, key));

	if (id == MEMSCOPE_STACK_LOST) {
		distinct_lost[me->number]++;
		return;
	}
	if (id_of[me->number][key])
		assert_int_equal(id_of[me->number][key], id);
	id_of[me->number][key] = id;
}

static void interrupt(void)
{
	if (me->nested >= 2 || unit_next(&me->random) % 8)
		return;
	me->nested++;
	add_one();
	me->nested--;
}

static void *writer(void *argument)
{
	me = argument;
	shim_hook = interrupt;
	for (int i = 0; i < ROUNDS; i++)
		add_one();
	shim_hook = NULL;
	return NULL;
}

/* Follows the table: every stack once, whole, with an id that grows. */
static void *dump(void *argument)
{
	unsigned int *seen = argument;
	bool last;
	u32 id = 0;

	do {
		const struct ms_stack *stack;

		last = __atomic_load_n(&done, __ATOMIC_ACQUIRE);
		while ((stack = ms_stack_next(&table, &id))) {
			uint64_t first = table.arena[stack->offset];
			unsigned int key = (first - 0xffffffff81000000UL) / 4096;
			unsigned long frame[DEPTH];
			u32 frames = make(frame, key);

			assert_int_equal(stack->frames, frames);
			assert_memory_equal(&table.arena[stack->offset], frame,
					    frames * sizeof(*frame));
			seen[key]++;
		}
	} while (!last);
	return NULL;
}

static void run(u32 size, unsigned int *seen, const char *name)
{
	struct unit_random random = unit_random(name);
	struct writer writers[THREADS] = { 0 };
	pthread_t threads[THREADS], dumper;

	memset(id_of, 0, sizeof(id_of));
	memset(distinct_lost, 0, sizeof(distinct_lost));
	done = false;
	assert_int_equal(ms_stack_table_init(&table, size, DEPTH), 0);
	assert_int_equal(pthread_create(&dumper, NULL, dump, seen), 0);
	for (unsigned int i = 0; i < THREADS; i++) {
		writers[i].number = i;
		writers[i].random.state = unit_next(&random);
		assert_int_equal(pthread_create(&threads[i], NULL, writer, &writers[i]), 0);
	}
	for (unsigned int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	__atomic_store_n(&done, true, __ATOMIC_RELEASE);
	pthread_join(dumper, NULL);
}

/* All threads were told the same id, and the dump saw the stack exactly once. */
static void check(const unsigned int *seen, unsigned int *told)
{
	*told = 0;
	for (unsigned int key = 0; key < KEYS; key++) {
		u32 id = 0;

		for (unsigned int i = 0; i < THREADS; i++) {
			if (!id)
				id = id_of[i][key];
			else if (id_of[i][key])
				assert_int_equal(id_of[i][key], id);
		}
		assert_int_equal(seen[key], !!id);
		*told += !!id;
	}
}

static void threads_agree(void **state)
{
	unsigned int seen[KEYS] = { 0 }, told;

	run(4 * KEYS, seen, "threads_agree");
	check(seen, &told);
	assert_int_equal(told, KEYS);
	for (unsigned int i = 0; i < THREADS; i++)
		assert_int_equal(distinct_lost[i], 0);
	ms_stack_table_destroy(&table);
}

static void threads_fill_the_table(void **state)
{
	unsigned int seen[KEYS] = { 0 }, told, lost = 0;

	run(KEYS / 3, seen, "threads_fill_the_table");
	check(seen, &told);
	assert_true(told <= KEYS / 3);
	assert_true(told >= KEYS / 3 - 3 * THREADS);
	for (unsigned int i = 0; i < THREADS; i++)
		lost += distinct_lost[i];
	assert_true(lost > 0);
	ms_stack_table_destroy(&table);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(threads_agree),
		cmocka_unit_test(threads_fill_the_table),
	};

	return cmocka_run_group_tests_name("stack, threads", tests, NULL, NULL);
}
