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
#include "plugin/gateway/port_turns.h"
#include "plugin/gateway/private.h"

#define EPHEMERAL_PATH "/proc/sys/net/ipv4/ip_local_port_range"
#define EPHEMERAL_FIRST 32768
#define EPHEMERAL_LAST 60999
#define EPHEMERAL_TEXT_SIZE 64

/* What takes time is counted in looks at who has a port among our endpoints. A
 * socket takes as long as some 16 of them, and to find which process has one is
 * a turn of its own. */
#define FIRST_LOOKS 64
#define SOCKET_LOOKS 16

static const struct port_request *request_of(const struct port_choice *choice)
{
    return &choice->requests[choice->at];
}

/* Does the request need a port of the host for this family? */
static bool takes(const struct port_choice *choice, int family)
{
    const struct nat_target *target = &choice->chosen.target;
    const struct ip *host = &request_of(choice)->host;

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
static const struct nat_endpoint *holder(const struct port_choice *choice,
                                         uint16_t port)
{
    const struct port_request *request = request_of(choice);
    const struct gateway *gateway = choice->gateway;

    LIST_EACH (link, &gateway->choices) {
        const struct port_choice *other =
            container_of(link, struct port_choice, link);
        if (port_index_find(&other->index, request->protocol, &request->host,
                            port, PORT_INDEX_NONE) != PORT_INDEX_NONE)
            return &other->chosen;
    }
    return nat_holder(gateway->nat, request->protocol, &request->host, port,
                      choice->chosen.port);
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

static int refuse_ours(const struct port_choice *choice, uint16_t port,
                       const struct nat_endpoint *by, struct err *err)
{
    const struct vswitch_view *rows = &choice->gateway->host->ports;
    const struct vswitch_port *row = vswitch_view_find(rows, by->port);
    char whose[WHOSE_SIZE];
    char name[PUBLISHED_NAME_SIZE];
    char ip[IP_TEXT_SIZE];

    published_name(request_of(choice)->protocol, &request_of(choice)->host,
                   port, name);
    ip_format(by->target.ip4.family ? &by->target.ip4 : &by->target.ip6, ip);
    name_holder(row, whose);
    if (by == &choice->chosen)
        return err_set(err, EADDRINUSE,
                       "host port %s is asked for twice by this container",
                       name);
    return err_set(err, EADDRINUSE,
                   "host port %s is published by the container with address "
                   "%s already (%sport %s)",
                   name, ip, whose, by->port);
}

/* What one process of podman's keeps at one address. */
struct kept_ports {
    uint8_t protocol;
    struct ip ip;
    uint8_t ports[PORT_USER_PORTS_SIZE];
};

static bool is_v6(const struct host_socket *socket)
{
    return socket->ip.family == AF_INET6;
}

static bool is_known_as_kept(const struct port_choice *choice,
                             const struct host_socket *socket)
{
    const struct kept_ports *kept = choice->kept[is_v6(socket)];

    return kept && kept->protocol == socket->protocol &&
           ip_equal(&kept->ip, &socket->ip) &&
           kept->ports[socket->port / 8] & 1u << socket->port % 8;
}

static void find_user(struct port_choice *choice,
                      const struct host_socket *socket, struct port_user *ret)
{
    struct kept_ports **kept = &choice->kept[is_v6(socket)];

    if (!choice->by_podman) {
        port_user_find(socket, ret, NULL);
        return;
    }
    if (!*kept)
        *kept = mem_new(sizeof(**kept));
    (*kept)->protocol = socket->protocol;
    (*kept)->ip = socket->ip;
    port_user_find(socket, ret, (*kept)->ports);
}

static void forget_kept(struct port_choice *choice)
{
    free(TAKE_PTR(choice->kept[0]));
    free(TAKE_PTR(choice->kept[1]));
}

/* podman binds the ports of a container before it has the network set up, so
 * that nobody else takes them, and hands them to conmon. So nobody else has a
 * port that podman or conmon has. */
static bool is_kept_by_podman(const struct port_choice *choice,
                              const struct port_user *user)
{
    return choice->by_podman && user->pid &&
           (strcmp(user->name, "podman") == 0 ||
            strcmp(user->name, "conmon") == 0);
}

/* To find the process takes milliseconds: so that is done in a turn of its own
 * (-EINPROGRESS until then), and not at all while many others have to wait for
 * theirs. */
/* One search tells of all ports of podman's process, as it may have a thousand
 * of this container. */
static int refuse_used(struct port_choice *choice,
                       const struct host_socket *socket, struct err *err)
{
    struct port_user user = {0};
    char name[PUBLISHED_NAME_SIZE];
    bool crowded = port_turns_crowded(choice->gateway->turns);

    if (is_known_as_kept(choice, socket))
        return 0;
    published_name(socket->protocol, &socket->ip, socket->port, name);
    if (!choice->may_ask && (choice->by_podman || !crowded)) {
        choice->wants_to_ask = true;
        return -EINPROGRESS;
    }
    if (choice->may_ask)
        find_user(choice, socket, &user);
    choice->looks_left = 0;
    if (is_kept_by_podman(choice, &user))
        return 0;
    forget_kept(choice); /* somebody else's */
    if (user.pid)
        return err_set(err, EADDRINUSE,
                       "host port %s is taken by process %d (%s)", name,
                       (int)user.pid, user.name);
    return err_set(err, EADDRINUSE,
                   "host port %s is taken by a socket whose process cannot be "
                   "told: see 'ss -anp sport = :%u'",
                   name, socket->port);
}

/* Is nobody interested in who has it, as others are tried yet? */
static bool may_try_another(const struct port_choice *choice)
{
    return !choice->is_last && !choice->by_podman;
}

static int try_family(struct port_choice *choice, int family, uint16_t port,
                      struct err *err)
{
    const struct port_request *request = request_of(choice);
    struct host_socket socket = {
        .protocol = request->protocol, .ip = request->host, .port = port};
    char name[PUBLISHED_NAME_SIZE];

    socket.ip.family = family;
    int r = port_user_try(&socket);
    if (r == -EADDRINUSE && may_try_another(choice))
        return r;
    if (r == -EADDRINUSE)
        return refuse_used(choice, &socket, err);
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

static void spend(struct port_choice *choice, unsigned looks)
{
    choice->looks_left -=
        choice->looks_left < looks ? choice->looks_left : looks;
}

/* 0 = it is free. If another one may be tried, -EADDRINUSE without a text. */
static int try_port(struct port_choice *choice, uint16_t port, struct err *err)
{
    static const int families[] = {AF_INET, AF_INET6};
    const struct nat_endpoint *by = holder(choice, port);
    int r = 0;

    spend(choice, 1);
    if (by && may_try_another(choice))
        return -EADDRINUSE;
    if (by)
        return refuse_ours(choice, port, by, err);
    for (size_t i = 0; r == 0 && i < ARRAY_LEN(families); i++) {
        if (!takes(choice, families[i]))
            continue;
        spend(choice, SOCKET_LOOKS);
        r = try_family(choice, families[i], port, err);
    }
    return r;
}

/* 1 = *ret is chosen; 0 = it goes on with choice->tried in the next turn. */
static int choose_of_range(struct port_choice *choice, uint16_t first,
                           uint16_t last, uint16_t *ret, struct err *err)
{
    uint32_t count = (uint32_t)last - first + 1;
    struct err tried = {0};

    for (; choice->tried < count; choice->tried++) {
        uint32_t at = choice->begin - first + choice->tried;
        uint16_t port = (uint16_t)(first + at % count);
        if (choice->looks_left == 0)
            return 0;
        tried = (struct err){0};
        choice->is_last = choice->tried + 1 == count;
        int r = try_port(choice, port, &tried);
        if (r == -EINPROGRESS)
            return 0;
        choice->may_ask = false;
        if (r == 0)
            *ret = port;
        if (r != -EADDRINUSE) {
            *err = tried;
            return r < 0 ? r : 1;
        }
    }
    *err = tried;
    if (first == last)
        return -EADDRINUSE;
    return err_wrap(err,
                    "none of the host's ports %u-%u is free for port "
                    "%u/%s of the container: the last one tried",
                    first, last, request_of(choice)->port,
                    published_protocol(request_of(choice)->protocol));
}

static void read_ephemeral(struct port_choice *choice)
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

/* After the port that was given last: so one that was just released does not go
 * to another container at once. */
static uint16_t ephemeral_begin(const struct port_choice *choice)
{
    uint16_t last = choice->gateway->last_ephemeral;

    return last >= choice->ephemeral_first && last < choice->ephemeral_last
               ? (uint16_t)(last + 1)
               : choice->ephemeral_first;
}

/* As choose_of_range(). */
static int choose(struct port_choice *choice, uint16_t *ret, struct err *err)
{
    const struct port_request *request = request_of(choice);
    struct gateway *gateway = choice->gateway;

    if (request->first != 0) {
        choice->begin = request->first;
        return choose_of_range(choice, request->first, request->last, ret, err);
    }
    if (choice->ephemeral_first == 0)
        read_ephemeral(choice);
    if (choice->tried == 0)
        choice->begin = ephemeral_begin(choice);
    int r = choose_of_range(choice, choice->ephemeral_first,
                            choice->ephemeral_last, ret, err);
    if (r > 0)
        gateway->last_ephemeral = *ret;
    return r;
}

/* 1 = it is chosen, 0 = not yet. */
static int choose_one(struct port_choice *choice, struct err *err)
{
    const struct port_request *request = request_of(choice);
    struct nat_endpoint *chosen = &choice->chosen;
    const struct nat_target *target = &chosen->target;
    struct published item = {.protocol = request->protocol,
                             .host = request->host,
                             .port = request->port,
                             .host_port = request->first ? request->first
                                                         : request->port,
                             .count = 1};

    if (takes(choice, AF_INET) || takes(choice, AF_INET6)) {
        int r = choose(choice, &item.host_port, err);
        if (r <= 0)
            return r;
    } else if (!is_at_own_address(target, request)) {
        return err_set(err, EAFNOSUPPORT,
                       "port %u/%s cannot be published on an %s address of the "
                       "host: the container has none of that family",
                       request->port, published_protocol(request->protocol),
                       request->host.family == AF_INET6 ? "IPv6" : "IPv4");
    }
    port_index_add(&choice->index, 0, item.protocol, &item.host,
                   item.host_port);
    published_add(&chosen->ports, &item);
    return 1;
}

void port_choice_begin(struct port_choice *choice, struct gateway *gateway)
{
    *choice = (struct port_choice){.gateway = gateway};
    list_append(&gateway->choices, &choice->link);
}

void port_choice_end(struct port_choice *choice)
{
    list_remove(&choice->link);
    port_turns_forget(choice);
    free(choice->requests);
    forget_kept(choice);
    free(choice->chosen.text);
    published_done(&choice->chosen.ports);
    port_index_done(&choice->index);
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

int port_choice_go_on(struct port_choice *choice, unsigned looks,
                      struct err *err)
{
    const struct policy *policy = &choice->gateway->host->settings->policy;
    int r = 1;

    choice->looks_left = looks;
    choice->may_ask = choice->wants_to_ask;
    choice->wants_to_ask = false;
    while (r > 0 && choice->at < choice->request_count) {
        const struct port_request *request = request_of(choice);
        r = policy_check_publish(policy, request->first, request->last, err);
        if (r >= 0)
            r = choice->looks_left ? choose_one(choice, err) : 0;
        if (r <= 0)
            return r;
        choice->at++;
        choice->tried = 0;
    }
    return r;
}

/* Here, as whoever asks is told; once a row says so its ports are left out. */
static int check_count(const struct port_choice *choice, size_t count,
                       struct err *err)
{
    const struct gateway *gateway = choice->gateway;
    size_t others = nat_port_count(gateway->nat, choice->chosen.port);

    LIST_EACH (link, &gateway->choices) {
        const struct port_choice *other =
            container_of(link, struct port_choice, link);
        if (other != choice && !nat_publishes(gateway->nat, other->chosen.port))
            others += other->request_count;
    }
    if (count <= LIMIT_PUBLISHED_PORTS &&
        others <= LIMIT_PUBLISHED_PORTS - count)
        return 0;
    return err_set(err, ENOSPC,
                   "%zu ports of the host are asked for, and other containers "
                   "publish %zu: all together may publish %u",
                   count, others, LIMIT_PUBLISHED_PORTS);
}

int port_choice_make(struct port_choice *choice, struct port_request *requests,
                     size_t count, port_choice_done *done, struct err *err)
{
    free(choice->requests);
    forget_kept(choice);
    published_done(&choice->chosen.ports);
    port_index_done(&choice->index);
    choice->requests = requests;
    choice->request_count = count;
    choice->at = choice->tried = 0;
    choice->may_ask = choice->wants_to_ask = false;
    choice->done = done;
    int r = check_count(choice, count, err);
    if (r >= 0)
        r = port_choice_go_on(choice, FIRST_LOOKS, err);
    if (r == 0)
        port_turns_add(choice->gateway->turns, choice);
    return r;
}
