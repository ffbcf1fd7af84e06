/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Which ports of the host a container gets, and what is said of those that it
 * does not get. Sockets of other programs, the range of ephemeral ports and
 * what other endpoints publish are made here. */
#include "plugin/gateway/port_choice.h"

#include <errno.h>
#include <netinet/in.h>

#include "ovsint/base/io.h"
#include "ovsint/net/port_user.h"
#include "plugin/gateway/nat.h"
#include "plugin/gateway/port_turns.h"
#include "plugin/gateway/private.h"
#include "tests/lib/published_clash.h"
#include "tests/lib/rows.h"

/* Sockets of others. */
static struct {
    uint8_t protocol;
    const char *ip; /* "0.0.0.0" and "::" = any of the family */
    uint16_t port;
    pid_t pid;
} sockets[4];
static int try_fails;
static const char *range; /* NULL = it cannot be read */
static struct nat_view published;
static const char *user_name = "nginx";

static struct ip ip_of(const char *text)
{
    struct ip ip = {0};

    if (text && *text)
        CHECK_EQ(parse_ip(text, &ip), 0);
    return ip;
}

static bool takes(size_t i, const struct host_socket *socket)
{
    struct ip ip = ip_of(sockets[i].ip);

    return sockets[i].port == socket->port && sockets[i].ip &&
           sockets[i].protocol == socket->protocol &&
           ip.family == socket->ip.family &&
           (ip_is_any(&ip) || ip_is_any(&socket->ip) ||
            ip_equal(&ip, &socket->ip));
}

int port_user_try(const struct host_socket *socket)
{
    if (try_fails)
        return -try_fails;
    for (size_t i = 0; i < ARRAY_LEN(sockets); i++) {
        if (takes(i, socket))
            return -EADDRINUSE;
    }
    return 0;
}

static unsigned finds; /* how often a process was searched for */

void port_user_find(const struct host_socket *socket, struct port_user *ret,
                    uint8_t ports[PORT_USER_PORTS_SIZE])
{
    finds++;
    *ret = (struct port_user){.pid = 0};
    for (size_t i = 0; i < ARRAY_LEN(sockets); i++) {
        struct host_socket other = *socket;
        other.port = sockets[i].port;
        if (ports && takes(i, &other))
            ports[other.port / 8] |= (uint8_t)(1u << other.port % 8);
        if (!takes(i, socket) || !sockets[i].pid)
            continue;
        ret->pid = sockets[i].pid;
        snprintf(ret->name, sizeof(ret->name), "%s", user_name);
    }
}

int io_read_file(const char *path, struct buf *ret, struct err *err)
{
    CHECK_STR(path, "/proc/sys/net/ipv4/ip_local_port_range");
    if (!range)
        return err_set(err, ENOENT, "no such file");
    buf_add_text(ret, range);
    return 0;
}

const struct nat_endpoint *nat_holder(const struct nat *nat, uint8_t protocol,
                                      const struct ip *host, uint16_t port,
                                      const char *except)
{
    (void)nat;
    for (size_t i = 0; i < published.endpoint_count; i++) {
        const struct nat_endpoint *endpoint = &published.endpoints[i];
        if (strcmp(endpoint->port, except) != 0 &&
            published_list_clash(&endpoint->ports, protocol, host, port))
            return endpoint;
    }
    return NULL;
}

static size_t published_count;

size_t nat_port_count(const struct nat *nat, const char *except)
{
    (void)nat;
    (void)except;
    return published_count;
}

bool nat_publishes(const struct nat *nat, const char *port)
{
    (void)nat;
    (void)port;
    return false;
}

static struct settings settings;
static struct host host = {.settings = &settings};
static struct gateway gateway = {.host = &host};

static void begin(struct port_choice *choice, const char *ip4, const char *ip6)
{
    if (!gateway.choices.next)
        list_init(&gateway.choices);
    port_choice_begin(choice, &gateway);
    snprintf(choice->chosen.port, sizeof(choice->chosen.port), "oe1");
    choice->chosen.target.ip4 = ip_of(ip4);
    choice->chosen.target.ip6 = ip_of(ip6);
}

static struct port_request request(const char *host_ip, uint16_t port,
                                   uint16_t first, uint16_t last)
{
    return (struct port_request){.protocol = IPPROTO_TCP,
                                 .host = ip_of(host_ip),
                                 .port = port,
                                 .first = first,
                                 .last = last};
}

/* What was chosen, as the row has it; the caller frees. */
static char *text_of(const struct port_choice *choice)
{
    auto_buf struct buf text = BUF_INIT(4096);

    published_write(&choice->chosen.ports, &text);
    return mem_text(buf_text(&text), text.size);
}

static unsigned turns; /* that the last choice has taken */

void port_turns_add(struct port_turns *all, struct port_choice *choice)
{
    (void)all;
    (void)choice;
    turns++;
}

static bool is_crowded;

bool port_turns_crowded(const struct port_turns *all)
{
    (void)all;
    return is_crowded;
}

void port_turns_forget(struct port_choice *choice)
{
    (void)choice;
}

static void on_chosen(struct port_choice *choice, const struct err *err)
{
    (void)choice;
    (void)err;
}

/* As the loop does it, until it is done. */
static int make(struct port_choice *choice, const struct port_request *requests,
                size_t count, struct err *err)
{
    struct port_request *copy = mem_new(count * sizeof(*copy));

    memcpy(copy, requests, count * sizeof(*copy));
    turns = 0;
    int r = port_choice_make(choice, copy, count, on_chosen, err);
    for (; r == 0; turns++)
        r = port_choice_go_on(choice, 4096, err);
    return r < 0 ? r : 0;
}

static void check_choice(struct port_choice *choice,
                         const struct port_request *requests, size_t count,
                         const char *want)
{
    struct err err = {0};

    CHECK_OK(make(choice, requests, count, &err), err);
    auto_free char *text = text_of(choice);
    CHECK_STR(text, want);
}

#define IP4 "10.9.0.2"
#define IP6 "fd00:9::2"

TEST(ports_that_are_free)
{
    static const struct {
        const char *host_ip;
        uint16_t port, first, last;
        const char *want;
    } table[] = {
        {"", 80, 8080, 8080, "tcp/8080:80"},
        {"192.0.2.1", 80, 8080, 8080, "tcp/192.0.2.1/8080:80"},
        {"::", 80, 8080, 8080, "tcp/::/8080:80"},
        {"", 80, 7000, 7009, "tcp/7000:80"},
        {"", 80, 0, 0, "tcp/40000:80"},
    };

    range = "40000\t40010\n";
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        struct port_choice choice;
        struct port_request one = request(table[i].host_ip, table[i].port,
                                          table[i].first, table[i].last);
        begin(&choice, IP4, IP6);
        check_choice(&choice, &one, 1, table[i].want);
        port_choice_end(&choice);
    }
}

TEST(the_first_of_a_range_that_nobody_has)
{
    struct port_choice choice;
    struct port_request requests[] = {request("", 80, 7000, 7003),
                                      request("", 81, 7000, 7003),
                                      request("", 82, 7000, 7003)};
    struct err err = {0};

    sockets[0].protocol = IPPROTO_TCP;
    sockets[0].ip = "0.0.0.0";
    sockets[0].port = 7001;
    sockets[0].pid = 99;
    begin(&choice, IP4, "");
    check_choice(&choice, requests, 3, "tcp/7000:80 tcp/7002-7003:81");
    port_choice_end(&choice);
    /* none is left: what is said of the last one is the reason */
    sockets[1].protocol = IPPROTO_TCP;
    sockets[1].ip = "127.0.0.1";
    sockets[1].port = 7000;
    sockets[1].pid = 99;
    begin(&choice, IP4, "");
    struct port_request two = request("", 80, 7000, 7001);
    CHECK_ERR(make(&choice, &two, 1, &err), EADDRINUSE, err,
              "none of the host's ports 7000-7001 is free for port 80/tcp of "
              "the container: the last one tried: host port 7001/tcp is taken "
              "by process 99 (nginx)");
    port_choice_end(&choice);
}

/* podman has bound it before it asks. */
TEST(ports_that_podman_keeps)
{
    static const struct {
        bool by_podman;
        const char *user;
        bool is_free;
    } table[] = {{true, "conmon", true},
                 {true, "podman", true},
                 {false, "podman", false},
                 {false, "conmon", false},
                 {true, "nginx", false}};
    struct port_request one = request("", 80, 7000, 7000);

    sockets[0].protocol = IPPROTO_TCP;
    sockets[0].ip = "0.0.0.0";
    sockets[0].port = 7000;
    sockets[0].pid = 99;
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        struct port_choice choice;
        struct err err = {0};
        user_name = table[i].user;
        begin(&choice, IP4, "");
        choice.by_podman = table[i].by_podman;
        int r = make(&choice, &one, 1, &err);
        if (table[i].is_free)
            CHECK_OK(r, err);
        else
            CHECK_ERR(r, EADDRINUSE, err, "is taken by process 99");
        port_choice_end(&choice);
    }
}

TEST(more_ports_than_all_together_may_publish)
{
    struct port_request one = request("", 80, 7001, 7001);
    struct port_choice choice, other;
    struct err err = {0};

    begin(&other, IP4, "");
    published_count = LIMIT_PUBLISHED_PORTS - 1;
    begin(&choice, IP4, "");
    CHECK_OK(make(&choice, &one, 1, &err), err);
    /* with what is being chosen */
    other.request_count = 1;
    CHECK_ERR(make(&choice, &one, 1, &err), ENOSPC, err,
              "1 ports of the host are asked for, and other containers "
              "publish 262144: all together may publish 262144");
    other.request_count = 0;
    published_count = 0;
    port_choice_end(&choice);
    port_choice_end(&other);
}

TEST(ephemeral_ports)
{
    struct port_choice choice;
    struct port_request one = request("", 80, 0, 0);

    range = "40000\t40002\n";
    for (int i = 0; i < 4; i++) {
        static const char *const want[] = {"tcp/40000:80", "tcp/40001:80",
                                           "tcp/40002:80", "tcp/40000:80"};
        begin(&choice, IP4, IP6);
        check_choice(&choice, &one, 1, want[i]);
        port_choice_end(&choice);
    }
    /* a range that makes no sense, or cannot be read */
    for (int i = 0; i < 4; i++) {
        static const char *const ranges[] = {NULL, "1\n", "9 8\n",
                                             "60000 70000\n"};
        range = ranges[i];
        gateway.last_ephemeral = 0;
        begin(&choice, IP4, IP6);
        check_choice(&choice, &one, 1, "tcp/32768:80");
        port_choice_end(&choice);
    }
}

#define SOCKET(text)                                                         \
    "host port " text " is taken by a socket whose process cannot be told: " \
    "see 'ss -anp sport = :8080'"

/* Families that the container has not are nobody's business. */
TEST(sockets_of_other_programs)
{
    static const struct {
        const char *ip4, *ip6, *host_ip;
        const char *socket;
        const char *text; /* NULL = free */
    } table[] = {
        {IP4, IP6, "", "0.0.0.0", SOCKET("8080/tcp")},
        {IP4, IP6, "", "::", SOCKET("8080/tcp")},
        {IP4, "", "", "::", NULL},
        {"", IP6, "", "0.0.0.0", NULL},
        {IP4, IP6, "192.0.2.1", "::", NULL},
        {IP4, IP6, "192.0.2.1", "0.0.0.0", SOCKET("192.0.2.1:8080/tcp")},
        {IP4, IP6, "192.0.2.1", "127.0.0.1", NULL},
        {IP4, IP6, "fd00::1", "::", SOCKET("[fd00::1]:8080/tcp")},
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        struct port_choice choice;
        struct port_request one = request(table[i].host_ip, 80, 8080, 8080);
        struct err err = {0};
        sockets[0].protocol = IPPROTO_TCP;
        sockets[0].ip = table[i].socket;
        sockets[0].port = 8080;
        begin(&choice, table[i].ip4, table[i].ip6);
        int r = make(&choice, &one, 1, &err);
        if (table[i].text)
            CHECK_ERR(r, EADDRINUSE, err, table[i].text);
        else
            CHECK_OK(r, err);
        port_choice_end(&choice);
    }
}

TEST(what_the_kernel_says)
{
    static const struct {
        int fails;
        const char *host_ip, *text; /* NULL = it counts as free */
    } table[] = {
        {EAFNOSUPPORT, "", NULL},
        {EPROTONOSUPPORT, "", NULL},
        {ESOCKTNOSUPPORT, "", NULL},
        {EADDRNOTAVAIL, "", NULL},
        {EADDRNOTAVAIL, "192.0.2.9",
         "host port 192.0.2.9:8080/tcp: no device of the host has this "
         "address"},
        {EMFILE, "", "host port 8080/tcp: Too many open files"},
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        struct port_choice choice;
        struct port_request one = request(table[i].host_ip, 80, 8080, 8080);
        struct err err = {0};
        try_fails = table[i].fails;
        begin(&choice, IP4, "");
        int r = make(&choice, &one, 1, &err);
        if (table[i].text)
            CHECK_ERR(r, table[i].fails, err, table[i].text);
        else
            CHECK_OK(r, err);
        port_choice_end(&choice);
    }
}

/* A port that leads to the container's own address takes none of the host. */
TEST(networks_that_are_routed)
{
    struct port_choice choice;
    struct port_request any = request("", 80, 8080, 8080);
    struct port_request free = request("", 80, 0, 0);
    struct port_request v4 = request("192.0.2.1", 80, 8080, 8080);
    struct port_request v6 = request("fd00::1", 80, 8080, 8080);
    struct err err = {0};

    try_fails = EMFILE; /* nobody asks */
    begin(&choice, IP4, "");
    choice.chosen.target.routed4 = true;
    check_choice(&choice, &any, 1, "tcp/8080:80");
    port_choice_end(&choice);
    begin(&choice, IP4, "");
    choice.chosen.target.routed4 = true;
    check_choice(&choice, &free, 1, "tcp/80:80");
    port_choice_end(&choice);
    begin(&choice, IP4, "");
    choice.chosen.target.routed4 = true;
    check_choice(&choice, &v4, 1, "tcp/192.0.2.1/8080:80");
    CHECK_ERR(make(&choice, &v6, 1, &err), EAFNOSUPPORT, err,
              "port 80/tcp cannot be published on an IPv6 address of the host: "
              "the container has none of that family");
    port_choice_end(&choice);
    begin(&choice, "", IP6);
    CHECK_ERR(make(&choice, &v4, 1, &err), EAFNOSUPPORT, err,
              "on an IPv4 address");
    port_choice_end(&choice);
}

/* Two of one container, two calls at once, and a container that has it. */
TEST(ports_of_ours)
{
    struct port_choice choice, other;
    struct port_request twice[] = {request("", 80, 8080, 8080),
                                   request("", 81, 8080, 8080)};
    struct port_request beside[] = {request("192.0.2.1", 80, 8080, 8080),
                                    request("192.0.2.2", 81, 8080, 8080)};
    struct nat_endpoint holder = {.port = "oe9", .target.ip6 = ip_of(IP6)};
    struct err err = {0};

    begin(&choice, IP4, "");
    CHECK_ERR(make(&choice, twice, 2, &err), EADDRINUSE, err,
              "host port 8080/tcp is asked for twice by this container");
    port_choice_end(&choice);
    begin(&choice, IP4, "");
    check_choice(&choice, beside, 2,
                 "tcp/192.0.2.1/8080:80 tcp/192.0.2.2/8080:81");
    /* another call, while no row shows what this one has chosen */
    begin(&other, "10.9.0.3", "");
    CHECK_ERR(make(&other, beside, 1, &err), EADDRINUSE, err,
              "host port 192.0.2.1:8080/tcp is published by the container with "
              "address " IP4 " already (port oe1)");
    port_choice_end(&other);
    port_choice_end(&choice);
    begin(&other, "10.9.0.3", "");
    check_choice(&other, beside, 1, "tcp/192.0.2.1/8080:80");
    port_choice_end(&other);
    /* a container whose row is there */
    CHECK_OK(published_read("tcp/8080:80", &holder.ports, &err), err);
    published = (struct nat_view){.endpoints = &holder, .endpoint_count = 1};
    rows_port(&host.ports, "oe9", ID_OWNER, DOCKER_OWNER, ID_ENDPOINT,
              "0123456789abcdef", NULL);
    begin(&other, "10.9.0.3", "");
    CHECK_ERR(make(&other, twice, 1, &err), EADDRINUSE, err,
              "is published by the container with address " IP6
              " already (endpoint 0123456789ab, port oe9)");
    port_choice_end(&other);
    /* its own row is no obstacle when it publishes anew */
    snprintf(holder.port, sizeof(holder.port), "oe1");
    begin(&other, "10.9.0.3", "");
    check_choice(&other, twice, 1, "tcp/8080:80");
    port_choice_end(&other);
    published_done(&holder.ports);
    vswitch_view_done(&host.ports);
}

/* Others are served meanwhile: of a range that is taken, too, and nobody looks
 * for those who have ports that need not be had. */
TEST(many_ports_take_turns)
{
    auto_free struct port_request *many = mem_new(1000 * sizeof(*many));
    struct port_request of_range = request("", 80, 1000, 9000);
    struct nat_endpoint holder = {.port = "oe9", .target.ip4 = ip_of(IP4)};
    struct port_choice choice, other;
    struct err err = {0};

    for (uint16_t i = 0; i < 1000; i++)
        many[i] = request("127.0.0.2", 80, 1000 + 2 * i, 1000 + 2 * i);
    begin(&choice, IP4, "");
    CHECK_OK(make(&choice, many, 1000, &err), err);
    CHECK_EQ(choice.chosen.ports.count, 1000);
    CHECK(turns >= 1000 * 16 / 4096);
    /* the same of another address */
    for (uint16_t i = 0; i < 1000; i++)
        many[i].host = ip_of("127.0.0.3");
    begin(&other, "10.9.0.3", "");
    CHECK_OK(make(&other, many, 1000, &err), err);
    many[999].host = ip_of("127.0.0.2");
    CHECK_ERR(make(&other, many, 1000, &err), EADDRINUSE, err,
              "host port 127.0.0.2:2998/tcp is published by the container with "
              "address " IP4 " already");
    port_choice_end(&choice);
    CHECK_OK(published_read("tcp/1000-8999:1", &holder.ports, &err), err);
    published = (struct nat_view){.endpoints = &holder, .endpoint_count = 1};
    CHECK_OK(make(&other, &of_range, 1, &err), err);
    CHECK(turns >= 8000 / 4096);
    auto_free char *text = text_of(&other);
    CHECK_STR(text, "tcp/9000:80");
    port_choice_end(&other);
    published_done(&holder.ports);
    published = (struct nat_view){0};
}

/* It takes long: one in each turn, and none while many wait. */
TEST(who_has_a_port_is_asked_in_a_turn_of_its_own)
{
    struct port_request requests[20];
    struct port_choice choice;
    struct err err = {0};

    for (uint16_t i = 0; i < ARRAY_LEN(sockets); i++) {
        sockets[i].protocol = IPPROTO_TCP;
        sockets[i].ip = i % 2 ? "::" : "0.0.0.0";
        sockets[i].port = 7000 + i / 2;
        sockets[i].pid = 99;
        requests[i] = request("", 80, 7000 + i, 7000 + i);
    }
    finds = 0;
    begin(&choice, IP4, IP6);
    CHECK_ERR(make(&choice, requests, 1, &err), EADDRINUSE, err,
              "is taken by process 99");
    CHECK_EQ(turns, 2);
    CHECK_EQ(finds, 1);
    /* both families of two ports: one search for each family tells of all */
    user_name = "podman";
    choice.by_podman = true;
    is_crowded = true;
    CHECK_OK(make(&choice, requests, 4, &err), err);
    CHECK_EQ(finds, 3);
    CHECK(turns >= 3);
    choice.by_podman = false;
    finds = 0;
    err = (struct err){0};
    CHECK_ERR(make(&choice, requests, 1, &err), EADDRINUSE, err,
              "is taken by a socket whose process cannot be told");
    CHECK_EQ(finds, 0);
    port_choice_end(&choice);
    is_crowded = false;
    user_name = "nginx";
    memset(sockets, 0, sizeof(sockets));
}

/* Whoever asks, the policy says which ports may lead to containers. */
TEST(ports_that_the_policy_keeps)
{
    struct port_request high = request("", 80, 8080, 8089);
    struct port_request low = request("", 80, 80, 80);
    struct port_choice choice;
    struct err err = {0};

    begin(&choice, IP4, "");
    settings.policy.closed = true;
    CHECK_ERR(make(&choice, &high, 1, &err), EPERM, err,
              "port of the host '8080-8089' is not allowed by the policy");
    settings.policy.named = 1u << RULE_PUBLISH;
    settings.policy.publish.items[0].first = 8000;
    settings.policy.publish.items[0].last = 8999;
    settings.policy.publish.count = 1;
    err = (struct err){0};
    CHECK_OK(make(&choice, &high, 1, &err), err);
    CHECK_ERR(make(&choice, &low, 1, &err), EPERM, err,
              "(policy.publish: 8000-8999)");
    port_choice_end(&choice);
    settings = (struct settings){0};
}

TEST_MAIN
