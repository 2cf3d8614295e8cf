// SPDX-License-Identifier: GPL-2.0
/*
 * The time of events: CLOCK_MONOTONIC, at the price of a cycle counter.
 *
 * ktime_get_mono_fast_ns() takes some 45 instructions and an indirect call. Where
 * the kernel's clock source is the TSC, a probe stamps its event with the bare TSC
 * instead, and the reader's side translates. For that it keeps points: a TSC value and
 * the CLOCK_MONOTONIC time at it. A stamp lies between two of them, and its time
 * is found by proportion, so it follows CLOCK_MONOTONIC also where that is slewed.
 *
 * Order: the translation is one function of the stamp for all CPUs, and it never
 * falls, because points are only ever added behind the newest. So times are in
 * the order of stamps, and those are as well ordered between CPUs as the kernel's
 * own clock source, which is the same counter.
 *
 * Where the kernel does not trust its TSC, or trusts another clock source more (in
 * most virtual machines), events are stamped with ktime_get_mono_fast_ns(), by a
 * detour (emit.h). The same holds from the moment at which a running session finds
 * the TSC distrusted or the machine is about to sleep, where the counter may begin
 * anew. Each event in a ring tells by MS_EMIT_CYCLES what its stamp is.
 *
 * Points belong to the reader's side, under the session's mutex.
 */
#include <linux/irqflags.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/rcupdate.h>
#include <linux/suspend.h>

#include "clock.h"
#include "compat.h"
#include "emit.h"
#include "session.h"

#ifdef CONFIG_X86_64

/* Fraction bits of a point's slope. */
#define SLOPE_BITS	44

/**
 * struct point - one moment, by two clocks
 * @cycles: the TSC
 * @ns: CLOCK_MONOTONIC
 * @slope: nanoseconds a cycle from the point before to this one
 */
struct point {
	u64 cycles;
	u64 ns;
	u64 slope;
};

/*
 * The newest points, in a ring. A dump of events adds two a CPU at most and leaves
 * no event behind that is older than the dump before it, so this many hold all that
 * the stamps of one dump need; older ones are only reached by a dump that another
 * follows in no time. A stamp before the oldest is given the oldest's slope.
 */
static struct point *points;
static unsigned int points_mask;
static u64 points_added;
static bool points_closed;	/* stamps count no cycles any more */

static const struct point *point_at(u64 position)
{
	return &points[position & points_mask];
}

/* Both clocks at one moment: the tightest of a few tries. */
static void read_clocks(u64 *cycles, u64 *ns)
{
	u64 before, now, after, least = U64_MAX;
	unsigned long flags;
	int tries;

	for (tries = 0; tries < 4; tries++) {
		local_irq_save(flags);
		before = rdtsc_ordered();
		now = ktime_get_mono_fast_ns();
		after = rdtsc_ordered();
		local_irq_restore(flags);
		if (after - before >= least)
			continue;
		least = after - before;
		*cycles = before + least / 2;
		*ns = now;
	}
}

static void add_point(void)
{
	const struct point *last = point_at(points_added - 1);
	struct point next = {};

	if (points_closed)
		return;
	read_clocks(&next.cycles, &next.ns);
	if (points_added) {
		/* Beside or behind the last one, by what the reading is unsure of. */
		if (next.cycles <= last->cycles)
			return;
		next.ns = max(next.ns, last->ns);
		/* A counter that hardly counts, and a quotient that would not fit. */
		if ((next.ns - last->ns) >> 16 >= next.cycles - last->cycles)
			return;
		next.slope = mul_u64_u64_div_u64(next.ns - last->ns, 1ULL << SLOPE_BITS,
						 next.cycles - last->cycles);
	}
	points[points_added++ & points_mask] = next;
}

/* Is the TSC the kernel's clock source, and trusted? */
static bool cycles_are_good(void)
{
	u64 before, cycles, after;

	if (check_tsc_unstable())
		return false;
	before = rdtsc_ordered();
	if (!ms_clock_source_read(&cycles))
		return false;
	after = rdtsc_ordered();
	return before <= cycles && cycles <= after;
}

static void close_points(void)
{
	if (points_closed)
		return;
	ms_emit_detour(MS_DETOUR_CLOCK, true);
	/* Events that are being written have read the counter by then. */
	synchronize_rcu();
	add_point();
	points_closed = true;
}

static int on_power(struct notifier_block *block, unsigned long event, void *unused)
{
	if (event != PM_SUSPEND_PREPARE && event != PM_HIBERNATION_PREPARE)
		return NOTIFY_DONE;
	mutex_lock(&ms_session.lock);
	close_points();
	mutex_unlock(&ms_session.lock);
	return NOTIFY_OK;
}

static struct notifier_block power = { .notifier_call = on_power };

/**
 * ms_clock_init() - once, before any session
 *
 * Context: process.
 * Return: 0 or -ENOMEM.
 */
int ms_clock_init(void)
{
	unsigned int size = roundup_pow_of_two(4 * nr_cpu_ids + 64);

	points = kvcalloc(size, sizeof(*points), GFP_KERNEL);
	if (!points)
		return -ENOMEM;
	points_mask = size - 1;
	points_closed = true;
	register_pm_notifier(&power);
	return 0;
}

/**
 * ms_clock_exit() - undo ms_clock_init()
 *
 * Context: process; there is no session.
 */
void ms_clock_exit(void)
{
	unregister_pm_notifier(&power);
	kvfree(points);
}

/**
 * ms_clock_start() - choose the clock of a session
 *
 * Context: process, may sleep, under the session's mutex; no probe is attached,
 * and what an earlier session left in the rings is gone.
 * Return: CLOCK_MONOTONIC, in ns; no event of the session has a lower time.
 */
u64 ms_clock_start(void)
{
	points_added = 0;
	points_closed = !cycles_are_good();
	ms_emit_detour(MS_DETOUR_CLOCK, points_closed);
	return ms_clock_now();
}

/**
 * ms_clock_now() - CLOCK_MONOTONIC on the scale of events
 *
 * Context: process, under the session's mutex.
 * Return: ns; no event that reads its clock later has a lower time.
 */
u64 ms_clock_now(void)
{
	if (!points_closed && !cycles_are_good())
		close_points();
	if (points_closed)
		return ktime_get_mono_fast_ns();
	add_point();
	return point_at(points_added - 1)->ns;
}

/**
 * ms_clock_ns() - when the counter was read
 * @cycles: what it said, in this session
 *
 * Context: process, under the session's mutex.
 * Return: CLOCK_MONOTONIC, in ns.
 */
u64 ms_clock_ns(u64 cycles)
{
	u64 back, end, oldest;
	const struct point *to, *from;

	if (cycles > point_at(points_added - 1)->cycles)
		add_point();
	end = points_added - 1;
	oldest = points_added > points_mask ? points_added - points_mask : 1;
	while (end > oldest && cycles < point_at(end - 1)->cycles)
		end--;
	if (!end)
		return point_at(0)->ns;
	to = point_at(end);
	from = point_at(end - 1);
	if (cycles >= to->cycles)
		return to->ns;
	if (cycles >= from->cycles)
		return from->ns + mul_u64_u64_shr(cycles - from->cycles, to->slope, SLOPE_BITS);
	back = mul_u64_u64_shr(from->cycles - cycles, to->slope, SLOPE_BITS);
	return from->ns - min(back, from->ns);
}

#else /* !CONFIG_X86_64: the clock source is read in a few instructions anyway. */

int ms_clock_init(void)
{
	return 0;
}

void ms_clock_exit(void)
{
}

u64 ms_clock_start(void)
{
	ms_emit_detour(MS_DETOUR_CLOCK, true);
	return ktime_get_mono_fast_ns();
}

u64 ms_clock_now(void)
{
	return ktime_get_mono_fast_ns();
}

u64 ms_clock_ns(u64 cycles)
{
	return cycles;
}

#endif
