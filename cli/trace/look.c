/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * In this order: FROM's device and routes in its namespace, TO's device in its
 * own, whom the route names as the next hop, the host's part if that is the
 * host, and then the switch is asked.
 */
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "cli/trace/frames.h"
#include "cli/trace/trace.h"
#include "ovsint/device/sandbox.h"
#include "ovsint/net/addr.h"
#include "ovsint/net/link.h"
#include "ovsint/net/route.h"
#include "ovsint/net/sysctl.h"
#include "ovsint/ovsdb/control.h"
#include "ovsint/rows/port_name.h"

/* For each frame: the switch answers between two of its own rounds. */
#define SWITCH_PATIENCE_MS 2000

void trace_seen_done(struct trace_seen *seen)
{
    struct trace_path *const paths[] = {&seen->question, &seen->packet,
                                        &seen->answer, &seen->second};

    for (size_t i = 0; i < ARRAY_LEN(paths); i++)
        trace_path_done(paths[i]);
}

static bool is_of_host(const struct plugged *plugged)
{
    return plugged->row && vswitch_port_id(plugged->row, ID_HOST_NETWORK);
}

static const char *device_of(const struct plugged *plugged)
{
    return plugged->veth && plugged->ifname ? plugged->ifname : plugged->port;
}

static void take_link(const struct link_info *link, struct trace_end *ret)
{
    ret->seen = true;
    ret->up = link->up;
    ret->mtu = link->mtu;
    ret->mac = link->mac;
    ret->has_mac = true;
}

static void find_end(const struct switch_seen *switches,
                     const struct plugged *plugged, struct trace_end *ret)
{
    ret->port = plugged;
    ret->bridge = switch_bridge_find(switches, plugged->bridge);
    if (ret->bridge)
        ret->on = switch_port_find(ret->bridge, plugged->port);
}

/* The device of a port, in its container. A TAP that has died is there, too,
 * and leads nowhere. */
static void look_inside(struct net *inside, struct trace_end *ret)
{
    struct link_info link;
    struct err ignored = {0};

    if (link_find(inside, device_of(ret->port), &link, &ignored) <= 0)
        return;
    take_link(&link, ret);
    ret->seen = !ret->port->state || strcmp(ret->port->state, "lost") != 0;
}

static void look_at_end(struct trace_end *ret)
{
    auto_sandbox struct sandbox sandbox = SANDBOX_CLOSED;
    struct err ignored = {0};

    if (ret->port->row && sandbox_open(ret->port->row, NET_PLAIN, &sandbox,
                                       &ignored) == SANDBOX_HERE)
        look_inside(sandbox.inside, ret);
}

/* Addresses. */

struct address_search {
    struct ip wanted;
    int ifindex;
};

static void try_address(void *data, const struct addr_info *info)
{
    struct address_search *search = data;

    if (ip_equal(&info->address.ip, &search->wanted))
        search->ifindex = info->ifindex;
}

/* Whose device has the address; 0 = nobody's. */
static int owner_of(struct net *net, const struct ip *ip)
{
    struct address_search search = {.wanted = *ip};
    struct err ignored = {0};

    (void)!addr_each(net, 0, try_address, &search, &ignored);
    return search.ifindex;
}

bool trace_address_at(const char **at, struct ip_prefix *ret)
{
    while (*at && **at) {
        size_t size = strcspn(*at, " ");
        auto_free char *one = mem_text(*at, size);
        *at += size + ((*at)[size] == ' ');
        if (parse_prefix(one, ret) >= 0)
            return true;
    }
    return false;
}

static bool has_address(const struct plugged *plugged, const struct ip *ip)
{
    const char *at = plugged->addresses;
    struct ip_prefix prefix;

    while (trace_address_at(&at, &prefix)) {
        if (ip_equal(&prefix.ip, ip))
            return true;
    }
    return false;
}

/* Which of our ports has the address: another bridge may have it as well, so
 * one on the same bridge and in the same VLAN goes first. */
static const struct plugged *find_address(const struct plugged_list *list,
                                          const struct trace_end *from,
                                          const struct ip *ip)
{
    const struct plugged *best = NULL;
    int best_score = -1;

    for (size_t i = 0; i < list->count; i++) {
        const struct plugged *plugged = &list->list[i];
        if (!has_address(plugged, ip))
            continue;
        bool same = from->bridge && plugged->bridge &&
                    strcmp(plugged->bridge, from->bridge->name) == 0;
        int score = 2 * same + (same && from->on && plugged->vlan &&
                                strcmp(plugged->vlan, from->on->vlan) == 0);
        if (score > best_score) {
            best = plugged;
            best_score = score;
        }
    }
    return best;
}

/* TO. */

/* Of TO's addresses the first to which FROM has a route of its own; else one
 * that its default route leads to. */
static void choose_address(struct net *inside, const struct plugged *to,
                           struct ip *ret)
{
    const char *at = to->addresses;
    struct ip_prefix prefix;
    int best = -1;

    while (trace_address_at(&at, &prefix)) {
        const struct route_question question = {.to = prefix.ip,
                                                .matched = true};
        struct route_answer route;
        struct err ignored = {0};
        int r = route_look(inside, &question, &route, &ignored);
        int score = r < 0 ? 0 : 1 + (route.len > 0);
        if (score > best) {
            best = score;
            *ret = prefix.ip;
        }
    }
}

/* The kernel names no source while an address is still looked for in the LAN
 * (duplicate address detection): then one of the port's. */
static void guess_source(const struct plugged *plugged, const struct ip *hop,
                         struct ip *ret)
{
    const char *at = plugged->addresses;
    struct ip_prefix prefix;

    while (!ret->family && trace_address_at(&at, &prefix)) {
        if (ip_in_prefix(hop, &prefix))
            *ret = prefix.ip;
    }
    at = plugged->addresses;
    while (!ret->family && trace_address_at(&at, &prefix)) {
        if (prefix.ip.family == hop->family)
            *ret = prefix.ip;
    }
}

/* A program that connects has its source chosen by a first look, and its way by
 * a second one with that source: a rule may go by it (from). What ping sends
 * goes by the first. */
static int look_for_route(struct net *inside, const struct trace_seen *seen,
                          struct route_answer *ret, struct err *err)
{
    struct route_question question = {.to = seen->to.ip};

    int r = route_look(inside, &question, ret, err);
    if (r < 0 || seen->protocol == TRACE_ICMP || !ret->from.family)
        return r;
    question.from = ret->from;
    r = route_look(inside, &question, ret, err);
    ret->from = question.from;
    return r;
}

static void look_from(const struct trace_question *question,
                      struct trace_seen *ret)
{
    auto_sandbox struct sandbox sandbox = SANDBOX_CLOSED;
    struct link_info link;
    struct route_answer route;
    struct err ignored = {0};

    if (!ret->from.port->row ||
        sandbox_open(ret->from.port->row, NET_PLAIN, &sandbox, &ignored) !=
            SANDBOX_HERE)
        return;
    look_inside(sandbox.inside, &ret->from);
    ret->to.ip = question->to_ip;
    if (question->to)
        choose_address(sandbox.inside, question->to, &ret->to.ip);
    ret->asked_ip = ret->to.ip;
    ret->is_self = owner_of(sandbox.inside, &ret->to.ip) > 0;
    if (look_for_route(sandbox.inside, ret, &route, &ret->route_why) < 0)
        return;
    ret->has_router = route.via.family != 0;
    ret->hop.ip = ret->has_router ? route.via : ret->to.ip;
    if (link_by_index(sandbox.inside, route.ifindex, &link, &ignored) > 0)
        snprintf(ret->route_device, sizeof(ret->route_device), "%s", link.name);
    ret->route_is_ours =
        strcmp(ret->route_device, device_of(ret->from.port)) == 0;
    ret->route_table = route.table;
    ret->from.ip = route.from;
    guess_source(ret->from.port, &ret->hop.ip, &ret->from.ip);
}

/* The host. */

/* Its device on FROM's bridge that has the address. */
static bool look_for_host(struct net *host, struct trace_seen *ret)
{
    struct link_info link;
    struct err ignored = {0};
    int ifindex = owner_of(host, &ret->hop.ip);

    if (ifindex <= 0 || !ret->from.bridge ||
        link_by_index(host, ifindex, &link, &ignored) <= 0)
        return false;
    ret->hop.on = switch_port_find(ret->from.bridge, link.name);
    if (!ret->hop.on)
        return false;
    ret->hop.bridge = ret->from.bridge;
    take_link(&link, &ret->hop);
    ret->hop_ifindex = ifindex;
    return true;
}

static bool publishes(const struct plugged *plugged,
                      const struct trace_seen *seen, uint16_t *ret_port)
{
    static const uint8_t protocols[] = {0, IPPROTO_TCP, IPPROTO_UDP};
    auto_published struct published_list list = {0};
    struct err ignored = {0};

    if (!plugged->published ||
        published_read(plugged->published, &list, &ignored) < 0)
        return false;
    for (size_t i = 0; i < list.count; i++) {
        const struct published *item = &list.items[i];
        bool here =
            item->host.family == 0 || ip_equal(&item->host, &seen->to.ip) ||
            (ip_is_any(&item->host) && item->host.family == seen->to.ip.family);
        if (!here || item->protocol != protocols[seen->protocol] ||
            seen->to_port < item->host_port ||
            seen->to_port - item->host_port >= (int64_t)item->count)
            continue;
        *ret_port = (uint16_t)(item->port + (seen->to_port - item->host_port));
        return true;
    }
    return false;
}

static void look_for_publisher(const struct plugged_list *list,
                               const struct switch_seen *switches,
                               struct trace_seen *ret, uint16_t *ret_port)
{
    int family = ret->to.ip.family;

    for (size_t i = 0; i < list->count && !ret->published; i++) {
        if (publishes(&list->list[i], ret, ret_port))
            ret->published = &list->list[i];
    }
    if (!ret->published)
        return;
    find_end(switches, ret->published, &ret->to);
    const char *at = ret->published->addresses;
    struct ip_prefix prefix;
    while (trace_address_at(&at, &prefix)) {
        if (prefix.ip.family != family)
            continue;
        ret->to.ip = prefix.ip;
        return;
    }
}

static const struct switch_network *
network_of(const struct switch_bridge *bridge, const char *device)
{
    for (size_t i = 0; bridge && i < bridge->network_count; i++) {
        if (strcmp(bridge->networks[i].device, device) == 0)
            return &bridge->networks[i];
    }
    return NULL;
}

/* How the host sends it on: to a container by its port on that network, or to
 * the world. */
static void look_at_forwarding(struct net *host, struct trace_seen *ret)
{
    bool is_ipv4 = ret->to.ip.family == AF_INET;
    struct route_answer route;
    struct link_info link;
    struct err ignored = {0};
    int forwards;

    ret->forwards = true;
    if (sysctl_get(is_ipv4 ? SYSCTL_IPV4 : SYSCTL_IPV6, ret->hop.on->name,
                   "forwarding", &forwards, &ignored) >= 0)
        ret->forwards = forwards;
    if (!ret->forwards)
        return;
    const struct route_question question = {
        .to = ret->to.ip, .from = ret->from.ip, .in = ret->hop_ifindex};
    if (route_look(host, &question, &route, &ret->host_route_why) < 0 ||
        link_by_index(host, route.ifindex, &link, &ignored) <= 0)
        return;
    ret->host_table = route.table;
    snprintf(ret->host_device, sizeof(ret->host_device), "%s", link.name);
    const struct switch_network *from =
        network_of(ret->hop.bridge, ret->hop.on->name);
    ret->masquerades =
        from && (is_ipv4 ? from->masquerades4 : from->masquerades6);
    if (!ret->to.bridge)
        return;
    ret->exit.on = switch_port_find(ret->to.bridge, link.name);
    ret->exit.bridge = ret->to.bridge;
    take_link(&link, &ret->exit);
    const struct switch_network *to = network_of(ret->to.bridge, link.name);
    ret->inward_opens = !to || (ret->protocol == TRACE_ICMP &&
                                (is_ipv4 ? to->routed4 : to->routed6));
}

static const char *switch_of(const struct plugged_list *list, const char *port)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->list[i].port, port) == 0)
            return list->list[i].logical_switch;
    }
    return NULL;
}

static void look_at_host(const struct trace_question *question,
                         const struct plugged_list *list,
                         const struct switch_seen *switches,
                         struct trace_seen *ret, uint16_t *ret_port)
{
    auto_net struct net *host = NULL;
    struct err ignored = {0};

    if (net_open(&host, -1, NET_PLAIN, &ignored) < 0)
        return;
    if (ret->hop.port && is_of_host(ret->hop.port))
        ret->hop.port = NULL;
    if (!ret->hop.port)
        ret->by_host = look_for_host(host, ret);
    if (!ret->by_host)
        return;
    ret->hop_switch = switch_of(list, ret->hop.on->name);
    ret->to_is_host = !question->to && owner_of(host, &ret->to.ip) > 0;
    if (ret->to_is_host)
        look_for_publisher(list, switches, ret, ret_port);
    look_at_forwarding(host, ret);
}

/* The switch. */

static void ask(int control, const struct trace_end *from, const char *frame,
                struct trace_path *ret)
{
    const char *const words[] = {"--names", from->bridge->name, frame};

    ret->asked = true;
    ret->dump = BUF_INIT(TRACE_DUMP_SIZE);
    if (control_call(control, "ofproto/trace", words, ARRAY_LEN(words),
                     deadline_in(SWITCH_PATIENCE_MS), &ret->dump,
                     &ret->why) >= 0)
        trace_read(ret);
}

static void ask_switch(int control, uint16_t port, struct trace_seen *ret)
{
    char frame[TRACE_FRAME_SIZE];
    struct trace_packet packet = {.protocol = ret->protocol,
                                  .to_port = ret->to_port};

    trace_question_frame(&ret->from, &ret->hop.ip, frame);
    ask(control, &ret->from, frame, &ret->question);
    if (ret->question.why.code || !ret->hop.has_mac ||
        (!ret->hop.on && !ret->logical.found))
        return;
    packet.from_ip = ret->from.ip;
    packet.to_ip = ret->asked_ip;
    trace_packet_frame(&ret->from, &ret->hop.mac, &packet, frame);
    ask(control, &ret->from, frame, &ret->packet);
    if (!ret->packet.why.code && ret->hop.on && ret->hop.on->ofport > 0) {
        trace_answer_frame(&ret->hop, &ret->from, frame);
        ask(control, &ret->hop, frame, &ret->answer);
    }
    if (!ret->by_host || !ret->exit.on || !ret->to.on || !ret->to.has_mac)
        return;
    packet.to_port = port;
    packet.to_ip = ret->to.ip;
    trace_packet_frame(&ret->exit, &ret->to.mac, &packet, frame);
    ask(control, &ret->exit, frame, &ret->second);
}

void trace_look(const struct trace_question *question,
                const struct plugged_list *list,
                const struct switch_seen *switches, int control,
                struct client *northbound, struct trace_seen *ret)
{
    uint16_t port = question->to_port;

    ret->protocol = question->protocol;
    ret->to_port = question->to_port;
    find_end(switches, question->from, &ret->from);
    if (question->to)
        find_end(switches, question->to, &ret->to);
    look_from(question, ret);
    if (!ret->from.on || !ret->route_is_ours)
        return;
    if (!question->to) {
        const struct plugged *to = find_address(list, &ret->from, &ret->to.ip);
        if (to && !is_of_host(to))
            find_end(switches, to, &ret->to);
    }
    struct ip hop_ip = ret->hop.ip;
    const struct plugged *hop = ret->has_router
                                    ? find_address(list, &ret->from, &hop_ip)
                                    : ret->to.port;
    if (hop) {
        find_end(switches, hop, &ret->hop);
        if (!is_of_host(hop))
            look_at_end(&ret->hop);
    }
    look_at_host(question, list, switches, ret, &port);
    if (ret->to.port)
        look_at_end(&ret->to);
    if (ret->from.port->logical_switch && !ret->hop.on)
        trace_look_at_logical(northbound, ret);
    if (control >= 0 && !ret->switch_why.code)
        ask_switch(control, port, ret);
}
