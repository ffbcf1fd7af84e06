/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What we ask of the Open_vSwitch database: plugging a vNIC, joining and
 * leaving one that is there, as parts of a transaction. One transaction says
 * everything about a port, so there is no moment in which it carries wrong
 * VLANs or cannot be told as ours.
 *
 * Nothing here bumps next_cfg: ovs-vswitchd acts on new Interface rows by
 * itself, and a needless bump costs it one more reconfiguration.
 */
#pragma once

#include <stddef.h>

#include "ovsint/ovsdb/reply.h"
#include "ovsint/ovsdb/txn.h"
#include "ovsint/rows/vswitch_view.h"
#include "ovsint/spec/attachment.h"

/* Who has a port: a container, which is known by its id and namespace, or an
 * endpoint of Docker's. What is not known is NULL or 0. */
struct port_holder {
    enum { HOLDER_CONTAINER, HOLDER_ENDPOINT } kind;
    const char *id;    /* of the container or the endpoint */
    const char *netns; /* path of the namespace; NULL = in none yet */
    union {
        struct {
            const char *netns_id;
            const char *pidns;  /* where its processes are seen */
            const char *bundle; /* what tells it from others of its id: */
            pid_t pid;          /* of its first process */
        } container;
        struct {
            const char *network; /* id of Docker's */
            const char *altname;
            bool undressed; /* somebody has to set it up after its move */
        } endpoint;
    };
};

/* Whose ports: the same for all vNICs of one call. */
struct vswitch_identity {
    const char *owner; /* "hook", "docker" */
    const char *boot;  /* the kernel's boot id */
    struct port_holder holder;
};

struct vswitch_plug {
    const struct attachment *attachment;
    const char *port; /* OVS name and device name, unused so far */
    struct mac mac;   /* what the device will have */
    size_t first_op;  /* set by vswitch_plug() */
};

/* Adds the operations that plug one vNIC: guards for the bridge, for the
 * interface name in the namespace (or the endpoint) and for each address, then
 * the rows. `index`
 * makes names unique within the transaction. */
void vswitch_plug(struct txn *txn, const struct vswitch_identity *identity,
                  struct vswitch_plug *plug, size_t index);

/* Adds the operations that make a port again, whose rows have gone, in the
 * name that it had: those of vswitch_plug(), and then all pairs of ours that
 * its rows had, whatever they say. `spec` is what vswitch_port_spec() says of
 * it. -EINVAL when its MAC is not known. */
int vswitch_plug_again(struct txn *txn, const struct vswitch_port *port,
                       const struct attachment *spec,
                       struct err *err) MUST_CHECK;

enum vswitch_fault {
    VSWITCH_FAULT_OTHER, /* as the server says */
    VSWITCH_NO_BRIDGE,
    VSWITCH_IFNAME_BUSY,   /* somebody plugged that name into the namespace,
                              or that endpoint */
    VSWITCH_ADDRESS_TAKEN, /* *ret_address: which */
};

/* Which guard of this plug a failed transaction met. */
enum vswitch_fault vswitch_plug_fault(const struct vswitch_plug *plug,
                                      const struct reply_fault *fault,
                                      size_t *ret_address);

/* Removes the port, provided that its row still says what the view says: a
 * member that joined meanwhile makes the transaction fail with REPLY_GUARD. */
void vswitch_unplug(struct txn *txn, const struct vswitch_port *port);
/* The same without that condition. The rows are deleted by operations of their
 * own, besides leaving the bridge: garbage is collected only at the end of a
 * transaction, and the guards of a plug that follows must not see them. */
void vswitch_remove(struct txn *txn, const char *port_uuid, const char *name);

/* A container becomes, or ceases to be, a member; guarded likewise. Of one that
 * joins, its bundle and pid are noted. */
void vswitch_join(struct txn *txn, const struct vswitch_port *port,
                  const struct port_holder *container);
void vswitch_leave(struct txn *txn, const struct vswitch_port *port,
                   const char *container);

/* True for a port of `owner` from another boot than `boot`: whoever lived on
 * it is dead, and its addresses are free. A row of others never is. */
bool vswitch_row_is_dead(const struct json *row, const char *owner,
                         const char *boot);

/* Asks for the Ports of a segment; vswitch_used() reads the addresses of those
 * that are not dead out of the reply, sorted. Returns the operation's index.
 * The caller frees *ret. */
size_t vswitch_select_segment(struct txn *txn, const char *segment);
size_t vswitch_used(const struct json *result, size_t op, const char *owner,
                    const char *boot, struct ip **ret);

/* Asks who holds an address in a segment; the row of the reply, if any, has
 * columns _uuid, name and external_ids. */
size_t vswitch_select_address(struct txn *txn, const struct ip *ip,
                              const char *segment);
