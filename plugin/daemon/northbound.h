/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The daemon's connection to OVN's northbound database, and the logical ports
 * of this host that it shows, and that gateways go. It is made when it is
 * needed first:
 *
 *   1. A transaction is to be sent, or the host is a chassis of OVN and
 * somebody listens. Until then nothing is connected.
 *   2. What is sent while there is no connection waits for the next try, which
 *      it brings forward; whoever waits no longer calls northbound_forget().
 *   3. The connection is made again whenever it goes. What was in flight ends
 *      with -ECONNRESET, and may have been done.
 *
 * A host that is no chassis never connects by itself.
 */
#pragma once

#include "ovsint/base/list.h"
#include "ovsint/rows/port_name.h"
#include "plugin/daemon/host.h"

struct northbound;
struct northbound_call;

typedef void northbound_done(struct northbound_call *call,
                             const struct ovsdb_outcome *outcome);

/* One transaction, embedded in whatever waits for it. Zeroed = none. */
struct northbound_call {
    struct northbound *northbound; /* NULL = not in flight */
    struct list link;              /* while it waits for a connection */
    struct txn *txn;
    struct ovsdb_call ovsdb;
    northbound_done *done;
};

/* A logical port of this host. */
struct logical_port {
    char uuid[OVSDB_UUID_SIZE];
    char port[IFNAME_SIZE];     /* the port that it stands for */
    char on[NETWORK_NAME_SIZE]; /* name of its switch */
    struct ip ips[LIMIT_ADDRESSES];
    size_t ip_count;
    bool is_reserved;          /* an address only: no port belongs to it yet */
    uint64_t missing_since_ms; /* for the listener; 0 = not missing */
};

/* Embedded in whoever wants to hear of them. */
struct northbound_listener {
    void (*changed)(void *data); /* the logical ports, or the connection */
    void *data;
    struct list link;
};

struct northbound *northbound_open(uv_loop_t *loop, struct host *host);
/* Call it when no call is in flight and nobody listens. NULL is fine. */
void northbound_close(struct northbound *northbound);

/* `done` is called once, never within this function, unless northbound_forget()
 * comes first. The caller keeps `txn` until then. -EMSGSIZE: it cannot be sent
 * at all, and `done` is not called. */
int northbound_send(struct northbound *northbound, struct txn *txn,
                    struct northbound_call *call, northbound_done *done,
                    struct err *err) MUST_CHECK;
/* Nobody waits for it any more. It may still be carried out, if it was sent. A
 * call that is not in flight is fine. */
void northbound_forget(struct northbound_call *call);

void northbound_listen(struct northbound *northbound,
                       struct northbound_listener *listener);
void northbound_leave(struct northbound_listener *listener);

/* The host, as OVN knows it; NULL = it is no chassis. */
const char *northbound_chassis(const struct northbound *northbound);
/* Its bridges of physical networks, as chassis_physical() reads them; or
 * NULL. */
const char *northbound_mappings(const struct northbound *northbound);
/* -ENODEV if it is none. */
int northbound_need_chassis(const struct northbound *northbound,
                            const char **ret, struct err *err) MUST_CHECK;
/* What the tunnels of this host carry. -ENODEV if it is no chassis, or lacks
 * the address of its tunnels. */
int northbound_tunnel_mtu(const struct northbound *northbound,
                          struct err *err) MUST_CHECK;
/* Are its logical ports all that there are? */
bool northbound_is_up(const struct northbound *northbound);
size_t northbound_count(const struct northbound *northbound);
struct logical_port *northbound_port(struct northbound *northbound, size_t i);
/* How many gateways of logical switches (ovn/logical_gateway.h) were removed,
 * of whatever switch and by whomever. */
unsigned northbound_gateways_gone(const struct northbound *northbound);
/* An address was reserved under that name: it counts as shown, as a relay may
 * show it after its answer. */
void northbound_expect(struct northbound *northbound, const char *port,
                       const char *on, const struct ip *ip);
/* Sends a transaction that nobody waits for: these logical ports are to go. */
void northbound_remove(struct northbound *northbound,
                       const char (*ports)[IFNAME_SIZE], size_t count);
