/* SPDX-License-Identifier: GPL-2.0 */
#ifndef MS_OPTIONS_H
#define MS_OPTIONS_H

#include <net/netlink.h>
#include <linux/types.h>

#include "uapi/memscope.h"

/**
 * struct ms_options - what a session can be told; see MEMSCOPE_A_* for units
 *
 * The module parameters fill the defaults, CONFIG changes them, START copies
 * them and changes its copy.
 */
struct ms_options {
	u32 probe;
	u32 features;
	u32 attached;
	u32 buffer_kb;
	u32 watermark;
	u32 stack_every;
	u32 stack_depth;
	u32 stack_table;
	u32 load_every;
	u32 load_interval_ms;
	u32 filter_tgid;
	u32 filter_size_min;
	u32 filter_size_max;
	u32 filter_gfp;
	char filter_comm[16];
	char filter_module[MEMSCOPE_NAME_LEN];
	char filter_cache[MEMSCOPE_NAME_LEN];
};

/* The features compiled in; Kbuild can leave some out. */
#ifndef MS_FEATURES
#define MS_FEATURES	(MEMSCOPE_F_STACKS | MEMSCOPE_F_LOAD | MEMSCOPE_F_PAGES | \
			 MEMSCOPE_F_DEFERRED | MEMSCOPE_F_TASKS | MEMSCOPE_F_RESIZE)
#endif
#define ms_built(feature)	(MS_FEATURES & MEMSCOPE_F_##feature)

int ms_options_init(void);
void ms_options_defaults(struct ms_options *options);
int ms_options_set_defaults(const struct ms_options *options,
			    struct netlink_ext_ack *extack);
int ms_options_parse(struct ms_options *options, struct nlattr **attrs,
		     struct netlink_ext_ack *extack);
bool ms_options_fixed_differ(const struct ms_options *a, const struct ms_options *b);
u32 ms_options_slots(const struct ms_options *options);

#endif /* MS_OPTIONS_H */
