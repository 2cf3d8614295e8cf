// SPDX-License-Identifier: GPL-2.0
/* One writing thread (with what interrupts it) and one reading: no locks here. */
#include "ring_model.h"

void ring_model_init(struct ring_model *model, u32 slots)
{
	memset(model, 0, sizeof(*model));
	assert_int_equal(ms_ring_init(&model->ring, slots, 0), 0);
}

void ring_model_fini(struct ring_model *model)
{
	ms_ring_destroy(&model->ring);
}

/* NULL: the ring refused, and says that it counted it. */
struct memscope_event *ring_model_reserve(struct ring_model *model, uint64_t *number)
{
	struct memscope_event *event;

	*number = ++model->offered;
	if (!ms_ring_reserve(&model->ring, &event)) {
		model->refused++;
		return NULL;
	}
	/* Nothing can run between the reservation and this line. */
	model->order[model->reserved++ % MODEL_EVENTS] = *number;
	return event;
}

void ring_model_commit(struct ring_model *model, struct memscope_event *event, uint64_t number)
{
	event->time_ns = number;
	shim_step();
	event->ptr = ~number;
	event->call_site = number << 8;
	event->bytes_req = event->bytes_alloc = event->stack = event->gfp = (uint32_t)~number;
	ms_ring_commit(event, ms_ring_word(MEMSCOPE_EVENT_ALLOC, number, number, number));
}

/* Returns false when the ring was full. */
bool ring_model_write(struct ring_model *model)
{
	uint64_t number;
	struct memscope_event *event = ring_model_reserve(model, &number);

	if (event)
		ring_model_commit(model, event, number);
	return event;
}

static void check_whole(const struct memscope_event *event, uint64_t number)
{
	assert_int_equal(event->type, MEMSCOPE_EVENT_ALLOC);
	assert_int_equal(event->time_ns, number);
	assert_int_equal(event->flags, (uint8_t)number);
	assert_int_equal(event->cache, (uint16_t)number);
	assert_int_equal(event->tid, (uint32_t)number);
	assert_int_equal(event->ptr, ~number);
	assert_int_equal(event->call_site, number << 8);
	assert_int_equal(event->bytes_req, (uint32_t)~number);
	assert_int_equal(event->bytes_alloc, (uint32_t)~number);
	assert_int_equal(event->stack, (uint32_t)~number);
	assert_int_equal(event->gfp, (uint32_t)~number);
}

/* Takes what there is: whole, and in the order of the reservations. */
u32 ring_model_read(struct ring_model *model, u32 max)
{
	struct memscope_event events[64];
	u32 got, i;

	if (model->reading)
		return 0;
	model->reading = true;
	got = ms_ring_read(&model->ring, events, max < 64 ? max : 64,
			   ms_ring_head(&model->ring));
	model->reading = false;
	for (i = 0; i < got; i++)
		check_whole(&events[i], model->order[model->read++ % MODEL_EVENTS]);
	return got;
}

/* At rest: every event is accounted for. */
void ring_model_check(struct ring_model *model)
{
	unsigned long lost = local_read(&model->ring.lost);

	assert_int_equal(lost, model->refused);
	assert_int_equal(model->offered, model->read + ms_ring_used(&model->ring) + lost);
	assert_int_equal(model->offered, model->reserved + model->refused);
}
