/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A recording from front to back: its events in order to whoever wants them,
 * the rest into a session.
 */
#ifndef MEMSCOPE_REPLAY_H
#define MEMSCOPE_REPLAY_H

#include <stdint.h>

#include "merge.h"
#include "session.h"

/* total 0: not known */
typedef void (*memscope_progress_fn)(void *ctx, uint64_t done_bytes, uint64_t total_bytes);

/**
 * struct memscope_replay - who wants what; each may be NULL
 * @events: events in order, as from the merge
 * @lost: so many events were lost between the call before and time_ns
 * @ctx: of both
 * @progress: called now and then
 * @progress_ctx: of it
 */
struct memscope_replay {
	memscope_merge_fn events;
	void (*lost)(void *ctx, uint64_t time_ns, uint64_t lost);
	void *ctx;
	memscope_progress_fn progress;
	void *progress_ctx;
};

/*
 * Damage ends the reading and is noted in the session. A file that is no
 * recording, or of a later version: -ENOMSG, -EPROTONOSUPPORT.
 */
int memscope_replay(const char *path, struct memscope_session *session,
		    const struct memscope_replay *replay);

/* A sentence without the file's name for what opening or reading it gave. */
const char *memscope_recording_error(int err);

#endif /* MEMSCOPE_REPLAY_H */
