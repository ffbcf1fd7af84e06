/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The controller's end of an OpenFlow 1.4 connection as an engine: bytes go in,
 * events and bytes come out. Pure: a driver owns the descriptor and the clock.
 *
 *   1. openflow_new(). Our hello is the first output (6.3.1). Requests may
 *      follow it at once: Open vSwitch reads them when it has read the hello.
 *   2. openflow_change() sends a bundle (6.9): the switch does all of it at one
 *      moment, in order. It ends in one event, when the barrier behind the
 *      bundle is answered (6.2.1, 7.3.8): OPENFLOW_DONE says that the flows are
 *      in force.
 *   3. openflow_watch() asks for a report of each flow that somebody else
 *      changes or removes (7.3.5.17).
 *   4. Echo requests (6.4) are answered by the engine. What a switch tells
 *      everybody, as about its ports, is ignored.
 *
 * Pitfall: after OPENFLOW_LOST the change may be in force, and nobody knows:
 * the connection went before the switch had answered.
 *
 * What Open vSwitch does is in ofproto/ofproto.c: handle_bundle_control(),
 * ofp_bundle_commit__(); ofproto/connmgr.c: ofmonitor_report().
 */
#pragma once

#include <stdbool.h>

#include "ovsint/base/err.h"
#include "ovsint/openflow/flow.h"

struct openflow;

enum openflow_event_type {
    OPENFLOW_DONE,    /* the change or the request to watch is in force */
    OPENFLOW_FAILED,  /* the switch has refused it: `err` */
    OPENFLOW_LOST,    /* nobody will answer it */
    OPENFLOW_FOUND,   /* a watched flow was there when the watch began */
    OPENFLOW_CHANGED, /* somebody has changed or removed a watched flow */
    OPENFLOW_PORT,    /* the bridge has this port, of openflow_ports() */
    OPENFLOW_OVERRUN, /* and perhaps others, which the switch could not tell */
};

struct openflow_event {
    enum openflow_event_type type;
    uint32_t id; /* that of the request */
    uint64_t
        cookie; /* OPENFLOW_FOUND, OPENFLOW_CHANGED; OPENFLOW_PORT: number */
    struct err err; /* OPENFLOW_FAILED */
};

struct openflow *openflow_new(void);
void openflow_free(struct openflow *openflow);
DEFINE_AUTO(openflow, struct openflow *, openflow_free)
#define auto_openflow AUTO(openflow)

#define FLOW_METERS 2

/* Deletes the flows of table 0 whose cookie has these bits under the mask, and
 * then the meters with these ids (0 = none), which no flow that is added may
 * have. */
struct flow_delete {
    uint64_t cookie;
    uint64_t mask;
    uint32_t meters[FLOW_METERS];
};

/* A frame for the bridge to forward by its flows (7.3.7): as one that has come
 * in by the port with that number; or, if that is 0, as one that came from the
 * controller: then it has no port, so with the action `normal` its VLAN is that
 * of its header, and nothing is learnt from it (lookup_input_bundle() and
 * xlate_normal() in ofproto/ofproto-dpif-xlate.c). */
struct flow_packet {
    const void *bytes;
    size_t size;
    uint32_t in_port;
};

/* First the deletions, then the flows that are added, with their meters, then
 * the frames. The caller keeps them. */
struct flow_change {
    const struct flow_delete *deletes;
    size_t delete_count;
    const struct flow *adds;
    size_t add_count;
    const struct flow_packet *packets;
    size_t packet_count;
};

/* Asks for a change. Returns its id, never 0. If the connection is lost, or the
 * output has no room (LIMIT_OPENFLOW_OUTPUT), it ends in OPENFLOW_LOST. */
uint32_t openflow_change(struct openflow *openflow,
                         const struct flow_change *change);

/* Watches the flows of table 0 whose match has all that `match` has, or more.
 * Those that are there are told first (OPENFLOW_FOUND).
 * What we change ourselves is not reported. Returns the id of the request. */
uint32_t openflow_watch(struct openflow *openflow, const struct flow *match);

/* Asks which ports the bridge has, also those whose device is in another
 * namespace. Each is told (OPENFLOW_PORT) before the request ends. Returns its
 * id. */
uint32_t openflow_ports(struct openflow *openflow);

/* Takes bytes from the switch, split anywhere. Returns -EPROTO if it broke the
 * protocol, -EPROTONOSUPPORT if it does not speak OpenFlow 1.4, -ENOBUFS if it
 * tells too much (LIMIT_OPENFLOW_EVENTS) or does not take our answers. The
 * connection then counts as lost, and further input is refused (-EPIPE). */
int openflow_feed(struct openflow *openflow, const void *bytes, size_t size,
                  struct err *err) MUST_CHECK;

/* Takes the oldest event. False if there is none. */
bool openflow_next(struct openflow *openflow,
                   struct openflow_event *ret) MUST_CHECK;

/* Bytes that wait to be sent: how many, and where they are until the next call
 * of this module. openflow_sent() says how many of them were sent. */
size_t openflow_output(const struct openflow *openflow, const char **ret_bytes);
void openflow_sent(struct openflow *openflow, size_t size);

/* The connection is gone. Each open request becomes OPENFLOW_LOST, after the
 * events that are already there. */
void openflow_lost(struct openflow *openflow);
