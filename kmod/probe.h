/* SPDX-License-Identifier: GPL-2.0 */
#ifndef MS_PROBE_H
#define MS_PROBE_H

#include <linux/netlink.h>
#include <linux/types.h>

#include "uapi/memscope.h"

struct ms_options;

/**
 * struct ms_path - one way into or out of the allocator
 * @name: as users see it
 * @without: what is lost where it cannot be attached
 * @tracepoint: that covers it, or NULL
 * @feature: MEMSCOPE_F_* that asks for it, 0: always
 * @required: a session makes no sense without it
 * @attached: enum memscope_attached; the session's mutex
 * @symbol: what it is attached to; the session's mutex
 */
struct ms_path {
	const char *name;
	const char *without;
	const char *tracepoint;
	u32 feature;
	bool required;
	u32 attached;
	char symbol[4 * MEMSCOPE_NAME_LEN];
};

extern struct ms_path ms_paths[MEMSCOPE_PATHS];

int ms_probe_init(void);
int ms_probe_attach(const struct ms_options *options, struct netlink_ext_ack *extack);
void ms_probe_detach(void);

void ms_path_attached(u8 path, u32 how, const char *symbol);
u64 ms_path_hits(u8 path);
bool ms_inside_allocator(unsigned long call_site);

/* probe-tracepoint.c */
void ms_tracepoint_init(void);
int ms_tracepoint_attach(const struct ms_options *options);
void ms_tracepoint_detach(void);

/* probe-kprobe.c */
unsigned long ms_kprobe_address(const char *symbol);
int ms_kprobe_attach(const struct ms_options *options, struct netlink_ext_ack *extack);
void ms_kprobe_detach(void);
u64 ms_kprobe_missed(u8 path);

#endif /* MS_PROBE_H */
