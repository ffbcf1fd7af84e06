/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* One question, whose answer has the statistics that others decline. */
#include "ovsint/net/counters.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "common/net/request.h"

struct counted {
    struct link_info info;
    struct link_counters counters;
};

static void keep(void *data, struct nlmsghdr *reply)
{
    struct counted *counted = data;
    struct nlattr *attributes[IFLA_MAX + 1];
    struct rtnl_link_stats64 stats = {0};

    if (!link_read(reply, &counted->info))
        return;
    reply_parse(reply, sizeof(struct ifinfomsg), attributes, IFLA_MAX);
    const struct nlattr *given = attributes[IFLA_STATS64];
    if (!given)
        return;
    /* Newer kernels append to it. */
    size_t size = (size_t)nla_len(given);
    memcpy(&stats, nla_data(given),
           size < sizeof(stats) ? size : sizeof(stats));
    counted->counters = (struct link_counters){.rx_bytes = stats.rx_bytes,
                                               .rx_packets = stats.rx_packets,
                                               .rx_dropped = stats.rx_dropped,
                                               .tx_bytes = stats.tx_bytes,
                                               .tx_packets = stats.tx_packets,
                                               .tx_dropped = stats.tx_dropped};
}

int counters_find(struct net *net, const char *name, struct link_info *ret,
                  struct link_counters *ret_counters, struct err *err)
{
    struct ifinfomsg head = {.ifi_family = AF_UNSPEC};
    auto_request struct nl_msg *request =
        request_new(RTM_GETLINK, 0, &head, sizeof(head));
    struct counted counted = {0};
    struct err inner = {0};

    request_put_text(request, IFLA_ALT_IFNAME, name);
    int r = request_ask(net, request, keep, &counted, &inner,
                        "count what passes device '%s'", name);
    if (r == -ENODEV)
        return 0;
    if (r < 0) {
        *err = inner;
        return r;
    }
    *ret = counted.info;
    *ret_counters = counted.counters;
    return 1;
}
