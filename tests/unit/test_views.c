// SPDX-License-Identifier: GPL-2.0
/*
 * memscopectl report on a recording of known sites: what its JSON says of
 * each, and that its text can be had.
 */
#include <fcntl.h>
#include <sys/mman.h>
#include <json-c/json.h>
#include <unistd.h>

#include "cmd.h"
#include "draw.h"
#include "memscope.h"

#define SECOND	UINT64_C(1000000000)
#define START	(UINT64_C(5000) * SECOND)
#define SECONDS	30

enum { CLOCK = 1, RANDOM, LEAK, PINNING, SITES };

static struct memscope_event *event;
static size_t events;
static uint64_t next_ptr;

static struct memscope_event *add(uint8_t type, double at, uint64_t ptr, uint32_t stack)
{
	struct memscope_event *new = &event[events++];

	assert_true(events < 200000);
	*new = (struct memscope_event){
		.type = type, .time_ns = START + (uint64_t)(at * 1e9), .ptr = ptr, .tid = 7,
	};
	if (type == MEMSCOPE_EVENT_ALLOC) {
		new->stack = stack;
		new->call_site = 0xffffffff81000000 + stack;
		new->bytes_req = 100;
		new->bytes_alloc = 128;
	}
	return new;
}

/* An object; death beyond the recording: it stays. */
static void object(double birth, double death, uint32_t stack)
{
	uint64_t ptr = next_ptr += 128;

	if (birth >= SECONDS)
		return;
	add(MEMSCOPE_EVENT_ALLOC, birth, ptr, stack);
	if (death < SECONDS)
		add(MEMSCOPE_EVENT_FREE, death, ptr, 0);
}

static int by_time(const void *a, const void *b)
{
	const struct memscope_event *left = a, *right = b;

	return (left->time_ns > right->time_ns) - (left->time_ns < right->time_ns);
}

static void plan(void)
{
	event = calloc(200000, sizeof(*event));
	assert_non_null(event);
	events = 0;
	next_ptr = 0xffff888100000000;
	for (int i = 0; i < 2990; i++)			/* a clock of 10 ms, 1 ms each */
		object(0.001 + i * 0.01, 0.002 + i * 0.01, CLOCK);
	for (double at = 0.001; at < SECONDS; at += draw_exponential(0.005))
		object(at, at + draw_exponential(0.05), RANDOM);
	for (double at = 0.002; at < SECONDS; at += draw_exponential(0.1))
		object(at, 1e9, LEAK);
	for (uint64_t s = 0; s < 100; s++) {		/* one object a slab is left */
		uint64_t slab = 0xffff888200000000 + 4096 * s;

		add(MEMSCOPE_EVENT_PAGES_ALLOC, 1, slab, 0)->bytes_alloc = 4096;
		for (uint64_t i = 0; i < 32; i++) {
			add(MEMSCOPE_EVENT_ALLOC, 1.1, slab + 128 * i, PINNING);
			if (i != s % 32)
				add(MEMSCOPE_EVENT_FREE, 1.2, slab + 128 * i, 0);
		}
	}
	qsort(event, events, sizeof(*event), by_time);
}

static const char buddyinfo[] = "Node 0, zone   Normal    100     50      3      0 \n";
static const char slabinfo[] =
	"slabinfo - version: 2.1\n"
	"kmalloc-128        1000   1312    128   32    1 : tunables    0    0    0 : slabdata     41     41      0\n";

static void record(int fd)
{
	static const char meta[] =
		"{\"cpus\": 1, \"page_size_bytes\": 4096, \"nodes\": [0],"
		" \"started_ns\": 5000000000000,"
		" \"options\": {\"stack_every\": 1}}";
	struct memscope_snapshot_file files[] = {
		{ "buddyinfo", buddyinfo, sizeof(buddyinfo) - 1 },
		{ "slabinfo", slabinfo, sizeof(slabinfo) - 1 },
	};
	struct memscope_batch batch = { .events = event, .count = events };
	uint64_t words[4], floor = START + SECONDS * SECOND;
	struct memscope_writer *writer;

	assert_int_equal(memscope_writer_create_fd(&writer, fd), 0);
	assert_int_equal(memscope_writer_meta(writer, meta), 0);
	for (uint32_t stack = 1; stack < SITES; stack++) {
		struct memscope_stack *one = (struct memscope_stack *)words;

		*one = (struct memscope_stack){ .id = stack, .frames = 2 };
		one->frame[0] = 0xffffffff81000000 + stack;
		one->frame[1] = 0xffffffff82000000;
		assert_int_equal(memscope_writer_stack(writer, one), 0);
	}
	assert_int_equal(memscope_writer_snapshot(writer, floor, files, 2), 0);
	assert_int_equal(memscope_writer_events(writer, &batch), 0);
	assert_int_equal(memscope_writer_round(writer, &floor, 1, true), 0);
	assert_int_equal(memscope_writer_finish(writer, floor, "finished"), 0);
	memscope_writer_destroy(writer);
}

/* What `memscopectl report` prints with these words behind the file. */
static char *report(int *code, char *word1, char *word2, char *word3, char *word4)
{
	int recording = memfd_create("recording", 0), output = memfd_create("output", 0);
	int out = dup(STDOUT_FILENO);
	char path[64], *text;
	char *argv[] = { "report", path, word1, word2, word3, word4, NULL };
	int argc = 2;
	off_t bytes;

	assert_true(recording >= 0 && output >= 0 && out >= 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", recording);
	record(dup(recording));
	while (argv[argc])
		argc++;
	fflush(stdout);
	dup2(output, STDOUT_FILENO);
	*code = cmd_report(argc, argv);
	fflush(stdout);
	dup2(out, STDOUT_FILENO);
	bytes = lseek(output, 0, SEEK_END);
	text = calloc(1, (size_t)bytes + 1);
	assert_non_null(text);
	assert_int_equal(pread(output, text, (size_t)bytes, 0), bytes);
	close(out);
	close(output);
	close(recording);
	return text;
}

static struct json_object *member(struct json_object *json, const char *key)
{
	struct json_object *value = NULL;

	if (!json_object_object_get_ex(json, key, &value))
		fail_msg("no member %s", key);
	return value;
}

static double number(struct json_object *json, const char *key)
{
	return json_object_get_double(member(json, key));
}

static const char *text_of(struct json_object *json, const char *key)
{
	return json_object_get_string(member(json, key));
}

/* The row of a stack in a list of sites. */
static struct json_object *row_of(struct json_object *list, int stack)
{
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *row = json_object_array_get_idx(list, i);

		if (number(row, "stack") == stack)
			return row;
	}
	fail_msg("no row of stack %d", stack);
	return NULL;
}

static void check_lifetimes(struct json_object *json)
{
	struct json_object *list = member(json, "lifetimes"), *row;

	row = row_of(list, CLOCK);
	close_to(number(member(row, "lifetime_p50_ns"), "value"), 1e6, 2e4);
	assert_string_equal(text_of(member(row, "lifetime_p50_ns"), "quality"), "estimated");
	row = row_of(list, RANDOM);	/* 6,000 objects: sd 1.9 %, buckets 1.6 % */
	close_to(number(member(row, "lifetime_p50_ns"), "value") / (0.05e9 * log(2)), 1, 0.15);
	close_to(number(member(member(member(row, "prediction_check"), "p50"), "reached_share"),
			"value"), 0.5, 0.1);
	row = row_of(list, LEAK);
	assert_string_equal(text_of(member(row, "lifetime_p50_ns"), "quality"),
			    "insufficient data");
	assert_null(member(member(row, "lifetime_p50_ns"), "value"));
	/* the clock's lives are all alike: of calibration it says nothing */
	assert_int_equal(number(member(json, "prediction_check"), "calibration_sites"), 1);
	close_to(number(member(json, "prediction_check"), "p50_reached_share"), 0.5, 0.1);
	assert_int_equal(number(member(json, "prediction_check"), "sites"), 2);
}

static void check_patterns(struct json_object *json)
{
	struct json_object *list = member(json, "patterns");

	assert_string_equal(text_of(row_of(list, CLOCK), "pattern"), "Constant");
	close_to(number(member(row_of(list, CLOCK), "period_ns"), "value"), 1e7, 1e5);
	assert_string_equal(text_of(row_of(list, RANDOM), "pattern"), "Regular");
	assert_string_equal(text_of(row_of(list, PINNING), "pattern"), "Burst");
	assert_int_equal(number(row_of(list, PINNING), "bursts_found"), 1);
	assert_int_equal(json_object_array_length(member(row_of(list, CLOCK), "fano_factors")), 4);
	assert_string_equal(text_of(row_of(list, PINNING), "address_reuse"), "Sequential");
}

static void check_leaks(struct json_object *json)
{
	struct json_object *list = member(json, "leaks"), *row;

	assert_int_equal(json_object_array_length(list), 1);
	row = row_of(list, LEAK);
	assert_string_equal(text_of(row, "verdict"), "leak");
	/* 10 objects of 128 bytes a second; 300 of them: sd 6 % */
	close_to(number(member(row, "bytes_per_second"), "value"), 1280, 600);
	assert_string_equal(text_of(member(row, "evidence"), "tail"), "open");
	assert_int_equal(number(member(json, "leak_verdicts"), "leak"), 1);
	assert_int_equal(number(member(json, "leak_verdicts"), "suspect"), 0);
}

static void check_fragmentation(struct json_object *json)
{
	struct json_object *all = member(json, "fragmentation"), *pinning, *row;

	pinning = member(all, "pinning");
	assert_int_equal(number(pinning, "slabs"), 100);
	row = json_object_array_get_idx(member(pinning, "sites"), 0);
	assert_int_equal(number(row, "stack"), PINNING);
	close_to(number(member(row, "back_bytes"), "value"), 409600, 0);
	close_to(number(member(row, "blame_bytes"), "value"), 100 * (4096 - 128), 1e-6);
	close_to(number(member(member(all, "internal"), "live_waste_share"), "value"), 28.0 / 128,
		 1e-12);
	row = json_object_array_get_idx(member(all, "caches"), 0);
	assert_string_equal(text_of(row, "cache"), "kmalloc-128");
	close_to(number(member(row, "slab_bytes"), "value"), 41 * 4096, 0);
	close_to(number(member(row, "free_slot_bytes"), "value"), 312 * 128, 0);
	row = json_object_array_get_idx(member(all, "zones"), 0);
	assert_string_equal(text_of(row, "zone"), "Normal");
	row = json_object_array_get_idx(member(row, "orders"), 3);
	assert_true(json_object_get_boolean(member(row, "would_fail")));
	close_to(number(member(row, "fragmentation_index"), "value"), 1 - (1 + 212.0 / 8) / 153,
		 1e-12);
}

static void check_sharing(struct json_object *json)
{
	struct json_object *list = member(json, "sharing");
	double impact = 0;

	for (size_t i = 0; i < json_object_array_length(list); i++)
		impact += number(member(json_object_array_get_idx(list, i), "impact"), "value");
	close_to(impact, 100, 1e-6);
	close_to(number(member(row_of(list, CLOCK), "other_cpu_share"), "value"), 0, 0);
	assert_string_equal(text_of(member(row_of(list, CLOCK), "other_cpu_share"), "quality"),
			    "measured");
	assert_string_equal(text_of(member(row_of(list, LEAK), "other_cpu_share"), "why"),
			    "too few were seen");
}

static void json(void **state)
{
	struct json_object *document;
	char *text;
	int code;

	plan();
	text = report(&code, "--json", "--check", NULL, NULL);
	assert_int_equal(code, 0);
	document = json_tokener_parse(text);
	assert_non_null(document);
	check_lifetimes(document);
	check_patterns(document);
	check_leaks(document);
	check_fragmentation(document);
	check_sharing(document);
	json_object_put(document);
	free(text);
	free(event);
}

static void text(void **state)
{
	static const char *const expected[] = {
		"Leaks: 1 leak, 0 suspect", "none was ever freed",
		"Check: fitted on the first half",
		"Constant", "every 10 ms", "Address reuse tells which addresses",
		"Sharing: objects freed elsewhere", "Slabs that appeared: 100 of 400.0 KiB",
		"Who keeps them", "kmalloc-128", "Free pages at the end", "node 0 Normal",
	};
	char *got;
	int code;

	plan();
	got = report(&code, "--check", NULL, NULL, NULL);
	assert_int_equal(code, 0);
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
		if (!strstr(got, expected[i]))
			fail_msg("no \"%s\" in:\n%s", expected[i], got);
	free(got);
	got = report(&code, "--view", "leaks", NULL, NULL);
	assert_int_equal(code, 0);
	assert_non_null(strstr(got, "Leaks: 1 leak"));
	assert_null(strstr(got, "Lifetimes:"));
	free(got);
	got = report(&code, "--view", "leaks", "--check", NULL);
	assert_int_equal(code, 2);
	free(got);
	free(event);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json),
		cmocka_unit_test(text),
	};

	draw_seed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
