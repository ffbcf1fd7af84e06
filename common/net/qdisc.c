/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The token bucket. The burst travels as TCA_TBF_BURST in bytes and the link
 * layer is named, so neither the kernel's clock (/proc/net/psched) nor the
 * rate tables of old times are needed.
 */
#include "ovsint/net/qdisc.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "common/net/request.h"

#define BYTES_PER_KBIT 125u
#define BURST_TIME_MS 10u
#define BURST_MIN_BYTES 69632u /* 64 KiB and their packets' headers */
#define QUEUE_TIME_MS 50u
#define LINK_HEADER_BYTES 18u /* Ethernet and one VLAN tag */
#define DEFAULT_MTU 1500u
#define NS_PER_TICK 64u /* PSCHED_SHIFT in net/pkt_sched.h */
#define NS_PER_S 1000000000u
#define HANDLE 0x10000u /* 1:0 */

static uint32_t at_most_u32(uint64_t value)
{
    return value > UINT32_MAX ? UINT32_MAX : (uint32_t)value;
}

static uint64_t default_burst(uint64_t rate)
{
    const uint64_t most = (uint64_t)QDISC_BURST_MAX_KBIT * BYTES_PER_KBIT;
    uint64_t burst = rate * BURST_TIME_MS / 1000;

    if (burst < BURST_MIN_BYTES)
        return BURST_MIN_BYTES;
    return burst > most ? most : burst;
}

static int check_limits(uint64_t rate_kbit, uint64_t burst_kbit,
                        uint64_t packet, struct err *err)
{
    if (rate_kbit == 0)
        return err_set(err, EINVAL, "a rate of 0 kbit/s lets nothing pass");
    if (rate_kbit > QDISC_RATE_MAX_KBIT)
        return err_set(err, ERANGE,
                       "rate %" PRIu64 " kbit/s is more than the kernel can do",
                       rate_kbit);
    if (burst_kbit > QDISC_BURST_MAX_KBIT)
        return err_set(err, ERANGE,
                       "burst %" PRIu64 " kbit is more than the kernel can do",
                       burst_kbit);
    if (burst_kbit && burst_kbit * BYTES_PER_KBIT < packet)
        return err_set(err, ERANGE,
                       "burst %" PRIu64 " kbit is less than one packet: with "
                       "this MTU at least %" PRIu64 " kbit",
                       burst_kbit,
                       (packet + BYTES_PER_KBIT - 1) / BYTES_PER_KBIT);
    return 0;
}

static void put_tbf(struct nl_msg *request, uint64_t rate, uint64_t burst)
{
    struct tc_tbf_qopt parameters = {
        .rate = {.rate = at_most_u32(rate), .linklayer = TC_LINKLAYER_ETHERNET},
        .limit = at_most_u32(rate * QUEUE_TIME_MS / 1000 + burst),
    };

    request_put_text(request, TCA_KIND, "tbf");
    struct nlattr *options = request_nest(request, TCA_OPTIONS);
    request_put(request, TCA_TBF_PARMS, &parameters, sizeof(parameters));
    if (rate > UINT32_MAX)
        request_put(request, TCA_TBF_RATE64, &rate, sizeof(rate));
    request_put_u32(request, TCA_TBF_BURST, (uint32_t)burst);
    request_nest_end(request, options);
}

int qdisc_set_rate(struct net *net, int ifindex, uint64_t rate_kbit,
                   uint64_t burst_kbit, unsigned mtu, struct err *err)
{
    struct tcmsg head = {.tcm_family = AF_UNSPEC,
                         .tcm_ifindex = ifindex,
                         .tcm_handle = HANDLE,
                         .tcm_parent = TC_H_ROOT};
    uint64_t packet = (uint64_t)(mtu ? mtu : DEFAULT_MTU) + LINK_HEADER_BYTES;

    int r = check_limits(rate_kbit, burst_kbit, packet, err);
    if (r < 0)
        return r;
    uint64_t rate = rate_kbit * BYTES_PER_KBIT;
    uint64_t burst =
        burst_kbit ? burst_kbit * BYTES_PER_KBIT : default_burst(rate);
    auto_request struct nl_msg *request = request_new(
        RTM_NEWQDISC, NLM_F_CREATE | NLM_F_REPLACE, &head, sizeof(head));
    put_tbf(request, rate, burst);
    r = request_do(net, request, err, "limit device %d to %" PRIu64 " kbit/s",
                   ifindex, rate_kbit);
    if (r == -ENOENT)
        return err_wrap(err, "the kernel lacks the module sch_tbf");
    return r;
}

struct rate_search {
    int ifindex;
    bool found;
    struct qdisc_rate rate;
};

static void read_tbf(struct nlattr *options, struct rate_search *search)
{
    struct nlattr *attrs[TCA_TBF_MAX + 1];
    struct tc_tbf_qopt parameters;

    if (nla_parse_nested(attrs, TCA_TBF_MAX, options, NULL) < 0 ||
        !attrs[TCA_TBF_PARMS] ||
        nla_len(attrs[TCA_TBF_PARMS]) < (int)sizeof(parameters))
        return;
    memcpy(&parameters, nla_data(attrs[TCA_TBF_PARMS]), sizeof(parameters));
    uint64_t rate = parameters.rate.rate;
    if (attrs[TCA_TBF_RATE64])
        rate = nla_get_u64(attrs[TCA_TBF_RATE64]);
    /* The kernel keeps the burst as the time that it takes. */
    uint64_t burst_ns = (uint64_t)parameters.buffer * NS_PER_TICK;
    unsigned __int128 burst = (unsigned __int128)burst_ns * rate / NS_PER_S;
    search->rate = (struct qdisc_rate){.rate_bytes = rate,
                                       .burst_bytes = (uint64_t)burst,
                                       .limit_bytes = parameters.limit};
    search->found = true;
}

static void look_for_tbf(void *data, struct nlmsghdr *reply)
{
    struct rate_search *search = data;
    struct nlattr *attrs[TCA_MAX + 1];

    if (reply->nlmsg_type != RTM_NEWQDISC ||
        !nlmsg_valid_hdr(reply, sizeof(struct tcmsg)))
        return;
    const struct tcmsg *head = nlmsg_data(reply);
    if (head->tcm_ifindex != search->ifindex || head->tcm_parent != TC_H_ROOT)
        return;
    reply_parse(reply, sizeof(*head), attrs, TCA_MAX);
    if (attrs[TCA_KIND] && nla_strcmp(attrs[TCA_KIND], "tbf") == 0 &&
        attrs[TCA_OPTIONS])
        read_tbf(attrs[TCA_OPTIONS], search);
}

int qdisc_get_rate(struct net *net, int ifindex, struct qdisc_rate *ret,
                   struct err *err)
{
    struct tcmsg head = {.tcm_family = AF_UNSPEC, .tcm_ifindex = ifindex};
    struct rate_search search = {.ifindex = ifindex};
    auto_request struct nl_msg *request =
        request_new(RTM_GETQDISC, NLM_F_DUMP, &head, sizeof(head));

    int r = request_ask(net, request, look_for_tbf, &search, err,
                        "read the queueing discipline of device %d", ifindex);
    if (r < 0)
        return r;
    if (search.found)
        *ret = search.rate;
    return search.found;
}
