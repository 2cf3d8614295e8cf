// SPDX-License-Identifier: GPL-2.0
/*
 * Verbs on recordings, as the shell calls them: what they print is whole JSON
 * and whole lines, and they exit with the documented codes.
 */
#include <fcntl.h>
#include <unistd.h>

#include <json-c/json.h>

#include "unit.h"
#include "cmd.h"
#include "failure.h"
#include "recording.h"
#include "traffic.h"

#define EVENTS 500

static char path[] = "/tmp/memscope-cmd-XXXXXX";
static char *output;

/* Two CPUs, names for some call sites, and losses if asked for. */
static void write_recording(uint64_t lost)
{
	struct unit_random random = { 11 };
	struct memscope_event events[EVENTS];
	const struct memscope_symbol symbol = { 0xffffffff81100000, 0x400, "make_object", "m\x1b" };
	const struct memscope_cache cache = { .id = 1, .object_size = 60, .size = 64,
					      .name = "dentry\"" };
	uint64_t counters[2 * MEMSCOPE_COUNTERS] = { 0 }, now = 5;
	struct memscope_writer *writer;
	uint32_t cpu;

	assert_int_equal(memscope_writer_create(&writer, path), 0);
	assert_int_equal(memscope_writer_meta(writer,
		"{\"kernel_release\":\"6.1.0-test\",\"cpus\":2,"
		"\"options\":{\"stack_every\":10}}"), 0);
	assert_int_equal(memscope_writer_symbol(writer, &symbol), 0);
	assert_int_equal(memscope_writer_cache(writer, &cache), 0);
	for (cpu = 0; cpu < 2; cpu++) {
		const struct memscope_batch batch = { cpu, 0, events, EVENTS };

		traffic_real(&random, events, EVENTS, &now);
		assert_int_equal(memscope_writer_events(writer, &batch), 0);
	}
	assert_int_equal(memscope_writer_round(writer, (uint64_t[]){ now, now }, 2, true), 0);
	counters[MEMSCOPE_COUNTER_LOST] = lost;
	counters[MEMSCOPE_COUNTER_READ] = 2 * EVENTS;
	assert_int_equal(memscope_writer_counters(writer, now, counters, 2), 0);
	assert_int_equal(memscope_writer_finish(writer, now, "finished"), 0);
	memscope_writer_destroy(writer);
}

/* Runs a verb with its stdout in output; returns its exit code. */
static int run(int (*verb)(int argc, char **argv), char **words)
{
	int before, count = 0, code;
	FILE *to = tmpfile();
	long size;

	while (words[count])
		count++;
	fflush(stdout);
	before = dup(STDOUT_FILENO);
	dup2(fileno(to), STDOUT_FILENO);
	code = finish_output(verb(count, words));
	fflush(stdout);
	dup2(before, STDOUT_FILENO);
	close(before);
	failure_use_json(false);
	fseek(to, 0, SEEK_END);
	size = ftell(to);
	rewind(to);
	free(output);
	output = calloc(1, size + 1);
	assert_int_equal(fread(output, 1, size, to), size);
	fclose(to);
	return code;
}

#define RUN(verb, ...) run(cmd_##verb, (char *[]){ (char *)#verb, __VA_ARGS__, NULL })

static struct json_object *parsed(const char *text)
{
	struct json_object *json = json_tokener_parse(text);

	assert_true(json_object_is_type(json, json_type_object));
	return json;
}

static uint64_t number(struct json_object *json, const char *key)
{
	struct json_object *value;

	assert_true(json_object_object_get_ex(json, key, &value));
	return json_object_get_uint64(value);
}

static void dump_prints_every_event_on_a_line(void **state)
{
	size_t lines = 0;
	char *at;

	write_recording(0);
	assert_int_equal(RUN(dump, path), EXIT_FINE);
	for (at = output; (at = strchr(at, '\n')); at++)
		lines++;
	assert_int_equal(lines, 2 * EVENTS);
	assert_non_null(strstr(output, "site=make_object+0x40 [m?]"));
	/* nothing a terminal would obey */
	assert_null(strchr(output, '\x1b'));
}

static void dump_lines_are_json_in_order(void **state)
{
	uint64_t before = 0;
	size_t lines = 0;
	char *line, *rest;

	write_recording(0);
	assert_int_equal(RUN(dump, path, (char *)"--json", (char *)"--stacks"), EXIT_FINE);
	for (line = strtok_r(output, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		struct json_object *json = parsed(line);

		assert_true(number(json, "time_ns") >= before);
		before = number(json, "time_ns");
		json_object_put(json);
		lines++;
	}
	assert_int_equal(lines, 2 * EVENTS);
}

static void report_is_one_json_document(void **state)
{
	struct json_object *json, *totals, *sites;
	uint64_t live = 0;
	size_t i;

	write_recording(0);
	assert_int_equal(RUN(report, path, (char *)"--view", (char *)"summary,sites",
			     (char *)"--json", (char *)"--top=0"), EXIT_FINE);
	json = parsed(output);
	assert_true(json_object_object_get_ex(json, "totals", &totals));
	assert_int_equal(number(totals, "events"), 2 * EVENTS);
	assert_true(json_object_object_get_ex(json, "sites", &sites));
	for (i = 0; i < json_object_array_length(sites); i++)
		live += number(json_object_array_get_idx(sites, i), "live_bytes");
	assert_int_equal(live, number(totals, "live_bytes"));
	json_object_put(json);
}

static void loss_and_damage_give_three(void **state)
{
	int fd;

	write_recording(7);
	assert_int_equal(RUN(report, path, (char *)"--view=sites"), EXIT_INCOMPLETE);
	assert_non_null(strstr(output, "INCOMPLETE: events are missing: 7"));
	assert_int_equal(RUN(dump, path), EXIT_INCOMPLETE);
	write_recording(0);
	fd = open(path, O_RDWR);
	assert_int_equal(ftruncate(fd, lseek(fd, 0, SEEK_END) - 3), 0);
	close(fd);
	assert_int_equal(RUN(report, path, (char *)"--view=summary"), EXIT_INCOMPLETE);
	assert_non_null(strstr(output, "damaged at offset"));
	assert_int_equal(RUN(report, path, (char *)"--view=summary", (char *)"--json"),
			 EXIT_INCOMPLETE);
	json_object_put(parsed(output));
}

static void failures_are_told_and_coded(void **state)
{
	write_recording(0);
	assert_int_equal(RUN(report, (char *)"/nonexistent"), EXIT_FAILED);
	assert_int_equal(RUN(dump, (char *)"/proc/self/maps"), EXIT_FAILED);
	assert_int_equal(RUN(report, (char *)"/nonexistent", (char *)"--json"), EXIT_FAILED);
	json_object_put(parsed(output));
	assert_int_equal(RUN(report, path, path), EXIT_USAGE);
	assert_int_equal(RUN(report, path, (char *)"--view", (char *)"nothing"), EXIT_USAGE);
	assert_int_equal(RUN(report, path, (char *)"--sort", (char *)"size"), EXIT_USAGE);
	assert_int_equal(RUN(report, path, (char *)"--top", (char *)"-1"), EXIT_USAGE);
	assert_int_equal(RUN(report, path, (char *)"-d", (char *)"1"), EXIT_USAGE);
	assert_int_equal(RUN(dump, path, (char *)"--follow"), EXIT_USAGE);
	assert_int_equal(RUN(record, (char *)"ls"), EXIT_USAGE);
	assert_int_equal(RUN(record, (char *)"-d", (char *)"soon"), EXIT_USAGE);
	assert_int_equal(RUN(record, (char *)"-o", (char *)"/"), EXIT_FAILED);
}

static int setup(void **state)
{
	int fd = mkstemp(path);

	return fd < 0 || close(fd);
}

static int teardown(void **state)
{
	free(output);
	return unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dump_prints_every_event_on_a_line),
		cmocka_unit_test(dump_lines_are_json_in_order),
		cmocka_unit_test(report_is_one_json_document),
		cmocka_unit_test(loss_and_damage_give_three),
		cmocka_unit_test(failures_are_told_and_coded),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
