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
bool ms_path_frees(u8 path);
bool ms_inside_allocator(unsigned long call_site);

/* probe-tracepoint.c */
void ms_tracepoint_init(void);
int ms_tracepoint_attach(const struct ms_options *options, bool frees);
void ms_tracepoint_detach(bool frees);

/* probe-kprobe.c */
void ms_kprobe_init(void);
unsigned long ms_kprobe_address(const char *symbol);
unsigned long ms_kprobe_returns_to(unsigned long call_site);
int ms_kprobe_attach(const struct ms_options *options, bool frees,
		     struct netlink_ext_ack *extack);
void ms_kprobe_detach(bool frees);
u64 ms_kprobe_missed(u8 path);

extern unsigned long ms_trampoline;

/*
 * A call site as it is in the source. Where a kretprobe waits for the caller's
 * return, the caller's own return address is that of a trampoline; the allocator
 * takes that for its caller if it was told of it (track_caller), or if the caller
 * jumped to it (a tail call).
 */
static inline unsigned long ms_call_site(unsigned long call_site)
{
	if (likely(call_site != ms_trampoline))
		return call_site;
	return ms_kprobe_returns_to(call_site);
}

#endif /* MS_PROBE_H */
