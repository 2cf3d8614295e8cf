// SPDX-License-Identifier: GPL-2.0
/*
 * Slab fragmentation of caches. Keeps no state.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis-slab.h"

static const char first_line[] = "slabinfo - version: 2.";

static int parse_line(const char *text, struct memscope_slabinfo *line)
{
	int fields = sscanf(text, "%63s %" SCNu64 " %" SCNu64 " %" SCNu32 " %" SCNu32
			    " %" SCNu32 " : tunables %*u %*u %*u : slabdata %*u %" SCNu64,
			    line->name, &line->active, &line->objects, &line->size,
			    &line->per_slab, &line->pages, &line->slabs);

	return fields == 7 ? 0 : -EPROTO;
}

int memscope_slabinfo_parse(const char *text, struct memscope_slabinfo **lines, size_t *count)
{
	size_t room = 0;
	int err = 0;

	*lines = NULL;
	*count = 0;
	if (strncmp(text, first_line, strlen(first_line)))
		return -EPROTO;
	for (const char *at = strchr(text, '\n'); at && at[1] && !err; at = strchr(at + 1, '\n')) {
		if (at[1] == '#')
			continue;
		if (*count == room) {
			size_t more = room ? 2 * room : 128;
			struct memscope_slabinfo *grown = realloc(*lines, more * sizeof(*grown));

			if (!grown) {
				err = -ENOMEM;
				break;
			}
			*lines = grown;
			room = more;
		}
		err = parse_line(at + 1, &(*lines)[*count]);
		*count += !err;
	}
	if (err) {
		free(*lines);
		*lines = NULL;
		*count = 0;
	}
	return err;
}

const struct memscope_slabinfo *memscope_slabinfo_find(const struct memscope_slabinfo *lines,
						       size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(lines[i].name, name))
			return &lines[i];
	return NULL;
}

/* A number of bytes with bounds that need not hold it between them. */
static struct memscope_figure bounded(double value, double low, double high, uint64_t n)
{
	return memscope_estimated((struct memscope_range){
		value, low < value ? low : value, high > value ? high : value }, n);
}

int memscope_slab_result(const struct memscope_slabinfo *line, uint32_t page_bytes,
			 uint32_t object_size, uint64_t seen_live,
			 struct memscope_slab_result *result)
{
	uint64_t slab_bytes = (uint64_t)line->pages * page_bytes;
	uint64_t in_use = (uint64_t)line->per_slab * line->size;
	uint64_t least_live = seen_live < line->active ? seen_live : line->active;
	double bytes = (double)line->slabs * (double)slab_bytes, slots, most_slots, unused;
	double size = line->size, live = (double)line->active, least = (double)least_live;

	if (in_use > slab_bytes || line->active > line->objects ||
	    line->objects > line->slabs * line->per_slab || object_size > line->size)
		return -EINVAL;
	slots = ((double)line->slabs * line->per_slab - live) * size;
	most_slots = ((double)line->slabs * line->per_slab - least) * size;
	result->bytes = memscope_measured(bytes, line->slabs);
	result->padding = memscope_measured((double)line->slabs * (double)(slab_bytes - in_use),
					    line->slabs);
	result->free_slots = bounded(slots, slots, most_slots, line->objects);
	if (!object_size) {
		result->objects = memscope_insufficient(MEMSCOPE_WHY_UNTRACKED, line->active);
		result->alignment = result->objects;
		result->unused_share = result->objects;
		return 0;
	}
	result->objects = bounded(live * object_size, least * object_size,
				  live * object_size, line->active);
	result->alignment = bounded(live * (size - object_size), least * (size - object_size),
				    live * (size - object_size), line->active);
	if (!line->slabs) {
		result->unused_share = memscope_insufficient(MEMSCOPE_WHY_FEW, 0);
		return 0;
	}
	unused = 1 - live * object_size / bytes;
	result->unused_share = bounded(unused, unused, 1 - least * object_size / bytes,
				       line->slabs);
	return 0;
}
