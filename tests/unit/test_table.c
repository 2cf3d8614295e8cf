// SPDX-License-Identifier: GPL-2.0
/*
 * Tables of stacks, caches and tasks.
 */
#include <errno.h>
#include <unistd.h>
#include <sys/syscall.h>

#include "unit.h"
#include "cache.h"
#include "stack.h"
#include "task.h"

struct one_stack {
	struct memscope_stack head;
	uint64_t frame[3];
};

static void stacks_are_found_by_id(void **state)
{
	struct memscope_stack_table table;
	struct one_stack stack = { .head = { .frames = 3 } };
	const uint64_t *frames;
	uint32_t id;
	size_t count;

	memscope_stack_table_init(&table);
	for (id = 1; id < 5000; id += 3) {
		stack.head.id = id;
		stack.frame[0] = id;
		assert_int_equal(memscope_stack_table_add(&table, &stack.head), 0);
	}
	for (id = 0; id < 5100; id++) {
		frames = memscope_stack_table_find(&table, id, &count);
		assert_int_equal(frames != NULL, id < 5000 && id % 3 == 1);
		assert_int_equal(count, frames ? 3 : 0);
		if (frames)
			assert_int_equal(frames[0], id);
	}
	/* the first stays */
	stack.head.id = 1;
	stack.frame[0] = 77;
	assert_int_equal(memscope_stack_table_add(&table, &stack.head), 0);
	assert_int_equal(memscope_stack_table_find(&table, 1, &count)[0], 1);
	memscope_stack_table_deinit(&table);
}

static void impossible_stacks_are_refused(void **state)
{
	struct memscope_stack_table table;
	struct one_stack stack = { .head = { .frames = 3 } };
	size_t count;

	memscope_stack_table_init(&table);
	assert_int_equal(memscope_stack_table_add(&table, &stack.head), -ERANGE);
	stack.head.id = MEMSCOPE_STACK_ID_MAX + 1;
	assert_int_equal(memscope_stack_table_add(&table, &stack.head), -ERANGE);
	stack.head.id = 1;
	stack.head.frames = 0;
	assert_int_equal(memscope_stack_table_add(&table, &stack.head), -ERANGE);
	assert_null(memscope_stack_table_find(&table, MEMSCOPE_STACK_LOST, &count));
	memscope_stack_table_deinit(&table);
}

static void size_classes_are_those_of_kmalloc(void **state)
{
	static const struct { uint32_t bytes; const char *name; } classes[] = {
		{ 1, "kmalloc-8" }, { 8, "kmalloc-8" }, { 9, "kmalloc-16" },
		{ 16, "kmalloc-16" }, { 17, "kmalloc-32" }, { 32, "kmalloc-32" },
		{ 33, "kmalloc-64" }, { 64, "kmalloc-64" }, { 65, "kmalloc-96" },
		{ 96, "kmalloc-96" }, { 97, "kmalloc-128" }, { 128, "kmalloc-128" },
		{ 129, "kmalloc-192" }, { 192, "kmalloc-192" }, { 193, "kmalloc-256" },
		{ 256, "kmalloc-256" }, { 257, "kmalloc-512" }, { 1024, "kmalloc-1k" },
		{ 2048, "kmalloc-2k" }, { 4096, "kmalloc-4k" }, { 4097, "kmalloc-8k" },
		{ 8192, "kmalloc-8k" }, { 8193, "kmalloc-large" },
		{ UINT32_MAX, "kmalloc-large" },
	};
	struct memscope_cache cache = { .id = 1, .name = "dentry" };
	struct memscope_cache_table table;
	char text[64];
	size_t i;

	memscope_cache_table_init(&table);
	for (i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
		uint32_t slot = memscope_cache_slot(MEMSCOPE_CACHE_NONE, classes[i].bytes);

		assert_true(slot < MEMSCOPE_KMALLOC_SLOTS);
		assert_string_equal(memscope_cache_slot_name(&table, slot, text, sizeof(text)),
				    classes[i].name);
	}
	assert_int_equal(memscope_cache_table_add(&table, &cache), 0);
	assert_string_equal(memscope_cache_slot_name(&table, memscope_cache_slot(1, 192), text,
						     sizeof(text)), "dentry");
	assert_string_equal(memscope_cache_slot_name(&table, memscope_cache_slot(2, 192), text,
						     sizeof(text)), "cache 2");
	assert_true(memscope_cache_slot(UINT16_MAX, 8) < MEMSCOPE_CACHE_SLOTS);
	cache.id = 0;
	assert_int_equal(memscope_cache_table_add(&table, &cache), -ERANGE);
	cache.id = UINT16_MAX + 1;
	assert_int_equal(memscope_cache_table_add(&table, &cache), -ERANGE);
	memscope_cache_table_deinit(&table);
}

static void the_latest_name_of_a_task_wins(void **state)
{
	struct memscope_event event = {
		.type = MEMSCOPE_EVENT_TASK, .tid = 9, .task = { .tgid = 8 },
	};
	struct memscope_task_table table;
	uint32_t tid;

	memscope_task_table_init(&table);
	assert_null(memscope_task_table_find(&table, 9));
	for (tid = 1; tid < 5000; tid++) {
		char comm[16];

		snprintf(comm, sizeof(comm), "t%u", tid);
		assert_int_equal(memscope_task_table_add(&table, tid, tid, comm), 0);
	}
	/* sixteen bytes without a NUL are cut to fifteen */
	memset(event.task.comm, 'x', sizeof(event.task.comm));
	assert_int_equal(memscope_task_table_event(&table, &event), 0);
	assert_string_equal(memscope_task_table_find(&table, 9)->comm, "xxxxxxxxxxxxxxx");
	assert_int_equal(memscope_task_table_find(&table, 9)->tgid, 8);
	assert_string_equal(memscope_task_table_find(&table, 4999)->comm, "t4999");
	assert_int_equal(table.count, 4999);
	/* an empty name takes none away */
	memset(event.task.comm, 0, sizeof(event.task.comm));
	assert_int_equal(memscope_task_table_event(&table, &event), 0);
	assert_string_equal(memscope_task_table_find(&table, 9)->comm, "xxxxxxxxxxxxxxx");
	memscope_task_table_deinit(&table);
}

static void this_very_task_is_found_in_proc(void **state)
{
	uint32_t tid = syscall(SYS_gettid);
	struct memscope_task_table table;

	memscope_task_table_init(&table);
	assert_int_equal(memscope_task_table_scan(&table), 0);
	assert_non_null(memscope_task_table_find(&table, tid));
	assert_string_equal(memscope_task_table_find(&table, tid)->comm, "test_table");
	assert_int_equal(memscope_task_table_find(&table, tid)->tgid, getpid());
	memscope_task_table_deinit(&table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stacks_are_found_by_id),
		cmocka_unit_test(impossible_stacks_are_refused),
		cmocka_unit_test(size_classes_are_those_of_kmalloc),
		cmocka_unit_test(the_latest_name_of_a_task_wins),
		cmocka_unit_test(this_very_task_is_found_in_proc),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
