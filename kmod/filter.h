/* SPDX-License-Identifier: GPL-2.0 */
#ifndef MS_FILTER_H
#define MS_FILTER_H

#include <linux/types.h>

struct ms_cache;
struct ms_options;
struct ms_origin;

/**
 * struct ms_filter - what a session's allocations must be like
 * @active: any of the rest says something
 *
 * The rest is as in struct ms_options; written with no probe attached.
 */
struct ms_filter {
	bool active;
	const struct ms_options *options;
};

extern struct ms_filter ms_filter;

int ms_filter_init(const struct ms_options *options);
void ms_filter_exit(void);
void ms_filter_forget_sites(void);
bool ms_filter_wants(const struct ms_origin *origin, const struct ms_cache *cache);

#endif /* MS_FILTER_H */
