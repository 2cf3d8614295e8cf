// SPDX-License-Identifier: GPL-2.0
/*
 * conform auto|kprobe: has memscope.ko seen exactly what memscope_load did?
 *
 * Every path in every context, then a storm of all of them, then the reader's own
 * work, then filters. Of each: how many events, bytes, objects (by the sum of
 * their addresses), call sites, contexts, CPUs, tasks, caches, stacks; whether
 * each object was freed once; and at each session's end, for each CPU, whether
 * every hit is accounted for. A difference is allowed only where the kernel says
 * that it skipped kprobes (nmissed), and no larger than that.
 */
#include <sys/wait.h>

#include "seen.h"

static uint32_t probe;
static bool one_cpu;
static uint32_t buffer_kb = 8192;
static unsigned long cases, cases_missed;

static const char *const contexts[] = { "process", "softirq", "hardirq", "nmi" };

/* kprobes, or tracepoints where there are; a stack for each; nothing lost. */
static int session_start(struct wire_request *more)
{
	struct wire_request request;
	int error;

	wire_do_begin(&wire, &request, MEMSCOPE_CMD_START);
	wire_put_u32(&request, MEMSCOPE_A_PROBE, probe);
	wire_put_u32(&request, MEMSCOPE_A_STACK_EVERY, 1);
	wire_put_u32(&request, MEMSCOPE_A_STACK_DEPTH, MEMSCOPE_STACK_DEPTH_MAX);
	wire_put_u32(&request, MEMSCOPE_A_BUFFER_KB, buffer_kb);
	if (more) {
		memcpy(request.bytes + request.header.nlmsg_len,
		       more->bytes + NLMSG_HDRLEN + GENL_HDRLEN,
		       more->header.nlmsg_len - NLMSG_HDRLEN - GENL_HDRLEN);
		request.header.nlmsg_len += more->header.nlmsg_len - NLMSG_HDRLEN - GENL_HDRLEN;
	}
	trace_reset(&trace);
	live_reset(&live);
	error = wire_ask(&wire, &request, NULL, NULL);
	if (error)
		printf("# start: %s: %s\n", strerror(-error), wire.sentence);
	return error;
}

/* For each CPU, every hit is accounted for, and what was read has come. */
static void judge_identity(struct blame *why)
{
	uint64_t hits = 0, path_hits = 0;
	uint32_t cpu;
	int path;

	for (cpu = 0; cpu < trace.cpus; cpu++) {
		const uint64_t *c = trace.counters[cpu];
		uint64_t ends = c[MEMSCOPE_COUNTER_READ] + c[MEMSCOPE_COUNTER_BUFFERED] +
				c[MEMSCOPE_COUNTER_LOST] + c[MEMSCOPE_COUNTER_FILTERED] +
				c[MEMSCOPE_COUNTER_SELF] + c[MEMSCOPE_COUNTER_RECURSION];

		if (c[MEMSCOPE_COUNTER_HITS] != ends)
			blame(why, "CPU %u: %llu hits, %llu accounted for", cpu,
			      (unsigned long long)c[MEMSCOPE_COUNTER_HITS],
			      (unsigned long long)ends);
		if (c[MEMSCOPE_COUNTER_READ] != trace.read[cpu])
			blame(why, "CPU %u: %llu read, %llu came", cpu,
			      (unsigned long long)c[MEMSCOPE_COUNTER_READ],
			      (unsigned long long)trace.read[cpu]);
		hits += c[MEMSCOPE_COUNTER_HITS];
	}
	for (path = 0; path < MEMSCOPE_PATHS; path++)
		path_hits += trace.hits[path];
	if (hits != path_hits)
		blame(why, "%llu hits by CPU, %llu by path", (unsigned long long)hits,
		      (unsigned long long)path_hits);
	none(why, "lost", trace_counter(&trace, MEMSCOPE_COUNTER_LOST));
	none(why, "walks that differ from the kernel's",
	     trace_counter(&trace, MEMSCOPE_COUNTER_UNWIND_MISMATCHED));
}

static void session_end(struct blame *why)
{
	if (wire_do(&wire, MEMSCOPE_CMD_STOP))
		blame(why, "stop: %s", wire.sentence);
	if (trace_take(&trace) || trace_tables(&trace))
		blame(why, "dump: %s", wire.sentence);
	judge_identity(why);
}

static void judge_pages(struct blame *why, const struct truth *truth, const struct seen *seen)
{
	if (strcmp(truth->path, "slab-pages") || !trace.attached[MEMSCOPE_PATH_SLAB_PAGE_ALLOC])
		return;
	/* sheaves may hold objects of slabs that no object came from yet */
	if (seen->pages_alloc < truth->slabs)
		blame(why, "%llu slabs came, wanted %llu", (unsigned long long)seen->pages_alloc,
		      (unsigned long long)truth->slabs);
	if (seen->pages_free != seen->pages_alloc)
		blame(why, "%llu slabs came and %llu went", (unsigned long long)seen->pages_alloc,
		      (unsigned long long)seen->pages_free);
}

static unsigned int how_many(const char *path)
{
	if (strstr(path, "vmalloc-") || strstr(path, "-vmalloc"))
		return 4;
	if (strstr(path, "bulk") || strstr(path, "rcu"))
		return 1000;
	return strstr(path, "large") ? 50 : 200;
}

static void run_case(const char *path, int context, int free_context)
{
	uint64_t missed = trace_missed(&trace);
	struct blame why = { "" };
	struct truth truth;
	char command[256], name[96];

	snprintf(name, sizeof(name), "%s %s", path, contexts[context]);
	snprintf(command, sizeof(command),
		 "path=%s context=%s free_context=%s n=%u size=300 cpu=%d free_cpu=0", path,
		 contexts[context], contexts[free_context], how_many(path), !one_cpu);
	if (load_truth(command, &truth) || strcmp(truth.status, "ok"))
		blame(&why, "load: %s: %s", truth.status, truth.reason);
	if (!strcmp(path, "call-rcu"))
		load_do("barrier kfree_rcu=no");
	if (trace_take(&trace) || trace_tables(&trace))
		blame(&why, "dump: %s", wire.sentence);
	missed = trace_missed(&trace) - missed;
	tally(&truth, 1, context, free_context);
	judge_truth(&why, &truth, &seen[0], missed);
	judge_pages(&why, &truth, &seen[0]);
	cases++;
	cases_missed += !!missed;
	verdict_of(name, &why);
}

/* One line of `paths`: {"name": .., "process": 1, ..} */
static void run_path(const char *line)
{
	char path[32], unsupported[160], name[64];
	struct blame why = { "" };
	int context;

	truth_text(line, "name", path, sizeof(path));
	if (truth_text(line, "unsupported", unsupported, sizeof(unsupported))) {
		verdict("skip", path, unsupported);
		return;
	}
	snprintf(name, sizeof(name), "%s session", path);
	if (session_start(NULL)) {
		verdict("not ok", name, wire.sentence);
		return;
	}
	for (context = 0; context < 4; context++) {
		bool process = context == MEMSCOPE_CONTEXT_NMI && !strcmp(path, "nolock-kfree");

		if (truth_number(line, contexts[context]))
			run_case(path, context, process ? MEMSCOPE_CONTEXT_PROCESS : context);
	}
	session_end(&why);
	tally(NULL, 0, -1, -1);
	verdict_of(name, &why);
}

static void run_paths(const char *only)
{
	char *text, *line, *rest, path[32];

	load_do("paths");
	rest = text = truth_file(LOAD_RESULT);
	while ((line = strsep(&rest, "\n"))) {
		if (!truth_text(line, "name", path, sizeof(path)))
			continue;
		if (!only || !strcmp(only, path))
			run_path(line);
	}
	free(text);
}

static int storm_truths(struct truth *truths)
{
	char *text = truth_file(LOAD_RESULT), *rest = text, *line;
	int count = 0;

	while ((line = strsep(&rest, "\n"))) {
		if (!strncmp(line, "{\"path\": ", 9) && count < TRUTHS)
			truth_parse(&truths[count++], line);
	}
	free(text);
	return count;
}

/* Does this kernel not allow it? */
static bool storm_skipped(char *reason, size_t size)
{
	char *text = truth_file(LOAD_RESULT), status[16];

	truth_text(text, "status", status, sizeof(status));
	truth_text(text, "reason", reason, size);
	free(text);
	return !strcmp(status, "skipped");
}

/* Everything at once, from threads and from timers that interrupt them. */
static void run_storm(const char *command, const char *name)
{
	static struct truth truths[TRUTHS];
	struct blame why = { "" };
	char reason[160];
	uint64_t missed;
	int count, i, status;
	size_t k;
	pid_t child;

	if (session_start(NULL)) {
		verdict("not ok", name, wire.sentence);
		return;
	}
	child = load_begin(command);
	while (waitpid(child, &status, WNOHANG) == 0) {
		if (trace_take(&trace))
			blame(&why, "dump: %s", wire.sentence);
		usleep(20000);
	}
	if (storm_skipped(reason, sizeof(reason))) {
		wire_do(&wire, MEMSCOPE_CMD_STOP);
		verdict("skip", name, reason);
		return;
	}
	count = storm_truths(truths);
	load_do("barrier");
	session_end(&why);
	missed = trace_missed(&trace);
	storm_slack = 2 + missed / 100;
	tally(truths, count, -1, -1);
	for (i = 0; i < count; i++) {
		struct blame of = { "" };

		judge_truth(&of, &truths[i], &seen[i], missed);
		if (*of.text)
			blame(&why, "%s: %s", truths[i].path, of.text);
	}
	for (k = 0, i = 0; k < live.size; k++)
		i += live.slot[k].owner && !live.slot[k].deferred;
	if ((uint64_t)i > missed + storm_slack)
		blame(&why, "%d false live objects (%llu missed)", i, (unsigned long long)missed);
	storm_slack = 0;
	if (count < 5)
		blame(&why, "only %d paths took part", count);
	printf("# %s: %d paths, %llu hits, %llu missed\n", name, count,
	       (unsigned long long)trace_counter(&trace, MEMSCOPE_COUNTER_HITS),
	       (unsigned long long)missed);
	verdict_of(name, &why);
}

/* What the reader of an attached session allocates is its own: counted, not told. */
static void run_self(void)
{
	struct wire_request more;
	struct blame why = { "" };
	struct truth truth;
	uint64_t missed;
	char *text;

	wire_begin(&more, 0, 0, 0, 0);
	wire_put_u32(&more, MEMSCOPE_A_ATTACHED, 1);
	if (session_start(&more)) {
		verdict("not ok", "reader's own", wire.sentence);
		return;
	}
	if (load_write("path=kmalloc n=500"))
		blame(&why, "load failed");
	text = truth_file(LOAD_RESULT);
	truth_parse(&truth, text);
	free(text);
	session_end(&why);
	missed = trace_missed(&trace);
	tally(&truth, 1, -1, -1);
	none(&why, "of its allocs were told", seen[0].allocs);
	if (trace_counter(&trace, MEMSCOPE_COUNTER_SELF) + missed < 500)
		blame(&why, "%llu counted as its own, wanted 500 at least",
		      (unsigned long long)trace_counter(&trace, MEMSCOPE_COUNTER_SELF));
	verdict_of("reader's own", &why);
}

/* A filter that lets this run through, or not; frees are never filtered. */
static void run_filter(const char *name, uint16_t attr, const char *text, uint32_t number,
		       const char *path, bool wanted)
{
	struct wire_request more;
	struct blame why = { "" };
	struct truth truth;
	char command[128], title[96];
	uint64_t missed;

	snprintf(title, sizeof(title), "filter %s %s %s", name, wanted ? "lets through" : "drops",
		 path);
	wire_begin(&more, 0, 0, 0, 0);
	if (text)
		wire_put_string(&more, attr, text);
	else
		wire_put_u32(&more, attr, number);
	if (session_start(&more)) {
		verdict("not ok", title, wire.sentence);
		return;
	}
	snprintf(command, sizeof(command), "path=%s n=200 size=300 cpu=0", path);
	load_truth(command, &truth);
	session_end(&why);
	missed = trace_missed(&trace);
	tally(&truth, 1, -1, -1);
	same_count(&why, "allocs", seen[0].allocs, wanted ? truth.allocs : 0, missed);
	if (wanted)
		same_count(&why, "frees", seen[0].frees, truth.frees, missed);
	else
		same_count(&why, "frees of objects not told of", seen[0].freed_unseen,
			   truth.frees, missed);
	if (!wanted && trace_counter(&trace, MEMSCOPE_COUNTER_FILTERED) + missed < truth.allocs)
		blame(&why, "fewer were counted as filtered");
	verdict_of(title, &why);
}

static void run_filters(void)
{
	run_filter("cache", MEMSCOPE_A_FILTER_CACHE, "memscope_load", 0, "cache", true);
	run_filter("cache", MEMSCOPE_A_FILTER_CACHE, "memscope_load", 0, "variable", false);
	run_filter("size above", MEMSCOPE_A_FILTER_SIZE_MIN, NULL, 300, "variable", true);
	run_filter("size above", MEMSCOPE_A_FILTER_SIZE_MIN, NULL, 301, "variable", false);
	run_filter("size below", MEMSCOPE_A_FILTER_SIZE_MAX, NULL, 300, "variable", true);
	run_filter("size below", MEMSCOPE_A_FILTER_SIZE_MAX, NULL, 299, "variable", false);
	run_filter("name", MEMSCOPE_A_FILTER_COMM, "memscope_load/0", 0, "kmalloc", true);
	run_filter("name", MEMSCOPE_A_FILTER_COMM, "memscope_load/1", 0, "kmalloc", false);
	run_filter("module", MEMSCOPE_A_FILTER_MODULE, "memscope_load", 0, "kmalloc", true);
	run_filter("module", MEMSCOPE_A_FILTER_MODULE, "vmlinux", 0, "kmalloc", false);
	run_filter("process", MEMSCOPE_A_FILTER_TGID, NULL, 1, "kmalloc", false);
}

int main(int argc, char **argv)
{
	int error = wire_open(&wire);

	if (argc < 2 || error) {
		fprintf(stderr, "conform: %s\n", error ? strerror(-error) :
			"usage: conform auto|kprobe [PATH]");
		return 1;
	}
	probe = strcmp(argv[1], "kprobe") ? MEMSCOPE_PROBE_AUTO : MEMSCOPE_PROBE_KPROBE;
	one_cpu = sysconf(_SC_NPROCESSORS_ONLN) < 2;
	run_paths(argc > 2 ? argv[2] : NULL);
	if (argc > 2)
		return 0;
	buffer_kb = 49152;		/* the reader cannot keep up with a storm */
	run_storm("storm threads=6 ms=800", "storm of threads");
	run_storm("storm threads=6 ms=800 timer_us=400", "storm of threads and interrupts");
	buffer_kb = 8192;
	run_self();
	run_filters();
	printf("# %lu cases, %lu of them with missed probes\n", cases, cases_missed);
	wire_close(&wire);
	return 0;
}
