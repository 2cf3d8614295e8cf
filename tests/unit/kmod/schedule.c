// SPDX-License-Identifier: GPL-2.0
/*
 * An interrupt at step at[0] of the outer code, one at step at[1] of that one's,
 * and so on. Steps are counted anew at each level. When no step at[i] is reached,
 * that level has been tried at every place, and the one above moves on.
 */
#include <stddef.h>
#include <string.h>

#include "schedule.h"
#include "shim/shim.h"

static struct schedule *running;

static void step(void)
{
	struct schedule *s = running;
	unsigned int level = s->level;

	if (level >= s->depth || s->steps[level]++ != s->at[level] || s->reached[level])
		return;
	s->reached[level] = true;
	s->level++;
	s->steps[s->level] = 0;
	s->inner(s->level);
	s->level--;
}

void schedule_begin(struct schedule *schedule, unsigned int depth,
		    void (*inner)(unsigned int level))
{
	memset(schedule, 0, sizeof(*schedule));
	schedule->depth = depth;
	schedule->inner = inner;
}

void schedule_run(struct schedule *schedule, void (*outer)(void))
{
	memset(schedule->steps, 0, sizeof(schedule->steps));
	memset(schedule->reached, 0, sizeof(schedule->reached));
	schedule->level = 0;
	schedule->count++;
	running = schedule;
	shim_hook = step;
	outer();
	shim_hook = NULL;
}

/* Returns false when the outermost level has been everywhere. */
bool schedule_next(struct schedule *schedule)
{
	unsigned int level;

	/* the first level that was not reached has no further place; it starts again */
	for (level = 0; level < schedule->depth && schedule->reached[level]; level++)
		;
	if (!level)
		return false;
	schedule->at[level - 1]++;
	for (; level < schedule->depth; level++)
		schedule->at[level] = 0;
	return true;
}
