// SPDX-License-Identifier: GPL-2.0
/*
 * Counters, by CPU and cause. Probes count where things happen (ms_count());
 * here the counts are gathered for readers.
 */
#include <linux/kernel.h>
#include <linux/string.h>

#include "cpu.h"
#include "stats.h"
#include "unwind.h"

static const struct {
	u8 counter;
	u8 unwind;
} unwind_counters[] = {
	{ MEMSCOPE_COUNTER_UNWIND_FAST, MS_UNWIND_FAST },
	{ MEMSCOPE_COUNTER_UNWIND_UNKNOWN, MS_UNWIND_UNKNOWN },
	{ MEMSCOPE_COUNTER_UNWIND_REFUSED, MS_UNWIND_REFUSED },
	{ MEMSCOPE_COUNTER_UNWIND_EXCEPTION, MS_UNWIND_EXCEPTION },
	{ MEMSCOPE_COUNTER_UNWIND_ASTRAY, MS_UNWIND_ASTRAY },
	{ MEMSCOPE_COUNTER_UNWIND_OFF, MS_UNWIND_OFF },
	{ MEMSCOPE_COUNTER_UNWIND_AUDITED, MS_UNWIND_AUDITED },
	{ MEMSCOPE_COUNTER_UNWIND_MISMATCHED, MS_UNWIND_MISMATCHED },
};

/**
 * ms_stats_reset() - begin to count anew
 *
 * Context: process, under the session's mutex; no probe is attached.
 */
void ms_stats_reset(void)
{
	struct ms_cpu *owner;
	int cpu;

	for_each_possible_cpu(cpu) {
		owner = &per_cpu(ms_cpu, cpu);
		memset(owner->count, 0, sizeof(owner->count));
		memset(owner->hits, 0, sizeof(owner->hits));
		memset(owner->busy, 0, sizeof(owner->busy));
		owner->stack_left = 0;
		owner->load_left = 0;
		owner->load_ns = 0;
		memset(per_cpu(ms_unwind_counts, cpu), 0, sizeof(ms_unwind_counts));
	}
}

/**
 * ms_stats_read() - the counters of a CPU
 * @cpu: possible CPU
 * @counter: filled, by enum memscope_counter
 *
 * Context: process, under the session's mutex. While events flow the counters
 * are a snapshot in which some may be ahead of others by what is under way.
 */
void ms_stats_read(int cpu, u64 counter[MEMSCOPE_COUNTERS])
{
	const struct ms_cpu *owner = &per_cpu(ms_cpu, cpu);
	int i;

	for (i = 0; i < MEMSCOPE_COUNTERS; i++)
		counter[i] = READ_ONCE(owner->count[i]);
	counter[MEMSCOPE_COUNTER_HITS] = 0;
	for (i = 0; i < MEMSCOPE_PATHS; i++)
		counter[MEMSCOPE_COUNTER_HITS] += READ_ONCE(owner->hits[i]);
	counter[MEMSCOPE_COUNTER_LOST] = local_read(&owner->ring.lost);
	counter[MEMSCOPE_COUNTER_BUFFERED] = ms_ring_used(&owner->ring);
	for (i = 0; i < ARRAY_SIZE(unwind_counters); i++)
		counter[unwind_counters[i].counter] =
			ms_unwind_count(cpu, unwind_counters[i].unwind);
	for (i = MEMSCOPE_COUNTER_UNWIND_UNKNOWN; i <= MEMSCOPE_COUNTER_UNWIND_OFF; i++)
		counter[MEMSCOPE_COUNTER_UNWIND_SLOW] += counter[i];
}
