/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * From what was seen to sentences, in the order of the packet's way. The first
 * that ends it is the last. Pure.
 */
#include <linux/rtnetlink.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cli/trace/judge.h"
#include "ovsint/flows/port_flows.h"

#define SENTENCE_SIZE 1024

void trace_verdict_done(struct trace_verdict *verdict)
{
    for (size_t i = 0; i < verdict->count; i++)
        free(verdict->steps[i].text);
    free(verdict->steps);
    *verdict = (struct trace_verdict){0};
}

const char *trace_fate_name(enum trace_fate fate)
{
    static const char *const names[] = {"arrives", "leaves", "ends", "unknown"};

    return names[fate];
}

static struct trace_step *add_step(struct trace_verdict *verdict,
                                   const char *id, const char *text)
{
    verdict->steps = mem_grow(verdict->steps, verdict->count, &verdict->room,
                              sizeof(*verdict->steps));
    struct trace_step *step = &verdict->steps[verdict->count++];
    *step = (struct trace_step){.id = id, .text = mem_text(text, strlen(text))};
    return step;
}

struct trace_step *trace_says(struct trace_verdict *verdict, const char *id,
                              const char *fmt, ...)
{
    char text[SENTENCE_SIZE];
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    return add_step(verdict, id, text);
}

bool trace_ends(struct trace_verdict *verdict, struct trace_step *step)
{
    step->ends = true;
    verdict->fate = TRACE_ENDS;
    return false;
}

bool trace_unknown(struct trace_verdict *verdict)
{
    verdict->fate = TRACE_UNKNOWN;
    return false;
}

const char *trace_title(const struct trace_end *end,
                        char room[TRACE_TITLE_SIZE])
{
    return end->port ? plugged_title(end->port, room) : "the host";
}

static const char *vlan_words(const struct trace_end *end, char room[64])
{
    const char *vlan = end->on ? end->on->vlan : NULL;

    if (!vlan)
        return "";
    if (strcmp(vlan, "all") == 0)
        snprintf(room, 64, ", all VLANs");
    else
        snprintf(room, 64, ", %s%.40s",
                 vlan[0] >= '0' && vlan[0] <= '9' ? "VLAN " : "", vlan);
    return room;
}

/* Where FROM is, and whether it can send. */
static bool judge_from(const struct trace_seen *seen,
                       struct trace_verdict *verdict)
{
    const struct trace_end *from = &seen->from;
    char room[TRACE_TITLE_SIZE], vlan[64];
    const char *name = trace_title(from, room);

    if (!from->on)
        return trace_ends(
            verdict, trace_says(verdict, "from",
                                "%s is on no bridge: its port %s has no row "
                                "there any more",
                                name, from->port->port));
    trace_says(verdict, "from", "%s sends by port %s of bridge %s%s", name,
               from->port->port, from->bridge->name, vlan_words(from, vlan));
    if (!from->seen)
        return trace_ends(
            verdict,
            trace_says(verdict, "device",
                       "the device of %s is not where it belongs: %s "
                       "('ovsint doctor' says what mends it)",
                       name,
                       from->port->state ? from->port->state : "not seen"));
    if (!from->up)
        return trace_ends(verdict,
                          trace_says(verdict, "device",
                                     "%s in %s is down: 'ip link set %s up' in "
                                     "its namespace",
                                     from->port->port, name, from->port->port));
    return true;
}

/* Whoever looks at 'ip route' alone would not find it. */
static void add_table(unsigned table, const char *whose,
                      struct trace_verdict *verdict)
{
    if (table && table != RT_TABLE_MAIN && table != RT_TABLE_LOCAL)
        trace_says(verdict, "rule",
                   "a rule of %s chooses that route from table %u ('ip rule')",
                   whose, table);
}

static bool judge_route(const struct trace_seen *seen,
                        struct trace_verdict *verdict)
{
    char room[TRACE_TITLE_SIZE], to[IP_TEXT_SIZE], via[IP_TEXT_SIZE];
    const char *name = trace_title(&seen->from, room);

    ip_format(&seen->to.ip, to);
    if (seen->is_self) {
        trace_says(verdict, "route", "%s has the address %s itself", name, to);
        return false;
    }
    if (seen->route_why.code)
        return trace_ends(verdict, trace_says(verdict, "route", "%s: %s", name,
                                              seen->route_why.text));
    if (!seen->route_is_ours) {
        trace_says(
            verdict, "route",
            "%s sends to %s by its device %s, which is no port of ovsint's: "
            "its way cannot be seen from here",
            name, to, seen->route_device);
        return trace_unknown(verdict);
    }
    ip_format(&seen->hop.ip, via);
    if (seen->has_router)
        trace_says(verdict, "route", "its route to %s is by the router %s", to,
                   via);
    add_table(seen->route_table, name, verdict);
    return true;
}

static bool judge_switch(const struct trace_seen *seen,
                         struct trace_verdict *verdict)
{
    const struct err *why = seen->switch_why.code ? &seen->switch_why
                            : seen->packet.asked  ? &seen->packet.why
                                                  : &seen->question.why;

    if (!why->code)
        return true;
    trace_says(verdict, "switch",
               "what the switch would do is not known: ovs-vswitchd: %s",
               why->text);
    return trace_unknown(verdict);
}

/* Why a frame that met a flow of a source guard is dropped. */
static bool judge_guard(const struct trace_path *path,
                        const struct trace_end *sender, const char *what,
                        struct trace_verdict *verdict)
{
    char room[TRACE_TITLE_SIZE];

    if (!path->is_drop || !port_flows_ofport(path->cookie))
        return true;
    return trace_ends(
        verdict,
        trace_says(
            verdict, "guard",
            "the source guard of %s drops %s: it may send with the addresses "
            "of its vNIC only, and no router's or DHCP server's packets; the "
            "flow is %s",
            trace_title(sender, room), what, path->flow));
}

/* Why a frame that goes nowhere goes nowhere. */
static bool judge_drop(const struct trace_path *path,
                       const struct trace_end *sender, const char *what,
                       struct trace_verdict *verdict)
{
    const char *bridge = sender->bridge->name;

    if (path->output_count > 0)
        return true;
    if (!judge_guard(path, sender, what, verdict))
        return false;
    if (path->is_drop)
        return trace_ends(
            verdict, trace_says(verdict, "flow",
                                "a flow of bridge %s drops %s, which is not "
                                "ovsint's: %s",
                                bridge, what, path->flow));
    if (path->no_match)
        return trace_ends(
            verdict,
            trace_says(verdict, "flow", "no flow of bridge %s takes %s%s",
                       bridge, what,
                       sender->bridge->is_secure
                           ? ": its fail_mode is secure, so its controller "
                             "has to give it flows"
                           : ""));
    return trace_ends(verdict,
                      trace_says(verdict, "switch",
                                 "bridge %s sends %s nowhere%s%s", bridge, what,
                                 path->note[0] ? ": " : "", path->note));
}

static bool is_one_vlan(const struct trace_end *end)
{
    return end->on && end->on->tag >= 0;
}

/* Why a frame that goes elsewhere does not go there. */
static bool judge_other_way(const struct trace_path *path,
                            const struct trace_end *from,
                            const struct trace_end *to, const char *what,
                            struct trace_verdict *verdict)
{
    char from_room[TRACE_TITLE_SIZE], to_room[TRACE_TITLE_SIZE];
    const char *from_name = trace_title(from, from_room);
    const char *to_name = trace_title(to, to_room);

    if (strcmp(from->bridge->name, to->bridge->name) != 0)
        return trace_ends(
            verdict,
            trace_says(verdict, "bridge",
                       "%s is on bridge %s, %s on bridge %s: no patch and no "
                       "uplink carries %s from one to the other",
                       from_name, from->bridge->name, to_name, to->bridge->name,
                       what));
    if (is_one_vlan(from) && is_one_vlan(to) && from->on->tag != to->on->tag)
        return trace_ends(
            verdict,
            trace_says(verdict, "vlan",
                       "%s is in VLAN %d, %s in VLAN %d: the switch keeps them "
                       "apart, only a router joins them",
                       from_name, (int)from->on->tag, to_name,
                       (int)to->on->tag));
    if (strcmp(from->on->vlan, to->on->vlan) != 0)
        return trace_ends(
            verdict,
            trace_says(verdict, "vlan",
                       "%s carries %s, %s carries %s: %s is in no "
                       "VLAN that both have",
                       from_name, from->on->vlan, to_name, to->on->vlan, what));
    return trace_ends(
        verdict, trace_says(verdict, "switch",
                            "the switch sends %s elsewhere, first to %s: %s",
                            what, path->outputs[0].name, path->flow));
}

/* Does the frame get from one end to the other? */
bool trace_judge_path(const struct trace_path *path,
                      const struct trace_end *from, const struct trace_end *to,
                      const char *what, struct trace_verdict *verdict)
{
    if (!judge_drop(path, from, what, verdict))
        return false;
    if (trace_finds(path, to->on->name))
        return true;
    /* A port is there, and takes nothing while the switch has it not. */
    if (to->on->ofport <= 0)
        return trace_ends(
            verdict,
            trace_says(verdict, "switch", "the switch has no port %s%s",
                       to->on->name,
                       to->on->ofport < 0 ? ": it refused it" : " yet"));
    return judge_other_way(path, from, to, what, verdict);
}

void trace_judge_mtu(const struct trace_end *from, const struct trace_end *to,
                     struct trace_verdict *verdict)
{
    char from_room[TRACE_TITLE_SIZE], to_room[TRACE_TITLE_SIZE];

    if (!from->mtu || !to->mtu || from->mtu == to->mtu)
        return;
    bool too_large = from->mtu > to->mtu;
    const struct trace_end *large = too_large ? from : to;
    const struct trace_end *small = too_large ? to : from;
    trace_says(
        verdict, "mtu",
        "MTU %u of %s is larger than %u of %s: %s packets above that are "
        "lost without a word, as the switch does not fragment",
        large->mtu, trace_title(large, from_room), small->mtu,
        trace_title(small, to_room), too_large ? "its" : "answering")
        ->warns = true;
}

/* The end of a way inside the host. */
static bool judge_arrival(const struct trace_end *to,
                          struct trace_verdict *verdict)
{
    char room[TRACE_TITLE_SIZE], ip[IP_TEXT_SIZE];
    const char *name = trace_title(to, room);

    if (!to->seen)
        return trace_ends(
            verdict,
            trace_says(verdict, "to",
                       "the device of %s is not where it belongs: %s ('ovsint "
                       "doctor' says what mends it)",
                       name,
                       to->port && to->port->state ? to->port->state
                                                   : "not seen"));
    if (!to->up)
        return trace_ends(verdict,
                          trace_says(verdict, "to",
                                     "%s in %s is down: 'ip link set %s up' in "
                                     "its namespace",
                                     to->on->name, name, to->on->name));
    ip_format(&to->ip, ip);
    trace_says(verdict, "to", "it arrives at %s, %s", name, ip);
    return true;
}

/* What is sent where nobody of ours has the address. */
static bool judge_outside(const struct trace_seen *seen,
                          struct trace_verdict *verdict)
{
    const struct trace_path *path = &seen->question;
    char ip[IP_TEXT_SIZE];
    bool leaves = false;

    ip_format(&seen->hop.ip, ip);
    if (!judge_drop(path, &seen->from, "the question for the MAC", verdict))
        return false;
    for (size_t i = 0; i < path->output_count; i++) {
        const struct trace_output *output = &path->outputs[i];
        const struct switch_port *port =
            switch_port_find(seen->from.bridge, output->name);
        if (port && (port->is_ours || port->is_local))
            continue;
        char tag[32] = "without a VLAN tag";
        if (output->vlan >= 0)
            snprintf(tag, sizeof(tag), "with VLAN tag %d", output->vlan);
        struct trace_step *step = trace_says(
            verdict, "uplink", "it leaves the switch by %s, %s%s", output->name,
            tag, port && port->link_down ? ", whose link is down" : "");
        step->warns = port && port->link_down;
        leaves |= !step->warns;
    }
    if (!leaves)
        return trace_ends(
            verdict, trace_says(verdict, "nobody",
                                "nobody on bridge %s that it can reach has the "
                                "address %s, and no uplink leads out",
                                seen->from.bridge->name, ip));
    trace_says(
        verdict, "outside",
        "no container here has %s: whether somebody out there answers is not "
        "seen from this host ('ovsint attach --verify' asks)",
        ip);
    verdict->fate = TRACE_LEAVES;
    return false;
}

/* From FROM to the next hop. */
static bool judge_first_leg(const struct trace_seen *seen,
                            struct trace_verdict *verdict)
{
    const struct trace_end *hop = &seen->hop;
    char room[TRACE_TITLE_SIZE];

    if (seen->from.port->logical_switch)
        return trace_judge_logical(seen, verdict);
    if (!hop->on)
        return judge_outside(seen, verdict);
    if (!trace_judge_path(&seen->question, &seen->from, hop,
                          "the question for the MAC", verdict) ||
        !trace_judge_path(&seen->packet, &seen->from, hop, "the packet",
                          verdict))
        return false;
    if (seen->packet.floods)
        trace_says(
            verdict, "switch",
            "the switch has not learned yet where %s is, and sends the packet "
            "to all ports of its VLAN, which includes that one",
            trace_title(hop, room));
    else
        trace_says(verdict, "switch", "bridge %s sends it to port %s",
                   seen->from.bridge->name, hop->on->name);
    trace_judge_mtu(&seen->from, hop, verdict);
    if (seen->answer.asked && !seen->answer.why.code &&
        !trace_judge_path(&seen->answer, hop, &seen->from,
                          "the answer to the question for the MAC", verdict))
        return false;
    return true;
}

static const char *protocol_name(enum trace_protocol protocol)
{
    static const char *const names[] = {"icmp", "tcp", "udp"};

    return names[protocol];
}

/* The host sends it on, to the world. */
static bool judge_world(const struct trace_seen *seen,
                        struct trace_verdict *verdict)
{
    trace_says(verdict, "host", "the host sends it on by %s%s",
               seen->host_device,
               seen->masquerades ? ", with its own address as the source" : "");
    verdict->fate = TRACE_LEAVES;
    return false;
}

/* The host as a router between two of our networks. */
static bool judge_host(const struct trace_seen *seen,
                       struct trace_verdict *verdict)
{
    char room[TRACE_TITLE_SIZE];

    if (!judge_arrival(&seen->hop, verdict))
        return false;
    if (seen->published)
        trace_says(
            verdict, "nat",
            "%s publishes port %u/%s: the host gives the packet its address",
            plugged_title(seen->published, room), seen->to_port,
            protocol_name(seen->protocol));
    else if (seen->to_is_host)
        trace_says(
            verdict, "host",
            "the host has that address itself, and no container publishes "
            "that port: what the host's packet filter and programs do with "
            "it is theirs");
    if (seen->to_is_host && !seen->published)
        return false;
    if (!seen->forwards)
        return trace_ends(
            verdict, trace_says(verdict, "forwarding",
                                "the host does not forward what comes from "
                                "%s ('ovsint doctor' says what mends it)",
                                seen->hop.on->name));
    if (seen->host_route_why.code)
        return trace_ends(verdict, trace_says(verdict, "host", "the host: %s",
                                              seen->host_route_why.text));
    add_table(seen->host_table, "the host", verdict);
    if (seen->closed_by[0])
        trace_says(
            verdict, "filter",
            "'%s' is a packet filter of another program that drops what it "
            "does not know, and our rules in it are missing: it may end here "
            "('ovsint doctor' says what mends it)",
            seen->closed_by)
            ->warns = true;
    if (!seen->to.port)
        return judge_world(seen, verdict);
    if (!seen->published && !seen->inward_opens)
        return trace_ends(
            verdict,
            trace_says(verdict, "nat",
                       "the network of %s takes no connections from outside "
                       "but to published ports: our packet filter drops it",
                       trace_title(&seen->to, room)));
    return true;
}

static bool judge_second_leg(const struct trace_seen *seen,
                             struct trace_verdict *verdict)
{
    if (!seen->second.asked)
        return trace_ends(
            verdict, trace_says(verdict, "host",
                                "the host has no way to that network: its host "
                                "access port is not there"));
    if (seen->second.why.code) {
        trace_says(verdict, "switch",
                   "what the switch would do is not known: ovs-vswitchd: %s",
                   seen->second.why.text);
        return trace_unknown(verdict);
    }
    if (!trace_judge_path(&seen->second, &seen->exit, &seen->to, "the packet",
                          verdict))
        return false;
    trace_judge_mtu(&seen->exit, &seen->to, verdict);
    return true;
}

void trace_judge(const struct trace_seen *seen, struct trace_verdict *ret)
{
    ret->fate = TRACE_ARRIVES;
    if (!judge_from(seen, ret) || !judge_route(seen, ret) ||
        !judge_switch(seen, ret) || !judge_first_leg(seen, ret))
        return;
    if (seen->by_host) {
        if (!judge_host(seen, ret) || !judge_second_leg(seen, ret))
            return;
    } else if (seen->has_router) {
        char room[TRACE_TITLE_SIZE];
        if (!judge_arrival(&seen->hop, ret))
            return;
        trace_says(ret, "router",
                   "%s is its router: what that does with it is its own matter",
                   trace_title(&seen->hop, room));
        ret->fate = TRACE_LEAVES;
        return;
    }
    (void)judge_arrival(&seen->to, ret);
}
