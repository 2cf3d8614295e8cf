// SPDX-License-Identifier: GPL-2.0
/*
 * The generic netlink family: requests that are answered at once.
 *
 * Every request runs in the process context of its sender and takes the
 * session's mutex. genetlink's own lock is outside of it. docs/netlink has the
 * specification, uapi/memscope.h the message trees.
 */
#include <linux/module.h>
#include <linux/notifier.h>
#include <net/genetlink.h>

#include "cache.h"
#include "netlink.h"
#include "options.h"
#include "session.h"

const struct nla_policy ms_genl_policy[MEMSCOPE_A_MAX + 1] = {
	[MEMSCOPE_A_PROBE] = { .type = NLA_U32 },
	[MEMSCOPE_A_FEATURES] = { .type = NLA_U32 },
	[MEMSCOPE_A_ATTACHED] = { .type = NLA_U32 },
	[MEMSCOPE_A_BUFFER_KB] = { .type = NLA_U32 },
	[MEMSCOPE_A_WATERMARK] = { .type = NLA_U32 },
	[MEMSCOPE_A_STACK_EVERY] = { .type = NLA_U32 },
	[MEMSCOPE_A_STACK_DEPTH] = { .type = NLA_U32 },
	[MEMSCOPE_A_STACK_TABLE] = { .type = NLA_U32 },
	[MEMSCOPE_A_LOAD_EVERY] = { .type = NLA_U32 },
	[MEMSCOPE_A_LOAD_INTERVAL_MS] = { .type = NLA_U32 },
	[MEMSCOPE_A_FILTER_TGID] = { .type = NLA_U32 },
	[MEMSCOPE_A_FILTER_COMM] = { .type = NLA_NUL_STRING, .len = 15 },
	[MEMSCOPE_A_FILTER_MODULE] = { .type = NLA_NUL_STRING,
				       .len = MEMSCOPE_NAME_LEN - 1 },
	[MEMSCOPE_A_FILTER_CACHE] = { .type = NLA_NUL_STRING,
				      .len = MEMSCOPE_NAME_LEN - 1 },
	[MEMSCOPE_A_FILTER_SIZE_MIN] = { .type = NLA_U32 },
	[MEMSCOPE_A_FILTER_SIZE_MAX] = { .type = NLA_U32 },
	[MEMSCOPE_A_FILTER_GFP] = { .type = NLA_U32 },
	[MEMSCOPE_A_SINCE] = { .type = NLA_U32 },
};

/**
 * ms_netlink_allowed() - may the sender see kernel addresses?
 * @skb: the request
 * @extack: a sentence on refusal
 *
 * Context: process.
 * Return: 0 or -EPERM.
 */
int ms_netlink_allowed(struct sk_buff *skb, struct netlink_ext_ack *extack)
{
	if (netlink_capable(skb, CAP_SYSLOG) || netlink_capable(skb, CAP_SYS_ADMIN))
		return 0;
	NL_SET_ERR_MSG(extack, "memscope shows kernel addresses: CAP_SYSLOG or CAP_SYS_ADMIN is needed, so run this as root");
	return -EPERM;
}

static int put_options(struct sk_buff *skb, const struct ms_options *options)
{
	return nla_put_u32(skb, MEMSCOPE_A_PROBE, options->probe) ||
	       nla_put_u32(skb, MEMSCOPE_A_FEATURES, options->features) ||
	       nla_put_u32(skb, MEMSCOPE_A_ATTACHED, options->attached) ||
	       nla_put_u32(skb, MEMSCOPE_A_BUFFER_KB, options->buffer_kb) ||
	       nla_put_u32(skb, MEMSCOPE_A_WATERMARK, options->watermark) ||
	       nla_put_u32(skb, MEMSCOPE_A_STACK_EVERY, options->stack_every) ||
	       nla_put_u32(skb, MEMSCOPE_A_STACK_DEPTH, options->stack_depth) ||
	       nla_put_u32(skb, MEMSCOPE_A_STACK_TABLE, options->stack_table) ||
	       nla_put_u32(skb, MEMSCOPE_A_LOAD_EVERY, options->load_every) ||
	       nla_put_u32(skb, MEMSCOPE_A_LOAD_INTERVAL_MS, options->load_interval_ms) ||
	       nla_put_u32(skb, MEMSCOPE_A_FILTER_TGID, options->filter_tgid) ||
	       nla_put_string(skb, MEMSCOPE_A_FILTER_COMM, options->filter_comm) ||
	       nla_put_string(skb, MEMSCOPE_A_FILTER_MODULE, options->filter_module) ||
	       nla_put_string(skb, MEMSCOPE_A_FILTER_CACHE, options->filter_cache) ||
	       nla_put_u32(skb, MEMSCOPE_A_FILTER_SIZE_MIN, options->filter_size_min) ||
	       nla_put_u32(skb, MEMSCOPE_A_FILTER_SIZE_MAX, options->filter_size_max) ||
	       nla_put_u32(skb, MEMSCOPE_A_FILTER_GFP, options->filter_gfp);
}

static int put_state(struct sk_buff *skb)
{
	return nla_put_string(skb, MEMSCOPE_A_VERSION, THIS_MODULE->version) ||
	       nla_put_u32(skb, MEMSCOPE_A_RUNNING, ms_session.running) ||
	       nla_put_u32(skb, MEMSCOPE_A_PORTID, ms_session.portid) ||
	       nla_put_u64_64bit(skb, MEMSCOPE_A_STARTED_NS, ms_session.started_ns,
				 MEMSCOPE_A_PAD) ||
	       nla_put_u64_64bit(skb, MEMSCOPE_A_NOW_NS, ktime_get_mono_fast_ns(),
				 MEMSCOPE_A_PAD) ||
	       nla_put_u32(skb, MEMSCOPE_A_CPUS, num_possible_cpus()) ||
	       nla_put_u32(skb, MEMSCOPE_A_BUFFER_SLOTS,
			   ms_session.allocated ?
			   ms_options_slots(&ms_session.options) : 0) ||
	       nla_put_u32(skb, MEMSCOPE_A_STACKS_USED, ms_stack_used(&ms_session.stacks)) ||
	       nla_put_u32(skb, MEMSCOPE_A_STACKS_SIZE, ms_session.stacks.size) ||
	       nla_put_u32(skb, MEMSCOPE_A_CACHES_USED, ms_cache_used());
}

static int on_status(struct sk_buff *request, struct genl_info *info)
{
	struct ms_options options;
	struct sk_buff *skb;
	void *head;
	int err;

	err = ms_netlink_allowed(request, info->extack);
	if (err)
		return err;
	skb = genlmsg_new(NLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!skb)
		return -ENOMEM;
	head = genlmsg_put_reply(skb, info, &ms_genl_family, 0, MEMSCOPE_CMD_STATUS);

	mutex_lock(&ms_session.lock);
	if (ms_session.running)
		options = ms_session.options;
	else
		ms_options_defaults(&options);
	err = !head || put_state(skb) || put_options(skb, &options);
	mutex_unlock(&ms_session.lock);
	if (err) {
		nlmsg_free(skb);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, head);
	return genlmsg_reply(skb, info);
}

static int on_start(struct sk_buff *request, struct genl_info *info)
{
	struct ms_options options;
	int err;

	err = ms_netlink_allowed(request, info->extack);
	if (err)
		return err;
	mutex_lock(&ms_session.lock);
	ms_options_defaults(&options);
	err = ms_options_parse(&options, info->attrs, info->extack);
	if (!err)
		err = ms_session_start(&options, info->snd_portid, info->extack);
	mutex_unlock(&ms_session.lock);
	return err;
}

static int on_stop(struct sk_buff *request, struct genl_info *info)
{
	int err;

	err = ms_netlink_allowed(request, info->extack);
	if (err)
		return err;
	mutex_lock(&ms_session.lock);
	err = ms_session_stop(info->snd_portid, info->extack);
	mutex_unlock(&ms_session.lock);
	return err;
}

static int on_reset(struct sk_buff *request, struct genl_info *info)
{
	int err;

	err = ms_netlink_allowed(request, info->extack);
	if (err)
		return err;
	mutex_lock(&ms_session.lock);
	err = ms_session_reset(info->extack);
	mutex_unlock(&ms_session.lock);
	return err;
}

static int configure(struct genl_info *info)
{
	struct ms_options running = ms_session.options;
	struct ms_options defaults;
	int err;

	ms_options_defaults(&defaults);
	err = ms_options_parse(&defaults, info->attrs, info->extack);
	if (err)
		return err;
	if (ms_session.running) {
		err = ms_options_parse(&running, info->attrs, info->extack);
		if (!err)
			err = ms_session_tune(&running, info->extack);
		if (err)
			return err;
	}
	return ms_options_set_defaults(&defaults, info->extack);
}

static int on_config(struct sk_buff *request, struct genl_info *info)
{
	int err;

	err = ms_netlink_allowed(request, info->extack);
	if (err)
		return err;
	mutex_lock(&ms_session.lock);
	err = configure(info);
	mutex_unlock(&ms_session.lock);
	return err;
}

static const struct genl_ops ops[] = {
	{ .cmd = MEMSCOPE_CMD_STATUS, .doit = on_status },
	{ .cmd = MEMSCOPE_CMD_START, .doit = on_start },
	{ .cmd = MEMSCOPE_CMD_STOP, .doit = on_stop },
	{ .cmd = MEMSCOPE_CMD_RESET, .doit = on_reset },
	{ .cmd = MEMSCOPE_CMD_CONFIG, .doit = on_config },
	{ .cmd = MEMSCOPE_CMD_EVENTS, .start = ms_dump_events_start,
	  .dumpit = ms_dump_events, .done = ms_dump_events_done },
	{ .cmd = MEMSCOPE_CMD_STACKS, .start = ms_dump_stacks_start,
	  .dumpit = ms_dump_stacks },
	{ .cmd = MEMSCOPE_CMD_CACHES, .start = ms_dump_start, .dumpit = ms_dump_caches },
	{ .cmd = MEMSCOPE_CMD_LOAD, .start = ms_dump_start, .dumpit = ms_dump_load },
	{ .cmd = MEMSCOPE_CMD_PATHS, .start = ms_dump_start, .dumpit = ms_dump_paths },
	{ .cmd = MEMSCOPE_CMD_COUNTERS, .start = ms_dump_start,
	  .dumpit = ms_dump_counters },
	{ .cmd = MEMSCOPE_CMD_SYMBOLS, .start = ms_dump_start, .dumpit = ms_dump_symbols },
};

struct genl_family ms_genl_family = {
	.name = MEMSCOPE_GENL_NAME,
	.version = MEMSCOPE_GENL_VERSION,
	.maxattr = MEMSCOPE_A_MAX,
	.policy = ms_genl_policy,
	.module = THIS_MODULE,
	.parallel_ops = true,	/* a START takes long, others need not wait */
	.ops = ops,
	.n_ops = ARRAY_SIZE(ops),
};

/**
 * ms_netlink_send_ready() - tell a reader that a buffer passed its watermark
 * @portid: of the reader
 * @cpu: whose buffer
 *
 * Context: process, may sleep.
 * Return: 0 or an error: the reader is busy or gone, and will look by itself.
 */
int ms_netlink_send_ready(u32 portid, int cpu)
{
	struct sk_buff *skb = genlmsg_new(nla_total_size(sizeof(u32)), GFP_KERNEL);
	void *head;

	if (!skb)
		return -ENOMEM;
	head = genlmsg_put(skb, 0, 0, &ms_genl_family, 0, MEMSCOPE_CMD_READY);
	if (!head || nla_put_u32(skb, MEMSCOPE_A_CPU, cpu)) {
		nlmsg_free(skb);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, head);
	return genlmsg_unicast(&init_net, skb, portid);
}

static int on_netlink(struct notifier_block *block, unsigned long event, void *data)
{
	const struct netlink_notify *notify = data;

	/* Ports are numbered in each network namespace; the family is in the first. */
	if (event == NETLINK_URELEASE && notify->protocol == NETLINK_GENERIC &&
	    net_eq(notify->net, &init_net))
		ms_session_reader_gone(notify->portid);
	return NOTIFY_DONE;
}

static struct notifier_block notifier = { .notifier_call = on_netlink };

/**
 * ms_netlink_init() - open the family
 *
 * Context: module init, last: requests may come before it returns.
 * Return: 0 or an error.
 */
int ms_netlink_init(void)
{
	int err;

	err = netlink_register_notifier(&notifier);
	if (err)
		return err;
	err = genl_register_family(&ms_genl_family);
	if (err)
		netlink_unregister_notifier(&notifier);
	return err;
}

/**
 * ms_netlink_exit() - close it
 *
 * Context: module exit, first. No request runs any more when it returns.
 */
void ms_netlink_exit(void)
{
	genl_unregister_family(&ms_genl_family);
	netlink_unregister_notifier(&notifier);
}
