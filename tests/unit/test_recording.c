// SPDX-License-Identifier: GPL-2.0
/*
 * Recordings: everything written comes back; a file that is cut, flipped or of
 * another version is read to its last good chunk and says so; a full disk
 * leaves a readable file.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <xxhash.h>

#include "unit.h"
#include "recording.h"
#include "session.h"
#include "traffic.h"

#define CPUS	3
#define EVENTS	400

static struct memscope_event events[CPUS][EVENTS];
static const uint64_t floors[CPUS] = { 11, 22, 33 };

static int memory_file(void)
{
	int fd = memfd_create("recording", MFD_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static void make_events(void)
{
	struct unit_random random = { 7 };
	uint64_t now = 1000;
	int cpu;

	for (cpu = 0; cpu < CPUS; cpu++)
		traffic_real(&random, events[cpu], EVENTS, &now);
}

/* A small recording with one chunk at least of every type. */
static int write_everything(int fd)
{
	const char meta[] = "{\"kernel_release\":\"6.1.0-test\",\"cpus\":3,\"nodes\":[0,0,1],"
		"\"page_size_bytes\":4096,\"command\":[\"make\",\"-j2\"],"
		"\"options\":{\"stack_every\":10,\"probe\":\"kprobe\",\"features\":[\"stacks\"],"
		"\"filter_size_bytes\":[8,64]}}";
	const struct memscope_snapshot_file files[] = {
		{ "buddyinfo", "Node 0, zone DMA 1 2 3\n", 23 }, { "loadavg", "0.1 0.2\n", 8 },
	};
	const struct memscope_symbol symbol = { 0xffffffff81100000, 0x40, "kmalloc_user", "" };
	const struct memscope_cache cache = { .id = 2, .object_size = 100, .size = 104,
					      .name = "dentry" };
	const struct memscope_task task = { .tid = 100, .tgid = 99, .comm = "worker" };
	uint64_t counters[CPUS * MEMSCOPE_COUNTERS] = { 0 };
	uint64_t words[4] = { 0, 0xffffffff81100010, 0xffffffff81100020, 0xffffffff81100030 };
	struct memscope_stack head = { .id = 1, .frames = 3 };
	struct memscope_writer *writer;
	int cpu, err;

	make_events();
	memcpy(words, &head, sizeof(head));
	counters[MEMSCOPE_COUNTER_LOST] = 5;
	counters[MEMSCOPE_COUNTERS + MEMSCOPE_COUNTER_LOST] = 6;
	err = memscope_writer_create_fd(&writer, fd);
	if (err)
		return err;
	err = memscope_writer_meta(writer, meta);
	err = err ?: memscope_writer_json(writer, MEMSCOPE_CHUNK_MODULES,
		"[{\"name\":\"ext4\",\"base\":\"0xffffffffc0000000\",\"size\":\"0x1000\","
		"\"build_id\":\"abcd\",\"sections\":{\".text\":\"0xffffffffc0000040\"}}]");
	err = err ?: memscope_writer_stack(writer, (struct memscope_stack *)words);
	err = err ?: memscope_writer_symbol(writer, &symbol);
	err = err ?: memscope_writer_cache(writer, &cache);
	err = err ?: memscope_writer_task(writer, &task);
	err = err ?: memscope_writer_snapshot(writer, 77, files, 2);
	for (cpu = 0; !err && cpu < CPUS; cpu++) {
		struct memscope_batch batch = { cpu, 0, events[cpu], EVENTS };

		err = memscope_writer_events(writer, &batch);
	}
	err = err ?: memscope_writer_round(writer, floors, CPUS, true);
	err = err ?: memscope_writer_counters(writer, 88, counters, CPUS);
	err = err ?: memscope_writer_json(writer, MEMSCOPE_CHUNK_PATHS,
		"[{\"path\":7,\"name\":\"kfree\",\"attached\":\"kprobe\",\"symbol\":\"kfree\","
		"\"hits\":9,\"missed\":4,\"without\":\"frees\"}]");
	err = err ?: memscope_writer_finish(writer, 99, "finished");
	memscope_writer_destroy(writer);
	return err;
}

/* What reading a file to its end gave. */
struct outcome {
	int opened;
	int chunks, event_count;
	bool complete, damaged;
};

static struct outcome read_everything(int fd, bool compare)
{
	struct outcome outcome = { 0 };
	struct memscope_session session;
	struct memscope_reader *reader;
	struct memscope_chunk chunk;
	int got;

	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	outcome.opened = memscope_reader_open_fd(&reader, dup(fd));
	if (outcome.opened)
		return outcome;
	memscope_session_init(&session);
	while ((got = memscope_reader_next(reader, &chunk)) > 0) {
		const struct memscope_event *decoded;
		int err = 0;

		outcome.chunks++;
		if (chunk.type == MEMSCOPE_CHUNK_EVENTS) {
			err = memscope_reader_events(reader, &chunk, &decoded);
			if (!err) {
				outcome.event_count += chunk.count;
				if (compare) {
					assert_true(chunk.cpu < CPUS);
					assert_memory_equal(decoded, events[chunk.cpu],
							    sizeof(events[0]));
				}
			}
		} else {
			err = memscope_session_take(&session, &chunk);
		}
		if (err == -EPROTO)
			memscope_reader_reject(reader, &chunk);
		else
			assert_int_equal(err, 0);
	}
	assert_int_equal(got, 0);
	outcome.complete = session.complete;
	outcome.damaged = memscope_reader_damage(reader) != NULL;
	memscope_session_deinit(&session);
	memscope_reader_close(reader);
	return outcome;
}

static void everything_comes_back(void **state)
{
	struct memscope_session session;
	struct memscope_losses losses;
	struct memscope_symbol symbol;
	struct outcome outcome;
	const uint64_t *frames;
	uint64_t offset;
	char path[64];
	size_t count;
	int fd = memory_file();

	assert_int_equal(write_everything(dup(fd)), 0);
	outcome = read_everything(fd, true);
	assert_int_equal(outcome.event_count, CPUS * EVENTS);
	assert_true(outcome.complete);
	assert_false(outcome.damaged);

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	memscope_session_init(&session);
	assert_int_equal(memscope_session_load(&session, path), 0);
	assert_string_equal(session.damage, "");
	assert_string_equal(session.meta.kernel_release, "6.1.0-test");
	memscope_meta_command_text(&session.meta, path, sizeof(path));
	assert_string_equal(path, "make -j2");
	assert_string_equal(session.meta.command[1], "-j2");
	assert_int_equal(session.meta.cpus, 3);
	assert_int_equal(memscope_meta_node(&session.meta, 2), 1);
	assert_int_equal(memscope_meta_node(&session.meta, 3), -1);
	assert_int_equal(memscope_option_number(&session.meta.options,
						MEMSCOPE_A_STACK_EVERY), 10);
	assert_int_equal(memscope_option_number(&session.meta.options, MEMSCOPE_A_PROBE),
			 MEMSCOPE_PROBE_KPROBE);
	assert_int_equal(memscope_option_number(&session.meta.options,
						MEMSCOPE_A_FILTER_SIZE_MAX), 64);
	frames = memscope_stack_table_find(&session.stacks, 1, &count);
	assert_int_equal(count, 3);
	assert_true(frames[2] == 0xffffffff81100030);
	assert_null(memscope_stack_table_find(&session.stacks, 2, &count));
	assert_true(memscope_symbol_table_find(&session.symbols, 0xffffffff81100010, false,
					       &symbol, &offset));
	assert_string_equal(symbol.name, "kmalloc_user");
	assert_int_equal(offset, 0x10);
	assert_string_equal(memscope_cache_table_find(&session.caches, 2)->name, "dentry");
	assert_string_equal(memscope_task_table_find(&session.tasks, 100)->comm, "worker");
	assert_string_equal(memscope_module_table_find(&session.modules, "ext4")->build_id,
			    "abcd");
	assert_int_equal(session.snapshot_count, 1);
	assert_string_equal(memscope_snapshot_find(&session.snapshots[0], "loadavg"),
			    "0.1 0.2\n");
	memscope_session_losses(&session, &losses);
	assert_int_equal(losses.lost, 11);
	assert_int_equal(losses.missed, 4);
	assert_true(memscope_session_incomplete(&session));
	assert_int_equal(session.ended_ns, 99);
	memscope_session_deinit(&session);
	close(fd);
}

static size_t contents(int fd, unsigned char **data)
{
	struct stat stat;

	assert_int_equal(fstat(fd, &stat), 0);
	*data = malloc(stat.st_size);
	assert_int_equal(pread(fd, *data, stat.st_size, 0), stat.st_size);
	return stat.st_size;
}

static void put_contents(int fd, const unsigned char *data, size_t bytes)
{
	assert_int_equal(ftruncate(fd, 0), 0);
	assert_int_equal(pwrite(fd, data, bytes, 0), bytes);
}

static void a_file_cut_anywhere_is_read_up_to_there(void **state)
{
	int fd = memory_file(), cut = memory_file(), last_chunks = 0;
	unsigned char *data;
	size_t bytes, at;

	assert_int_equal(write_everything(dup(fd)), 0);
	bytes = contents(fd, &data);
	for (at = 0; at < bytes; at++) {
		struct outcome outcome;

		put_contents(cut, data, at);
		outcome = read_everything(cut, false);
		if (at < 8) {
			assert_int_equal(outcome.opened, -ENOMSG);
			continue;
		}
		assert_int_equal(outcome.opened, 0);
		assert_true(outcome.damaged);
		assert_false(outcome.complete);
		/* what is whole is read: never less than of a shorter file */
		assert_true(outcome.chunks == last_chunks || outcome.chunks == last_chunks + 1);
		last_chunks = outcome.chunks;
	}
	put_contents(cut, data, bytes);
	assert_int_equal(read_everything(cut, true).chunks, last_chunks + 1);
	free(data);
	close(fd);
	close(cut);
}

static void every_flipped_bit_is_noticed(void **state)
{
	int fd = memory_file(), flipped = memory_file();
	unsigned char *data;
	size_t bytes, at;

	assert_int_equal(write_everything(dup(fd)), 0);
	bytes = contents(fd, &data);
	for (at = 0; at < bytes; at++) {
		struct outcome outcome;

		data[at] ^= 1 << at % 8;
		put_contents(flipped, data, bytes);
		data[at] ^= 1 << at % 8;
		outcome = read_everything(flipped, false);
		assert_true(outcome.opened == -ENOMSG || outcome.damaged);
	}
	free(data);
	close(fd);
	close(flipped);
}

/* With checksums made right again, so that what is behind them is tried too. */
static void repair_checksums(unsigned char *data, size_t bytes)
{
	size_t at = 16;

	while (at + sizeof(struct memscope_chunk_header) <= bytes) {
		struct memscope_chunk_header header;

		memcpy(&header, data + at, sizeof(header));
		if (header.stored > bytes - at - sizeof(header))
			return;
		header.checksum = 0;
		memcpy(data + at, &header, sizeof(header));
		header.checksum = XXH3_64bits(data + at, sizeof(header) + header.stored);
		memcpy(data + at, &header, sizeof(header));
		at += sizeof(header) + header.stored;
	}
}

static void forged_chunks_do_no_harm(void **state)
{
	struct unit_random random = unit_random("forged_chunks_do_no_harm");
	int fd = memory_file(), forged = memory_file(), i, noticed = 0;
	unsigned char *data, *copy;
	size_t bytes;

	assert_int_equal(write_everything(dup(fd)), 0);
	bytes = contents(fd, &data);
	copy = malloc(bytes);
	for (i = 0; i < 4000; i++) {
		int flips = 1 + unit_below(&random, 3);
		struct outcome outcome;

		memcpy(copy, data, bytes);
		while (flips--)
			copy[16 + unit_below(&random, bytes - 16)] = unit_next(&random);
		repair_checksums(copy, bytes);
		put_contents(forged, copy, bytes);
		outcome = read_everything(forged, false);
		assert_int_equal(outcome.opened, 0);
		noticed += outcome.damaged;
	}
	assert_true(noticed > 100);
	free(data);
	free(copy);
	close(fd);
	close(forged);
}

static void what_follows_the_end_is_noticed(void **state)
{
	int fd = memory_file();
	unsigned char *data;
	size_t bytes;

	assert_int_equal(write_everything(dup(fd)), 0);
	bytes = contents(fd, &data);
	assert_int_equal(pwrite(fd, "x", 1, bytes), 1);
	assert_true(read_everything(fd, true).damaged);
	free(data);
	close(fd);
}

static void other_versions_are_told_apart(void **state)
{
	int fd = memory_file();
	unsigned char *data;
	uint32_t checksum;
	size_t bytes;

	assert_int_equal(write_everything(dup(fd)), 0);
	bytes = contents(fd, &data);
	/* a later minor version may add chunk types */
	data[10]++;
	checksum = XXH3_64bits(data, 12);
	memcpy(data + 12, &checksum, 4);
	put_contents(fd, data, bytes);
	assert_true(read_everything(fd, true).complete);
	/* a later major version may be anything */
	data[8]++;
	checksum = XXH3_64bits(data, 12);
	memcpy(data + 12, &checksum, 4);
	put_contents(fd, data, bytes);
	assert_int_equal(read_everything(fd, false).opened, -EPROTONOSUPPORT);
	put_contents(fd, (const unsigned char *)"not a recording at all", 22);
	assert_int_equal(read_everything(fd, false).opened, -ENOMSG);
	put_contents(fd, data, 0);
	assert_int_equal(read_everything(fd, false).opened, -ENOMSG);
	free(data);
	close(fd);
}

static void rounds_are_kept_back_until_they_are_worth_it(void **state)
{
	struct memscope_batch batch = { 1, 0, events[1], EVENTS };
	int fd = memory_file(), i;
	struct memscope_writer *writer;
	uint64_t before;

	make_events();
	assert_int_equal(memscope_writer_create_fd(&writer, dup(fd)), 0);
	before = memscope_writer_bytes(writer);
	assert_int_equal(memscope_writer_events(writer, &batch), 0);
	assert_int_equal(memscope_writer_round(writer, floors, CPUS, false), 0);
	assert_true(memscope_writer_bytes(writer) == before);
	for (i = 0; i < 200; i++) {
		assert_int_equal(memscope_writer_events(writer, &batch), 0);
		assert_int_equal(memscope_writer_round(writer, floors, CPUS, false), 0);
	}
	assert_true(memscope_writer_bytes(writer) > before);
	assert_int_equal(memscope_writer_event_count(writer), 201 * EVENTS);
	assert_int_equal(memscope_writer_finish(writer, 1, "finished"), 0);
	memscope_writer_destroy(writer);
	assert_int_equal(read_everything(fd, false).event_count, 201 * EVENTS);
	close(fd);
}

static void a_full_disk_leaves_whole_chunks(void **state)
{
	int fd = memory_file(), err, limit, good = 0;
	struct rlimit old, small;

	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &old);
	for (limit = 0; limit < 6000; limit += 97) {
		struct outcome outcome;

		assert_int_equal(ftruncate(fd, 0), 0);
		lseek(fd, 0, SEEK_SET);
		small = old;
		small.rlim_cur = limit;
		setrlimit(RLIMIT_FSIZE, &small);
		err = write_everything(dup(fd));
		setrlimit(RLIMIT_FSIZE, &old);
		assert_true(err == 0 || err == -EFBIG);
		outcome = read_everything(fd, false);
		if (limit < 16)
			continue;
		assert_int_equal(outcome.opened, 0);
		assert_int_equal(outcome.damaged, err != 0);
		assert_int_equal(outcome.complete, err == 0);
		good += outcome.chunks;
	}
	assert_true(good > 20);
	close(fd);
}

static void only_recordings_are_replaced(void **state)
{
	char path[] = "/tmp/memscope-unit-XXXXXX";
	struct memscope_writer *writer;
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	/* an empty file is nobody's */
	assert_int_equal(memscope_writer_create(&writer, path), 0);
	assert_int_equal(memscope_writer_finish(writer, 1, "first"), 0);
	memscope_writer_destroy(writer);
	assert_true(read_everything(fd, false).complete);
	/* a recording stays until there is another */
	assert_int_equal(memscope_writer_create(&writer, path), 0);
	memscope_writer_destroy(writer);
	assert_true(read_everything(fd, false).complete);
	assert_int_equal(memscope_writer_create(&writer, path), 0);
	assert_int_equal(memscope_writer_meta(writer, "{}"), 0);
	memscope_writer_destroy(writer);
	assert_false(read_everything(fd, false).complete);
	put_contents(fd, (const unsigned char *)"precious", 8);
	assert_int_equal(memscope_writer_create(&writer, path), -EEXIST);
	put_contents(fd, (const unsigned char *)"precious and longer than that", 29);
	assert_int_equal(memscope_writer_create(&writer, path), -EEXIST);
	unlink(path);
	close(fd);
	assert_int_equal(memscope_writer_create(&writer, "/nonexistent/x"), -ENOENT);
	assert_int_equal(memscope_writer_create(&writer, "/"), -EISDIR);
	/* a new file of which nothing came does not stay */
	assert_int_equal(memscope_writer_create(&writer, path), 0);
	memscope_writer_destroy(writer);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(memscope_writer_create(&writer, "/dev/full"), 0);
	assert_int_equal(memscope_writer_meta(writer, "{}"), -ENOSPC);
	assert_int_equal(memscope_writer_finish(writer, 1, "full"), -ENOSPC);
	memscope_writer_destroy(writer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_comes_back),
		cmocka_unit_test(a_file_cut_anywhere_is_read_up_to_there),
		cmocka_unit_test(every_flipped_bit_is_noticed),
		cmocka_unit_test(forged_chunks_do_no_harm),
		cmocka_unit_test(what_follows_the_end_is_noticed),
		cmocka_unit_test(other_versions_are_told_apart),
		cmocka_unit_test(rounds_are_kept_back_until_they_are_worth_it),
		cmocka_unit_test(a_full_disk_leaves_whole_chunks),
		cmocka_unit_test(only_recordings_are_replaced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
