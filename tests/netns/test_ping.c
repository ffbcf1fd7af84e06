/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Echoes from inside a namespace, and the way that they take. */
#include "ovsint/net/ping.h"

#include "tests/netns/fixture.h"

#define SHORT_MS 300

static struct fixture with_pair(void)
{
    struct fixture f = fixture_new();

    fixture_veth(&f);
    fixture_add(f.host, fixture_index(f.host, "v-host"), "10.1.0.1/24");
    fixture_add(f.host, fixture_index(f.host, "v-host"), "fd01::1/64");
    fixture_add(f.inside, fixture_index(f.inside, "v-in"), "10.1.0.2/24");
    fixture_add(f.inside, fixture_index(f.inside, "v-in"), "fd01::2/64");
    return f;
}

static struct ping_answer ask(const struct fixture *f, const char *to,
                              unsigned wait_ms)
{
    auto_ping struct ping ping = PING_CLOSED;
    const struct ip ip = fixture_ip(to);
    struct ping_answer answer;
    struct err err = {0};

    CHECK_OK(ping_open(&ping, f->inside_fd, &ip, &err), err);
    CHECK_OK(ping_ask(&ping, deadline_in(wait_ms), &answer, &err), err);
    return answer;
}

static struct path_hop way(const struct fixture *f, const char *to)
{
    const struct ip ip = fixture_ip(to);
    struct path_hop hop;
    struct err err = {0};

    CHECK_EQ(path_find(f->inside, &ip, 0, &hop, &err), 1);
    CHECK_EQ(hop.ifindex, fixture_index(f->inside, "v-in"));
    return hop;
}

TEST(both_families)
{
    static const char *const peers[] = {"10.1.0.1", "fd01::1"};
    auto_fixture struct fixture f = with_pair();

    for (size_t i = 0; i < ARRAY_LEN(peers); i++) {
        struct ping_answer answer = ask(&f, peers[i], FIXTURE_WAIT_MS);
        CHECK_EQ(answer.outcome, PING_ANSWERED);
        CHECK(answer.micros > 0 && answer.sent > 0);
        struct path_hop hop = way(&f, peers[i]);
        CHECK(hop.answers && !hop.is_asked && !hop.is_router);
    }
}

TEST(nobody_there)
{
    auto_fixture struct fixture f = with_pair();

    CHECK_EQ(ask(&f, "10.1.0.9", SHORT_MS).outcome, PING_SILENCE);
    struct path_hop hop = way(&f, "10.1.0.9");
    CHECK(hop.is_asked && !hop.answers);
}

/* The kernel gives up after three questions, and says so itself. */
TEST(the_kernel_gives_up)
{
    auto_fixture struct fixture f = with_pair();
    struct err err = {0};

    /* It tells itself by the loopback device. */
    CHECK_OK(link_set_up(f.inside, 1, &err), err);
    fixture_sysctl(&f, "/proc/sys/net/ipv4/neigh/v-in/retrans_time_ms", "20");
    struct ping_answer answer = ask(&f, "10.1.0.9", FIXTURE_WAIT_MS);
    CHECK_EQ(answer.outcome, PING_UNREACHED);
    CHECK_STR(ping_reason(answer.from.family, answer.type, answer.code),
              "the host does not answer there");
    CHECK(way(&f, "10.1.0.9").is_asked);
}

TEST(no_route)
{
    auto_fixture struct fixture f = with_pair();
    const struct ip far = fixture_ip("192.0.2.1");
    struct path_hop hop;
    struct err err = {0};

    CHECK_EQ(ask(&f, "192.0.2.1", SHORT_MS).outcome, PING_NO_ROUTE);
    CHECK_EQ(path_find(f.inside, &far, 0, &hop, &err), 0);
}

/* The other end forwards, and has no route itself. */
TEST(a_router_reports)
{
    auto_fixture struct fixture f = with_pair();

    fixture_write("/proc/sys/net/ipv4/conf/all/forwarding", "1");
    fixture_route(f.inside, fixture_index(f.inside, "v-in"), "0.0.0.0/0",
                  "10.1.0.1");
    struct ping_answer answer = ask(&f, "192.0.2.1", FIXTURE_WAIT_MS);
    const struct ip router = fixture_ip("10.1.0.1");
    CHECK_EQ(answer.outcome, PING_UNREACHED);
    CHECK(ip_equal(&answer.from, &router));
    struct path_hop hop = way(&f, "192.0.2.1");
    CHECK(hop.is_router && hop.answers && ip_equal(&hop.via, &router));
}

TEST_MAIN
