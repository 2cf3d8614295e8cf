/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Schedules: run code with something else in between any two of its steps, and in
 * between the steps of that, to a chosen depth: all of them, one after the other.
 *
 *	schedule_begin(&s, 2, inner);
 *	do {
 *		set up;
 *		schedule_run(&s, outer);
 *		check;
 *	} while (schedule_next(&s));
 */
#ifndef SCHEDULE_H
#define SCHEDULE_H

#include <stdbool.h>

#define SCHEDULE_DEPTH	3

struct schedule {
	unsigned int depth;		/* how many levels interrupt */
	unsigned int at[SCHEDULE_DEPTH];	/* the step before which each is run */
	unsigned int steps[SCHEDULE_DEPTH + 1];
	unsigned int level;
	bool reached[SCHEDULE_DEPTH];
	void (*inner)(unsigned int level);
	unsigned long count;
};

void schedule_begin(struct schedule *schedule, unsigned int depth,
		    void (*inner)(unsigned int level));
void schedule_run(struct schedule *schedule, void (*outer)(void));
bool schedule_next(struct schedule *schedule);

#endif /* SCHEDULE_H */
