/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * `ovsint trace`: would a packet of a container arrive, and if not, where does
 * it end? Looking is apart from judging: trace_look() asks the container's
 * namespace for the route, and ovs-vswitchd for what it would do with frames
 * (ofproto/trace of ovs-vswitchd(8)); trace_judge() makes sentences of that.
 *
 * Three frames are traced: the question for the next hop's MAC, as nothing goes
 * before it is answered; the packet; and the answer to the question, which must
 * come back. Where the host routes, what it would send on is a second packet,
 * from its port to the container.
 */
#pragma once

#include "cli/ports/plugged.h"
#include "cli/ports/switch.h"
#include "ovsint/rows/published.h"

#define TRACE_DUMP_SIZE (1u << 20)
#define TRACE_NAME_SIZE 64

/* Where the datapath would send a frame. */
struct trace_output {
    char name[TRACE_NAME_SIZE];
    int vlan; /* the tag that it has there; -1 = none */
};

/* What ofproto/trace says of one frame. */
struct trace_path {
    bool asked;
    struct err why; /* code 0 = the switch has answered */
    struct buf dump;
    struct trace_output *outputs;
    size_t output_count;
    size_t output_room;
    bool tunnels; /* a tunnel is among them */
    /* The end of a tunnel whose MAC the switch does not know yet, or to which
     * it finds no route; "" = none. Userspace datapath. */
    char unknown_end[IP_TEXT_SIZE];
    bool unrouted_end;
    bool floods;     /* the switch has not learned where that MAC is */
    bool no_match;   /* no flow of the bridge fits */
    bool is_drop;    /* a flow says so */
    uint64_t cookie; /* of the last flow that it met */
    char flow[256];  /* that flow */
    char note[256];  /* why NORMAL drops it; "" = it does not */
};

void trace_path_done(struct trace_path *path);
/* Reads path->dump. Pure. */
void trace_read(struct trace_path *path);
const struct trace_output *trace_finds(const struct trace_path *path,
                                       const char *name);

/* One end of the way inside the host. */
struct trace_end {
    const struct plugged *port; /* NULL = nothing that we have plugged in */
    const struct switch_bridge *bridge;
    const struct switch_port *on; /* its row on that bridge */
    struct ip ip;
    struct mac mac;
    bool has_mac;
    bool seen; /* the device was seen where it belongs: */
    bool up;
    unsigned mtu;
};

/* Who has the next hop's address on a logical switch of OVN, if nobody of this
 * host has: of the northbound database. */
struct trace_logical {
    bool asked;
    struct err why; /* code 0 = it has answered */
    bool found;
    /* Else a router's port on that switch; "" = none has it: */
    char router[TRACE_NAME_SIZE];
    bool is_physical; /* else: whoever has it may be outside of OVN */
    bool bound;       /* its host has it */
    char host[TRACE_NAME_SIZE];
    char holder[TRACE_NAME_SIZE]; /* a container, or an endpoint */
};

enum trace_protocol { TRACE_ICMP, TRACE_TCP, TRACE_UDP };

struct trace_seen {
    enum trace_protocol protocol;
    uint16_t to_port;
    struct trace_end from;
    struct trace_end to;  /* where the packet shall arrive */
    struct trace_end hop; /* whom the route names: TO itself, or a router */
    struct ip asked_ip;   /* the address that FROM sends to */
    /* The route of FROM's namespace: */
    struct err route_why; /* code 0 = there is one */
    char route_device[IFNAME_SIZE];
    bool route_is_ours; /* that device is FROM's port */
    unsigned route_table;
    bool is_self; /* FROM has that address itself */
    bool has_router;
    struct trace_logical logical;
    struct err switch_why;      /* code 0 = ovs-vswitchd listens */
    struct trace_path question; /* who has the next hop's address? */
    struct trace_path packet;
    struct trace_path answer; /* of the next hop to FROM */
    /* If the next hop is the host: */
    bool by_host;
    int hop_ifindex;        /* its device by which the packet comes */
    const char *hop_switch; /* of OVN, that this is on; NULL = none */
    bool to_is_host;        /* an address of the host is meant */
    bool forwards;          /* also if that could not be read */
    bool masquerades;
    bool inward_opens; /* the network of TO takes packets from outside */
    const struct plugged *published; /* who has published that port */
    struct trace_end exit;           /* the host's port on TO's network */
    struct err host_route_why;
    unsigned host_table;
    /* A packet filter of others that drops by default; "" = none is known. */
    char closed_by[TRACE_NAME_SIZE];
    char host_device[IFNAME_SIZE]; /* by which the host sends on; "" = none */
    struct trace_path second;      /* from the host's port to TO */
};

void trace_seen_done(struct trace_seen *seen);
#define auto_trace_seen __attribute__((cleanup(trace_seen_done)))

enum trace_fate {
    TRACE_ARRIVES,
    TRACE_LEAVES,  /* this host: what is beyond cannot be seen from here */
    TRACE_ENDS,    /* it does not arrive */
    TRACE_UNKNOWN, /* the switch does not answer, or it is not our way */
};

struct trace_step {
    const char *id; /* stable; what programs go by */
    bool ends;      /* the packet ends here */
    bool warns;     /* some packets do */
    char *text;     /* a sentence */
};

struct trace_verdict {
    enum trace_fate fate;
    struct trace_step *steps;
    size_t count;
    size_t room;
};

void trace_verdict_done(struct trace_verdict *verdict);
#define auto_trace_verdict __attribute__((cleanup(trace_verdict_done)))

/* Pure. */
void trace_judge(const struct trace_seen *seen, struct trace_verdict *ret);
/* "arrives", "leaves", "ends", "unknown". */
const char *trace_fate_name(enum trace_fate fate);

/* What is asked for. */
struct trace_question {
    const struct plugged *from;
    const char *to_text;
    const struct plugged *to; /* NULL = an address */
    struct ip to_ip;          /* of an address */
    enum trace_protocol protocol;
    uint16_t to_port;
};

/* The next address of a list with blanks between; false at its end. */
bool trace_address_at(const char **at, struct ip_prefix *ret);

/* `northbound`: OVN's, NULL = it is away, and why is in ret->logical.why. */
struct client;
void trace_look_at_logical(struct client *northbound, struct trace_seen *ret);

/* `control` is the switch's control socket, negative if there is none. */
void trace_look(const struct trace_question *question,
                const struct plugged_list *list,
                const struct switch_seen *switches, int control,
                struct client *northbound, struct trace_seen *ret);
