/* SPDX-License-Identifier: Apache-2.0 */
/* Published ports: Docker's list, the row's text, and who has a port
 * already. */
#include "plugin/gateway/published.h"

#include <errno.h>
#include <netinet/in.h>

#include "tests/lib/model.h"

static struct published_list read_list(const char *text)
{
    struct published_list list = {0};
    struct err err = {0};

    CHECK_OK(published_read(text, &list, &err), err);
    return list;
}

static struct ip ip_of(const char *text)
{
    struct ip ip = {0};

    if (*text)
        CHECK_EQ(parse_ip(text, &ip), 0);
    return ip;
}

TEST(texts_come_back_as_they_were)
{
    static const char *const table[] = {
        "tcp/8080:80",
        "udp/192.0.2.1/53:53",
        "sctp/fd00::1/7000-7009:7000",
        "tcp/0.0.0.0/1:1 tcp/::/1:1",
        "tcp/1-65535:1",
        "tcp/8080:80 tcp/8082:81 udp/8083:82",
        "",
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        auto_published struct published_list list = read_list(table[i]);
        auto_buf struct buf text = BUF_INIT(PUBLISHED_TEXT_SIZE);
        published_write(&list, &text);
        CHECK_STR(buf_text(&text), table[i]);
    }
}

TEST(neighbours_become_one)
{
    auto_published struct published_list list =
        read_list("tcp/10:20 tcp/11:21 tcp/12:22 tcp/13:24 udp/14:25");
    auto_buf struct buf text = BUF_INIT(PUBLISHED_TEXT_SIZE);

    published_write(&list, &text);
    CHECK_STR(buf_text(&text), "tcp/10-12:20 tcp/13:24 udp/14:25");
    CHECK_EQ(list.items[0].count, 3);
}

TEST(bad_texts)
{
    static const char *const table[] = {
        "tcp",         "tcp/80",      "tcp/80:",         "tcp/:80",
        "icmp/8:8",    "tcp/0:80",    "tcp/80:0",        "tcp/65536:80",
        "tcp/90-80:1", "tcp/x/80:80", "tcp/80:80,81:81", "tcp/1.2.3/80:80",
        "/80:80",      "tcp//80:80",  "tcp/1-10:65530",  "tcp/80:80:80",
        "80:80",       "tcp/-1:80",
    };
    struct err err = {0};

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        struct published_list list = {0};
        err = (struct err){0};
        if (published_read(table[i], &list, &err) != -EINVAL)
            TEST_FAIL("'%s' was taken", table[i]);
        CHECK_HAS(err.text, table[i]);
        CHECK(!list.items);
    }
}

#define KEY "'com.docker.network.portmap'"

static int read_wishes(const char *quoted, struct port_request **ret,
                       size_t *ret_count, struct err *err)
{
    auto_free char *text = model_quotes(quoted);
    auto_json struct json *json = NULL;

    CHECK_OK(json_parse(text, strlen(text), &model_limits, &json, err), *err);
    return port_requests_read(json, ret, ret_count, err);
}

TEST(requests)
{
    auto_free struct port_request *requests = NULL;
    struct err err = {0};
    size_t count = 0;

    CHECK_OK(
        read_wishes("{" KEY ":["
                    "{'Proto':6,'IP':'','Port':80,'HostIP':'',"
                    "'HostPort':8080,'HostPortEnd':8080},"
                    "{'Proto':17,'Port':53,'HostIP':'192.0.2.1'},"
                    "{'Proto':132,'Port':1,'HostPort':5,'HostPortEnd':9}]}",
                    &requests, &count, &err),
        err);
    CHECK_EQ(count, 3);
    CHECK_EQ(requests[0].protocol, IPPROTO_TCP);
    CHECK_EQ(requests[0].port, 80);
    CHECK_EQ(requests[0].first, 8080);
    CHECK_EQ(requests[0].last, 8080);
    CHECK_EQ(requests[0].host.family, 0);
    CHECK_EQ(requests[1].host.family, AF_INET);
    CHECK_EQ(requests[1].first, 0);
    CHECK_EQ(requests[2].first, 5);
    CHECK_EQ(requests[2].last, 9);
}

TEST(no_wishes)
{
    static const char *const table[] = {"{}", "{" KEY ":[]}", "{" KEY ":null}",
                                        "{'other':[1]}"};

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        struct port_request *requests = NULL;
        struct err err = {0};
        size_t count = 99;
        CHECK_OK(read_wishes(table[i], &requests, &count, &err), err);
        CHECK_EQ(count, 0);
        CHECK(!requests);
    }
}

TEST(bad_wishes)
{
    static const char *const table[] = {
        "{}",
        "{'Proto':1,'Port':8}",
        "{'Proto':6}",
        "{'Proto':6,'Port':0}",
        "{'Proto':6,'Port':65536}",
        "{'Proto':262,'Port':80}",
        "{'Proto':6,'Port':80,'HostPort':-1}",
        "{'Proto':6,'Port':80,'HostPort':'80'}",
        "{'Proto':6,'Port':80,'HostIP':'localhost'}",
        "7",
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        auto_buf struct buf text = BUF_INIT(4096);
        struct port_request *requests = NULL;
        struct err err = {0};
        size_t count = 0;
        buf_addf(&text, "{" KEY ":[{'Proto':6,'Port':80},%s]}", table[i]);
        int r = read_wishes(buf_text(&text), &requests, &count, &err);
        CHECK_ERR(r, EINVAL, err, "entry 2");
        CHECK(!requests);
    }
}

TEST(a_list_satisfies_the_wishes_that_it_came_of)
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
        if (published_satisfies(&list, requests, ARRAY_LEN(requests)) !=
            table[i].want)
            TEST_FAIL("'%s'", table[i].text);
    }
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
        auto_published struct published_list list = read_list(table[i].has);
        struct ip host = ip_of(table[i].host);
        if (published_list_clash(&list, table[i].protocol, &host,
                                 table[i].port) != table[i].want)
            TEST_FAIL("row %zu: %s", i, table[i].has);
    }
}

TEST(names)
{
    static const struct {
        const char *host, *want;
    } table[] = {{"", "8080/tcp"},
                 {"0.0.0.0", "8080/tcp"},
                 {"::", "8080/tcp"},
                 {"192.0.2.1", "192.0.2.1:8080/tcp"},
                 {"fd00::1", "[fd00::1]:8080/tcp"}};
    char text[PUBLISHED_NAME_SIZE];

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        struct ip host = ip_of(table[i].host);
        published_name(IPPROTO_TCP, &host, 8080, text);
        CHECK_STR(text, table[i].want);
    }
}

/* By default a port is one of the host: ports that name an address keep it. */
TEST(removals_get_a_place)
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
