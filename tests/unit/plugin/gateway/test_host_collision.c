/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Whether the host's addresses and routes leave room for a network. */
#include "plugin/gateway/host_collision.h"

#include <errno.h>

#include "tests/lib/model.h"

#define OWN 7
#define OTHER 3

static void read_row(const char *text, struct network_row *ret)
{
    auto_free char *quoted = model_quotes(text);
    struct err err = {0};

    CHECK_OK(network_row_read(quoted, ret, &err), err);
}

static struct ip_prefix prefix(const char *text)
{
    struct ip_prefix ret;

    CHECK_EQ(parse_prefix(text, &ret), 0);
    return ret;
}

#define DUAL                                                 \
    "{'pools':[{'pool':'10.9.0.0/24','gateway':'10.9.0.1'}," \
    "{'pool':'fd00:9::/64','gateway':'fd00:9::1'}]}"
#define REACHES "reaches "
#define IS_MINE "has that address"

TEST(addresses_and_routes_of_the_host)
{
    static const struct {
        const char *address, *to, *via;
        int ifindex;
        const char *text; /* NULL = there is room */
    } table[] = {
        {"10.9.0.1/24", NULL, NULL, OTHER,
         "the host is to have 10.9.0.1/24 on this network, but device eth9 has "
         "that address: choose another subnet or gateway"},
        {"10.9.0.1/32", NULL, NULL, OTHER, IS_MINE},
        {"fd00:9::1/128", NULL, NULL, OTHER, IS_MINE},
        {"10.9.0.1/24", NULL, NULL, OWN, NULL},
        {"10.9.0.2/24", NULL, NULL, OTHER, NULL}, /* its route says it */
        {NULL, "10.9.0.0/24", NULL, OWN, NULL},
        {NULL, "10.9.0.0/24", NULL, OTHER,
         "the host is to have 10.9.0.1/24 on this network, but reaches "
         "10.9.0.0/24 by device eth9: choose another subnet"},
        {NULL, "10.9.0.64/26", NULL, OTHER, REACHES "10.9.0.64/26"},
        {NULL, "10.9.0.64/26", "192.0.2.1", OTHER, REACHES},
        {NULL, "10.9.0.77/32", NULL, OTHER, REACHES},
        /* wider: with a router it stays useful, on the link it does not */
        {NULL, "10.0.0.0/8", "192.0.2.1", OTHER, NULL},
        {NULL, "10.0.0.0/8", NULL, OTHER, REACHES "10.0.0.0/8"},
        {NULL, "0.0.0.0/0", NULL, OTHER, NULL},
        {NULL, "10.9.1.0/24", NULL, OTHER, NULL},
        {NULL, "fd00::/16", NULL, OTHER, REACHES "fd00::/16"},
        {NULL, "fd00:9::/64", "fe80::1", OTHER, REACHES},
        {NULL, "fd00:8::/64", NULL, OTHER, NULL},
        /* of a multipath route the device may be unknown */
        {NULL, "10.9.0.0/25", "192.0.2.1", 0, REACHES},
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        auto_network_row struct network_row row = {0};
        struct host_collision collision = {.row = &row, .own = OWN};
        struct err err = {0};
        read_row(DUAL, &row);
        if (table[i].address) {
            struct addr_info info = {.ifindex = table[i].ifindex,
                                     .address = prefix(table[i].address)};
            host_collision_address(&collision, &info);
        } else {
            struct route_info info = {.ifindex = table[i].ifindex,
                                      .to = prefix(table[i].to)};
            if (table[i].via)
                CHECK_EQ(parse_ip(table[i].via, &info.via), 0);
            host_collision_route(&collision, &info);
        }
        if (!collision.wanted != !table[i].text)
            TEST_FAIL("case %zu", i);
        if (!collision.wanted)
            continue;
        CHECK_EQ(collision.ifindex, table[i].ifindex);
        CHECK_ERR(host_collision_refuse(&collision, "eth9", &err), EADDRINUSE,
                  err, table[i].text);
    }
}

TEST(the_first_one_counts)
{
    auto_network_row struct network_row row = {0};
    struct host_collision collision = {.row = &row, .own = -1};
    struct addr_info infos[] = {
        {.ifindex = 1, .address = prefix("127.0.0.1/8")},
        {.ifindex = 3, .address = prefix("fd00:9::1/64")},
        {.ifindex = 4, .address = prefix("10.9.0.1/24")}};
    struct route_info route = {.ifindex = 5, .to = prefix("10.9.0.0/24")};

    read_row(DUAL, &row);
    for (size_t i = 0; i < ARRAY_LEN(infos); i++)
        host_collision_address(&collision, &infos[i]);
    host_collision_route(&collision, &route);
    CHECK_EQ(collision.ifindex, 3);
    CHECK(ip_equal(&collision.wanted->ip, &infos[1].address.ip));
}

#define SOURCES(list)                                        \
    "{'options':{'nat-source':'" list "'},'pools':[{'pool':" \
    "'10.9.0.0/24','gateway':'10.9.0.1'}]}"

TEST(addresses_to_leave_with)
{
    static const struct {
        const char *row, *address;
        bool wanted;
        const char *text; /* NULL = they are there */
    } table[] = {
        {DUAL, "192.0.2.1/24", false, NULL},
        {SOURCES("192.0.2.1"), "192.0.2.1/24", true, NULL},
        {SOURCES("192.0.2.1"), "192.0.2.2/24", true,
         "option nat-source: no device of the host has address 192.0.2.1, so "
         "answers to it would not come back"},
        {SOURCES("fd00::1"), "fd00::1/64", true, NULL},
        {SOURCES("fd00::1"), "192.0.2.1/24", true, "address fd00::1"},
        {SOURCES("192.0.2.1,fd00::1"), "192.0.2.1/24", true, "address fd00::1"},
        {SOURCES("192.0.2.1,fd00::1"), "fd00::1/64", true, "address 192.0.2.1"},
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        auto_network_row struct network_row row = {0};
        struct host_sources sources = {.row = &row};
        struct addr_info info = {.ifindex = OTHER,
                                 .address = prefix(table[i].address)};
        struct err err = {0};
        read_row(table[i].row, &row);
        CHECK_EQ(host_sources_wanted(&row), table[i].wanted);
        host_sources_address(&sources, &info);
        int r = host_sources_check(&sources, &err);
        if (table[i].text)
            CHECK_ERR(r, EADDRNOTAVAIL, err, table[i].text);
        else
            CHECK_OK(r, err);
    }
}

TEST_MAIN
