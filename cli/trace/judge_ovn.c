/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * `ovsint trace` on a logical switch of OVN: who has the next hop's address,
 * and what OVN's flows of this host do with the packet. Pure.
 */
#include <string.h>
#include <sys/socket.h>

#include "cli/screen/quoted.h"
#include "cli/trace/judge.h"
#include "ovsint/rows/port_name.h"

/* Beyond the longest port, two MACs and two addresses of IPv6. */
#define MICROFLOW_SIZE 512

/* The packet in the language of ovn-trace(8). What is not known of it is left
 * out. */
static void add_microflow(const struct trace_seen *seen, struct buf *ret)
{
    const struct trace_end *from = &seen->from;
    const char *ip = seen->asked_ip.family == AF_INET ? "ip4" : "ip6";
    char port[LOGICAL_PORT_SIZE], mac[MAC_TEXT_SIZE], address[IP_TEXT_SIZE];

    names_logical_port(from->port->port, port);
    buf_addf(ret, "inport == \"%s\"", port);
    if (from->has_mac) {
        mac_format(&from->mac, mac);
        buf_addf(ret, " && eth.src == %s", mac);
    }
    if (seen->hop.has_mac) {
        mac_format(&seen->hop.mac, mac);
        buf_addf(ret, " && eth.dst == %s", mac);
    }
    if (from->ip.family == seen->asked_ip.family) {
        ip_format(&from->ip, address);
        buf_addf(ret, " && %s.src == %s", ip, address);
    }
    ip_format(&seen->asked_ip, address);
    buf_addf(ret, " && %s.dst == %s && ip.ttl == 64", ip, address);
    if (seen->protocol != TRACE_ICMP)
        buf_addf(ret, " && %s.dst == %u",
                 seen->protocol == TRACE_TCP ? "tcp" : "udp", seen->to_port);
    else if (seen->asked_ip.family == AF_INET)
        buf_add_text(ret, " && icmp4.type == 8");
    else
        buf_add_text(ret, " && icmp6.type == 128");
}

/* What OVN's routers do is computed by ovn-northd, and their flows are on every
 * host that takes part: neither the northbound database nor this host's switch
 * tells it in sentences. */
static bool judge_router(const struct trace_seen *seen,
                         struct trace_verdict *verdict)
{
    auto_buf struct buf microflow = BUF_INIT(MICROFLOW_SIZE);
    auto_buf struct buf quoted = BUF_INIT(MICROFLOW_SIZE);
    const char *on = seen->from.port->logical_switch;
    char ip[IP_TEXT_SIZE];

    ip_format(&seen->hop.ip, ip);
    add_microflow(seen, &microflow);
    quoted_add(on, &quoted);
    trace_says(
        verdict, "router",
        "port %s of a router of OVN's has the address %s: the packet leaves "
        "logical switch %s by it, if no ACL there drops it, and what routes, "
        "NAT, load balancers and ACLs do with it from there on 'ovsint trace' "
        "cannot tell",
        seen->logical.router, ip, on);
    trace_says(verdict, "ovn-trace",
               "where the southbound database can be reached, this tells it: "
               "ovn-trace %s '%s'",
               buf_text(&quoted), buf_text(&microflow));
    verdict->fate = TRACE_LEAVES;
    return false;
}

/* Whoever has the address is on another host, or nobody of ours. */
static bool judge_holder(const struct trace_seen *seen,
                         struct trace_verdict *verdict)
{
    const struct trace_logical *logical = &seen->logical;
    const char *on = seen->from.port->logical_switch;
    char ip[IP_TEXT_SIZE];

    ip_format(&seen->hop.ip, ip);
    if (logical->why.code) {
        trace_says(
            verdict, "northbound",
            "who has the address %s on logical switch %s is not known: OVN's "
            "northbound database: %s",
            ip, on, logical->why.text);
        return trace_unknown(verdict);
    }
    if (!logical->found && logical->router[0])
        return judge_router(seen, verdict);
    if (!logical->found && logical->is_physical) {
        trace_says(
            verdict, "outside",
            "no port of ovsint's on logical switch %s has the address %s, and "
            "the switch has a port of type localnet: whoever has it is on "
            "that physical network",
            on, ip);
        verdict->fate = TRACE_LEAVES;
        return false;
    }
    if (!logical->found) {
        auto_buf struct buf quoted = BUF_INIT(MICROFLOW_SIZE);
        quoted_add(on, &quoted);
        trace_says(
            verdict, "nobody",
            "no port of ovsint's on logical switch %s has the address %s; this "
            "tells whether one of somebody else's has it: ovn-nbctl show %s",
            on, ip, buf_text(&quoted));
        return trace_unknown(verdict);
    }
    if (!logical->bound)
        return trace_ends(
            verdict,
            trace_says(verdict, "bound",
                       "%s has the address %s, and host %s has not bound its "
                       "logical port: 'ovsint doctor' there says why",
                       logical->holder, ip, logical->host));
    return true;
}

static bool judge_logical_end(const struct trace_seen *seen,
                              struct trace_verdict *verdict)
{
    const struct trace_end *hop = &seen->hop;
    const char *on = seen->from.port->logical_switch;
    const char *other =
        hop->port ? hop->port->logical_switch : seen->hop_switch;
    char from_room[TRACE_TITLE_SIZE], room[TRACE_TITLE_SIZE];

    if (!hop->on)
        return judge_holder(seen, verdict);
    if (other && strcmp(on, other) == 0)
        return true;
    return trace_ends(
        verdict,
        trace_says(verdict, "switch",
                   "%s is on logical switch %s of OVN, and %s is not: only a "
                   "router joins them",
                   trace_title(&seen->from, from_room), on,
                   trace_title(hop, room)));
}

/* Where the userspace datapath does not know the other host's MAC yet, a packet
 * to it is lost, and asks for that: so did this question. */
static bool judge_cold_tunnel(const struct trace_seen *seen,
                              struct trace_verdict *verdict)
{
    trace_says(
        verdict, "tunnel",
        "OVN's flows on bridge %s send it to host %s, where %s has the "
        "address, by a tunnel to %s, whose MAC address the switch asks for "
        "just now: the first packet is lost, and all of them if nobody "
        "answers ('ovs-appctl tnl/arp/show')",
        seen->from.bridge->name, seen->logical.host, seen->logical.holder,
        seen->packet.unknown_end);
    verdict->fate = TRACE_LEAVES;
    return false;
}

static bool judge_flow(const struct trace_seen *seen,
                       struct trace_verdict *verdict)
{
    const struct trace_path *path = &seen->packet;
    const char *bridge = seen->from.bridge->name;

    if (path->asked && (path->output_count || path->tunnels))
        return true;
    if (path->unknown_end[0] && !seen->hop.on)
        return judge_cold_tunnel(seen, verdict);
    return trace_ends(
        verdict,
        path->unrouted_end
            ? trace_says(verdict, "flow",
                         "OVN's flows on bridge %s send it into a tunnel, "
                         "and the switch has no route to its end: "
                         "'ovs-appctl ovs/route/show' lists those that it "
                         "has",
                         bridge)
            : trace_says(verdict, "flow",
                         "OVN's flows on bridge %s drop the packet: an ACL "
                         "or the port's own addresses; ovn-trace(8) tells "
                         "which",
                         bridge));
}

/* The question for the MAC goes nowhere: OVN answers it. */
bool trace_judge_logical(const struct trace_seen *seen,
                         struct trace_verdict *verdict)
{
    const struct trace_path *path = &seen->packet;
    const struct trace_end *hop = &seen->hop;
    const char *bridge = seen->from.bridge->name;

    if (!judge_logical_end(seen, verdict))
        return false;
    if (!judge_flow(seen, verdict))
        return false;
    if (hop->on) {
        if (!trace_judge_path(path, &seen->from, hop, "the packet", verdict))
            return false;
        trace_says(verdict, "switch",
                   "OVN's flows on bridge %s send it to port %s", bridge,
                   hop->on->name);
        trace_judge_mtu(&seen->from, hop, verdict);
        return true;
    }
    trace_says(verdict, "tunnel",
               "OVN's flows on bridge %s send it to host %s, where %s has the "
               "address: what becomes of it there 'ovsint trace' tells there",
               bridge, seen->logical.host, seen->logical.holder);
    verdict->fate = TRACE_LEAVES;
    return false;
}
