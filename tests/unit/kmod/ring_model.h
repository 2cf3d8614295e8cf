/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A ring with a book beside it: what was offered, in which order slots were
 * reserved, and what the reader got. Every event carries its number in all of its
 * fields, so a torn one is seen.
 */
#ifndef RING_MODEL_H
#define RING_MODEL_H

#include "../unit.h"
#include "ring.h"

#define MODEL_EVENTS	4096

struct ring_model {
	struct ms_ring ring;
	unsigned long offered, refused;
	unsigned long reserved;			/* in order[] */
	unsigned long read;
	bool reading;				/* there is one reader */
	uint64_t order[MODEL_EVENTS];		/* number of the event in each position */
};

void ring_model_init(struct ring_model *model, u32 slots);
void ring_model_fini(struct ring_model *model);
struct memscope_event *ring_model_reserve(struct ring_model *model, uint64_t *number);
void ring_model_commit(struct ring_model *model, struct memscope_event *event, uint64_t number);
bool ring_model_write(struct ring_model *model);
u32 ring_model_read(struct ring_model *model, u32 max);
void ring_model_check(struct ring_model *model);

#endif /* RING_MODEL_H */
