/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Chooses ports of the host. They are not reserved: a program that binds one
 * later succeeds but gets no traffic, as packets are translated first. If a
 * program has the port already, that is an error that names it.
 */
#include "plugin/gateway/port_choice.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "ovsint/base/io.h"
#include "ovsint/base/log.h"
#include "ovsint/net/port_user.h"
#include "plugin/gateway/nat.h"
#include "plugin/gateway/private.h"

#define EPHEMERAL_PATH "/proc/sys/net/ipv4/ip_local_port_range"
#define EPHEMERAL_FIRST 32768
#define EPHEMERAL_LAST 60999
#define EPHEMERAL_TEXT_SIZE 64

/* Lives while one call chooses. */
struct search {
    struct port_choice *choice;
    const struct port_request *request;
    struct port_map taken; /* by our endpoints, this one included */
    uint16_t ephemeral_first;
    uint16_t ephemeral_last;
};

/* Does the request need a port of the host for this family? */
static bool takes(const struct search *search, int family)
{
    const struct nat_target *target = &search->choice->chosen.target;
    const struct ip *host = &search->request->host;

    if (host->family && host->family != family)
        return false;
    if (family == AF_INET)
        return target->ip4.family != 0 && !target->routed4;
    return target->ip6.family != 0 && !target->routed6;
}

/* Does the request open the port at an address of the container? */
static bool is_at_own_address(const struct nat_target *target,
                              const struct port_request *request)
{
    bool own4 = target->ip4.family && target->routed4;
    bool own6 = target->ip6.family && target->routed6;

    return (own4 && request->host.family != AF_INET6) ||
           (own6 && request->host.family != AF_INET);
}

/* The other endpoint of ours, or the call in progress, that has this port. */
static const struct nat_endpoint *holder(const struct search *search,
                                         uint16_t port)
{
    const struct port_request *request = search->request;
    const struct gateway *gateway = search->choice->gateway;

    LIST_EACH (link, &gateway->choices) {
        const struct port_choice *other =
            container_of(link, struct port_choice, link);
        if (published_list_clash(&other->chosen.ports, request->protocol,
                                 &request->host, port))
            return &other->chosen;
    }
    return nat_holder(gateway->nat, request->protocol, &request->host, port,
                      search->choice->chosen.port);
}

/* What an operator finds it by: a pod, or else what `docker ps`, `podman ps`
 * and `ctr containers ls` show of it. Docker tells a driver the endpoint alone.
 */
#define WHOSE_SIZE 320

static void name_holder(const struct vswitch_port *row, char ret[WHOSE_SIZE])
{
    const char *endpoint = row ? vswitch_port_id(row, ID_ENDPOINT) : NULL;
    const char *container = row ? vswitch_port_id(row, ID_CONTAINER) : NULL;
    const char *pod = row ? vswitch_port_id(row, ID_POD_NAME) : NULL;
    const char *pods = row ? vswitch_port_id(row, ID_POD_NAMESPACE) : NULL;

    ret[0] = '\0'; /* a call in progress has no row yet */
    if (pod)
        snprintf(ret, WHOSE_SIZE, "pod %.63s/%.200s, ", pods ? pods : "", pod);
    else if (container)
        snprintf(ret, WHOSE_SIZE, "container %.12s, ", container);
    else if (endpoint)
        snprintf(ret, WHOSE_SIZE, "endpoint %.12s, ", endpoint);
}

static int refuse_ours(const struct search *search, uint16_t port,
                       const struct nat_endpoint *by, struct err *err)
{
    const struct vswitch_view *rows = &search->choice->gateway->host->ports;
    const struct vswitch_port *row = vswitch_view_find(rows, by->port);
    char whose[WHOSE_SIZE];
    char name[PUBLISHED_NAME_SIZE];
    char ip[IP_TEXT_SIZE];

    published_name(search->request->protocol, &search->request->host, port,
                   name);
    ip_format(by->target.ip4.family ? &by->target.ip4 : &by->target.ip6, ip);
    name_holder(row, whose);
    if (by == &search->choice->chosen)
        return err_set(err, EADDRINUSE,
                       "host port %s is asked for twice by this container",
                       name);
    return err_set(err, EADDRINUSE,
                   "host port %s is published by the container with address "
                   "%s already (%sport %s)",
                   name, ip, whose, by->port);
}

/* podman binds the ports of a container before it has the network set up, so
 * that nobody else takes them, and hands them to conmon. So nobody else has a
 * port that podman or conmon has. */
static bool is_kept_by_podman(const struct search *search,
                              const struct port_user *user)
{
    return search->choice->by_podman && user->pid &&
           (strcmp(user->name, "podman") == 0 ||
            strcmp(user->name, "conmon") == 0);
}

static int refuse_used(const struct search *search,
                       const struct host_socket *socket, struct err *err)
{
    struct port_user user;
    char name[PUBLISHED_NAME_SIZE];

    published_name(socket->protocol, &socket->ip, socket->port, name);
    port_user_find(socket, &user);
    if (is_kept_by_podman(search, &user))
        return 0;
    if (user.pid)
        return err_set(err, EADDRINUSE,
                       "host port %s is taken by process %d (%s)", name,
                       (int)user.pid, user.name);
    return err_set(err, EADDRINUSE,
                   "host port %s is taken by a socket whose process cannot be "
                   "told: see 'ss -anp sport = :%u'",
                   name, socket->port);
}

static int try_family(const struct search *search, int family, uint16_t port,
                      struct err *err)
{
    const struct port_request *request = search->request;
    struct host_socket socket = {
        .protocol = request->protocol, .ip = request->host, .port = port};
    char name[PUBLISHED_NAME_SIZE];

    socket.ip.family = family;
    int r = port_user_try(&socket);
    if (r == -EADDRINUSE)
        return refuse_used(search, &socket, err);
    /* If the host does not have the family or the protocol, no program can use
     * it. */
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

static int try_port(const struct search *search, uint16_t port, struct err *err)
{
    static const int families[] = {AF_INET, AF_INET6};
    const struct port_request *request = search->request;
    int r = 0;

    if (port_map_has(&search->taken, request->protocol, port)) {
        const struct nat_endpoint *by = holder(search, port);
        if (by)
            return refuse_ours(search, port, by, err);
    }
    for (size_t i = 0; r == 0 && i < ARRAY_LEN(families); i++) {
        if (takes(search, families[i]))
            r = try_family(search, families[i], port, err);
    }
    return r;
}

static int choose_of_range(struct search *search, uint16_t first, uint16_t last,
                           uint16_t begin, uint16_t *ret, struct err *err)
{
    uint32_t count = (uint32_t)last - first + 1;
    struct err tried = {0};

    for (uint32_t i = 0; i < count; i++) {
        uint16_t port = (uint16_t)(first + (begin - first + i) % count);
        tried = (struct err){0};
        int r = try_port(search, port, &tried);
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
                    first, last, search->request->port,
                    published_protocol(search->request->protocol));
}

static void read_ephemeral(struct search *search)
{
    auto_buf struct buf text = BUF_INIT(EPHEMERAL_TEXT_SIZE);
    struct err ignored = {0};
    unsigned first;
    unsigned last;

    search->ephemeral_first = EPHEMERAL_FIRST;
    search->ephemeral_last = EPHEMERAL_LAST;
    if (io_read_file(EPHEMERAL_PATH, &text, &ignored) < 0 ||
        sscanf(buf_text(&text), "%u %u", &first, &last) != 2 || first == 0 ||
        first > last || last > 65535)
        return;
    search->ephemeral_first = (uint16_t)first;
    search->ephemeral_last = (uint16_t)last;
}

/* After the port that was given last: so one that was just released does not go
 * to another container at once. */
static uint16_t ephemeral_begin(const struct search *search)
{
    uint16_t last = search->choice->gateway->last_ephemeral;

    return last >= search->ephemeral_first && last < search->ephemeral_last
               ? (uint16_t)(last + 1)
               : search->ephemeral_first;
}

static int choose(struct search *search, uint16_t *ret, struct err *err)
{
    const struct port_request *request = search->request;
    struct gateway *gateway = search->choice->gateway;

    if (request->first != 0)
        return choose_of_range(search, request->first, request->last,
                               request->first, ret, err);
    if (search->ephemeral_first == 0)
        read_ephemeral(search);
    int r =
        choose_of_range(search, search->ephemeral_first, search->ephemeral_last,
                        ephemeral_begin(search), ret, err);
    if (r >= 0)
        gateway->last_ephemeral = *ret;
    return r;
}

static int choose_one(struct search *search, struct err *err)
{
    const struct port_request *request = search->request;
    struct nat_endpoint *chosen = &search->choice->chosen;
    const struct nat_target *target = &chosen->target;
    struct published item = {.protocol = request->protocol,
                             .host = request->host,
                             .port = request->port,
                             .host_port = request->first ? request->first
                                                         : request->port,
                             .count = 1};

    if (takes(search, AF_INET) || takes(search, AF_INET6)) {
        int r = choose(search, &item.host_port, err);
        if (r < 0)
            return r;
    } else if (!is_at_own_address(target, request)) {
        return err_set(err, EAFNOSUPPORT,
                       "port %u/%s cannot be published on an %s address of the "
                       "host: the container has none of that family",
                       request->port, published_protocol(request->protocol),
                       request->host.family == AF_INET6 ? "IPv6" : "IPv4");
    }
    port_map_add_one(&search->taken, request->protocol, item.host_port);
    published_add(&chosen->ports, &item);
    return 0;
}

void port_choice_begin(struct port_choice *choice, struct gateway *gateway)
{
    *choice = (struct port_choice){.gateway = gateway};
    list_append(&gateway->choices, &choice->link);
}

void port_choice_end(struct port_choice *choice)
{
    list_remove(&choice->link);
    free(choice->chosen.text);
    published_done(&choice->chosen.ports);
}

int port_choice_aim(struct port_choice *choice, const struct vswitch_port *row,
                    const struct nat_network *network, struct err *err)
{
    struct nat_target *target = &choice->chosen.target;
    struct attachment attachment;
    int r = vswitch_port_spec(row, &attachment, err);

    if (r < 0)
        return r;
    nat_target_addresses(&attachment, target);
    target->routed4 = network->ipv4.way == NAT_ROUTED;
    target->routed6 = network->ipv6.way == NAT_ROUTED;
    if (!target->ip4.family && !target->ip6.family)
        return err_set(err, EINVAL,
                       "the container has no address to which ports could "
                       "lead");
    snprintf(choice->chosen.port, IFNAME_SIZE, "%s", row->name);
    return 0;
}

void port_choice_place(const struct port_choice *choice,
                       const struct nat_network *network,
                       struct port_request **requests, size_t *count)
{
    const struct nat_target *target = &choice->chosen.target;
    struct ip ips[ARRAY_LEN(network->publish_ips)];
    size_t usable = 0;

    for (size_t i = 0; i < network->publish_ip_count; i++) {
        const struct ip *ip = &network->publish_ips[i];
        if (ip->family == target->ip4.family ||
            ip->family == target->ip6.family)
            ips[usable++] = *ip;
    }
    if (usable)
        port_requests_place(requests, count, ips, usable);
    else
        port_requests_place(requests, count, network->publish_ips,
                            network->publish_ip_count);
}

int port_choice_make(struct port_choice *choice,
                     const struct port_request *requests, size_t count,
                     struct err *err)
{
    const struct gateway *gateway = choice->gateway;
    auto_free struct search *search = mem_new(sizeof(*search));
    int r = 0;

    search->choice = choice;
    nat_taken(gateway->nat, &search->taken);
    LIST_EACH (link, &gateway->choices) {
        const struct port_choice *other =
            container_of(link, struct port_choice, link);
        port_map_add(&search->taken, &other->chosen.ports);
    }
    for (size_t i = 0; r >= 0 && i < count; i++) {
        search->request = &requests[i];
        r = policy_check_publish(&gateway->host->settings->policy,
                                 requests[i].first, requests[i].last, err);
        if (r >= 0)
            r = choose_one(search, err);
    }
    return r;
}
