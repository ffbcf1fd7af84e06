/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What we ask of the Open_vSwitch database, as parts of a transaction: claiming
 * a port for a vNIC, joining and leaving one that is there, releasing it. One
 * transaction says everything about a port: so at no moment does it carry wrong
 * VLANs or lack the keys that mark it as ours.
 *
 * No transaction increments next_cfg: ovs-vswitchd acts on new Interface rows
 * by itself, and each increment would cost it one more reconfiguration.
 */
#pragma once

#include <stddef.h>

#include "ovsint/ovsdb/reply.h"
#include "ovsint/ovsdb/txn.h"
#include "ovsint/rows/transient_network.h"
#include "ovsint/rows/vswitch_view.h"
#include "ovsint/spec/attachment.h"

/* Who has a port: a container, known by its id and namespace, or an endpoint of
 * Docker's. What is not known is NULL or 0. */
struct port_holder {
    enum { HOLDER_CONTAINER, HOLDER_ENDPOINT } kind;
    const char *id;    /* of the container or the endpoint */
    const char *netns; /* path of the namespace; NULL = in none yet */
    union {
        struct {
            const char *netns_id;
            const char *pidns;  /* pidns_id(): where its processes are seen */
            const char *bundle; /* tells it from others with its id: */
            pid_t pid;          /* of its first process */
            const char *cni_network;
            const char *pod_namespace;
            const char *pod_name;
            const char *pod_uid;
            /* Written along, if it is not there yet; and what the daemon is
             * asked to publish. */
            const struct transient_network *transient;
            const char *asked_ports;
        } container;
        struct {
            const char *network; /* id of Docker's network */
            const char *altname;
            bool needs_set_up; /* somebody has to set it up after its move */
        } endpoint;
    };
};

/* Whose ports: the same for all vNICs of one attach. */
struct vswitch_identity {
    const char *owner; /* "hook", "docker", "cni" */
    const char *boot;  /* the kernel's boot id */
    struct port_holder holder;
};

struct vswitch_plug {
    const struct attachment *attachment;
    const char *port; /* name of port and device, new */
    struct mac mac;   /* what the device will have */
    /* The ready port of that name, which is taken; NULL = one is made. It need
     * not live longer than vswitch_plug(). */
    const struct vswitch_port *ready;
    /* Set by vswitch_plug(): */
    size_t first_op;
    bool takes_ready;
};

/* Adds the operations that claim a port for one vNIC: guards for the bridge,
 * for the interface name in the namespace (or the endpoint) and for each
 * address, then the rows. `index` makes the names unique within the
 * transaction. With a ready port, only external_ids of its rows are written,
 * which is no work for the switch, with a guard that nobody else has taken
 * it. */
void vswitch_plug(struct txn *txn, const struct vswitch_identity *identity,
                  struct vswitch_plug *plug, size_t index);

/* Adds the columns of an open insert of a Port that say which VLANs it has, and
 * whom it does not reach. */
void vswitch_port_columns(struct txn *txn, const struct attachment *attachment);

/* Adds the operations that make a port again whose rows have gone, with the
 * name that it had: those of vswitch_plug(), then all pairs of ours that its
 * rows had, whatever they say. `spec` is what vswitch_port_spec() says of it.
 * -EINVAL if its MAC is not known. */
int vswitch_plug_again(struct txn *txn, const struct vswitch_port *port,
                       const struct attachment *spec,
                       struct err *err) MUST_CHECK;

/* Adds the operations that give a port other addresses than it was written
 * with, `had`: guards for each that is new and for the port, then both rows.
 * `spec` has all that the port is to be from now on. The first guard has the
 * index that is returned; they are in the order of `spec`, and the last one
 * says that the port has gone. */
size_t vswitch_change_addresses(struct txn *txn, const char *port,
                                const struct ip_prefix *had, size_t had_count,
                                const struct attachment *spec);

enum vswitch_fault {
    VSWITCH_FAULT_OTHER, /* none of ours: see the server's words */
    VSWITCH_NO_BRIDGE,
    /* somebody has claimed that name in the namespace, or that endpoint */
    VSWITCH_IFNAME_BUSY,
    VSWITCH_ADDRESS_TAKEN, /* ret_address says which */
    VSWITCH_READY_TAKEN,   /* somebody else has the ready port */
};

/* Which guard of this claim made the transaction fail. */
enum vswitch_fault vswitch_plug_fault(const struct vswitch_plug *plug,
                                      const struct reply_fault *fault,
                                      size_t *ret_address);

/* Removes the port if its row still is as the view has it. If a member has
 * joined meanwhile, the transaction fails with REPLY_GUARD. */
void vswitch_unplug(struct txn *txn, const struct vswitch_port *port);
/* The same without that guard. The rows are deleted by operations of their own,
 * besides leaving the bridge. Else they would be collected only at the end of
 * the transaction, and the guards of a claim in the same transaction would
 * still see them. */
void vswitch_remove(struct txn *txn, const char *port_uuid, const char *name);

/* A container becomes a member of the port, or leaves it, with the same guard.
 * The bundle and pid of one that joins are noted. */
void vswitch_join(struct txn *txn, const struct vswitch_port *port,
                  const struct port_holder *container);
void vswitch_leave(struct txn *txn, const struct vswitch_port *port,
                   const char *container);

/* Is it a port of `owner` from another boot than `boot`? Then its container is
 * dead and its addresses are free. Never true for a row of somebody else. */
bool vswitch_row_is_dead(const struct json *row, const char *owner,
                         const char *boot);

/* Asks for the Ports of a segment, and returns the index of the operation.
 * vswitch_used() reads the addresses out of its reply, sorted, but not those of
 * dead ports. The caller frees *ret. */
size_t vswitch_select_segment(struct txn *txn, const char *segment);
size_t vswitch_used(const struct json *result, size_t op, const char *owner,
                    const char *boot, struct ip **ret);

/* Asks who holds an address in a segment. The row in the reply, if any, has the
 * columns _uuid, name and external_ids. */
size_t vswitch_select_address(struct txn *txn, const struct ip *ip,
                              const char *segment);
