/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The index says what a search through all ports would, whatever is asked. */
#include "plugin/gateway/port_index.h"

#include <netinet/in.h>
#include <string.h>

#include "tests/lib/published_clash.h"
#include "tests/lib/test.h"

static const char *const hosts[] = {
    "",          "0.0.0.0", "::",      "127.0.0.1", "127.0.0.2",
    "127.0.0.3", "fd00::1", "fd00::2", "192.0.2.1"};

static struct published item_of(unsigned number)
{
    static const uint8_t protocols[] = {IPPROTO_TCP, IPPROTO_UDP};
    const char *host = hosts[number % ARRAY_LEN(hosts)];
    struct published item = {.count = 1, .port = 80};

    number /= ARRAY_LEN(hosts);
    item.protocol = protocols[number % ARRAY_LEN(protocols)];
    item.host_port = (uint16_t)(1 + number / ARRAY_LEN(protocols) % 40);
    if (*host)
        CHECK_EQ(parse_ip(host, &item.host), 0);
    return item;
}

static uint32_t find(const struct port_index *index,
                     const struct published *item, uint32_t except)
{
    return port_index_find(index, item->protocol, &item->host, item->host_port,
                           except);
}

#define OWNERS 5
static struct published_list lists[OWNERS];

static bool is_in_the_way(uint32_t owner, const struct published *item)
{
    return published_list_clash(&lists[owner], item->protocol, &item->host,
                                item->host_port);
}

static void check_all(const struct port_index *index)
{
    for (unsigned n = 0; n < 720; n++) {
        struct published item = item_of(n);
        for (uint32_t except = 0; except <= OWNERS; except++) {
            uint32_t found = find(index, &item, except);
            bool wanted = false;
            for (uint32_t o = 0; o < OWNERS; o++)
                wanted |= o != except && is_in_the_way(o, &item);
            CHECK_EQ(found != PORT_INDEX_NONE, wanted);
            if (found != PORT_INDEX_NONE)
                CHECK(found != except && is_in_the_way(found, &item));
        }
    }
}

TEST(what_is_in_the_way)
{
    struct port_index index = {0};
    uint32_t random = 1;

    CHECK_EQ(port_index_find(&index, IPPROTO_TCP, &(struct ip){0}, 80,
                             PORT_INDEX_NONE),
             PORT_INDEX_NONE);
    for (unsigned round = 0; round < 2000; round++) {
        random = random * 1664525 + 1013904223;
        struct published item = item_of(random >> 8);
        uint32_t owner = (random >> 4) % OWNERS;
        if (find(&index, &item, PORT_INDEX_NONE) != PORT_INDEX_NONE)
            continue;
        port_index_add(&index, owner, item.protocol, &item.host,
                       item.host_port);
        published_add(&lists[owner], &item);
        if (round % 16 == 0)
            check_all(&index);
    }
    check_all(&index);
    port_index_done(&index);
    for (size_t i = 0; i < OWNERS; i++)
        published_done(&lists[i]);
}

TEST(who_is_in_the_way)
{
    static const struct {
        const char *has;
        uint8_t protocol;
        const char *host;
        uint16_t port;
        bool want;
    } table[] = {
        {"tcp/8080:80", IPPROTO_TCP, "", 8080, true},
        {"tcp/8080:80", IPPROTO_UDP, "", 8080, false},
        {"tcp/8080:80", IPPROTO_TCP, "", 8081, false},
        {"tcp/8080:80", IPPROTO_TCP, "127.0.0.1", 8080, true},
        {"tcp/8080:80", IPPROTO_TCP, "fd00::1", 8080, true},
        {"tcp/127.0.0.1/8080:80", IPPROTO_TCP, "", 8080, true},
        {"tcp/127.0.0.1/8080:80", IPPROTO_TCP, "127.0.0.2", 8080, false},
        {"tcp/127.0.0.1/8080:80", IPPROTO_TCP, "127.0.0.1", 8080, true},
        {"tcp/127.0.0.1/8080:80", IPPROTO_TCP, "0.0.0.0", 8080, true},
        {"tcp/127.0.0.1/8080:80", IPPROTO_TCP, "::", 8080, false},
        {"tcp/0.0.0.0/8080:80", IPPROTO_TCP, "::", 8080, false},
        {"tcp/10-19:80", IPPROTO_TCP, "", 9, false},
        {"tcp/10-19:80", IPPROTO_TCP, "", 10, true},
        {"tcp/10-19:80", IPPROTO_TCP, "", 19, true},
        {"tcp/10-19:80", IPPROTO_TCP, "", 20, false},
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        auto_published struct published_list list = {0};
        struct port_index index = {0};
        struct ip host = {0};
        struct err err = {0};
        CHECK_OK(published_read(table[i].has, &list, &err), err);
        for (uint32_t p = 0; p < list.items[0].count; p++)
            port_index_add(&index, 0, list.items[0].protocol,
                           &list.items[0].host,
                           (uint16_t)(list.items[0].host_port + p));
        if (table[i].host[0])
            CHECK_EQ(parse_ip(table[i].host, &host), 0);
        if (published_list_clash(&list, table[i].protocol, &host,
                                 table[i].port) != table[i].want)
            TEST_FAIL("row %zu: %s", i, table[i].has);
        if ((port_index_find(&index, table[i].protocol, &host, table[i].port,
                             PORT_INDEX_NONE) == 0) != table[i].want)
            TEST_FAIL("row %zu: %s, by the index", i, table[i].has);
        port_index_done(&index);
    }
}

TEST(what_was_added_last_is_taken_off)
{
    struct port_index index = {0};
    struct published_list none = {0};
    size_t before;

    for (unsigned n = 0; n < 720; n += 90) {
        struct published item = item_of(n + 3); /* 127.0.0.1 */
        port_index_add(&index, 1, item.protocol, &item.host, item.host_port);
        published_add(&lists[1], &item);
    }
    before = index.count;
    for (unsigned n = 0; n < 720; n++) {
        struct published item = item_of(n);
        port_index_add(&index, 2, item.protocol, &item.host, item.host_port);
    }
    port_index_cut(&index, before);
    check_all(&index);
    published_done(&lists[1]);
    port_index_cut(&index, 0);
    lists[1] = none;
    check_all(&index);
    port_index_done(&index);
}

/* One number at tens of thousands of addresses, as anybody may publish it: each
 * question looks at a few entries, so this ends soon. */
TEST(one_port_at_many_addresses)
{
    struct port_index index = {0};
    struct ip host = {.family = AF_INET, .bytes = {127}};

    port_index_seed(12345);
    for (uint32_t n = 1; n < 65536; n++) {
        host.bytes[2] = (uint8_t)(n >> 8);
        host.bytes[3] = (uint8_t)n;
        CHECK_EQ(
            port_index_find(&index, IPPROTO_TCP, &host, 80, PORT_INDEX_NONE),
            PORT_INDEX_NONE);
        port_index_add(&index, 7, IPPROTO_TCP, &host, 80);
    }
    CHECK_EQ(index.count, 65536);
    CHECK_EQ(port_index_find(&index, IPPROTO_TCP, &host, 80, PORT_INDEX_NONE),
             7);
    CHECK_EQ(port_index_find(&index, IPPROTO_TCP, &(struct ip){0}, 80, 7),
             PORT_INDEX_NONE);
    port_index_done(&index);
}

TEST_MAIN
