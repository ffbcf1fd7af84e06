/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Ports that are to be published, before ports of the host are chosen. */
#include "plugin/gateway/port_request.h"

#include <netinet/in.h>

#include "tests/lib/test.h"

static struct published_list read_list(const char *text)
{
    struct published_list list = {0};
    struct err err = {0};

    CHECK_OK(published_read(text, &list, &err), err);
    return list;
}

TEST(a_list_satisfies_the_requests_that_it_came_of)
{
    static const struct port_request requests[] = {
        {.protocol = IPPROTO_TCP, .port = 80, .first = 8080, .last = 8080},
        {.protocol = IPPROTO_TCP, .port = 81, .first = 8000, .last = 9000},
        {.protocol = IPPROTO_UDP, .port = 53},
    };
    static const struct {
        const char *text;
        bool want;
    } table[] = {
        {"tcp/8080-8081:80 udp/40000:53", true},
        {"tcp/8080:80 tcp/9000:81 udp/1:53", true},
        {"tcp/8080:80 tcp/9001:81 udp/1:53", false},
        {"tcp/8081:80 tcp/9000:81 udp/1:53", false},
        {"tcp/8080:80 tcp/9000:81", false},
        {"tcp/8080:80 tcp/9000:81 udp/1-2:53", false},
        {"tcp/8080:80 tcp/9000:81 tcp/1:53", false},
        {"tcp/127.0.0.1/8080:80 tcp/9000:81 udp/1:53", false},
        {"", false},
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        auto_published struct published_list list = read_list(table[i].text);
        if (port_requests_satisfied(requests, ARRAY_LEN(requests), &list) !=
            table[i].want)
            TEST_FAIL("'%s'", table[i].text);
    }
}

/* By default a port is one of the host: ports that name an address keep it. */
TEST(those_without_an_address_get_the_defaults)
{
    struct ip ips[2];
    struct ip own;
    size_t count = 2;
    auto_free struct port_request *requests = mem_new(2 * sizeof(*requests));

    CHECK_EQ(parse_ip("127.0.0.1", &ips[0]), 0);
    CHECK_EQ(parse_ip("::1", &ips[1]), 0);
    CHECK_EQ(parse_ip("0.0.0.0", &own), 0);
    requests[0].port = 80;
    requests[1].port = 81;
    requests[1].host = own;
    port_requests_place(&requests, &count, ips, 0);
    CHECK_EQ(count, 2);
    CHECK_EQ(requests[0].host.family, 0);
    port_requests_place(&requests, &count, ips, 2);
    CHECK_EQ(count, 3);
    CHECK_EQ(requests[0].port, 80);
    CHECK(ip_equal(&requests[0].host, &ips[0]));
    CHECK_EQ(requests[1].port, 80);
    CHECK(ip_equal(&requests[1].host, &ips[1]));
    CHECK_EQ(requests[2].port, 81);
    CHECK(ip_equal(&requests[2].host, &own));
}

TEST_MAIN
