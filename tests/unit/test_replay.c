// SPDX-License-Identifier: GPL-2.0
/*
 * From a recording to the rows of a report: CPUs are merged, losses told,
 * names found, rows ordered; and from addresses to the names a recording keeps.
 */
#include <errno.h>
#include <unistd.h>
#include <sys/mman.h>

#include "unit.h"
#include "names.h"
#include "replay.h"
#include "report.h"

static char path[64];
static int file;

static int setup(void **state)
{
	file = memfd_create("recording", MFD_CLOEXEC);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	return file < 0;
}

static int teardown(void **state)
{
	return close(file);
}

static struct memscope_event alloc(uint64_t time, uint64_t ptr, uint64_t site, uint32_t req,
				   uint32_t bytes)
{
	return (struct memscope_event){
		.type = MEMSCOPE_EVENT_ALLOC, .time_ns = time, .ptr = ptr, .call_site = site,
		.bytes_req = req, .bytes_alloc = bytes,
	};
}

static struct memscope_event freed(uint64_t time, uint64_t ptr)
{
	return (struct memscope_event){
		.type = MEMSCOPE_EVENT_FREE, .time_ns = time, .ptr = ptr, .call_site = 9,
	};
}

static void put(struct memscope_writer *writer, uint32_t cpu,
		const struct memscope_event *events, size_t count)
{
	const struct memscope_batch batch = { cpu, 0, events, count };

	assert_int_equal(memscope_writer_events(writer, &batch), 0);
}

/* An object goes from CPU 0 to 1 and back: only in key order does it add up. */
static void write_two_cpus(void)
{
	const struct memscope_event first[] = {
		alloc(100, 0x1000, 0xa, 60, 64), freed(300, 0x1000),
		alloc(500, 0x1000, 0xa, 60, 64), alloc(510, 0x2000, 0xb, 10, 16),
	};
	const struct memscope_event second[] = {
		alloc(150, 0x3000, 0xc, 1000, 1024), freed(600, 0x1000),
		{ .type = MEMSCOPE_EVENT_TASK, .time_ns = 700, .tid = 42,
		  .task = { .comm = "worker", .tgid = 41 } },
	};
	uint64_t counters[2 * MEMSCOPE_COUNTERS] = { 0 };
	struct memscope_writer *writer;

	assert_int_equal(memscope_writer_create_fd(&writer, dup(file)), 0);
	assert_int_equal(memscope_writer_meta(writer, "{\"cpus\":2}"), 0);
	put(writer, 1, second, 2);
	put(writer, 0, first, 3);
	assert_int_equal(memscope_writer_round(writer, (uint64_t[]){ 505, 605 }, 2, true), 0);
	counters[MEMSCOPE_COUNTER_LOST] = 3;
	assert_int_equal(memscope_writer_counters(writer, 505, counters, 2), 0);
	put(writer, 0, first + 3, 1);
	put(writer, 1, second + 2, 1);
	assert_int_equal(memscope_writer_round(writer, (uint64_t[]){ 800, 800 }, 2, true), 0);
	counters[MEMSCOPE_COUNTERS + MEMSCOPE_COUNTER_LOST] = 4;
	assert_int_equal(memscope_writer_counters(writer, 800, counters, 2), 0);
	assert_int_equal(memscope_writer_finish(writer, 900, "finished"), 0);
	memscope_writer_destroy(writer);
}

static void on_lost(void *model, uint64_t time_ns, uint64_t lost)
{
	memscope_model_lost(model, time_ns, lost);
}

static struct memscope_model *replay(struct memscope_session *session)
{
	struct memscope_replay how = { .events = memscope_model_apply, .lost = on_lost };
	struct memscope_model *model;

	memscope_session_init(session);
	assert_int_equal(memscope_model_create(&model, NULL, 0), 0);
	how.ctx = model;
	assert_int_equal(memscope_replay(path, session, &how), 0);
	return model;
}

static void cpus_are_merged_on_the_way(void **state)
{
	struct memscope_session session;
	struct memscope_model *model;
	const struct memscope_totals *totals;

	write_two_cpus();
	model = replay(&session);
	totals = memscope_model_totals(model);
	assert_int_equal(totals->events, 7);
	assert_int_equal(totals->allocs, 4);
	assert_int_equal(totals->frees, 2);
	assert_int_equal(totals->replaced, 0);
	assert_int_equal(totals->born_before, 0);
	assert_int_equal(totals->live, 2);
	/* 3 and then 4 more, not 3 and 7 */
	assert_int_equal(totals->lost, 7);
	assert_string_equal(memscope_task_table_find(&session.tasks, 42)->comm, "worker");
	assert_true(session.complete);
	assert_true(memscope_session_incomplete(&session));
	memscope_model_destroy(model);
	memscope_session_deinit(&session);
}

static void a_cut_recording_gives_what_it_has(void **state)
{
	struct memscope_session session;
	struct memscope_model *model;
	off_t size;

	write_two_cpus();
	size = lseek(file, 0, SEEK_END);
	assert_int_equal(ftruncate(file, size - 1), 0);
	model = replay(&session);
	assert_int_equal(memscope_model_totals(model)->events, 7);
	assert_false(session.complete);
	assert_non_null(strstr(session.damage, "damaged at offset"));
	memscope_model_destroy(model);
	memscope_session_deinit(&session);
}

static void what_is_no_recording_says_so(void **state)
{
	const struct memscope_replay how = { 0 };
	struct memscope_session session;

	memscope_session_init(&session);
	assert_int_equal(memscope_replay("/nonexistent", &session, &how), -ENOENT);
	assert_int_equal(memscope_replay("/proc/self/maps", &session, &how), -ENOMSG);
	assert_int_equal(memscope_replay("/", &session, &how), -EISDIR);
	assert_string_equal(memscope_recording_error(-ENOMSG), "it is not a memscope recording");
	memscope_session_deinit(&session);
}

static void rows_come_highest_first(void **state)
{
	static const struct { enum memscope_sort sort; uint64_t first; } expected[] = {
		{ MEMSCOPE_SORT_LIVE, 0xc }, { MEMSCOPE_SORT_ALLOCS, 0xa },
		{ MEMSCOPE_SORT_WASTE, 0xc }, { MEMSCOPE_SORT_BYTES, 0xc },
		{ MEMSCOPE_SORT_PEAK, 0xc },
	};
	struct memscope_session session;
	struct memscope_model *model;
	uint32_t *order;
	size_t count, i, row;

	write_two_cpus();
	model = replay(&session);
	for (i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		assert_int_equal(memscope_report_sites(model, expected[i].sort, 0, &order,
						       &count), 0);
		assert_int_equal(count, 3);
		assert_true(memscope_model_site(model, order[0])->call_site ==
			    expected[i].first);
		for (row = 1; row < count; row++)
			assert_true(memscope_site_value(memscope_model_site(model,
					order[row - 1]), expected[i].sort) >=
				    memscope_site_value(memscope_model_site(model,
					order[row]), expected[i].sort));
		free(order);
	}
	assert_int_equal(memscope_report_sites(model, MEMSCOPE_SORT_LIVE, 2, &order, &count), 0);
	assert_int_equal(count, 2);
	free(order);
	assert_int_equal(memscope_report_caches(model, MEMSCOPE_SORT_ALLOCS, 0, &order, &count),
			 0);
	assert_int_equal(count, 3);
	free(order);
	memscope_model_destroy(model);
	memscope_session_deinit(&session);
}

static void functions_are_written_once(void **state)
{
	struct memscope_writer *writer;
	struct memscope_session session;
	struct memscope_names names;
	uint64_t address;

	assert_int_equal(memscope_names_init(&names), 0);
	memscope_symbol_table_add(&names.kernel, 0x1000, 0x100, "one", "");
	memscope_symbol_table_add(&names.kernel, 0x2000, 0x100, "two", "m");
	assert_int_equal(memscope_writer_create_fd(&writer, dup(file)), 0);
	for (address = 0x1000; address < 0x1100; address += 4)
		assert_int_equal(memscope_names_see(&names, address + 1), 0);
	assert_int_equal(memscope_names_see(&names, 0x9000), 0);
	assert_int_equal(memscope_names_see(&names, 0), 0);
	assert_int_equal(memscope_names_write(&names, writer, false), 0);
	assert_int_equal(names.unknown_count, 1);
	/* its module comes later */
	memscope_symbol_table_add(&names.kernel, 0x8fff, 0x100, "late", "m");
	assert_int_equal(memscope_names_write(&names, writer, true), 0);
	assert_int_equal(names.unknown_count, 0);
	assert_int_equal(memscope_writer_finish(writer, 1, "finished"), 0);
	memscope_writer_destroy(writer);
	memscope_names_deinit(&names);

	memscope_session_init(&session);
	assert_int_equal(memscope_session_load(&session, path), 0);
	assert_int_equal(session.symbols.count, 2);
	memscope_session_deinit(&session);
}

static void many_addresses_are_told_apart(void **state)
{
	struct unit_random random = unit_random("many_addresses_are_told_apart");
	struct memscope_names names;
	uint64_t first = unit_next(&random) | 1, i;

	assert_int_equal(memscope_names_init(&names), 0);
	for (i = 0; i < 50000; i++) {
		assert_int_equal(memscope_names_see(&names, first + i * 5), 0);
		assert_int_equal(memscope_names_see(&names, first + i * 5), 0);
		assert_int_equal(memscope_names_see(&names, first + i / 2 * 5), 0);
	}
	assert_int_equal(names.seen.count, 50000);
	assert_int_equal(names.waiting_count, 50000);
	memscope_names_deinit(&names);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(cpus_are_merged_on_the_way),
		TEST(a_cut_recording_gives_what_it_has),
		TEST(what_is_no_recording_says_so),
		TEST(rows_come_highest_first),
		TEST(functions_are_written_once),
		TEST(many_addresses_are_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
