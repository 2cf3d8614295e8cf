// SPDX-License-Identifier: GPL-2.0
/*
 * Page fragmentation. Keeps no state. The formulas are those of mm/vmstat.c
 * (unusable_free_index and __fragmentation_index), without its integers.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis-buddy.h"

static int parse_line(const char *text, const char *end, struct memscope_zone *zone)
{
	int used = 0;

	*zone = (struct memscope_zone){ 0 };
	if (sscanf(text, "Node %u, zone %15s%n", &zone->node, zone->name, &used) != 2)
		return -EPROTO;
	for (text += used; text < end;) {
		char *next;
		unsigned long long blocks = strtoull(text, &next, 10);

		if (next == text || next > end)
			break;
		if (zone->orders == MEMSCOPE_BUDDY_ORDERS)
			return -EPROTO;
		zone->free[zone->orders++] = blocks;
		text = next;
	}
	return zone->orders && text + strspn(text, " \t") >= end ? 0 : -EPROTO;
}

int memscope_buddy_parse(const char *text, struct memscope_zone **zones, size_t *count)
{
	size_t room = 0;

	*zones = NULL;
	*count = 0;
	while (*text) {
		const char *end = strchrnul(text, '\n');
		int err = 0;

		if (*count == room) {
			size_t more = room ? 2 * room : 8;
			struct memscope_zone *grown = realloc(*zones, more * sizeof(*grown));

			if (grown) {
				*zones = grown;
				room = more;
			} else {
				err = -ENOMEM;
			}
		}
		if (!err)
			err = parse_line(text, end, &(*zones)[*count]);
		if (err) {
			free(*zones);
			*zones = NULL;
			*count = 0;
			return err;
		}
		++*count;
		text = *end ? end + 1 : end;
	}
	return 0;
}

int memscope_buddy_result(const struct memscope_zone *zone, unsigned int order,
			  struct memscope_buddy_result *result)
{
	double pages = 0, blocks = 0, usable = 0;

	if (order >= zone->orders)
		return -EINVAL;
	for (unsigned int i = 0; i < zone->orders; i++) {
		double free_pages = ldexp((double)zone->free[i], (int)i);

		pages += free_pages;
		blocks += (double)zone->free[i];
		usable += i >= order ? free_pages : 0;
	}
	*result = (struct memscope_buddy_result){
		.free_pages = memscope_measured(pages, (uint64_t)blocks),
		.unusable = memscope_insufficient(MEMSCOPE_WHY_FEW, 0),
		.fragmentation = memscope_insufficient(MEMSCOPE_WHY_FEW, 0),
		.fails = usable <= 0,
	};
	if (blocks <= 0)
		return 0;
	result->unusable = memscope_measured((pages - usable) / pages, (uint64_t)blocks);
	if (result->fails)
		result->fragmentation =
			memscope_measured(1 - (1 + ldexp(pages, -(int)order)) / blocks,
					  (uint64_t)blocks);
	else
		result->fragmentation.why = MEMSCOPE_WHY_SERVED;
	return 0;
}
