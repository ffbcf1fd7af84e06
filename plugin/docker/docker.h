/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The door for Docker: a libnetwork remote driver. It writes rows for what
 * Docker asks for, and answers when the rows show that it is done. This header
 * has what the verbs share; each file of this directory carries out one or two
 * of them.
 */
#pragma once

#include <uv.h>

#include "ovsint/rows/vswitch_view.h"
#include "plugin/daemon/attach_uv.h"
#include "plugin/daemon/host.h"
#include "plugin/docker/logical.h"
#include "plugin/docker/removals.h"
#include "plugin/docker/router.h"
#include "plugin/gateway/gateway.h"

struct uplink;

/* Devices of the host that are uplinks: uplink_watch.c. */
struct uplinks {
    struct uplink *rows;
    size_t count;
};
void uplinks_done(struct uplinks *uplinks);

/* What operators ask over Docker's socket. */
struct docker_questions {
    /* what the daemon knows of its ports, as a JSON object */
    void (*ports)(const void *data, struct buf *ret);
    /* all metrics, in the text format of metrics.h */
    void (*metrics)(const void *data, struct buf *ret);
    const void *data;
};

struct docker {
    struct host *host;
    struct host_subscriber subscriber;
    struct gateway *gateway;
    struct attach_uv *attaches;
    struct northbound *northbound;
    struct router *router;
    struct removals removals;
    struct logical_sweep logical;
    struct uplinks uplinks;
    bool swept; /* what an earlier plugin has left unfinished was removed */
    const struct docker_questions *questions;
};

/* Calls may come at once, before the database is there. The caller keeps
 * `questions`, which answer /Ovsint.Ports and /Ovsint.Metrics. */
struct docker *docker_open(uv_loop_t *loop, struct host *host,
                           struct gateway *gateway, struct attach_uv *attaches,
                           struct northbound *northbound,
                           const struct docker_questions *questions);
/* Call it when no call is left. The router is freed when the loop has closed
 * it. NULL is fine. */
void docker_close(struct docker *docker);

/* Metrics of its calls. */
void docker_metrics(const struct docker *docker, struct buf *ret);

/* The gateway has become ready, or has failed: calls may wait for that. */
void docker_on_gateway(struct docker *docker);

/* Adds the removal of an endpoint's port to a transaction, if the rows show
 * one. */
void endpoint_remove(struct docker *docker, const char *endpoint,
                     struct txn *txn);
/* The same for a port that the rows show. */
void port_remove(struct docker *docker, const struct vswitch_port *port,
                 struct txn *txn);
/* Adds ID_LEFT to the Interface row with this uuid, unless the row has it. */
void port_mark_left(struct docker *docker, const char *iface_uuid,
                    struct txn *txn);

/* Docker has moved the endpoint out of its container, or has removed it. */
void endpoint_left(struct docker *docker, const char *endpoint);

/* Adds the removal of a network with all its ports, and of its bridge, if that
 * is ours and this is its last network. */
void network_remove(struct docker *docker, const char *network, struct txn *txn,
                    struct bridge_guard *ret_guard);
/* Call it when that has failed. A bridge on which others have ports stays from
 * now on: whoever tries again removes the network alone. */
void network_remove_failed(struct docker *docker,
                           const struct bridge_guard *guard,
                           const struct ovsdb_outcome *outcome);
/* The key that marks a network whose creation is not finished. */
void network_begun_key(const char *network, char ret[NETWORK_KEY_SIZE]);
/* Removes networks that an earlier plugin has not finished. */
void networks_sweep(struct docker *docker);

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

/* ipam.c */
void ipam_capabilities_start(struct call *call);
void ipam_spaces_start(struct call *call);
void request_pool_start(struct call *call);
void request_address_start(struct call *call);
void release_address_start(struct call *call);
/* Can the addresses of a new network be reserved, if they are to be? */
int ipam_check(const struct docker *docker, const char *network,
               const struct network_row *row, struct err *err) MUST_CHECK;
/* The name under which an address of a logical switch is reserved; NULL = it is
 * not. Valid until the next event of the northbound database. */
const char *ipam_reserved(const struct docker *docker, const char *on,
                          const struct ip *ip);

/* Docker forgets what it asks to be removed, whatever the answer is. So these
 * note a pending removal and answer with success. */
void delete_endpoint_offline(struct call *call, const struct err *why);
void delete_network_offline(struct call *call, const struct err *why);
void leave_offline(struct call *call, const struct err *why);
