/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Ports of the host: which are free, and who has the others; and the
 * connections that the kernel tracks for datagrams sent to them. */
#include "ovsint/net/port_user.h"

#include <netinet/in.h>

#include "ovsint/nft/conntrack.h"
#include "ovsint/nft/nft.h"
#include "tests/netns/fixture.h"

#define PORT 80 /* below 1024 */

static void enter(void)
{
    struct net *net = NULL;
    struct err err = {0};

    fixture_enter();
    CHECK_OK(net_open(&net, -1, NET_PLAIN, &err), err);
    CHECK_OK(link_set_up(net, fixture_index(net, "lo"), &err), err);
    net_close(net);
}

static struct host_socket wanted(uint8_t protocol, const char *ip)
{
    return (struct host_socket){
        .protocol = protocol, .ip = fixture_ip(ip), .port = PORT};
}

static int try(uint8_t protocol, const char *ip)
{
    struct host_socket socket = wanted(protocol, ip);

    return port_user_try(&socket);
}

/* A socket of this process on PORT. */
static int occupy(int family, int type, const char *ip, bool listens)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(PORT)};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6,
                               .sin6_port = htons(PORT)};
    struct ip address = fixture_ip(ip);
    int fd = MUST(socket(family, type | SOCK_CLOEXEC, 0));

    memcpy(&in.sin_addr, address.bytes, sizeof(in.sin_addr));
    memcpy(&in6.sin6_addr, address.bytes, sizeof(in6.sin6_addr));
    if (family == AF_INET)
        MUST(bind(fd, (struct sockaddr *)&in, sizeof(in)));
    else
        MUST(bind(fd, (struct sockaddr *)&in6, sizeof(in6)));
    if (listens)
        MUST(listen(fd, 1));
    return fd;
}

static void check_port_user(uint8_t protocol, const char *ip, pid_t pid)
{
    struct host_socket socket = wanted(protocol, ip);
    struct port_user user;

    port_user_find(&socket, &user, NULL);
    CHECK_EQ(user.pid, pid);
    CHECK_STR(user.name, pid ? "test_port_user" : "");
}

static int open_socket(int type)
{
    return MUST(socket(AF_INET, type | SOCK_CLOEXEC, 0));
}

/* All ports of the process, of the same protocol and in the way there. */
TEST(ports_of_one_process)
{
    static uint8_t ports[PORT_USER_PORTS_SIZE];
    struct host_socket socket = wanted(IPPROTO_TCP, "0.0.0.0");
    struct sockaddr_in in = {.sin_family = AF_INET,
                             .sin_port = htons(PORT + 1),
                             .sin_addr = {htonl(INADDR_LOOPBACK)}};
    struct port_user user;
    size_t count = 0;

    enter();
    auto_close int fd = occupy(AF_INET, SOCK_STREAM, "0.0.0.0", true);
    auto_close int other =
        occupy(AF_INET, SOCK_DGRAM, "0.0.0.0", false); /* another protocol */
    auto_close int next = open_socket(SOCK_STREAM);
    CHECK_EQ(bind(next, (struct sockaddr *)&in, sizeof(in)), 0);
    CHECK_EQ(listen(next, 1), 0);
    CHECK(fd >= 0 && other >= 0);
    port_user_find(&socket, &user, ports);
    CHECK_EQ(user.pid, getpid());
    for (size_t i = 0; i < 65536; i++)
        count += ports[i / 8] >> i % 8 & 1;
    CHECK_EQ(count, 2);
    CHECK(ports[PORT / 8] & 1u << PORT % 8);
    CHECK(ports[(PORT + 1) / 8] & 1u << (PORT + 1) % 8);
}

TEST(ports_are_free)
{
    enter();
    CHECK_EQ(try(IPPROTO_TCP, "0.0.0.0"), 0);
    CHECK_EQ(try(IPPROTO_UDP, "0.0.0.0"), 0);
    CHECK_EQ(try(IPPROTO_TCP, "::"), 0);
    CHECK_EQ(try(IPPROTO_TCP, "127.0.0.1"), 0);
    CHECK_EQ(try(IPPROTO_TCP, "192.0.2.1"), -EADDRNOTAVAIL);
    CHECK_EQ(try(IPPROTO_UDP, "2001:db8::1"), -EADDRNOTAVAIL);
    check_port_user(IPPROTO_TCP, "0.0.0.0", 0);
}

TEST(a_listener_of_every_address)
{
    enter();
    auto_close int fd = occupy(AF_INET, SOCK_STREAM, "0.0.0.0", true);
    CHECK(fd >= 0);
    CHECK_EQ(try(IPPROTO_TCP, "0.0.0.0"), -EADDRINUSE);
    CHECK_EQ(try(IPPROTO_TCP, "127.0.0.1"), -EADDRINUSE);
    CHECK_EQ(try(IPPROTO_TCP, "::"), 0);
    CHECK_EQ(try(IPPROTO_UDP, "0.0.0.0"), 0);
    check_port_user(IPPROTO_TCP, "0.0.0.0", getpid());
    check_port_user(IPPROTO_TCP, "127.0.0.1", getpid());
    check_port_user(IPPROTO_UDP, "0.0.0.0", 0);
}

TEST(a_listener_of_one_address)
{
    enter();
    auto_close int fd = occupy(AF_INET, SOCK_STREAM, "127.0.0.2", true);
    CHECK(fd >= 0);
    CHECK_EQ(try(IPPROTO_TCP, "0.0.0.0"), -EADDRINUSE);
    CHECK_EQ(try(IPPROTO_TCP, "127.0.0.1"), 0);
    check_port_user(IPPROTO_TCP, "0.0.0.0", getpid());
    check_port_user(IPPROTO_TCP, "127.0.0.1", 0);
}

TEST(a_listener_of_both_families)
{
    enter();
    auto_close int fd = occupy(AF_INET6, SOCK_STREAM, "::", true);
    CHECK(fd >= 0);
    CHECK_EQ(try(IPPROTO_TCP, "0.0.0.0"), -EADDRINUSE);
    CHECK_EQ(try(IPPROTO_TCP, "::"), -EADDRINUSE);
    check_port_user(IPPROTO_TCP, "0.0.0.0", getpid());
}

TEST(a_socket_that_is_bound_alone)
{
    enter();
    auto_close int fd = occupy(AF_INET, SOCK_STREAM, "0.0.0.0", false);
    CHECK(fd >= 0);
    CHECK_EQ(try(IPPROTO_TCP, "0.0.0.0"), -EADDRINUSE);
}

TEST(datagrams)
{
    enter();
    auto_close int fd = occupy(AF_INET, SOCK_DGRAM, "127.0.0.1", false);
    CHECK(fd >= 0);
    CHECK_EQ(try(IPPROTO_UDP, "0.0.0.0"), -EADDRINUSE);
    CHECK_EQ(try(IPPROTO_TCP, "0.0.0.0"), 0);
    check_port_user(IPPROTO_UDP, "127.0.0.1", getpid());
}

#define ANY_PORT 0
static enum conntrack_verdict verdict;
static unsigned seen;

static enum conntrack_verdict is_port(void *data,
                                      const struct conntrack_flow *flow)
{
    uint16_t port = *(const uint16_t *)data;

    if (port != ANY_PORT && flow->port != port)
        return CONNTRACK_KEEP;
    seen++;
    return verdict;
}

/* How many connections to the port it has come to, of which it has forgotten
 * those that the verdict says; in *turns, in how many turns. */
static unsigned search(uint16_t port, unsigned *turns)
{
    struct err err = {0};
    const struct conntrack_judge judge = {is_port, &port};
    struct conntrack_search *search = NULL;
    int r;

    seen = 0;
    CHECK_OK(conntrack_search_open(&search, &err), err);
    for (*turns = 1; (r = conntrack_search_go_on(search, &judge, &err)) > 0;)
        ++*turns;
    CHECK_OK(r, err);
    conntrack_search_close(search);
    return seen;
}

static unsigned forget(uint16_t port)
{
    unsigned turns;
    enum conntrack_verdict wanted = verdict;

    (void)search(port, &turns);
    CHECK_EQ(turns, 1);
    verdict = CONNTRACK_KEEP;
    unsigned left = search(port, &turns);
    verdict = wanted;
    return left;
}

static void send_by(int fd, uint16_t port)
{
    struct sockaddr_in in = {.sin_family = AF_INET,
                             .sin_port = htons(port),
                             .sin_addr = {htonl(INADDR_LOOPBACK)}};

    MUST(sendto(fd, "x", 1, 0, (struct sockaddr *)&in, sizeof(in)));
}

static void send_to(uint16_t port)
{
    auto_close int fd = MUST(socket(AF_INET, SOCK_DGRAM, 0));

    send_by(fd, port);
}

static void send_to_v6(uint16_t port)
{
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6,
                               .sin6_port = htons(port),
                               .sin6_addr = in6addr_loopback};
    auto_close int fd = MUST(socket(AF_INET6, SOCK_DGRAM, 0));

    MUST(sendto(fd, "x", 1, 0, (struct sockaddr *)&in6, sizeof(in6)));
}

static void track(struct nft **nft, struct err *err)
{
    CHECK_OK(nft_open("t", nft, err), *err);
    CHECK_OK(nft_run(*nft,
                     "table inet t {\n chain c {\n"
                     "  type filter hook output priority 0; policy accept;\n"
                     "  ct state new counter\n }\n}\n",
                     err),
             *err);
}

TEST(flows_to_a_port_are_forgotten)
{
    struct nft *nft = NULL;
    struct err err = {0};

    enter();
    track(&nft, &err);
    verdict = CONNTRACK_KEEP;
    send_to(PORT);
    send_to_v6(PORT);
    send_to(PORT + 1);
    CHECK_EQ(forget(PORT), 2);
    verdict = CONNTRACK_FORGET_TO_HOST;
    CHECK_EQ(forget(PORT), 0);
    verdict = CONNTRACK_KEEP;
    CHECK_EQ(forget(PORT + 1), 1);
    /* the host's own is not forwarded */
    send_to(PORT);
    verdict = CONNTRACK_FORGET_FORWARDED;
    CHECK_EQ(forget(PORT), 1);
    verdict = CONNTRACK_FORGET_EITHER;
    CHECK_EQ(forget(PORT), 0);
    nft_close(nft);
}

/* Nobody waits for a search among very many connections. */
TEST(many_connections_are_looked_at_in_turns)
{
    enum { MANY = 10000 };
    struct nft *nft = NULL;
    struct err err = {0};
    unsigned turns;

    enter();
    track(&nft, &err);
    auto_close int fd = MUST(socket(AF_INET, SOCK_DGRAM, 0));
    for (unsigned i = 0; i < MANY; i++)
        send_by(fd, (uint16_t)(20000 + i));
    verdict = CONNTRACK_KEEP;
    CHECK_EQ(search(ANY_PORT, &turns), MANY);
    CHECK(turns >= 3);
    CHECK(turns <= 5);
    verdict = CONNTRACK_FORGET_TO_HOST;
    CHECK_EQ(search(20000, &turns), 1);
    CHECK(turns <= 5);
    /* whether an address is the host's takes longer, and to forget much longer
     */
    verdict = CONNTRACK_FORGET_FORWARDED;
    CHECK_EQ(search(ANY_PORT, &turns), MANY - 1);
    CHECK(turns >= 12);
    verdict = CONNTRACK_FORGET_TO_HOST;
    CHECK_EQ(search(ANY_PORT, &turns), MANY - 1);
    CHECK(turns >= 40);
    CHECK_EQ(search(ANY_PORT, &turns), 0);
    nft_close(nft);
}

TEST_MAIN
