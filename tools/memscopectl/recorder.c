// SPDX-License-Identifier: GPL-2.0
/*
 * A recording made from the command line.
 *
 * Signals come through a descriptor, so that one that ends the recording lets
 * it be finished. A second one does not interrupt that either: draining takes
 * a moment, not for ever.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <linux/membarrier.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>

#include "cmd.h"
#include "failure.h"
#include "json.h"
#include "progress.h"
#include "recorder.h"
#include "text.h"

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

/* The signals that end a recording, and SIGCHLD, as a descriptor. */
static int open_signals(sigset_t *before)
{
	sigset_t signals;
	int fd;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGHUP);
	sigaddset(&signals, SIGCHLD);
	if (sigprocmask(SIG_BLOCK, &signals, before))
		return -errno;
	fd = signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* True if one came that ends the recording. */
static bool read_signals(int fd)
{
	struct signalfd_siginfo info;
	bool end = false;

	while (read(fd, &info, sizeof(info)) == sizeof(info))
		end = end || info.ssi_signo != SIGCHLD;
	return end;
}

static void show_progress(const struct recorder *recorder,
			  const struct memscope_capture *capture, uint64_t elapsed_ns)
{
	char time[32], events[32], bytes[32], lost[32];
	struct memscope_losses losses;

	if (!progress_due())
		return;
	memscope_session_losses(memscope_capture_session(capture), &losses);
	text_duration(time, sizeof(time), elapsed_ns);
	text_count(events, sizeof(events), memscope_capture_event_count(capture));
	text_bytes(bytes, sizeof(bytes), memscope_writer_bytes(recorder->writer));
	text_count(lost, sizeof(lost), losses.lost);
	progress_show("recording: %s, %s events, %s, %s lost", time, events, bytes, lost);
}

/* Until time is up, a signal comes, the command ends or something fails. */
static int run_until_end(struct recorder *recorder, struct memscope_capture *capture,
			 int signals)
{
	uint64_t begun = now_ns(), elapsed;
	int timeout_ms, err;

	for (;;) {
		elapsed = now_ns() - begun;
		recorder->elapsed_ns = elapsed;
		if (read_signals(signals)) {
			recorder->reason = "signal";
			return 0;
		}
		if (command_poll(&recorder->command)) {
			recorder->reason = "command";
			return 0;
		}
		if (recorder->duration_ns && elapsed >= recorder->duration_ns) {
			recorder->reason = "time";
			return 0;
		}
		timeout_ms = 200;
		if (recorder->duration_ns &&
		    recorder->duration_ns - elapsed < 200 * 1000000ULL)
			timeout_ms = (recorder->duration_ns - elapsed) / 1000000 + 1;
		err = memscope_capture_step(capture, timeout_ms, signals);
		if (err)
			return err;
		show_progress(recorder, capture, elapsed);
	}
}

/*
 * What was to be freed after a grace period gets one: membarrier() waits for
 * it. Where the kernel refuses (nohz_full), time alone must do.
 */
static void drain_rcu(void)
{
	syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0);
}

/* Goes on for a while: frees that come late belong to what was done before. */
static int settle(struct recorder *recorder, struct memscope_capture *capture, int signals)
{
	uint64_t end = recorder->window_end_ns + recorder->settle_ns, now = now_ns();
	uint64_t drain = 0;
	int err = 0;

	while (!err && now < end && !read_signals(signals)) {
		if (now >= drain) {
			drain_rcu();
			drain = now + recorder->settle_ns / 4;
		}
		err = memscope_capture_step(capture, (end - now) / 1000000 < 100 ?
					    (int)((end - now) / 1000000) + 1 : 100, signals);
		now = now_ns();
		show_progress(recorder, capture, now - recorder->window_start_ns);
	}
	return err;
}

static int run_session(struct recorder *recorder, struct memscope_capture *capture,
		       int signals)
{
	int err, stop_err;

	recorder->reason = "error";
	err = memscope_capture_start(capture, recorder->options, recorder->argv);
	recorder->window_start_ns = now_ns();
	if (!err && recorder->argv) {
		err = command_release(&recorder->command);
		if (err) {
			failed("cannot run %s: %s", recorder->argv[0], strerror(-err));
			memscope_capture_stop(capture, "command cannot be run");
			return EXIT_FAILED;
		}
	}
	err = err ?: run_until_end(recorder, capture, signals);
	recorder->window_end_ns = now_ns();
	if (!err && recorder->settle_ns && strcmp(recorder->reason, "signal"))
		err = settle(recorder, capture, signals);
	stop_err = memscope_capture_stop(capture, recorder->reason);
	progress_clear();
	memscope_session_losses(memscope_capture_session(capture), &recorder->losses);
	recorder->events = memscope_capture_event_count(capture);
	recorder->bytes = memscope_writer_bytes(recorder->writer);
	if (!err && !stop_err)
		return EXIT_FINE;
	err = memscope_writer_error(recorder->writer);
	if (!err)
		return failed("%s", memscope_capture_error(capture));
	return failed("cannot write %s: %s%s", recorder->name, strerror(-err),
		      recorder->events ? "; what was written before can be read" : "");
}

/* With a client that is connected and signals that are caught. */
static int run_capture(struct recorder *recorder, struct memscope_client *client, int signals)
{
	struct memscope_capture *capture;
	int err, code;

	err = memscope_capture_create(&capture, client, recorder->writer);
	if (err)
		return failed("%s", strerror(-err));
	if (progress_due())
		progress_show("reading the kernel's symbols");
	code = memscope_capture_prepare(capture) ?
	       failed("%s", memscope_capture_error(capture)) : EXIT_FINE;
	if (!code && recorder->argv) {
		err = command_fork(&recorder->command, recorder->argv,
				   recorder->stdout_is_ours);
		if (err)
			code = failed("cannot fork: %s", strerror(-err));
	}
	if (!code)
		code = run_session(recorder, capture, signals);
	if (!command_end(&recorder->command))
		remark("the command still runs (process %d)", recorder->command.pid);
	memscope_capture_destroy(capture);
	return code;
}

int recorder_run(struct recorder *recorder)
{
	struct memscope_client *client;
	sigset_t before;
	int signals, code;

	recorder->command = (struct command){ .gate = -1, .report = -1 };
	code = cmd_connect(&client);
	if (code)
		return code;
	signals = open_signals(&before);
	if (signals < 0) {
		code = failed("cannot wait for signals: %s", strerror(-signals));
	} else {
		code = run_capture(recorder, client, signals);
		close(signals);
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	memscope_client_destroy(client);
	return code;
}

static void print_loss(uint64_t count, const char *what)
{
	char text[32];

	if (count)
		printf("  %14s  %s\n", text_count(text, sizeof(text), count), what);
}

void losses_print(const struct memscope_losses *losses)
{
	uint64_t events = losses->lost + losses->missed + losses->recursion;
	char count[32], share[32];

	if (events)
		printf("INCOMPLETE: events are missing: %s (%s of all)\n",
		       text_count(count, sizeof(count), events),
		       text_share(share, sizeof(share), events, events + losses->read));
	print_loss(losses->lost, "lost: a buffer was full (--buffer-kb, --features, filters)");
	print_loss(losses->missed, "missed: the kernel skipped kprobes in interrupts (--probe auto has fewer)");
	print_loss(losses->recursion, "refused: an allocation inside a probe");
	if (losses->stack_full || losses->stack_failed || losses->cache_full)
		printf("Recorded without a part:\n");
	print_loss(losses->stack_full, "events without their stack: the table was full (--stack-table)");
	print_loss(losses->stack_failed, "events without their stack: it could not be walked");
	print_loss(losses->cache_full, "events without their cache: the table was full");
}

struct json_object *losses_json(const struct memscope_losses *losses)
{
	struct json_object *json = json_object_new_object();

	json_add_count(json, "lost_events", losses->lost);
	json_add_count(json, "missed_events", losses->missed);
	json_add_count(json, "recursion_events", losses->recursion);
	json_add_count(json, "stack_full_events", losses->stack_full);
	json_add_count(json, "stack_failed_events", losses->stack_failed);
	json_add_count(json, "cache_full_events", losses->cache_full);
	json_add_count(json, "read_events", losses->read);
	return json;
}
