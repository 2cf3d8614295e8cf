/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Page fragmentation, from the text of /proc/buddyinfo: how much of a zone's
 * free memory can serve a request of 2^order pages.
 */
#ifndef MEMSCOPE_ANALYSIS_BUDDY_H
#define MEMSCOPE_ANALYSIS_BUDDY_H

#include "analysis.h"

#define MEMSCOPE_BUDDY_ORDERS	16

/**
 * struct memscope_zone - one line of /proc/buddyinfo
 * @node: NUMA node
 * @name: "DMA", "Normal", ...
 * @orders: how many orders the kernel has
 * @free: free blocks of each order
 */
struct memscope_zone {
	unsigned int node;
	char name[16];
	unsigned int orders;
	uint64_t free[MEMSCOPE_BUDDY_ORDERS];
};

/**
 * struct memscope_buddy_result - a zone, asked for 2^order pages
 * @free_pages: F
 * @unusable: unusable free index (F - S * 2^order) / F, S free blocks of that
 *	      order and above counted in blocks of that order: the share of free
 *	      memory in blocks that are too small; FEW if nothing is free
 * @fails: no free block is large enough
 * @fragmentation: the kernel's fragmentation index 1 - (1 + F / 2^order) / B, B
 *		   free blocks of any order: towards 0 it fails for lack of memory,
 *		   towards 1 because memory is in pieces; SERVED unless @fails
 */
struct memscope_buddy_result {
	struct memscope_figure free_pages, unusable;
	bool fails;
	struct memscope_figure fragmentation;
};

/**
 * memscope_buddy_parse - the text of /proc/buddyinfo
 * @text: NUL-terminated
 * @zones: freed by the caller
 * @count: how many
 * Return: 0, -EPROTO if malformed, -ENOMEM.
 */
int memscope_buddy_parse(const char *text, struct memscope_zone **zones, size_t *count);

/**
 * memscope_buddy_result - how a zone could serve a request
 * @zone: the zone
 * @order: below its orders
 * @result: filled
 * Return: 0, or -EINVAL if there is no such order.
 */
int memscope_buddy_result(const struct memscope_zone *zone, unsigned int order,
			  struct memscope_buddy_result *result);

#endif /* MEMSCOPE_ANALYSIS_BUDDY_H */
