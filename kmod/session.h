/* SPDX-License-Identifier: GPL-2.0 */
#ifndef MS_SESSION_H
#define MS_SESSION_H

#include <linux/mutex.h>
#include <linux/netlink.h>
#include <linux/types.h>

#include "options.h"
#include "stack.h"

/**
 * struct ms_session - the one session, running or stopped
 * @lock: protects all of it, and the reader's side of rings and tables
 * @running: probes are attached
 * @allocated: buffers and tables are there, of this session or the last
 * @portid: netlink port of the reader of an attached session, else 0
 * @started_ns: CLOCK_MONOTONIC
 * @options: in force; read by probes, so changed only as ms_event_tune() says
 * @stacks: the stack table
 */
struct ms_session {
	struct mutex lock;
	bool running;
	bool allocated;
	u32 portid;
	u64 started_ns;
	struct ms_options options;
	struct ms_stack_table stacks;
};

extern struct ms_session ms_session;

int ms_session_init(void);
void ms_session_exit(void);

int ms_session_start(const struct ms_options *options, u32 portid,
		     struct netlink_ext_ack *extack);
int ms_session_stop(u32 portid, struct netlink_ext_ack *extack);
int ms_session_reset(struct netlink_ext_ack *extack);
int ms_session_tune(const struct ms_options *options, struct netlink_ext_ack *extack);
void ms_session_reader_gone(u32 portid);
void ms_session_arm_watermark(int cpu);

#endif /* MS_SESSION_H */
