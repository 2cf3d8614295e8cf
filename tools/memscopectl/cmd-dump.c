// SPDX-License-Identifier: GPL-2.0
/*
 * memscopectl dump: events as lines, of the session in the module or of a
 * recording.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "args.h"
#include "cmd.h"
#include "event-print.h"
#include "failure.h"
#include "lines.h"

enum { OPTION_FOLLOW = 1, OPTION_STACKS, OPTION_DEBUG_DIR, OPTION_NO_LINES };

static const struct args_option own_options[] = {
	{ OPTION_FOLLOW, 'f', "follow", NULL,
	  "go on with what comes, until interrupted or the session ends" },
	{ OPTION_STACKS, 's', "stacks", NULL, "print stacks below their events" },
	LINES_OPTION_DIR(OPTION_DEBUG_DIR),
	LINES_OPTION_OFF(OPTION_NO_LINES),
	{ 0 },
};

static const struct args_verb dump_verb = {
	.usage = "memscopectl dump [FILE] [--follow] [--stacks] [--json]",
	.text = "Prints the events that the module's buffers hold, which takes them out, or those\n"
		"of a recording: one a line, in order. With --json each line is an object.",
	.options = own_options,
};

static volatile sig_atomic_t interrupted;

static void on_signal(int signal)
{
	interrupted = 1;
}

static int on_events(void *ctx, const struct memscope_merged *events, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		event_print(ctx, &events[i]);
	if (ferror(stdout))
		return -EIO;
	return interrupted ? -EINTR : 0;
}

/* Names and tables first, then the events: names come behind them in the file. */
static int dump_file(struct event_printer *printer, const char *path)
{
	const struct memscope_replay replay = { .events = on_events, .ctx = printer };
	struct memscope_session events_only;
	int err;

	err = memscope_session_load(printer->session, path);
	if (!err) {
		memscope_session_init(&events_only);
		err = memscope_replay(path, &events_only, &replay);
		memscope_session_deinit(&events_only);
	}
	if (err == -EINTR || (err == -EIO && ferror(stdout)))
		return EXIT_FINE;
	if (err)
		return failed("cannot read %s: %s", path, memscope_recording_error(err));
	if (printer->session->damage[0])
		remark("%s: %s", path, printer->session->damage);
	return memscope_session_incomplete(printer->session) ? EXIT_INCOMPLETE : EXIT_FINE;
}

/* A dump of the running module. */
struct live {
	struct memscope_client *client;
	struct memscope_session *session;
	struct memscope_merge *merge;
	uint64_t floors[MEMSCOPE_CPUS_MAX];
	uint32_t cpus;
	uint64_t lost;
};

static int on_batch(void *ctx, const struct memscope_batch *batch)
{
	struct live *live = ctx;
	size_t i;
	int err;

	for (; live->cpus <= batch->cpu; live->cpus++)
		live->floors[live->cpus] = MEMSCOPE_NO_CPU;
	if (live->floors[batch->cpu] == MEMSCOPE_NO_CPU ||
	    batch->floor_ns > live->floors[batch->cpu])
		live->floors[batch->cpu] = batch->floor_ns;
	for (i = 0; i < batch->count; i++) {
		if (batch->events[i].type != MEMSCOPE_EVENT_TASK)
			continue;
		err = memscope_task_table_event(&live->session->tasks, &batch->events[i]);
		if (err)
			return err;
	}
	return memscope_merge_push(live->merge, batch->cpu, batch->events, batch->count);
}

static int on_stack(void *ctx, const struct memscope_stack *stack)
{
	return memscope_stack_table_add(ctx, stack);
}

static int on_cache(void *ctx, const struct memscope_cache *cache)
{
	return memscope_cache_table_add(ctx, cache);
}

static int on_counters(void *ctx, uint32_t cpu, const uint64_t *values)
{
	*(uint64_t *)ctx += values[MEMSCOPE_COUNTER_LOST];
	return 0;
}

static int on_symbol(void *ctx, uint64_t address, const char *name)
{
	int err = memscope_symbol_table_add_text(ctx, address, name);

	return err == -EINVAL ? 0 : err;
}

/* What the buffers hold, and the names it needs, before any of it is printed. */
static int take_round(struct live *live)
{
	struct memscope_session *session = live->session;
	int err;

	err = memscope_client_events(live->client, on_batch, live);
	err = err ?: memscope_client_stacks(live->client, session->stacks.last_id, on_stack,
					    &session->stacks);
	err = err ?: memscope_client_caches(live->client, on_cache, &session->caches);
	if (err)
		return failed("%s", memscope_client_error(live->client));
	err = memscope_merge_round(live->merge, live->floors, live->cpus);
	if (err && err != -EINTR && err != -EIO)
		return failed("%s", strerror(-err));
	fflush(stdout);
	return EXIT_FINE;
}

static int follow(struct live *live)
{
	struct memscope_status status;
	int code = EXIT_FINE;

	while (!code && !interrupted && !ferror(stdout)) {
		usleep(100 * 1000);
		if (memscope_client_status(live->client, &status))
			return failed("%s", memscope_client_error(live->client));
		code = take_round(live);
		if (!status.running)
			break;
	}
	return code;
}

static int dump_session(struct live *live, bool following)
{
	int code, err;

	code = take_round(live);
	if (!code && following)
		code = follow(live);
	if (code)
		return code;
	err = memscope_merge_flush(live->merge);
	if (err && err != -EINTR && err != -EIO)
		return failed("%s", strerror(-err));
	err = memscope_client_counters(live->client, on_counters, &live->lost);
	if (err)
		return failed("%s", memscope_client_error(live->client));
	if (!live->lost)
		return EXIT_FINE;
	remark("%llu events were lost because buffers were full",
	       (unsigned long long)live->lost);
	return EXIT_INCOMPLETE;
}

static int dump_live(struct event_printer *printer, bool following)
{
	struct memscope_session *session = printer->session;
	struct live *live = calloc(1, sizeof(*live));
	int code, err;

	if (!live)
		return failed("out of memory");
	live->session = session;
	code = cmd_connect(&live->client);
	if (code)
		goto free_live;
	err = memscope_symbol_table_read(&session->symbols, NULL);
	if (err == -EPERM)
		remark("the kernel hides its addresses: functions are not named");
	memscope_client_symbols(live->client, on_symbol, &session->symbols);
	memscope_task_table_scan(&session->tasks);
	if (printer->source) {
		memscope_meta_gather(&session->meta);
		memscope_module_table_gather(&session->modules);
	}
	err = memscope_merge_create(&live->merge, on_events, printer);
	code = err ? failed("%s", strerror(-err)) : dump_session(live, following);
	memscope_merge_destroy(live->merge);
	memscope_client_destroy(live->client);
free_live:
	free(live);
	return code;
}

int cmd_dump(int argc, char **argv)
{
	const struct sigaction action = { .sa_handler = on_signal };
	struct memscope_session session;
	struct event_printer printer = { .session = &session };
	struct lines_options lines = { 0 };
	bool following = false;
	char missing[512];
	struct args args;
	int option, code;

	args_begin(&args, &dump_verb, argc, argv);
	while ((option = args_next(&args)) > 0) {
		if (option == OPTION_FOLLOW)
			following = true;
		else if (option == OPTION_STACKS)
			printer.stacks = true;
		else if (option == OPTION_NO_LINES)
			lines.off = true;
		else if (!lines_add_dir(&lines, args.value))
			return misused(dump_verb.usage, "--debug-dir: too long");
	}
	if (option < 0)
		return args.exit_code;
	code = args_operands(&args, 1, false);
	if (code)
		return code;
	if (following && args.operand_count)
		return misused(dump_verb.usage, "--follow is of sessions, not of recordings");
	printer.json = args.json;
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	memscope_session_init(&session);
	if (printer.stacks)
		printer.source = lines_open(&lines, &session);
	code = args.operand_count ? dump_file(&printer, args.operands[0]) :
	       dump_live(&printer, following);
	if (memscope_source_missing(printer.source, missing, sizeof(missing)))
		remark("%s", missing);
	memscope_source_destroy(printer.source);
	memscope_session_deinit(&session);
	return code;
}
