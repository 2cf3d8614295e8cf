/* SPDX-License-Identifier: GPL-2.0 */
/*
 * All that is known of one session beside its events: where it ran, stacks,
 * caches, symbols, tasks, modules, snapshots, counters and paths. Filled from
 * the running module (capture.h) or from a recording.
 */
#ifndef MEMSCOPE_SESSION_H
#define MEMSCOPE_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cache.h"
#include "client.h"
#include "meta.h"
#include "module.h"
#include "recording.h"
#include "snapshot.h"
#include "stack.h"
#include "symbol.h"
#include "task.h"

/* Of longer sessions every other snapshot is dropped, again and again. */
#define MEMSCOPE_SESSION_SNAPSHOTS	512

/* One way into the allocator; strings belong to it. */
struct memscope_session_path {
	uint32_t path;
	uint32_t attached;
	uint64_t hits;
	uint64_t missed;
	char name[32];
	char symbol[256];
	char without[256];
};

/* What is not in the events, by cause. */
struct memscope_losses {
	uint64_t lost;			/* a buffer was full */
	uint64_t missed;		/* kprobe hits the kernel skipped */
	uint64_t recursion;		/* hit inside a probe */
	uint64_t stack_full;		/* events without their stack: table full */
	uint64_t stack_failed;		/* nothing could be walked */
	uint64_t cache_full;		/* events without their cache */
	uint64_t read;			/* events that came through */
};

struct memscope_session {
	struct memscope_meta meta;
	struct memscope_stack_table stacks;
	struct memscope_cache_table caches;
	struct memscope_symbol_table symbols;
	struct memscope_task_table tasks;
	struct memscope_module_table modules;

	struct memscope_snapshot *snapshots;	/* in order of time */
	size_t snapshot_count;
	size_t snapshot_every;		/* one kept of so many; the last always */
	size_t snapshots_seen;

	uint64_t *counters;		/* cpus * MEMSCOPE_COUNTERS, the latest */
	uint32_t counter_cpus;
	uint64_t counters_ns;

	struct memscope_session_path paths[MEMSCOPE_PATHS];
	size_t path_count;

	bool complete;			/* of a recording: its end was read */
	uint64_t ended_ns;
	char reason[32];		/* why it ended */
	char damage[192];		/* "" or what is wrong with the recording */
};

void memscope_session_init(struct memscope_session *session);
void memscope_session_deinit(struct memscope_session *session);

/*
 * Takes what a chunk holds; EVENTS and FLOORS are passed over. -EPROTO: it
 * makes no sense.
 */
int memscope_session_take(struct memscope_session *session,
			  const struct memscope_chunk *chunk);

/* All of a recording but its events. Damage is noted in the session. */
int memscope_session_load(struct memscope_session *session, const char *path);

int memscope_session_set_counters(struct memscope_session *session, uint64_t time_ns,
				  const uint64_t *values, uint32_t cpus);
int memscope_session_add_path(struct memscope_session *session,
			      const struct memscope_path_state *path);
struct json_object *memscope_session_paths_json(const struct memscope_session *session);

/* Sum of one counter over the CPUs. */
uint64_t memscope_session_counter(const struct memscope_session *session,
				  enum memscope_counter counter);
void memscope_session_losses(const struct memscope_session *session,
			     struct memscope_losses *losses);
/* True if events are missing, or the recording was cut short. */
bool memscope_session_incomplete(const struct memscope_session *session);

#endif /* MEMSCOPE_SESSION_H */
