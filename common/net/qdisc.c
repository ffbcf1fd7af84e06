/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The token bucket: what a limit means in bytes, and whether the kernel can
 * keep it.
 */
#include "ovsint/net/qdisc.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "common/net/by_hand.h"

#define BYTES_PER_KBIT 125u
#define BURST_TIME_MS 10u
#define BURST_MIN_BYTES 69632u /* 64 KiB, and their packets' headers */
#define QUEUE_TIME_MS 50u
#define LINK_HEADER_BYTES 18u /* Ethernet and one VLAN tag */
#define DEFAULT_MTU 1500u

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

int qdisc_set_rate(struct net *net, int ifindex, uint64_t rate_kbit,
                   uint64_t burst_kbit, unsigned mtu, struct err *err)
{
    uint64_t packet = (uint64_t)(mtu ? mtu : DEFAULT_MTU) + LINK_HEADER_BYTES;

    int r = check_limits(rate_kbit, burst_kbit, packet, err);
    if (r < 0)
        return r;
    uint64_t rate = rate_kbit * BYTES_PER_KBIT;
    uint64_t burst =
        burst_kbit ? burst_kbit * BYTES_PER_KBIT : default_burst(rate);
    auto_request struct nl_msg *request = by_hand_token_bucket(
        ifindex, rate, burst, rate * QUEUE_TIME_MS / 1000 + burst);
    r = request_do(net, request, err, "limit device %d to %" PRIu64 " kbit/s",
                   ifindex, rate_kbit);
    if (r == -ENOENT)
        return err_wrap(err, "the kernel lacks the module sch_tbf");
    return r;
}
