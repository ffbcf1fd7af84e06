/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The libnetwork remote driver: what all its verbs share. One connection to
 * the database, and the rows that it shows; there is no other memory, so a
 * plugin that starts anew knows all that the last one knew.
 */
#pragma once

#include <uv.h>

#include "ovsint/base/limits.h"
#include "ovsint/config/settings.h"
#include "ovsint/net/net.h"
#include "ovsint/program/program.h"
#include "ovsint/rows/vswitch_view.h"
#include "plugin/daemon/bridges.h"
#include "plugin/daemon/ovsdb_uv.h"
#include "plugin/docker/removals.h"
#include "plugin/docker/router.h"
#include "plugin/gateway/host_port.h"
#include "plugin/gateway/nat.h"
#include "plugin/guard/guardian.h"

/* Calls wait so long for a database that went away, before they fail at once
 * until it is back: a restart of ovsdb-server fails no call. */
#define OUTAGE_GRACE_MS 2000

struct uplink;

/* Devices of the host that are on a bridge: uplink_watch.c. */
struct uplinks {
    struct uplink *rows;
    size_t count;
};
void uplinks_done(struct uplinks *uplinks);

struct driver {
    const struct settings *settings;
    struct router *router;
    struct ovsdb *ovsdb;
    struct err down; /* why there is no database; code 0 = unknown */
    uv_timer_t grace;
    struct net *host; /* the switch's namespace, which is ours */
    char boot[BOOT_ID_SIZE];
    struct vswitch_view ports; /* rows that carry DOCKER_OWNER */
    struct bridges bridges;
    struct removals removals;
    struct guardian *guardian;
    struct publishing *publishings; /* calls that choose ports */
    uint16_t last_ephemeral;        /* port of the host that was chosen */
    unsigned call_timeout_ms;
    bool serves; /* Docker; before it does, what is unfinished is swept */
    bool swept;
    struct nat *nat; /* NULL = the packet filter is none of our business */
    struct host_ports *host_ports;
    struct uplinks uplinks;
};

/* Begins to connect to the database at `remote`. Calls can come at once. The
 * arguments are kept by the caller. */
int driver_open(uv_loop_t *loop, const struct settings *settings,
                const char *remote, struct driver **ret,
                struct err *err) MUST_CHECK;

/* When no call is left. The memory goes when the loop has closed it. */
void driver_close(struct driver *driver);

/* Adds the removal of an endpoint's port to a transaction, if the rows show
 * one. */
void endpoint_remove(struct driver *driver, const char *endpoint,
                     struct txn *txn);
/* The same for a port that the rows show. */
void port_remove(struct driver *driver, const struct vswitch_port *port,
                 struct txn *txn);
/* The rows of a port have gone, whoever removed them, and so does its veth
 * pair: nothing else of the plugin deletes a pair that has had a row. One that
 * reaches into a container is left while that container may live: it goes with
 * the namespace, or stray_taps.c finds it when Docker has taken it back. */
void port_gone(const struct driver *driver, const struct vswitch_port *port,
               bool is_collected);

/* Docker has taken the port's device out of its container, or is about to: the
 * row says so, or is to say so as soon as the database can be reached. */
bool port_has_left(const struct driver *driver,
                   const struct vswitch_port *port);
/* Adds that mark to the row with this uuid, unless it has it. */
void port_mark_left(const struct driver *driver, const char *iface_uuid,
                    struct txn *txn);

/* Adds the removal of a network with all its ports. */
void network_remove(struct driver *driver, const char *network,
                    struct txn *txn);
/* network_begun.c: the key that marks a network whose creation has begun. */
void network_begun_key(const char *network, char ret[NETWORK_KEY_SIZE]);
/* Its creation has come to its end. */
void network_finished(struct driver *driver, const char *network);
/* Removes those that an earlier plugin has left unfinished. */
void networks_sweep(struct driver *driver);

/* networks.c */
void gateway_check_start(struct call *call);
void create_network_start(struct call *call);
void delete_network_start(struct call *call);

/* endpoints.c */
void create_endpoint_start(struct call *call);
void create_endpoint_offline(struct call *call, const struct err *why);
void delete_endpoint_start(struct call *call);

/* join.c */
void join_start(struct call *call);
void leave_start(struct call *call);

/* Docker forgets what it asked to be removed, whatever the answer: so it is
 * noted to be done later, and the answer is success. */
void delete_endpoint_offline(struct call *call, const struct err *why);
void delete_network_offline(struct call *call, const struct err *why);
void leave_offline(struct call *call, const struct err *why);
