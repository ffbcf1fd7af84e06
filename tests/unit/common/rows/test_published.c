/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Published ports: the row's text, and who has a port already. */
#include "ovsint/rows/published.h"

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

TEST(ports_one_by_one)
{
    auto_published struct published_list list =
        read_list("tcp/65534-65535:1 udp/192.0.2.1/53:530");
    auto_buf struct buf text = BUF_INIT(PUBLISHED_TEXT_SIZE);
    struct published_list none = {0};
    struct published_cursor cursor = {0};
    struct published one;

    while (published_next(&list, &cursor, &one))
        buf_addf(&text, "%u/%u/%u:%u*%u ", one.protocol, one.host.family,
                 one.host_port, one.port, one.count);
    CHECK_STR(buf_text(&text), "6/0/65534:1*1 6/0/65535:2*1 17/2/53:530*1 ");
    CHECK(!published_next(&list, &cursor, &one));
    CHECK_EQ(one.port, 530);
    cursor = (struct published_cursor){0};
    CHECK(!published_next(&none, &cursor, &one));
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

TEST_MAIN
