/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Load samples over time: of each CPU what it did, of the machine its memory
 * and load averages. Samples are cumulative, so the last in each part of the
 * time is kept, and two of them give the load in between.
 */
#ifndef MEMSCOPE_LOAD_H
#define MEMSCOPE_LOAD_H

#include <stddef.h>
#include <stdint.h>

#include "event.h"

/* Nanoseconds since boot spent so; time_ns 0: no sample. */
struct memscope_load_cpu {
	uint64_t time_ns;
	uint64_t user_ns, system_ns, irq_ns, softirq_ns;
	uint64_t idle_ns, iowait_ns, steal_ns;
};

struct memscope_load_machine {
	uint64_t time_ns;		/* 0: no sample */
	uint64_t total_bytes, free_bytes;
	uint64_t slab_reclaimable_bytes, slab_unreclaimable_bytes;
	uint32_t average[3];		/* 1, 5 and 15 minutes, times 2048 */
};

/* A sample of a CPU comes as two events; the first waits here. */
struct memscope_load_lane {
	struct memscope_load_cpu *bins;	/* MEMSCOPE_LOAD_BINS, or NULL */
	struct memscope_load_cpu first;
	struct memscope_load_cpu waiting;
	uint64_t samples;
};

#define MEMSCOPE_LOAD_BINS	256

struct memscope_load {
	struct memscope_load_lane *lanes;
	uint32_t cpus;
	struct memscope_load_machine machine[MEMSCOPE_LOAD_BINS];
	struct memscope_load_machine machine_first;
	uint64_t samples;		/* of all CPUs */
};

void memscope_load_init(struct memscope_load *load);
void memscope_load_deinit(struct memscope_load *load);

/* An event of a load type, from that CPU's buffer, in that bin. */
int memscope_load_take(struct memscope_load *load, const struct memscope_event *event,
		       uint32_t cpu, size_t bin);

/* Bins become twice as wide. */
void memscope_load_halve(struct memscope_load *load);

/* First and last sample of a CPU; false with fewer than two. */
bool memscope_load_span(const struct memscope_load *load, uint32_t cpu,
			struct memscope_load_cpu *first, struct memscope_load_cpu *last);
/* The latest sample of memory and load averages; NULL without one. */
const struct memscope_load_machine *memscope_load_latest(const struct memscope_load *load);

#endif /* MEMSCOPE_LOAD_H */
