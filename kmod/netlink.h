/* SPDX-License-Identifier: GPL-2.0 */
#ifndef MS_NETLINK_H
#define MS_NETLINK_H

#include <net/netlink.h>
#include <linux/types.h>

#include "uapi/memscope.h"

struct genl_family;

extern struct genl_family ms_genl_family;
extern const struct nla_policy ms_genl_policy[MEMSCOPE_A_MAX + 1];

int ms_netlink_init(void);
void ms_netlink_exit(void);

int ms_netlink_allowed(struct sk_buff *skb, struct netlink_ext_ack *extack);
int ms_netlink_send_ready(u32 portid, int cpu);

/* netlink-dump.c */
int ms_dump_start(struct netlink_callback *cb);
int ms_dump_events_start(struct netlink_callback *cb);
int ms_dump_events(struct sk_buff *skb, struct netlink_callback *cb);
int ms_dump_events_done(struct netlink_callback *cb);
int ms_dump_stacks_start(struct netlink_callback *cb);
int ms_dump_stacks(struct sk_buff *skb, struct netlink_callback *cb);
int ms_dump_caches(struct sk_buff *skb, struct netlink_callback *cb);
int ms_dump_load(struct sk_buff *skb, struct netlink_callback *cb);
int ms_dump_paths(struct sk_buff *skb, struct netlink_callback *cb);
int ms_dump_counters(struct sk_buff *skb, struct netlink_callback *cb);
int ms_dump_symbols(struct sk_buff *skb, struct netlink_callback *cb);

#endif /* MS_NETLINK_H */
