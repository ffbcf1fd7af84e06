/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The elements that networks and ports lead to, and the change from one state
 * to the next. That the kernel takes them, and what packets do, is tested in
 * tests/netns and tests/e2e. */
#include "plugin/gateway/nat_rules.h"

#include "plugin/gateway/nat_view.h"
#include "tests/lib/model.h"

static struct ip ip_of(const char *text)
{
    struct ip ip = {0};

    if (*text)
        CHECK_EQ(parse_ip(text, &ip), 0);
    return ip;
}

static struct nat_endpoint endpoint(const char *port, const char *text,
                                    const char *ip4, const char *ip6)
{
    struct nat_endpoint endpoint = {
        .target = {.ip4 = ip_of(ip4), .ip6 = ip_of(ip6)}};
    struct err err = {0};

    snprintf(endpoint.port, sizeof(endpoint.port), "%s", port);
    endpoint.text = mem_text(text, strlen(text));
    endpoint.spec = mem_text("", 0);
    CHECK_OK(published_read(text, &endpoint.ports, &err), err);
    return endpoint;
}

static void add(struct nat_view *view, struct nat_endpoint added)
{
    view->endpoints = mem_resize(view->endpoints, (view->endpoint_count + 1) *
                                                      sizeof(*view->endpoints));
    view->endpoints[view->endpoint_count++] = added;
}

static void add_network(struct nat_view *view, const char *device, bool routed6)
{
    struct nat_network network = {
        .routes = true, .ipv6.way = routed6 ? NAT_ROUTED : NAT_MASQUERADE};

    snprintf(network.device, sizeof(network.device), "%s", device);
    view->networks = mem_resize(view->networks, (view->network_count + 1) *
                                                    sizeof(*view->networks));
    view->networks[view->network_count++] = network;
}

static void check_target(const char *ports, const char *ip4, const char *ip6,
                         bool routed6, enum nat_verb verb, const char *want)
{
    struct nat_view view = {0};
    auto_buf struct buf text = BUF_INIT(65536);

    add(&view, endpoint("p", ports, ip4, ip6));
    struct nat_target target = view.endpoints[0].target;
    target.ports = &view.endpoints[0].ports;
    target.routed6 = routed6;
    nat_rules_target(verb, &target, &text);
    CHECK_STR(buf_text(&text), want);
    nat_view_done(&view);
}

TEST(elements_of_a_container)
{
    check_target(
        "tcp/8080:80", "10.9.0.1", "", false, NAT_ADD,
        "add element inet ovsint ports4 { 6 . 8080 : 10.9.0.1 . 80 }\n");
    check_target(
        "tcp/8080:80", "10.9.0.1", "fd00::2", false, NAT_ADD,
        "add element inet ovsint ports4 { 6 . 8080 : 10.9.0.1 . 80 }\n"
        "add element inet ovsint ports6 { 6 . 8080 : fd00::2 . 80 }\n");
    check_target("tcp/8080:80", "10.9.0.1", "fd00::2", false, NAT_DELETE,
                 "delete element inet ovsint ports4 { 6 . 8080 }\n"
                 "delete element inet ovsint ports6 { 6 . 8080 }\n");
    check_target("udp/192.0.2.1/53:5353", "10.9.0.1", "fd00::2", false, NAT_ADD,
                 "add element inet ovsint ports4_at "
                 "{ 192.0.2.1 . 17 . 53 : 10.9.0.1 . 5353 }\n");
    check_target(
        "sctp/fd01::1/7:9", "10.9.0.1", "fd00::2", false, NAT_DELETE,
        "delete element inet ovsint ports6_at { fd01::1 . 132 . 7 }\n");
    check_target("tcp/0.0.0.0/1:2", "10.9.0.1", "fd00::2", false, NAT_ADD,
                 "add element inet ovsint ports4 { 6 . 1 : 10.9.0.1 . 2 }\n");
    check_target("tcp/::/1:2", "10.9.0.1", "fd00::2", false, NAT_ADD,
                 "add element inet ovsint ports6 { 6 . 1 : fd00::2 . 2 }\n");
    check_target("tcp/1-3:10", "10.9.0.1", "", false, NAT_ADD,
                 "add element inet ovsint ports4 { 6 . 1 : 10.9.0.1 . 10, "
                 "6 . 2 : 10.9.0.1 . 11, 6 . 3 : 10.9.0.1 . 12 }\n");
}

TEST(nothing_of_a_family_that_the_container_has_not)
{
    check_target("tcp/::/1:2", "10.9.0.1", "", false, NAT_ADD, "");
    check_target("tcp/fd01::1/1:2", "10.9.0.1", "", false, NAT_ADD, "");
    check_target("tcp/127.0.0.1/1:2", "", "fd00::2", false, NAT_ADD, "");
    check_target("tcp/1:2", "", "", false, NAT_ADD, "");
    check_target("", "10.9.0.1", "fd00::2", false, NAT_ADD, "");
}

TEST(a_routed_container_is_reached_by_its_own_ports)
{
    check_target("tcp/8080:80 tcp/8443:443 udp/127.0.0.1/5:5 tcp/9090:80",
                 "10.9.0.1", "fd00::2", true, NAT_ADD,
                 "add element inet ovsint ports4 { 6 . 8080 : 10.9.0.1 . 80, "
                 "6 . 8443 : 10.9.0.1 . 443, 6 . 9090 : 10.9.0.1 . 80 }\n"
                 "add element inet ovsint ports4_at "
                 "{ 127.0.0.1 . 17 . 5 : 10.9.0.1 . 5 }\n"
                 "add element inet ovsint published6 "
                 "{ fd00::2 . 6 . 80, fd00::2 . 6 . 443 }\n");
}

TEST(a_container_that_is_routed_by_ipv4)
{
    struct nat_view view = {0};
    auto_buf struct buf text = BUF_INIT(65536);

    add(&view, endpoint("p", "tcp/8080:80 udp/::/5:5", "10.9.0.1", "fd00::2"));
    struct nat_target target = view.endpoints[0].target;
    target.ports = &view.endpoints[0].ports;
    target.routed4 = true;
    nat_rules_target(NAT_ADD, &target, &text);
    CHECK_STR(buf_text(&text),
              "add element inet ovsint ports6 { 6 . 8080 : fd00::2 . 80, "
              "17 . 5 : fd00::2 . 5 }\n"
              "add element inet ovsint published4 { 10.9.0.1 . 6 . 80 }\n");
    nat_view_done(&view);
}

#define NONE                                            \
    "add table inet ovsint\ndelete table inet ovsint\n" \
    "add table inet ovsint-closed\n"                    \
    "delete table inet ovsint-closed\n"

TEST(a_table)
{
    static const struct forwarding_device opened[] = {{"eth0", true, true},
                                                      {"eth1", false, true}};
    struct nat_view view = {0};
    auto_buf struct buf text = BUF_INIT(65536);

    add_network(&view, "ovsint-aaaaaaaa", false);
    add_network(&view, "ovsint-bbbbbbbb", true);
    add(&view, endpoint("p", "tcp/8080:80", "10.9.0.1", ""));
    nat_view_table(&view, opened, 2, NULL, &text);
    const char *table = buf_text(&text);
    CHECK_HAS(table, NONE "table inet ovsint {\n");
    CHECK_HAS(table, "set networks {\n\t\ttype ifname\n\t\telements = { "
                     "\"ovsint-aaaaaaaa\", \"ovsint-bbbbbbbb\" }\n");
    CHECK_HAS(table, "set masquerade6 {\n\t\ttype ifname\n\t\telements = { "
                     "\"ovsint-aaaaaaaa\" }\n");
    CHECK_HAS(table, "set routed6 {\n\t\ttype ifname\n\t\telements = { "
                     "\"ovsint-bbbbbbbb\" }\n");
    CHECK_HAS(table, "set opened4 {\n\t\ttype ifname\n\t\telements = { "
                     "\"eth0\" }\n");
    CHECK_HAS(table, "set opened6 {\n\t\ttype ifname\n\t\telements = { "
                     "\"eth0\", \"eth1\" }\n");
    CHECK_HAS(table, "\t\telements = { 6 . 8080 : 10.9.0.1 . 80 }\n");
    nat_view_done(&view);
}

TEST(without_networks_there_is_no_table)
{
    struct nat_view view = {0};
    auto_buf struct buf text = BUF_INIT(65536);

    nat_view_table(&view, NULL, 0, NULL, &text);
    CHECK_STR(buf_text(&text), NONE);
}

static void check_change(struct nat_view *from, struct nat_view *to,
                         const char *want)
{
    auto_buf struct buf text = BUF_INIT(65536);

    nat_view_change(from, to, NULL, &text);
    CHECK_STR(buf_text(&text), want);
    nat_view_done(from);
    nat_view_done(to);
}

TEST(what_is_the_same_is_not_said)
{
    struct nat_view from = {0};
    struct nat_view to = {0};

    for (int i = 0; i < 2; i++) {
        struct nat_view *view = i ? &to : &from;
        add_network(view, "ovsint-a", false);
        add_network(view, "ovsint-b", true);
        add(view, endpoint("p", "tcp/1:1", "10.9.0.1", ""));
        add(view, endpoint("q", "tcp/2:2", "10.9.0.2", ""));
    }
    check_change(&from, &to, "");
}

TEST(what_comes_and_what_goes)
{
    struct nat_view from = {0};
    struct nat_view to = {0};

    add_network(&from, "ovsint-a", false);
    add_network(&from, "ovsint-b", false);
    add_network(&to, "ovsint-b", false);
    add_network(&to, "ovsint-c", true);
    add(&from, endpoint("p", "tcp/1:1", "10.9.0.1", ""));
    add(&from, endpoint("q", "tcp/2:2", "10.9.0.2", ""));
    add(&to, endpoint("q", "tcp/2:2", "10.9.0.2", ""));
    add(&to, endpoint("r", "tcp/1:7", "10.9.0.3", ""));
    check_change(&from, &to,
                 "delete element inet ovsint ports4 { 6 . 1 }\n"
                 "delete element inet ovsint networks { \"ovsint-a\" }\n"
                 "delete element inet ovsint masquerade4 { \"ovsint-a\" }\n"
                 "delete element inet ovsint masquerade6 { \"ovsint-a\" }\n"
                 "add element inet ovsint networks { \"ovsint-c\" }\n"
                 "add element inet ovsint masquerade4 { \"ovsint-c\" }\n"
                 "add element inet ovsint routed6 { \"ovsint-c\" }\n"
                 "add element inet ovsint back { \"ovsint-c\" . "
                 "\"ovsint-c\" }\n"
                 "add element inet ovsint ports4 { 6 . 1 : 10.9.0.3 . 7 }\n");
}

/* A change of the way by which a network leaves the host. */
TEST(ways_out)
{
    static const struct {
        struct nat_family ipv4;
        const char *source4;
        const char *add, *delete;
    } table[] = {
        {{.way = NAT_MASQUERADE},
         "",
         "add element inet ovsint masquerade4 { \"o\" }\n",
         "delete element inet ovsint masquerade4 { \"o\" }\n"},
        {{.way = NAT_MASQUERADE},
         "192.0.2.1",
         "add element inet ovsint source4 { \"o\" : 192.0.2.1 }\n",
         "delete element inet ovsint source4 { \"o\" }\n"},
        {{.way = NAT_PORTS}, "", "", ""},
        {{.way = NAT_ROUTED},
         "",
         "add element inet ovsint routed4 { \"o\" }\n"
         "add element inet ovsint back { \"o\" . \"o\" }\n",
         "delete element inet ovsint routed4 { \"o\" }\n"
         "delete element inet ovsint back { \"o\" . \"o\" }\n"},
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        struct nat_network network = {.device = "o",
                                      .routes = true,
                                      .ipv4 = table[i].ipv4,
                                      .ipv6.way = NAT_PORTS};
        auto_buf struct buf text = BUF_INIT(65536);
        auto_buf struct buf want = BUF_INIT(65536);
        network.ipv4.source = ip_of(table[i].source4);
        nat_rules_network(NAT_ADD, &network, &text);
        nat_rules_network(NAT_DELETE, &network, &text);
        buf_addf(&want,
                 "add element inet ovsint networks { \"o\" }\n%s"
                 "delete element inet ovsint networks { \"o\" }\n%s",
                 table[i].add, table[i].delete);
        CHECK_STR(buf_text(&text), buf_text(&want));
    }
}

TEST(a_source_that_changes)
{
    struct nat_view from = {0};
    struct nat_view to = {0};

    add_network(&from, "o", false);
    add_network(&to, "o", false);
    from.networks[0].ipv4.source = ip_of("192.0.2.1");
    to.networks[0].ipv4.source = ip_of("192.0.2.2");
    check_change(&from, &to,
                 "delete element inet ovsint networks { \"o\" }\n"
                 "delete element inet ovsint masquerade6 { \"o\" }\n"
                 "delete element inet ovsint source4 { \"o\" }\n"
                 "add element inet ovsint networks { \"o\" }\n"
                 "add element inet ovsint masquerade6 { \"o\" }\n"
                 "add element inet ovsint source4 { \"o\" : 192.0.2.2 }\n");
}

TEST(what_becomes_another)
{
    struct nat_view from = {0};
    struct nat_view to = {0};

    add_network(&from, "ovsint-a", false);
    add_network(&to, "ovsint-a", true);
    add(&from, endpoint("p", "tcp/1:1", "10.9.0.1", ""));
    add(&to, endpoint("p", "tcp/1:1", "10.9.0.9", ""));
    check_change(&from, &to,
                 "delete element inet ovsint ports4 { 6 . 1 }\n"
                 "delete element inet ovsint networks { \"ovsint-a\" }\n"
                 "delete element inet ovsint masquerade4 { \"ovsint-a\" }\n"
                 "delete element inet ovsint masquerade6 { \"ovsint-a\" }\n"
                 "add element inet ovsint networks { \"ovsint-a\" }\n"
                 "add element inet ovsint masquerade4 { \"ovsint-a\" }\n"
                 "add element inet ovsint routed6 { \"ovsint-a\" }\n"
                 "add element inet ovsint back { \"ovsint-a\" . "
                 "\"ovsint-a\" }\n"
                 "add element inet ovsint ports4 { 6 . 1 : 10.9.0.9 . 1 }\n");
}

TEST_MAIN
