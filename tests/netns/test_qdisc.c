/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The rate limit, read back from the kernel, as mistakes in units are easy.
 */
#include "ovsint/net/qdisc.h"

#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>

#include "common/net/request.h"
#include "tests/netns/fixture.h"

#define MBIT 1000u
#define GBIT 1000000u
#define NS_PER_TICK 64u /* PSCHED_SHIFT in net/pkt_sched.h */
#define NS_PER_S 1000000000u

struct qdisc_rate {
    uint64_t rate_bytes;  /* per second */
    uint64_t burst_bytes; /* rounded by the kernel's 64 ns clock */
    uint32_t limit_bytes; /* queued at most */
};

static bool read_options(struct nlattr *options, struct qdisc_rate *ret)
{
    struct nlattr *attrs[TCA_TBF_MAX + 1];
    struct tc_tbf_qopt parameters;

    if (nla_parse_nested(attrs, TCA_TBF_MAX, options, NULL) < 0 ||
        !attrs[TCA_TBF_PARMS] ||
        nla_len(attrs[TCA_TBF_PARMS]) < (int)sizeof(parameters))
        return false;
    memcpy(&parameters, nla_data(attrs[TCA_TBF_PARMS]), sizeof(parameters));
    uint64_t rate = parameters.rate.rate;
    if (attrs[TCA_TBF_RATE64])
        rate = nla_get_u64(attrs[TCA_TBF_RATE64]);
    /* The kernel keeps the burst as the time that it takes to send. */
    uint64_t burst_ns = (uint64_t)parameters.buffer * NS_PER_TICK;
    unsigned __int128 burst = (unsigned __int128)burst_ns * rate / NS_PER_S;
    *ret = (struct qdisc_rate){.rate_bytes = rate,
                               .burst_bytes = (uint64_t)burst,
                               .limit_bytes = parameters.limit};
    return true;
}

static bool read_token_bucket(struct nlmsghdr *reply, int ifindex,
                              struct qdisc_rate *ret)
{
    struct nlattr *attrs[TCA_MAX + 1];

    if (reply->nlmsg_type != RTM_NEWQDISC ||
        !nlmsg_valid_hdr(reply, sizeof(struct tcmsg)))
        return false;
    const struct tcmsg *head = nlmsg_data(reply);
    if (head->tcm_ifindex != ifindex || head->tcm_parent != TC_H_ROOT)
        return false;
    reply_parse(reply, sizeof(*head), attrs, TCA_MAX);
    return attrs[TCA_KIND] && nla_strcmp(attrs[TCA_KIND], "tbf") == 0 &&
           attrs[TCA_OPTIONS] && read_options(attrs[TCA_OPTIONS], ret);
}

struct rate_search {
    int ifindex;
    bool found;
    struct qdisc_rate rate;
};

static void look_for_bucket(void *data, struct nlmsghdr *reply)
{
    struct rate_search *search = data;

    if (read_token_bucket(reply, search->ifindex, &search->rate))
        search->found = true;
}

/* Has the device a limit? */
static bool get_rate(struct net *net, int ifindex, struct qdisc_rate *ret)
{
    struct tcmsg head = {.tcm_family = AF_UNSPEC, .tcm_ifindex = ifindex};
    struct rate_search search = {.ifindex = ifindex};
    struct err err = {0};
    auto_request struct nl_msg *request =
        request_new(RTM_GETQDISC, NLM_F_DUMP, &head, sizeof(head));

    CHECK_OK(request_ask(net, request, look_for_bucket, &search, &err,
                         "read the queueing discipline of device %d", ifindex),
             err);
    if (search.found)
        *ret = search.rate;
    return search.found;
}

static struct qdisc_rate read_back(struct net *net, int index)
{
    struct qdisc_rate rate = {0};

    CHECK(get_rate(net, index, &rate));
    return rate;
}

/* The kernel keeps a burst as a time in steps of 64 ns. */
static void check_near(uint64_t got, uint64_t want, uint64_t rate)
{
    uint64_t slack = 2 * (rate * 64 / 1000000000u + 1);

    if (got + slack < want || got > want + slack)
        TEST_FAIL("burst %llu, want %llu within %llu", (unsigned long long)got,
                  (unsigned long long)want, (unsigned long long)slack);
}

TEST(kernel_reads_back_what_was_meant)
{
    static const struct {
        uint64_t rate_kbit;
        uint64_t burst_kbit;
        unsigned mtu;
        uint64_t rate; /* bytes/s */
        uint64_t burst;
        uint64_t limit;
    } table[] = {
        /* below 10 ms of 68 KiB the burst is 68 KiB */
        {8, 0, 1500, 1000, 69632, 69632 + 50},
        {10 * MBIT, 0, 1500, 1250000, 69632, 69632 + 62500},
        {100 * MBIT, 0, 0, 12500000, 125000, 125000 + 625000},
        {1 * GBIT, 0, 9000, 125000000, 1250000, 1250000 + 6250000},
        {10 * MBIT, 800, 1500, 1250000, 100000, 100000 + 62500},
        {10 * MBIT, 13, 1500, 1250000, 1625, 1625 + 62500},
        /* from 34.4 Gbit/s on the rate no longer fits 32 bits of bytes */
        {34 * GBIT, 0, 1500, 4250000000, 42500000, 255000000},
        {35 * GBIT, 0, 1500, 4375000000, 43750000, 262500000},
        {400 * GBIT, 0, 1500, 50000000000, 500000000, 3000000000},
        {QDISC_RATE_MAX_KBIT, 0, 0, 1000000000000, 1000000000, UINT32_MAX},
        {GBIT, QDISC_BURST_MAX_KBIT, 0, 125000000, 1000000000, 1006250000},
    };
    auto_fixture struct fixture f = fixture_new();
    struct err err = {0};

    fixture_veth(&f);
    int index = fixture_index(f.inside, "v-in");
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        CHECK_OK(qdisc_set_rate(f.inside, index, table[i].rate_kbit,
                                table[i].burst_kbit, table[i].mtu, &err),
                 err);
        struct qdisc_rate got = read_back(f.inside, index);
        CHECK_EQ(got.rate_bytes, table[i].rate);
        CHECK_EQ(got.limit_bytes, table[i].limit);
        check_near(got.burst_bytes, table[i].burst, table[i].rate);
    }
}

TEST(device_without_limit_has_none)
{
    auto_fixture struct fixture f = fixture_new();
    struct qdisc_rate rate = {.limit_bytes = 7};
    struct err err = {0};

    fixture_veth(&f);
    int index = fixture_index(f.inside, "v-in");
    CHECK(!get_rate(f.inside, index, &rate));
    CHECK_OK(qdisc_set_rate(f.inside, index, 1000, 0, 0, &err), err);
    CHECK(!get_rate(f.inside, 1, &rate));
    CHECK(!get_rate(f.host, index, &rate));
    CHECK_EQ(rate.limit_bytes, 7);
}

TEST(tap_device_takes_a_limit)
{
    auto_fixture struct fixture f = fixture_new();
    struct err err = {0};

    auto_close int tap = fixture_tap_inside(&f, "oi3k9x");
    CHECK(tap >= 0);
    int index = fixture_index(f.inside, "oi3k9x");
    CHECK_OK(qdisc_set_rate(f.inside, index, 10 * MBIT, 0, 1500, &err), err);
    CHECK_EQ(read_back(f.inside, index).rate_bytes, 1250000);
    CHECK_OK(link_set_up(f.inside, index, &err), err);
    CHECK_EQ(read_back(f.inside, index).rate_bytes, 1250000);
}

TEST(refused_limits_change_nothing)
{
    static const struct {
        uint64_t rate_kbit;
        uint64_t burst_kbit;
        unsigned mtu;
        int code;
        const char *text;
    } bad[] = {
        {0, 0, 1500, EINVAL, "a rate of 0 kbit/s lets nothing pass"},
        {QDISC_RATE_MAX_KBIT + 1, 0, 1500, ERANGE,
         "rate 8000000001 kbit/s is more than the kernel can do"},
        {UINT64_MAX, 0, 1500, ERANGE, "is more than the kernel can do"},
        {1000, QDISC_BURST_MAX_KBIT + 1, 1500, ERANGE, "burst 8000001 kbit"},
        {1000, UINT64_MAX, 1500, ERANGE, "burst 18446744073709551615 kbit"},
        {1000, 12, 1500, ERANGE,
         "burst 12 kbit is less than one packet: with this MTU at least 13 "
         "kbit"},
        {1000, 12, 0, ERANGE, "at least 13 kbit"},
        {1000, 13, 9000, ERANGE, "at least 73 kbit"},
    };
    auto_fixture struct fixture f = fixture_new();
    struct err err = {0};

    fixture_veth(&f);
    int index = fixture_index(f.inside, "v-in");
    CHECK_OK(qdisc_set_rate(f.inside, index, 77000, 0, 0, &err), err);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        err = (struct err){0};
        CHECK_ERR(qdisc_set_rate(f.inside, index, bad[i].rate_kbit,
                                 bad[i].burst_kbit, bad[i].mtu, &err),
                  bad[i].code, err, bad[i].text);
        CHECK_EQ(read_back(f.inside, index).rate_bytes, 9625000);
    }
}

TEST(absent_device_is_refused)
{
    auto_fixture struct fixture f = fixture_new();
    struct err err = {0};

    CHECK_ERR(qdisc_set_rate(f.inside, 4711, 1000, 0, 0, &err), ENODEV, err,
              "limit device 4711 to 1000 kbit/s: No such device");
}

TEST_MAIN
