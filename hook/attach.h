/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plugging a container: what one run knows, shared by the phases in attach.c,
 * existing.c, plug.c and setup.c.
 */
#pragma once

#include "hook/container.h"
#include "hook/lookout.h"
#include "hook/undo.h"
#include "ovsint/config/settings.h"
#include "ovsint/net/newcomers.h"
#include "ovsint/ovsdb/client.h"
#include "ovsint/rows/vswitch_plug.h"
#include "ovsint/spec/attachment.h"

/* What both directions need to know. */
struct hook_run {
    const struct settings *settings;
    const char *ovsdb; /* address of the database server */
    struct deadline deadline;
};

struct eviction {
    char port_uuid[OVSDB_UUID_SIZE];
    char name[BRIDGE_NAME_SIZE];
};

struct vnic {
    struct attachment asked;
    struct attachment want; /* with the addresses that were allocated */
    const struct named_network *network; /* NULL = none */
    char port[IFNAME_SIZE];
    struct mac mac;
    bool present; /* found plugged: nothing to create, only to set up */
};

struct attach {
    const struct hook_run *run;
    struct container container;
    struct lookout lookout;
    struct net *host;
    struct net *inside;
    struct newcomers *newcomers; /* of the container's namespace, or NULL */
    struct client *ovsdb;
    struct vswitch_view view; /* kept up by attach_sync() */
    struct vnic vnics[LIMIT_ATTACHMENTS];
    size_t count;
    struct eviction *evictions; /* rows of dead containers that are to go */
    size_t eviction_count;
    struct deadline patience; /* with other containers' runs; 0 = not begun */
    struct ip *taken;         /* found held by others, in any order */
    size_t taken_count;
    struct undo_ports undo_ports;
    struct undo_links undo_links;
};

/* Plugs the container of `state` as `attachments` say; count 0 is success.
 * Done once more with the same container it changes nothing. On failure
 * nothing is left of it. */
int hook_attach(const struct hook_run *run, const struct oci_state *state,
                const struct attachment *attachments, size_t count,
                struct err *err) MUST_CHECK;

/* Takes in what the database said since; waits for it until `deadline`. 1 when
 * something came, 0 at the deadline. */
int attach_sync(struct attach *a, struct deadline deadline,
                struct err *err) MUST_CHECK;

/* Takes in everything that the database has said so far. attach_catch_up() asks
 * it first: everything that was written before the call. */
int attach_take_in(struct attach *a, struct err *err) MUST_CHECK;
int attach_catch_up(struct attach *a, struct err *err) MUST_CHECK;

/* Whose the ports are. */
struct vswitch_identity attach_identity(const struct attach *a);

/* Prefixes what failed for one vNIC. Returns -err->code. */
int attach_wrap(const struct vnic *vnic, struct err *err);

/* existing.c: which vNICs are there already, which rows are in the way; a name
 * that somebody else has inside is refused, unless it is another member of the
 * pod that has plugged it meanwhile (vnic->present). */
int attach_find_existing(struct attach *a, struct err *err) MUST_CHECK;
int attach_refuse_taken_name(struct attach *a, const struct vnic *vnic,
                             struct err *err) MUST_CHECK;
int attach_refuse_taken_names(struct attach *a, struct err *err) MUST_CHECK;
/* What the bridge would not carry is refused before anything is made. */
int attach_refuse_uncarried(struct attach *a, struct err *err) MUST_CHECK;
int attach_evict(struct attach *a, const char *port_uuid, const char *name,
                 struct err *err) MUST_CHECK;
/* A port that this hook made; no other is touched, whatever it says. */
bool hook_owns(const struct vswitch_port *port);

/* plug.c: veth pairs, the transaction, the wait for the switch. */
int attach_name_pairs(struct attach *a, struct err *err) MUST_CHECK;
int attach_delete_pair(struct attach *a, const char *name,
                       struct err *err) MUST_CHECK;
int attach_create_veths(struct attach *a, struct err *err) MUST_CHECK;
int attach_plug(struct attach *a, struct err *err) MUST_CHECK;
int attach_wait(struct attach *a, struct err *err) MUST_CHECK;

/* address.c. attach_allocate() chooses the addresses that the vNIC is to get
 * from its network. attach_settle_address() is for one of them, by its index,
 * that somebody holds: a port from an earlier boot is dead and makes room, and
 * so does one whose container has ended, if the address was asked for or there
 * is no other; an address that was only chosen is chosen again; one that was
 * asked for is refused with -EADDRINUSE. 0 = try again. */
int attach_allocate(struct attach *a, struct vnic *vnic,
                    struct err *err) MUST_CHECK;
int attach_settle_address(struct attach *a, struct vnic *vnic, size_t address,
                          struct err *err) MUST_CHECK;

/* collect.c. attach_holder_has_ended(): 1 when the container of the port of the
 * hook's that has this row (columns name and external_ids) is gone for certain.
 * attach_collect_segment() removes all such ports of a segment; 0 = there are
 * none. */
int attach_holder_has_ended(struct attach *a, const struct json *port,
                            struct err *err) MUST_CHECK;
int attach_collect_segment(struct attach *a, const char *segment,
                           struct err *err) MUST_CHECK;

/* setup.c: into the namespace, and everything that is set there. */
int attach_move(struct attach *a, struct vnic *vnic,
                struct err *err) MUST_CHECK;
int attach_dress(struct attach *a, struct vnic *vnic,
                 struct err *err) MUST_CHECK;
