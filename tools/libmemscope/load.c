// SPDX-License-Identifier: GPL-2.0
/*
 * Load samples over time.
 *
 * LOAD_CPU comes before LOAD_IDLE in one buffer, which then tells whose sample
 * the two are: an idle CPU's may be taken by another.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "load.h"

void memscope_load_init(struct memscope_load *load)
{
	memset(load, 0, sizeof(*load));
}

void memscope_load_deinit(struct memscope_load *load)
{
	uint32_t cpu;

	for (cpu = 0; cpu < load->cpus; cpu++)
		free(load->lanes[cpu].bins);
	free(load->lanes);
	memset(load, 0, sizeof(*load));
}

static struct memscope_load_lane *lane_of(struct memscope_load *load, uint32_t cpu)
{
	if (cpu >= MEMSCOPE_CPUS_MAX)
		return NULL;
	if (cpu >= load->cpus) {
		struct memscope_load_lane *lanes;

		lanes = realloc(load->lanes, (cpu + 1) * sizeof(*lanes));
		if (!lanes)
			return NULL;
		memset(lanes + load->cpus, 0, (cpu + 1 - load->cpus) * sizeof(*lanes));
		load->lanes = lanes;
		load->cpus = cpu + 1;
	}
	return &load->lanes[cpu];
}

static int take_idle(struct memscope_load *load, const struct memscope_event *event,
		     uint32_t cpu, size_t bin)
{
	struct memscope_load_lane *lane = lane_of(load, cpu), *whose;
	struct memscope_load_cpu sample;

	if (!lane)
		return -ENOMEM;
	if (!lane->waiting.time_ns || event->load[3] >= MEMSCOPE_CPUS_MAX)
		return 0;
	sample = lane->waiting;
	lane->waiting.time_ns = 0;
	sample.idle_ns = event->load[0];
	sample.iowait_ns = event->load[1];
	sample.steal_ns = event->load[2];

	whose = lane_of(load, event->load[3]);
	if (!whose)
		return -ENOMEM;
	if (!whose->bins) {
		whose->bins = calloc(MEMSCOPE_LOAD_BINS, sizeof(*whose->bins));
		if (!whose->bins)
			return -ENOMEM;
		whose->first = sample;
	}
	whose->bins[bin] = sample;
	whose->samples++;
	load->samples++;
	return 0;
}

int memscope_load_take(struct memscope_load *load, const struct memscope_event *event,
		       uint32_t cpu, size_t bin)
{
	struct memscope_load_machine *machine = &load->machine[bin];
	struct memscope_load_lane *lane;

	switch (event->type) {
	case MEMSCOPE_EVENT_LOAD_CPU:
		lane = lane_of(load, cpu);
		if (!lane)
			return -ENOMEM;
		lane->waiting = (struct memscope_load_cpu){
			.time_ns = event->time_ns, .user_ns = event->load[0],
			.system_ns = event->load[1], .irq_ns = event->load[2],
			.softirq_ns = event->load[3],
		};
		return 0;
	case MEMSCOPE_EVENT_LOAD_IDLE:
		return take_idle(load, event, cpu, bin);
	case MEMSCOPE_EVENT_LOAD_MEM:
		machine->time_ns = event->time_ns;
		machine->total_bytes = event->load[0];
		machine->free_bytes = event->load[1];
		machine->slab_reclaimable_bytes = event->load[2];
		machine->slab_unreclaimable_bytes = event->load[3];
		break;
	case MEMSCOPE_EVENT_LOAD_AVG:
		machine->average[0] = event->load[0];
		machine->average[1] = event->load[1];
		machine->average[2] = event->load[2];
		break;
	default:
		return 0;
	}
	if (!load->machine_first.time_ns)
		load->machine_first = *machine;
	return 0;
}

void memscope_load_halve(struct memscope_load *load)
{
	size_t half = MEMSCOPE_LOAD_BINS / 2, i;
	uint32_t cpu;

	for (i = 0; i < half; i++)
		load->machine[i] = load->machine[2 * i + 1].time_ns ?
				   load->machine[2 * i + 1] : load->machine[2 * i];
	memset(load->machine + half, 0, half * sizeof(load->machine[0]));
	for (cpu = 0; cpu < load->cpus; cpu++) {
		struct memscope_load_cpu *bins = load->lanes[cpu].bins;

		if (!bins)
			continue;
		for (i = 0; i < half; i++)
			bins[i] = bins[2 * i + 1].time_ns ? bins[2 * i + 1] : bins[2 * i];
		memset(bins + half, 0, half * sizeof(*bins));
	}
}

bool memscope_load_span(const struct memscope_load *load, uint32_t cpu,
			struct memscope_load_cpu *first, struct memscope_load_cpu *last)
{
	const struct memscope_load_lane *lane;
	size_t i;

	if (cpu >= load->cpus || !load->lanes[cpu].bins || load->lanes[cpu].samples < 2)
		return false;
	lane = &load->lanes[cpu];
	*first = lane->first;
	for (i = MEMSCOPE_LOAD_BINS; i-- > 0;) {
		if (lane->bins[i].time_ns) {
			*last = lane->bins[i];
			return last->time_ns > first->time_ns;
		}
	}
	return false;
}

const struct memscope_load_machine *memscope_load_latest(const struct memscope_load *load)
{
	size_t i;

	for (i = MEMSCOPE_LOAD_BINS; i-- > 0;)
		if (load->machine[i].time_ns)
			return &load->machine[i];
	return NULL;
}
