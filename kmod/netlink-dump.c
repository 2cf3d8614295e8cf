// SPDX-License-Identifier: GPL-2.0
/*
 * Dumps: events, stacks, caches, load, paths, counters, symbols.
 *
 * A dump is called again and again, in the process context of its reader, until
 * it has nothing left to put. Between the calls it keeps its place in cb->args,
 * and no lock: each call takes the session's mutex, and finds the session as it
 * then is (RESET may have come between: positions are checked anew).
 *
 * Arrays of 8-byte words are put at 8-byte boundaries of the message, so that
 * readers can use them in place.
 */
#include <linux/ktime.h>
#include <net/genetlink.h>

#include "cache.h"
#include "clock.h"
#include "cpu.h"
#include "emit.h"
#include "event.h"
#include "load.h"
#include "modules.h"
#include "netlink.h"
#include "probe.h"
#include "session.h"
#include "stack.h"
#include "stats.h"

/* A netlink attribute's length has 16 bits. */
#define ARRAY_BYTES_MAX	65000

static void *message_begin(struct sk_buff *skb, struct netlink_callback *cb, u8 cmd)
{
	return genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			   &ms_genl_family, NLM_F_MULTI, cmd);
}

/* Opens an array at an 8-byte boundary; NULL: no room for even its header. */
static struct nlattr *array_begin(struct sk_buff *skb, int attr)
{
	if (skb_tailroom(skb) < 2 * NLA_HDRLEN)
		return NULL;
	if ((skb_tail_pointer(skb) - skb->data + NLA_HDRLEN) % 8)
		nla_reserve(skb, MEMSCOPE_A_PAD, 0);
	return nla_reserve(skb, attr, 0);
}

static size_t array_room(const struct sk_buff *skb, const struct nlattr *array)
{
	return min_t(size_t, skb_tailroom(skb), ARRAY_BYTES_MAX - array->nla_len);
}

/* The caller has asked array_room(). Bytes are a multiple of 8. */
static void *array_add(struct sk_buff *skb, struct nlattr *array, size_t bytes)
{
	array->nla_len += bytes;
	return skb_put(skb, bytes);
}

/* Ends a dump's call: what is in the message is sent; an empty one ends it. */
static int finish(const struct sk_buff *skb, bool stuck)
{
	return stuck && !skb->len ? -EMSGSIZE : skb->len;
}

/**
 * ms_dump_start() - let a dump begin
 * @cb: the dump
 *
 * Context: process.
 * Return: 0 or -EPERM.
 */
int ms_dump_start(struct netlink_callback *cb)
{
	return ms_netlink_allowed(cb->skb, cb->extack);
}

/* Events: args are the CPU, whether it was begun, its end and its floor. */
enum { EVENTS_CPU, EVENTS_BEGUN, EVENTS_END, EVENTS_FLOOR };

static int check_reader(struct netlink_callback *cb)
{
	if (!ms_session.allocated) {
		NL_SET_ERR_MSG(cb->extack, "no session has run: `memscopectl start` begins one");
		return -ENODATA;
	}
	if (ms_session.portid && ms_session.portid != NETLINK_CB(cb->skb).portid) {
		NL_SET_ERR_MSG(cb->extack, "the events belong to the reader that the session is attached to");
		return -EBUSY;
	}
	return 0;
}

/**
 * ms_dump_events_start() - let a dump of events begin
 * @cb: the dump
 *
 * Context: process.
 * Return: 0; -EPERM; -ENODATA no session; -EBUSY it is another reader's.
 */
int ms_dump_events_start(struct netlink_callback *cb)
{
	int err = ms_dump_start(cb);

	if (err)
		return err;
	mutex_lock(&ms_session.lock);
	err = check_reader(cb);
	if (!err && !ms_session.portid)
		ms_event_set_reader(current->tgid);
	mutex_unlock(&ms_session.lock);
	return err;
}

static void translate_time(struct memscope_event *event)
{
	if (!(event->flags & MS_EMIT_CYCLES))
		return;
	event->flags &= ~MS_EMIT_CYCLES;
	event->time_ns = ms_clock_ns(event->time_ns);
}

/* Puts a batch of a CPU's events; false if there is no room. */
static bool put_batch(struct sk_buff *skb, struct netlink_callback *cb, int cpu)
{
	struct ms_ring *ring = &per_cpu(ms_cpu, cpu).ring;
	size_t bytes = sizeof(struct memscope_event);
	struct memscope_event *events;
	struct nlattr *floor, *array;
	u32 room, copied = 0, i;
	void *head;
	u64 ns;

	if (!cb->args[EVENTS_BEGUN]) {
		/* The floor first: what is reserved after it has a higher key. */
		cb->args[EVENTS_FLOOR] = ms_clock_now();
		cb->args[EVENTS_END] = ms_ring_head(ring);
		cb->args[EVENTS_BEGUN] = 1;
	}
	head = message_begin(skb, cb, MEMSCOPE_CMD_EVENTS);
	if (!head)
		return false;
	if (nla_put_u32(skb, MEMSCOPE_A_CPU, cpu))
		goto no_room;
	floor = nla_reserve_64bit(skb, MEMSCOPE_A_FLOOR_NS, sizeof(u64), MEMSCOPE_A_PAD);
	array = floor ? array_begin(skb, MEMSCOPE_A_EVENTS) : NULL;
	if (!array)
		goto no_room;
	room = array_room(skb, array) / bytes;
	if (!room)
		goto no_room;

	events = (void *)skb_tail_pointer(skb);
	copied = ms_ring_read(ring, events, room, cb->args[EVENTS_END]);
	for (i = 0; i < copied; i++)
		translate_time(&events[i]);
	array_add(skb, array, copied * bytes);
	per_cpu(ms_cpu, cpu).count[MEMSCOPE_COUNTER_READ] += copied;

	ns = 0;
	if (ring->tail == cb->args[EVENTS_END])
		ns = cb->args[EVENTS_FLOOR];
	else if (copied)
		ns = events[copied - 1].time_ns;
	memcpy(nla_data(floor), &ns, sizeof(ns));
	genlmsg_end(skb, head);
	/* Fewer than there is room for: the end, or a slot not committed yet. */
	return copied < room || ring->tail == cb->args[EVENTS_END];

no_room:
	genlmsg_cancel(skb, head);
	return false;
}

/**
 * ms_dump_events() - hand out what the rings hold, CPU by CPU
 * @skb: to fill
 * @cb: the dump
 *
 * Context: process.
 * Return: length, 0 at the end, or an error.
 */
int ms_dump_events(struct sk_buff *skb, struct netlink_callback *cb)
{
	int err;

	mutex_lock(&ms_session.lock);
	err = check_reader(cb);
	for (; !err && cb->args[EVENTS_CPU] < nr_cpu_ids; cb->args[EVENTS_CPU]++) {
		int cpu = cb->args[EVENTS_CPU];

		if (!cpu_possible(cpu))
			continue;
		if (!put_batch(skb, cb, cpu)) {
			mutex_unlock(&ms_session.lock);
			return finish(skb, true);
		}
		ms_session_arm_watermark(cpu);
		cb->args[EVENTS_BEGUN] = 0;
	}
	mutex_unlock(&ms_session.lock);
	return err ? err : skb->len;
}

/**
 * ms_dump_events_done() - a dump of events ended, or its reader went
 * @cb: the dump
 *
 * Context: process.
 * Return: 0.
 */
int ms_dump_events_done(struct netlink_callback *cb)
{
	mutex_lock(&ms_session.lock);
	if (!ms_session.portid)
		ms_event_set_reader(0);
	mutex_unlock(&ms_session.lock);
	return 0;
}

/**
 * ms_dump_stacks_start() - let a dump of stacks begin behind an id
 * @cb: the dump
 *
 * Context: process.
 * Return: 0, -EPERM, or -EINVAL for a malformed request.
 */
int ms_dump_stacks_start(struct netlink_callback *cb)
{
	struct nlattr *attrs[MEMSCOPE_A_MAX + 1];
	int err = ms_dump_start(cb);

	if (!err)
		err = genlmsg_parse(cb->nlh, &ms_genl_family, attrs, MEMSCOPE_A_MAX,
				    ms_genl_policy, cb->extack);
	if (!err && attrs[MEMSCOPE_A_SINCE])
		cb->args[0] = nla_get_u32(attrs[MEMSCOPE_A_SINCE]);
	return err;
}

static bool add_stack(struct sk_buff *skb, struct nlattr *array, u32 id,
		      const struct ms_stack *stack)
{
	size_t bytes = stack->frames * sizeof(u64);
	struct memscope_stack *shown;

	if (array_room(skb, array) < sizeof(*shown) + bytes)
		return false;
	shown = array_add(skb, array, sizeof(*shown) + bytes);
	shown->id = id;
	shown->frames = stack->frames;
	shown->reserved = 0;
	memcpy(shown->frame, &ms_session.stacks.arena[stack->offset], bytes);
	return true;
}

/**
 * ms_dump_stacks() - hand out published stacks
 * @skb: to fill
 * @cb: the dump; its first argument is the last id handed out
 *
 * Context: process.
 * Return: length, 0 at the end, or an error.
 */
int ms_dump_stacks(struct sk_buff *skb, struct netlink_callback *cb)
{
	const struct ms_stack *stack;
	struct nlattr *array;
	u32 id = cb->args[0];
	void *head;

	mutex_lock(&ms_session.lock);
	stack = ms_stack_next(&ms_session.stacks, &id);
	if (!stack)
		goto unlock;
	head = message_begin(skb, cb, MEMSCOPE_CMD_STACKS);
	array = head ? array_begin(skb, MEMSCOPE_A_STACKS) : NULL;
	if (!array)
		goto unlock;
	while (stack && add_stack(skb, array, id, stack)) {
		cb->args[0] = id;
		stack = ms_stack_next(&ms_session.stacks, &id);
	}
	genlmsg_end(skb, head);
unlock:
	mutex_unlock(&ms_session.lock);
	return finish(skb, stack);
}

/**
 * ms_dump_caches() - hand out caches
 * @skb: to fill
 * @cb: the dump; its first argument is the last id handed out
 *
 * Context: process.
 * Return: length, 0 at the end, or an error.
 */
int ms_dump_caches(struct sk_buff *skb, struct netlink_callback *cb)
{
	const struct ms_cache *cache;
	struct nlattr *array;
	u32 id = cb->args[0];
	void *head;

	mutex_lock(&ms_session.lock);
	cache = ms_cache_next(&id);
	if (!cache)
		goto unlock;
	head = message_begin(skb, cb, MEMSCOPE_CMD_CACHES);
	array = head ? array_begin(skb, MEMSCOPE_A_CACHES) : NULL;
	if (!array)
		goto unlock;
	while (cache && array_room(skb, array) >= sizeof(cache->shown)) {
		memcpy(array_add(skb, array, sizeof(cache->shown)), &cache->shown,
		       sizeof(cache->shown));
		cb->args[0] = id;
		cache = ms_cache_next(&id);
	}
	genlmsg_end(skb, head);
unlock:
	mutex_unlock(&ms_session.lock);
	return finish(skb, cache);
}

/*
 * The rest puts one message an index. Returns false if there is no room, with
 * nothing left in the message.
 */
typedef bool (*put_one_t)(struct sk_buff *skb, struct netlink_callback *cb, int index);

static int dump_each(struct sk_buff *skb, struct netlink_callback *cb, int end,
		     put_one_t put_one)
{
	bool stuck = false;

	mutex_lock(&ms_session.lock);
	for (; cb->args[0] < end; cb->args[0]++) {
		stuck = !put_one(skb, cb, cb->args[0]);
		if (stuck)
			break;
	}
	mutex_unlock(&ms_session.lock);
	return finish(skb, stuck);
}

static bool put_load(struct sk_buff *skb, struct netlink_callback *cb, int cpu)
{
	struct memscope_event *event;
	struct nlattr *array;
	void *head;
	int i;

	if (!cpu_online(cpu))
		return true;
	head = message_begin(skb, cb, MEMSCOPE_CMD_LOAD);
	if (!head)
		return false;
	if (nla_put_u32(skb, MEMSCOPE_A_CPU, cpu))
		goto no_room;
	array = array_begin(skb, MEMSCOPE_A_EVENTS);
	if (!array || array_room(skb, array) < MS_LOAD_EVENTS * sizeof(*event))
		goto no_room;
	event = array_add(skb, array, MS_LOAD_EVENTS * sizeof(*event));
	memset(event, 0, MS_LOAD_EVENTS * sizeof(*event));
	ms_load_sample(cpu, event);
	for (i = 0; i < MS_LOAD_EVENTS; i++)
		event[i].time_ns = ktime_get_mono_fast_ns();
	genlmsg_end(skb, head);
	return true;

no_room:
	genlmsg_cancel(skb, head);
	return false;
}

int ms_dump_load(struct sk_buff *skb, struct netlink_callback *cb)
{
	return dump_each(skb, cb, nr_cpu_ids, put_load);
}

static bool put_path(struct sk_buff *skb, struct netlink_callback *cb, int index)
{
	const struct ms_path *path = &ms_paths[index];
	void *head = message_begin(skb, cb, MEMSCOPE_CMD_PATHS);

	if (!head)
		return false;
	if (nla_put_u32(skb, MEMSCOPE_A_PATH, index) ||
	    nla_put_string(skb, MEMSCOPE_A_PATH_NAME, path->name) ||
	    nla_put_u32(skb, MEMSCOPE_A_PATH_ATTACHED, path->attached) ||
	    nla_put_string(skb, MEMSCOPE_A_PATH_SYMBOL, path->symbol) ||
	    nla_put_u64_64bit(skb, MEMSCOPE_A_PATH_HITS, ms_path_hits(index),
			      MEMSCOPE_A_PAD) ||
	    nla_put_u64_64bit(skb, MEMSCOPE_A_PATH_MISSED, ms_kprobe_missed(index),
			      MEMSCOPE_A_PAD) ||
	    nla_put_string(skb, MEMSCOPE_A_PATH_WITHOUT, path->without)) {
		genlmsg_cancel(skb, head);
		return false;
	}
	genlmsg_end(skb, head);
	return true;
}

int ms_dump_paths(struct sk_buff *skb, struct netlink_callback *cb)
{
	return dump_each(skb, cb, MEMSCOPE_PATHS, put_path);
}

static bool put_counters(struct sk_buff *skb, struct netlink_callback *cb, int cpu)
{
	u64 counter[MEMSCOPE_COUNTERS];
	struct nlattr *array;
	void *head;

	if (!cpu_possible(cpu))
		return true;
	head = message_begin(skb, cb, MEMSCOPE_CMD_COUNTERS);
	if (!head)
		return false;
	if (nla_put_u32(skb, MEMSCOPE_A_CPU, cpu))
		goto no_room;
	array = array_begin(skb, MEMSCOPE_A_COUNTERS);
	if (!array || array_room(skb, array) < sizeof(counter))
		goto no_room;
	ms_stats_read(cpu, counter);
	memcpy(array_add(skb, array, sizeof(counter)), counter, sizeof(counter));
	genlmsg_end(skb, head);
	return true;

no_room:
	genlmsg_cancel(skb, head);
	return false;
}

int ms_dump_counters(struct sk_buff *skb, struct netlink_callback *cb)
{
	return dump_each(skb, cb, nr_cpu_ids, put_counters);
}

static bool put_symbol(struct sk_buff *skb, struct netlink_callback *cb, int index)
{
	const struct ms_symbol *symbol = ms_modules_symbol(index);
	void *head;

	if (!symbol) {
		cb->args[0] = INT_MAX - 1;	/* the end */
		return true;
	}
	head = message_begin(skb, cb, MEMSCOPE_CMD_SYMBOLS);
	if (!head)
		return false;
	if (nla_put_u64_64bit(skb, MEMSCOPE_A_SYMBOL_ADDRESS, symbol->address,
			      MEMSCOPE_A_PAD) ||
	    nla_put_string(skb, MEMSCOPE_A_SYMBOL_NAME, symbol->name)) {
		genlmsg_cancel(skb, head);
		return false;
	}
	genlmsg_end(skb, head);
	return true;
}

int ms_dump_symbols(struct sk_buff *skb, struct netlink_callback *cb)
{
	return dump_each(skb, cb, INT_MAX, put_symbol);
}
