/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which ports of the host. Nothing holds them: a program that binds one later
 * gets it and hears nothing, as the packets are translated before they come to
 * it. What is there before is an error that says who it is.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "ovsint/base/io.h"
#include "ovsint/base/log.h"
#include "ovsint/net/port_user.h"
#include "plugin/docker/publish.h"

#define EPHEMERAL_PATH "/proc/sys/net/ipv4/ip_local_port_range"
#define EPHEMERAL_FIRST 32768
#define EPHEMERAL_LAST 60999
#define EPHEMERAL_TEXT_SIZE 64

/* While one call chooses. */
struct choice {
    struct publishing *publishing;
    const struct port_request *request;
    struct port_map taken; /* by our endpoints, this one included */
    uint16_t ephemeral_first;
    uint16_t ephemeral_last;
};

/* Of which families the wish takes a port of the host. */
static bool takes(const struct choice *choice, int family)
{
    const struct nat_target *target = &choice->publishing->chosen.target;
    const struct ip *host = &choice->request->host;

    if (host->family && host->family != family)
        return false;
    if (family == AF_INET)
        return target->ip4.family != 0 && !target->routed4;
    return target->ip6.family != 0 && !target->routed6;
}

/* The wish opens the port at an address of the container. */
static bool is_at_own_address(const struct nat_target *target,
                              const struct port_request *request)
{
    bool own4 = target->ip4.family && target->routed4;
    bool own6 = target->ip6.family && target->routed6;

    return (own4 && request->host.family != AF_INET6) ||
           (own6 && request->host.family != AF_INET);
}

/* What another endpoint of ours, or a call that is at work, has of it. */
static const struct nat_endpoint *holder(const struct choice *choice,
                                         uint16_t port)
{
    const struct port_request *request = choice->request;
    const struct publishing *publishing = choice->publishing;

    for (const struct publishing *other = publishing->driver->publishings;
         other; other = other->next) {
        if (published_list_clash(&other->chosen.ports, request->protocol,
                                 &request->host, port))
            return &other->chosen;
    }
    return nat_holder(publishing->driver->nat, request->protocol,
                      &request->host, port, publishing->chosen.port);
}

static int refuse_ours(const struct choice *choice, uint16_t port,
                       const struct nat_endpoint *by, struct err *err)
{
    const struct driver *driver = choice->publishing->driver;
    const struct vswitch_port *row =
        vswitch_view_find(&driver->ports, by->port);
    const char *id = row ? vswitch_port_id(row, ID_ENDPOINT) : NULL;
    char name[PUBLISHED_NAME_SIZE];
    char ip[IP_TEXT_SIZE];

    published_name(choice->request->protocol, &choice->request->host, port,
                   name);
    ip_format(by->target.ip4.family ? &by->target.ip4 : &by->target.ip6, ip);
    if (by == &choice->publishing->chosen)
        return err_set(err, EADDRINUSE,
                       "host port %s is asked for twice by this container",
                       name);
    return err_set(err, EADDRINUSE,
                   "host port %s is published by the container with address "
                   "%s already (endpoint %.12s, port %s)",
                   name, ip, id ? id : "unknown", by->port);
}

static int refuse_foreign(const struct host_socket *socket, struct err *err)
{
    struct port_user occupant;
    char name[PUBLISHED_NAME_SIZE];

    published_name(socket->protocol, &socket->ip, socket->port, name);
    port_user_find(socket, &occupant);
    if (occupant.pid)
        return err_set(err, EADDRINUSE,
                       "host port %s is taken by process %d (%s)", name,
                       (int)occupant.pid, occupant.name);
    return err_set(err, EADDRINUSE,
                   "host port %s is taken by a socket whose process cannot be "
                   "told: see 'ss -anp sport = :%u'",
                   name, socket->port);
}

static int try_family(const struct choice *choice, int family, uint16_t port,
                      struct err *err)
{
    const struct port_request *request = choice->request;
    struct host_socket socket = {
        .protocol = request->protocol, .ip = request->host, .port = port};
    char name[PUBLISHED_NAME_SIZE];

    socket.ip.family = family;
    int r = port_user_try(&socket);
    if (r == -EADDRINUSE)
        return refuse_foreign(&socket, err);
    /* A host that does not speak it has nobody who could. */
    if (r == 0 || r == -EAFNOSUPPORT || r == -EPROTONOSUPPORT ||
        r == -ESOCKTNOSUPPORT ||
        (r == -EADDRNOTAVAIL && ip_is_any(&request->host)))
        return 0;
    published_name(request->protocol, &request->host, port, name);
    if (r == -EADDRNOTAVAIL)
        return err_set(err, EADDRNOTAVAIL,
                       "host port %s: no device of the host has this address",
                       name);
    return err_code(err, -r, "host port %s", name);
}

static int try_port(const struct choice *choice, uint16_t port, struct err *err)
{
    static const int families[] = {AF_INET, AF_INET6};
    const struct port_request *request = choice->request;
    int r = 0;

    if (port_map_has(&choice->taken, request->protocol, port)) {
        const struct nat_endpoint *by = holder(choice, port);
        if (by)
            return refuse_ours(choice, port, by, err);
    }
    for (size_t i = 0; r == 0 && i < ARRAY_LEN(families); i++) {
        if (takes(choice, families[i]))
            r = try_family(choice, families[i], port, err);
    }
    return r;
}

static int choose_of_range(struct choice *choice, uint16_t first, uint16_t last,
                           uint16_t begin, uint16_t *ret, struct err *err)
{
    uint32_t count = (uint32_t)last - first + 1;
    struct err tried = {0};

    for (uint32_t i = 0; i < count; i++) {
        uint16_t port = (uint16_t)(first + (begin - first + i) % count);
        tried = (struct err){0};
        int r = try_port(choice, port, &tried);
        if (r == 0)
            *ret = port;
        if (r != -EADDRINUSE) {
            *err = tried;
            return r;
        }
    }
    *err = tried;
    if (first == last)
        return -EADDRINUSE;
    return err_wrap(err,
                    "none of the host's ports %u-%u is free for port "
                    "%u/%s of the container: the last one tried",
                    first, last, choice->request->port,
                    published_protocol(choice->request->protocol));
}

static void read_ephemeral(struct choice *choice)
{
    auto_buf struct buf text = BUF_INIT(EPHEMERAL_TEXT_SIZE);
    struct err ignored = {0};
    unsigned first;
    unsigned last;

    choice->ephemeral_first = EPHEMERAL_FIRST;
    choice->ephemeral_last = EPHEMERAL_LAST;
    if (io_read_file(EPHEMERAL_PATH, &text, &ignored) < 0 ||
        sscanf(buf_text(&text), "%u %u", &first, &last) != 2 || first == 0 ||
        first > last || last > 65535)
        return;
    choice->ephemeral_first = (uint16_t)first;
    choice->ephemeral_last = (uint16_t)last;
}

/* After the one that was given last, so that a port that was just given up
 * does not come back at once to somebody else. */
static uint16_t ephemeral_begin(const struct choice *choice)
{
    uint16_t last = choice->publishing->driver->last_ephemeral;

    return last >= choice->ephemeral_first && last < choice->ephemeral_last
               ? (uint16_t)(last + 1)
               : choice->ephemeral_first;
}

static int choose(struct choice *choice, uint16_t *ret, struct err *err)
{
    const struct port_request *request = choice->request;
    struct driver *driver = choice->publishing->driver;

    if (request->first != 0)
        return choose_of_range(choice, request->first, request->last,
                               request->first, ret, err);
    if (choice->ephemeral_first == 0)
        read_ephemeral(choice);
    int r =
        choose_of_range(choice, choice->ephemeral_first, choice->ephemeral_last,
                        ephemeral_begin(choice), ret, err);
    if (r >= 0)
        driver->last_ephemeral = *ret;
    return r;
}

static int choose_one(struct choice *choice, struct err *err)
{
    const struct port_request *request = choice->request;
    struct publishing *publishing = choice->publishing;
    const struct nat_target *target = &publishing->chosen.target;
    struct published item = {.protocol = request->protocol,
                             .host = request->host,
                             .port = request->port,
                             .host_port = request->first ? request->first
                                                         : request->port,
                             .count = 1};

    if (takes(choice, AF_INET) || takes(choice, AF_INET6)) {
        int r = choose(choice, &item.host_port, err);
        if (r < 0)
            return r;
    } else if (!is_at_own_address(target, request)) {
        return err_set(err, EAFNOSUPPORT,
                       "port %u/%s cannot be published on an %s address of the "
                       "host: the container has none of that family",
                       request->port, published_protocol(request->protocol),
                       request->host.family == AF_INET6 ? "IPv6" : "IPv4");
    }
    port_map_add_one(&choice->taken, request->protocol, item.host_port);
    published_add(&publishing->chosen.ports, &item);
    return 0;
}

int publish_choose(struct publishing *publishing,
                   const struct port_request *requests, size_t count,
                   struct err *err)
{
    const struct driver *driver = publishing->driver;
    auto_free struct choice *choice = mem_new(sizeof(*choice));
    int r = 0;

    choice->publishing = publishing;
    nat_taken(driver->nat, &choice->taken);
    for (const struct publishing *other = driver->publishings; other;
         other = other->next)
        port_map_add(&choice->taken, &other->chosen.ports);
    for (size_t i = 0; r >= 0 && i < count; i++) {
        choice->request = &requests[i];
        r = choose_one(choice, err);
    }
    return r;
}
