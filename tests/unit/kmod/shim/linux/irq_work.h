/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SHIM_IRQ_WORK_H
#define SHIM_IRQ_WORK_H

#include "../shim.h"

struct irq_work {
	int queued;		/* how often */
};

static inline bool irq_work_queue(struct irq_work *work)
{
	__atomic_add_fetch(&work->queued, 1, __ATOMIC_RELAXED);
	return true;
}

#endif /* SHIM_IRQ_WORK_H */
