/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Routes, and taking over the default, read back from the kernel.
 */
#include <arpa/inet.h>
#include <linux/fib_rules.h>
#include <linux/lwtunnel.h>
#include <linux/rtnetlink.h>

#include "common/net/request.h"
#include "tests/netns/fixture.h"

static void add_line(void *data, const struct route_info *info)
{
    char to[PREFIX_TEXT_SIZE], via[IP_TEXT_SIZE];

    prefix_format(&info->to, to);
    ip_format(&info->via, via);
    buf_addf(data, "[%s via %s dev %d]\n", to, via, info->ifindex);
}

static struct buf routes_of(struct net *net)
{
    struct buf text = BUF_INIT(65536);
    struct err err = {0};

    CHECK_OK(route_each(net, add_line, &text, &err), err);
    return text;
}

static bool has_route(struct net *net, const char *to, const char *via, int dev)
{
    auto_buf struct buf all = routes_of(net);
    char line[160];

    snprintf(line, sizeof(line), "[%s via %s dev %d]\n", to, via, dev);
    return strstr(buf_text(&all), line) != NULL;
}

static int count_routes(struct net *net, const char *to)
{
    auto_buf struct buf all = routes_of(net);
    char start[PREFIX_TEXT_SIZE + 2];
    int count = 0;

    snprintf(start, sizeof(start), "[%s ", to);
    for (const char *at = buf_text(&all); (at = strstr(at, start)); at++)
        count++;
    return count;
}

/* A device inside with addresses of 10.0.N.0/24 and fd00:N::/64. It lives as
 * long as the descriptor. */
static int device(const struct fixture *f, const char *name, int n,
                  int *ret_index)
{
    char address[PREFIX_TEXT_SIZE];
    struct err err = {0};

    int tap = fixture_tap_inside(f, name);
    int index = fixture_index(f->inside, name);
    CHECK_OK(link_set_up(f->inside, index, &err), err);
    snprintf(address, sizeof(address), "10.0.%d.5/24", n);
    fixture_add(f->inside, index, address);
    snprintf(address, sizeof(address), "fd00:%d::5/64", n);
    fixture_add(f->inside, index, address);
    *ret_index = index;
    return tap;
}

static bool is_up(struct net *net, int index)
{
    struct link_info info;
    struct err err = {0};

    CHECK_EQ(link_by_index(net, index, &info, &err), 1);
    return info.up;
}

TEST(adds_routes_of_both_families)
{
    auto_fixture struct fixture f = fixture_new();
    int a;

    auto_close int tap = device(&f, "a0", 1, &a);
    CHECK(tap >= 0);
    fixture_route(f.inside, a, "0.0.0.0/0", "10.0.1.1");
    fixture_route(f.inside, a, "::/0", "fd00:1::1");
    fixture_route(f.inside, a, "192.168.0.0/16", "10.0.1.2");
    fixture_route(f.inside, a, "fd01::/32", "fe80::1");
    fixture_route(f.inside, a, "172.16.0.0/12", "");
    fixture_route(f.inside, a, "fd02::/32", "");
    CHECK(has_route(f.inside, "0.0.0.0/0", "10.0.1.1", a));
    CHECK(has_route(f.inside, "::/0", "fd00:1::1", a));
    CHECK(has_route(f.inside, "192.168.0.0/16", "10.0.1.2", a));
    CHECK(has_route(f.inside, "fd01::/32", "fe80::1", a));
    CHECK(has_route(f.inside, "172.16.0.0/12", "none", a));
    CHECK(has_route(f.inside, "fd02::/32", "none", a));
}

TEST(no_gateway_at_all_means_on_link)
{
    auto_fixture struct fixture f = fixture_new();
    const struct ip_prefix to = fixture_prefix("172.16.0.0/12");
    struct err err = {0};
    int a;

    auto_close int tap = device(&f, "a0", 1, &a);
    CHECK(tap >= 0);
    CHECK_OK(route_add(f.inside, a, &to, NULL, &err), err);
    CHECK(has_route(f.inside, "172.16.0.0/12", "none", a));
}

TEST(host_bits_are_cleared)
{
    auto_fixture struct fixture f = fixture_new();
    int a;

    auto_close int tap = device(&f, "a0", 1, &a);
    CHECK(tap >= 0);
    fixture_route(f.inside, a, "192.168.77.88/16", "10.0.1.2");
    fixture_route(f.inside, a, "fd01::77/32", "fd00:1::2");
    CHECK(has_route(f.inside, "192.168.0.0/16", "10.0.1.2", a));
    CHECK(has_route(f.inside, "fd01::/32", "fd00:1::2", a));
}

TEST(same_route_is_replaced)
{
    auto_fixture struct fixture f = fixture_new();
    static const char *const targets[] = {"0.0.0.0/0", "192.168.0.0/16"};
    int a, b;

    auto_close int tap_a = device(&f, "a0", 1, &a);
    auto_close int tap_b = device(&f, "b0", 2, &b);
    CHECK(tap_a >= 0 && tap_b >= 0);
    for (size_t i = 0; i < ARRAY_LEN(targets); i++) {
        fixture_route(f.inside, a, targets[i], "10.0.1.1");
        fixture_route(f.inside, a, targets[i], "10.0.1.1");
        fixture_route(f.inside, a, targets[i], "10.0.1.2");
        fixture_route(f.inside, b, targets[i], "10.0.2.1");
        CHECK_EQ(count_routes(f.inside, targets[i]), 1);
        CHECK(has_route(f.inside, targets[i], "10.0.2.1", b));
    }
    fixture_route(f.inside, a, "::/0", "fd00:1::1");
    fixture_route(f.inside, a, "::/0", "fd00:1::1");
    fixture_route(f.inside, b, "::/0", "fd00:2::1");
    CHECK_EQ(count_routes(f.inside, "::/0"), 1);
    CHECK(has_route(f.inside, "::/0", "fd00:2::1", b));
}

TEST(on_link_route_makes_a_far_gateway_reachable)
{
    auto_fixture struct fixture f = fixture_new();
    int a;

    auto_close int tap = device(&f, "a0", 1, &a);
    CHECK(tap >= 0);
    fixture_route(f.inside, a, "198.51.100.1/32", "");
    fixture_route(f.inside, a, "0.0.0.0/0", "198.51.100.1");
    fixture_route(f.inside, a, "2001:db8::1/128", "");
    fixture_route(f.inside, a, "::/0", "2001:db8::1");
    CHECK(has_route(f.inside, "0.0.0.0/0", "198.51.100.1", a));
    CHECK(has_route(f.inside, "::/0", "2001:db8::1", a));
}

/* These routers are in no prefix of the device. */
TEST(a_far_router)
{
    auto_fixture struct fixture f = fixture_new();
    struct ip_prefix all4 = {.ip.family = AF_INET};
    struct ip_prefix all6 = {.ip.family = AF_INET6};
    struct ip far4 = fixture_ip("169.254.1.1");
    struct ip far6 = fixture_ip("fd99::1");
    struct err err = {0};
    int index;

    auto_close int tap = fixture_tap_inside(&f, "eth0");
    CHECK(tap >= 0);
    index = fixture_index(f.inside, "eth0");
    CHECK_OK(link_set_up(f.inside, index, &err), err);
    fixture_add(f.inside, index, "10.0.0.5/32");
    fixture_add(f.inside, index, "fd00::5/128");
    CHECK(route_add(f.inside, index, &all4, &far4, &err) < 0);
    for (int i = 0; i < 2; i++) {
        err = (struct err){0};
        CHECK_OK(route_add_far(f.inside, index, &all4, &far4, &err), err);
        CHECK_OK(route_add_far(f.inside, index, &all6, &far6, &err), err);
    }
    CHECK(has_route(f.inside, "0.0.0.0/0", "169.254.1.1", index));
    CHECK(has_route(f.inside, "::/0", "fd99::1", index));
}

TEST(refused_routes)
{
    auto_fixture struct fixture f = fixture_new();
    const struct {
        const char *to;
        const char *via;
        bool absent_device;
        int code;
        const char *text;
    } bad[] = {
        {"0.0.0.0/0", "192.0.2.1", false, ENETUNREACH,
         "Network is unreachable (kernel: Nexthop has invalid gateway)"},
        {"::/0", "2001:db8::1", false, EHOSTUNREACH, "No route to host"},
        {"0.0.0.0/0", "fd00:1::1", false, EINVAL, "other address family"},
        {"::/0", "10.0.1.1", false, EINVAL, "other address family"},
        {"0.0.0.0/0", "10.0.1.255", false, EINVAL,
         "(kernel: Nexthop has invalid gateway)"},
        {"192.168.0.0/16", "", true, ENODEV, "by device 4711 on link"},
        {"fd01::/32", "", true, ENODEV, "route fd01::/32 by device 4711"},
    };
    int a;

    auto_close int tap = device(&f, "a0", 1, &a);
    CHECK(tap >= 0);
    auto_buf struct buf before = routes_of(f.inside);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        const struct ip_prefix to = fixture_prefix(bad[i].to);
        const struct ip via =
            *bad[i].via ? fixture_ip(bad[i].via) : (struct ip){0};
        struct err err = {0};
        int index = bad[i].absent_device ? 4711 : a;
        CHECK_ERR(route_add(f.inside, index, &to, &via, &err), bad[i].code, err,
                  bad[i].text);
        CHECK_HAS(err.text, bad[i].to);
        auto_buf struct buf after = routes_of(f.inside);
        CHECK_STR(buf_text(&after), buf_text(&before));
    }
}

TEST(device_that_is_down_carries_no_route)
{
    auto_fixture struct fixture f = fixture_new();
    const struct ip_prefix to = fixture_prefix("192.168.0.0/16");
    struct err err = {0};
    int a;

    auto_close int tap = device(&f, "a0", 1, &a);
    CHECK(tap >= 0);
    CHECK_OK(link_set_down(f.inside, a, &err), err);
    CHECK_ERR(route_add(f.inside, a, &to, NULL, &err), ENETDOWN, err,
              "Network is down (kernel: ");
}

TEST(takes_the_default_of_other_devices)
{
    auto_fixture struct fixture f = fixture_new();
    struct err err = {0};
    int a, b, c, own;

    auto_close int tap_a = device(&f, "a0", 1, &a);
    auto_close int tap_b = device(&f, "b0", 2, &b);
    auto_close int tap_c = device(&f, "c0", 3, &c);
    auto_close int tap_own = device(&f, "own0", 4, &own);
    CHECK(tap_a >= 0 && tap_b >= 0 && tap_c >= 0 && tap_own >= 0);
    fixture_route(f.inside, a, "0.0.0.0/0", "10.0.1.1");
    fixture_route(f.inside, b, "::/0", "fd00:2::1");
    fixture_route(f.inside, c, "192.168.0.0/16", "10.0.3.1");

    CHECK_OK(route_take_default(f.inside, own, &err), err);
    CHECK_EQ(count_routes(f.inside, "0.0.0.0/0"), 0);
    CHECK_EQ(count_routes(f.inside, "::/0"), 0);
    CHECK(!is_up(f.inside, a) && !is_up(f.inside, b));
    CHECK(is_up(f.inside, c) && is_up(f.inside, own));
    CHECK(has_route(f.inside, "192.168.0.0/16", "10.0.3.1", c));

    fixture_route(f.inside, own, "0.0.0.0/0", "10.0.4.1");
    fixture_route(f.inside, own, "::/0", "fd00:4::1");
    CHECK_OK(route_take_default(f.inside, own, &err), err);
    CHECK(has_route(f.inside, "0.0.0.0/0", "10.0.4.1", own));
    CHECK(has_route(f.inside, "::/0", "fd00:4::1", own));
    CHECK(is_up(f.inside, own));
}

TEST(nothing_to_take_is_success)
{
    auto_fixture struct fixture f = fixture_new();
    struct err err = {0};
    int a;

    CHECK_OK(route_take_default(f.inside, 4711, &err), err);
    auto_close int tap = device(&f, "a0", 1, &a);
    CHECK(tap >= 0);
    CHECK_OK(route_take_default(f.inside, a, &err), err);
    CHECK(is_up(f.inside, a));
}

/* Adds a default route with a metric, of any type, perhaps over two devices, as
 * an administrator's own tools may do. */
static void add_raw_default(struct net *net, uint8_t type, uint32_t metric,
                            int first, int second)
{
    struct rtmsg head = {.rtm_family = AF_INET,
                         .rtm_table = RT_TABLE_MAIN,
                         .rtm_protocol = RTPROT_BOOT,
                         .rtm_scope = RT_SCOPE_LINK,
                         .rtm_type = type};
    auto_request struct nl_msg *request = request_new(
        RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, &head, sizeof(head));
    struct err err = {0};

    request_put_u32(request, RTA_PRIORITY, metric);
    if (second) {
        struct rtnexthop hops[2] = {
            {.rtnh_len = sizeof(hops[0]), .rtnh_ifindex = first},
            {.rtnh_len = sizeof(hops[0]), .rtnh_ifindex = second}};
        request_put(request, RTA_MULTIPATH, hops, sizeof(hops));
    } else if (first) {
        request_put_u32(request, RTA_OIF, (uint32_t)first);
    }
    CHECK_OK(request_do(net, request, &err, "add a default route"), err);
}

TEST(takes_defaults_of_any_metric_and_multipath)
{
    auto_fixture struct fixture f = fixture_new();
    struct err err = {0};
    int a, b, c, own;

    auto_close int tap_a = device(&f, "a0", 1, &a);
    auto_close int tap_b = device(&f, "b0", 2, &b);
    auto_close int tap_c = device(&f, "c0", 3, &c);
    auto_close int tap_own = device(&f, "own0", 4, &own);
    CHECK(tap_a >= 0 && tap_b >= 0 && tap_c >= 0 && tap_own >= 0);
    fixture_route(f.inside, a, "0.0.0.0/0", "10.0.1.1");
    add_raw_default(f.inside, RTN_UNICAST, 100, b, 0);
    add_raw_default(f.inside, RTN_UNICAST, 200, a, c);
    add_raw_default(f.inside, RTN_UNICAST, 300, c, own);
    CHECK(has_route(f.inside, "0.0.0.0/0", "none", c));

    CHECK_OK(route_take_default(f.inside, own, &err), err);
    CHECK(!is_up(f.inside, a) && !is_up(f.inside, b) && !is_up(f.inside, c));
    CHECK(is_up(f.inside, own));
    CHECK_EQ(count_routes(f.inside, "0.0.0.0/0"), 1);
    CHECK(has_route(f.inside, "0.0.0.0/0", "none", own));
}

/* libnl-route 3.7 refuses a listing that has such a route in it. */
TEST(takes_a_default_that_leads_through_a_tunnel)
{
    auto_fixture struct fixture f = fixture_new();
    struct rtmsg head = {.rtm_family = AF_INET,
                         .rtm_table = RT_TABLE_MAIN,
                         .rtm_protocol = RTPROT_BOOT,
                         .rtm_type = RTN_UNICAST};
    const uint16_t kind = LWTUNNEL_ENCAP_IP;
    const uint32_t far_end = htonl(0x0a000109); /* 10.0.1.9 */
    struct err err = {0};
    int other, own;

    auto_close int tap = device(&f, "a0", 1, &other);
    auto_close int tap_own = device(&f, "own0", 4, &own);
    CHECK(tap >= 0 && tap_own >= 0);
    auto_request struct nl_msg *request =
        request_new(RTM_NEWROUTE, NLM_F_CREATE, &head, sizeof(head));
    request_put_u32(request, RTA_OIF, (uint32_t)other);
    request_put(request, RTA_ENCAP_TYPE, &kind, sizeof(kind));
    struct nlattr *tunnel = request_nest(request, RTA_ENCAP);
    request_put(request, LWTUNNEL_IP_DST, &far_end, sizeof(far_end));
    request_nest_end(request, tunnel);
    CHECK_OK(request_do(f.inside, request, &err, "route by a tunnel"), err);
    CHECK(has_route(f.inside, "0.0.0.0/0", "none", other));

    CHECK_OK(route_take_default(f.inside, own, &err), err);
    CHECK(!is_up(f.inside, other));
    CHECK_EQ(count_routes(f.inside, "0.0.0.0/0"), 0);
}

TEST(leaves_the_loopback_device_and_routes_without_device)
{
    auto_fixture struct fixture f = fixture_new();
    struct err err = {0};
    int own;

    auto_close int tap = device(&f, "own0", 4, &own);
    CHECK(tap >= 0);
    CHECK_OK(link_set_up(f.inside, 1, &err), err);
    add_raw_default(f.inside, RTN_UNICAST, 100, 1, 0);
    add_raw_default(f.inside, RTN_BLACKHOLE, 200, 0, 0);
    add_raw_default(f.inside, RTN_UNREACHABLE, 300, 0, 0);
    CHECK_OK(route_take_default(f.inside, own, &err), err);
    CHECK(is_up(f.inside, 1));
    CHECK(has_route(f.inside, "0.0.0.0/0", "none", 1));
}

TEST(takes_more_defaults_than_are_noted_at_once)
{
    auto_fixture struct fixture f = fixture_new();
    int taps[20], index[20];
    struct err err = {0};
    char name[IFNAME_SIZE];

    for (int i = 0; i < 20; i++) {
        snprintf(name, sizeof(name), "t%d", i);
        taps[i] = device(&f, name, i + 1, &index[i]);
        add_raw_default(f.inside, RTN_UNICAST, 100 + (uint32_t)i, index[i], 0);
    }
    CHECK_EQ(count_routes(f.inside, "0.0.0.0/0"), 20);
    CHECK_OK(route_take_default(f.inside, index[7], &err), err);
    CHECK_EQ(count_routes(f.inside, "0.0.0.0/0"), 1);
    for (int i = 0; i < 20; i++) {
        CHECK_EQ(is_up(f.inside, index[i]), i == 7);
        close(taps[i]);
    }
}

TEST_MAIN

/* All that is sent from this address goes by table 100, where all is refused.
 */
static void refuse_from(struct net *net, const struct ip *from)
{
    struct rtmsg route = {.rtm_family = (unsigned char)from->family,
                          .rtm_table = 100,
                          .rtm_type = RTN_PROHIBIT,
                          .rtm_protocol = RTPROT_STATIC};
    struct fib_rule_hdr rule = {.family = (unsigned char)from->family,
                                .src_len = (unsigned char)ip_bits(from),
                                .table = 100,
                                .action = FR_ACT_TO_TBL};
    struct err err = {0};
    auto_request struct nl_msg *refusal = request_new(
        RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, &route, sizeof(route));
    auto_request struct nl_msg *choice = request_new(
        RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL, &rule, sizeof(rule));

    CHECK_OK(request_do(net, refusal, &err, "refuse"), err);
    request_put_ip(choice, FRA_SRC, from);
    CHECK_OK(request_do(net, choice, &err, "choose"), err);
}

TEST(looks_as_the_kernel_sends)
{
    static const char *const to[] = {"10.9.0.1", "fd09::1"};
    static const char *const via[] = {"10.0.1.1", "fd00:1::1"};
    auto_fixture struct fixture f = fixture_new();
    struct err err = {0};
    int index;
    auto_close int tap = device(&f, "look1", 1, &index);

    CHECK(tap >= 0);

    for (size_t i = 0; i < ARRAY_LEN(to); i++) {
        struct route_question question = {0};
        struct ip_prefix prefix;
        struct route_answer answer;
        struct ip router;
        CHECK_EQ(parse_ip(to[i], &question.to), 0);
        CHECK_EQ(parse_ip(via[i], &router), 0);
        CHECK_EQ(route_look(f.inside, &question, &answer, &err), -ENETUNREACH);
        CHECK_HAS(err.text, "there is no route to");
        prefix = (struct ip_prefix){
            .ip = question.to, .len = question.to.family == AF_INET ? 16 : 32};
        CHECK_OK(route_add(f.inside, index, &prefix, &router, &err), err);
        CHECK_OK(route_look(f.inside, &question, &answer, &err), err);
        CHECK_EQ(answer.ifindex, index);
        CHECK(ip_equal(&answer.via, &router));
        CHECK_EQ(answer.table, RT_TABLE_MAIN);
        struct ip source = answer.from;
        CHECK_EQ(source.family, question.to.family);
        question.matched = true;
        CHECK_OK(route_look(f.inside, &question, &answer, &err), err);
        CHECK_EQ(answer.len, prefix.len);
        question.matched = false;
        refuse_from(f.inside, &source);
        CHECK_OK(route_look(f.inside, &question, &answer, &err), err);
        question.from = source;
        CHECK_EQ(route_look(f.inside, &question, &answer, &err), -EACCES);
        CHECK_HAS(err.text, "refuses packets to");
    }
}
