// SPDX-License-Identifier: GPL-2.0
/*
 * Stacks by id. Ids count up from 1, so a plain array finds them; frames of
 * all stacks lie in one other array.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "stack.h"

void memscope_stack_table_init(struct memscope_stack_table *table)
{
	memset(table, 0, sizeof(*table));
}

void memscope_stack_table_deinit(struct memscope_stack_table *table)
{
	free(table->places);
	free(table->frames);
	memset(table, 0, sizeof(*table));
}

static int places_for(struct memscope_stack_table *table, uint32_t id)
{
	size_t room = table->place_room ? table->place_room : 1024;
	struct memscope_stack_place *places;

	if (id < table->place_room)
		return 0;
	while (room <= id)
		room *= 2;
	places = realloc(table->places, room * sizeof(*places));
	if (!places)
		return -ENOMEM;
	memset(places + table->place_room, 0, (room - table->place_room) * sizeof(*places));
	table->places = places;
	table->place_room = room;
	return 0;
}

static int frames_for(struct memscope_stack_table *table, size_t count)
{
	size_t room = table->frame_room ? table->frame_room : 16384;
	uint64_t *frames;

	if (table->frame_room - table->frame_count >= count)
		return 0;
	while (room - table->frame_count < count)
		room *= 2;
	frames = realloc(table->frames, room * sizeof(*frames));
	if (!frames)
		return -ENOMEM;
	table->frames = frames;
	table->frame_room = room;
	return 0;
}

int memscope_stack_table_add(struct memscope_stack_table *table,
			     const struct memscope_stack *stack)
{
	struct memscope_stack_place *place;
	int err;

	if (!stack->id || stack->id > MEMSCOPE_STACK_ID_MAX || !stack->frames ||
	    stack->frames > MEMSCOPE_STACK_DEPTH_MAX)
		return -ERANGE;
	err = places_for(table, stack->id);
	err = err ?: frames_for(table, stack->frames);
	if (err)
		return err;
	place = &table->places[stack->id];
	if (place->count)
		return 0;
	memcpy(table->frames + table->frame_count, stack->frame,
	       stack->frames * sizeof(stack->frame[0]));
	place->first = table->frame_count;
	place->count = stack->frames;
	table->frame_count += stack->frames;
	table->count++;
	if (stack->id > table->last_id)
		table->last_id = stack->id;
	return 0;
}

const uint64_t *memscope_stack_table_find(const struct memscope_stack_table *table,
					  uint32_t id, size_t *count)
{
	const struct memscope_stack_place *place;

	*count = 0;
	if (id >= table->place_room || !table->places[id].count)
		return NULL;
	place = &table->places[id];
	*count = place->count;
	return table->frames + place->first;
}
