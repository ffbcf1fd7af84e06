/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The attach engine: one machine for vNICs that are wanted, and for those that
 * are not wanted any more. Pure: it has no descriptor and no clock. Rows,
 * replies, devices that were found and the time go in; transactions, device
 * work and waits come out. A driver does what attach_next() says and gives the
 * answer; attach/run.h is the one that blocks.
 *
 * All vNICs of a call pass through a phase together: one change of many ports
 * costs ovs-vswitchd as much as a change of one. The phases, and what can fail:
 *
 *   1. LOOK. The rows of the holder, and the devices in its namespace, tell
 *      what an earlier call has left.
 *      - A port whose device is there is adopted. If it is a pod's port, the
 *        container becomes a member. While another member's call is at work,
 *        the machine waits for its device.
 *      - A port of an owner that this call yields to is left as it is.
 *      - A port without its device, or from an earlier boot, is evicted: its
 *        rows go in the transaction that writes the new ones.
 *      - Refused: another device has that name (-EEXIST), a port has another
 *        owner or other settings (-EBUSY), the container runs already (-EBUSY),
 *        the bridge would not carry the port (-EOPNOTSUPP).
 *      For a port on a logical switch of OVN, that switch and what the host is
 *      to OVN are looked at. Refused: there is no such switch (-ENOENT), the
 *      host is no chassis (-ENODEV), OVN's database is away, an MTU is more
 *      than the tunnels carry (-EMSGSIZE).
 *   2. CLAIM. Pairs are made, addresses are chosen, and ONE transaction with
 *      guards writes all rows. If a guard fails nothing is written, and the
 *      guard tells what to look at again:
 *      - there is no bridge: -ENODEV;
 *      - the name is taken: another call is at work for the same namespace.
 *        Back to LOOK, to join;
 *      - an address is held, and we had chosen it: choose again, knowing all
 *        addresses of the segment. If the range is full, the ports of ended
 *        containers are removed; if it still is, -ENOSPC;
 *      - an address is held, and it was asked for: a holder of an earlier boot,
 *        or one that has ended, is evicted. Any other: -EADDRINUSE.
 *      For a logical switch a second transaction is sent to OVN's northbound
 *      database at the same time. There the addresses are reserved, for all
 *      hosts. If one of the two fails, the other one's rows are changed by the
 *      next try, or undone.
 *   3. READY. ovs-vswitchd makes the ports: ofport > 0. It may report that it
 *      cannot (-EIO), somebody may remove the row (-ENOENT), or the deadline
 *      may come (-ETIMEDOUT). Pitfall: that the device exists is not enough.
 *      To move it then destroys it on the userspace datapath.
 *   4. FLOWS. What has to stand before the first packet. The flows of a source
 *      guard are in force: the switch may refuse them (-EIO, -ENOSPC), not
 *      speak OpenFlow 1.4, or not answer. If a container's port asks for
 *      published ports, the daemon answers that they are in force. It may
 *      refuse (-EIO), or not run (-ETIMEDOUT).
 *   5. PLACE. The device is moved and set up, if we are the mover. It may be
 *      missing: -ENODEV. Then ovn-controller says that all flows of a logical
 *      port are there; it may be away (-ETIMEDOUT). What the device sent
 *      before that was dropped, so it announces its addresses only then.
 *   6. LEASE. What the LAN gives: a DHCP server (ip=dhcp), a router (ip=slaac).
 *      It may not answer (-ETIMEDOUT). What is given is written, and set on the
 *      device.
 *   7. DONE.
 *
 * A failure anywhere leads to RELEASE: what was asked for is undone, also what
 * got no answer. So a port is noted before its transaction is sent, and a pair
 * before it is made. RELEASE reads the rows anew, over a connection and with a
 * deadline of its own. A port that others have joined is only left. Then the
 * first failure is reported. Ports that are not wanted any more are released in
 * the same way. If we are not the mover, rows are the caller's to release. A
 * pair whose rows were written then stays with them.
 *
 * Pitfall: the view must be as new as the reply. Before a driver gives a reply
 * it applies every update that came before it, as the machine takes a row that
 * is not in the view for a removed one.
 */
#pragma once

#include "ovsint/config/named_network.h"
#include "ovsint/dhcp/message.h"
#include "ovsint/openflow/openflow.h"
#include "ovsint/ovsdb/session.h"
#include "ovsint/rows/vswitch_plug.h"

enum attach_phase {
    ATTACH_LOOK,
    ATTACH_CLAIM,
    ATTACH_READY,
    ATTACH_FLOWS,
    ATTACH_PLACE,
    ATTACH_LEASE,
    ATTACH_DONE,
    ATTACH_RELEASE,
};

enum attach_task {
    ATTACH_MAKE, /* the vNICs are to exist */
    /* A port whose row is there: its device is to be placed, or set up again
     * where it is inside. */
    ATTACH_REPAIR,
    ATTACH_RESTORE, /* the port's rows have gone: they are to exist again */
    /* Nothing of the holder is to be there. With a vNIC: that port alone, and
     * only if its row is as the view has it. */
    ATTACH_REMOVE,
};

/* Who moves the device into the container. */
enum attach_mover {
    ATTACH_BY_US,
    ATTACH_BY_THEM, /* whoever asks does, when the port is ready */
};

/* One vNIC. */
struct port_want {
    /* The caller keeps it. NULL = as the row says; for a port that has left its
     * container, or is to be repaired. */
    const struct attachment *spec;
    /* Where `ip_auto` takes addresses from; or NULL. The caller keeps it. */
    const struct named_network *network;
    /* Of the port and its device, which nobody had before: names_port(). "" for
     * a pair = the machine names it. Of ATTACH_REPAIR and ATTACH_REMOVE: the
     * port. */
    char name[IFNAME_SIZE];
    struct mac mac;
    /* Nobody has asked for its dns-name: it does without, where another port
     * has that. */
    bool offers_name;
};

/* The caller keeps the texts. */
struct attach_want {
    enum attach_task task;
    enum attach_mover mover;
    /* The last phase to be waited for: ATTACH_CLAIM, ATTACH_READY or
     * ATTACH_PLACE. */
    enum attach_phase until;
    const char *owner; /* ID_OWNER of the rows */
    const char *self;  /* for messages: "this hook" */
    const char *boot;  /* the kernel's boot id */
    const char *lock;  /* every transaction asserts it; NULL = none */
    /* Address of OVN's northbound database, for a driver that connects to it.
     * NULL = a port on a logical switch fails. */
    const char *northbound;
    struct port_holder holder;
    /* Of a container: what is asked for concerns its interface of this name
     * alone, as other calls see to the others. NULL = all that it has. */
    const char *only;
    /* Owners that come first, up to NULL: where a port of theirs has its device
     * in the namespace already, under the name of a vNIC, that one stands for
     * the vNIC, and nothing is done about it. NULL = none. */
    const char *const *yields_to;
    /* A port that is there with other settings is replaced, if nobody shares
     * it; otherwise it stays, and the call fails before anything is done. For a
     * runtime that begins its container: that port is left over from an earlier
     * run then, so a call that fails has nothing to give back. */
    bool replaces_present;
    /* For an endpoint: it has left its container, whatever its row says. */
    bool has_left;
    /* For an endpoint: it must have a row. */
    bool must_exist;
    /* For ATTACH_RESTORE: the port as it was. */
    const struct vswitch_port *former;
    /* If the connection is lost while the switch is waited for: look at the
     * rows again when the driver has connected anew. Nothing is on its way
     * then. In any other case, or without this, the call fails. */
    bool waits_on;
    /* Reservations of addresses on logical switches, under the names of ports
     * that never were: the logical ports take their place. */
    const char (*reserved)[IFNAME_SIZE];
    size_t reserved_count;
    unsigned timeout_ms; /* the call's, for messages */
    int64_t deadline_ms; /* INT64_MAX = the caller cancels it in time */
    /* For ATTACH_REMOVE: how long to wait for a database that is away; and for
     * a process that may be about to end. */
    int64_t patience_ms;
    int64_t ending_ms;
};

enum attach_step {
    /* show the rows of `scope`, over a connection that works; attach_rows() or
     * attach_lost() */
    ATTACH_STEP_WATCH,
    /* Send the transaction `txn`, attach_reply(), and the transaction
     * `northbound` to OVN's northbound database, attach_northbound(): both at
     * once. One of them may be NULL, and gets no answer then. */
    ATTACH_STEP_SEND,
    /* wait until rows change, attach_rows(), or until `until_ms`;
     * attach_lost() */
    ATTACH_STEP_WAIT,
    /* make the change of flows `change` on `bridge`, until `until_ms`: those of
     * the port `name`; "" = of ports that have gone. attach_flows() */
    ATTACH_STEP_FLOWS,
    /* Work on devices. attach_device() gives what is said here, or the negative
     * errno. */
    ATTACH_STEP_FIND, /* find `name` on `side`: 1 and its real name, or 0 */
    ATTACH_STEP_MAKE_PAIR, /* make that of `vnic`: 0, -EEXIST */
    /* delete that whose host end is `name`, if it exists: 0 */
    ATTACH_STEP_DROP_PAIR,
    /* take the altname that `vnic` needs from the device `name` inside, if it
     * has it: 0 */
    ATTACH_STEP_FREE_NAME,
    /* move that of `vnic` into the namespace: 1; 0 if it is not on the host */
    ATTACH_STEP_MOVE,
    ATTACH_STEP_SET_UP,   /* set up that of `vnic`: 0 */
    ATTACH_STEP_ANNOUNCE, /* announce the addresses of that of `vnic`: 0 */
    /* The least MTU of the host's devices that have the addresses `name`, with
     * commas between them; 0 = no device has one of them. */
    ATTACH_STEP_UNDERLAY,
    /* take a lease for `client` over the device `name` inside, until
     * `until_ms`; attach_leased() */
    ATTACH_STEP_LEASE,
    /* has the device `name` inside an address of a router's? 1 or 0 */
    ATTACH_STEP_HAS_ADDRESS,
    /* Questions about others. attach_device() gives 1 for yes. */
    ATTACH_STEP_IS_ALIVE, /* is process `pid` in the namespace `netns_id`? */
    /* has the namespace of `netns`, `netns_id`, `pidns` ended, for certain? */
    ATTACH_STEP_HAS_ENDED,
    ATTACH_STEP_DONE,
    ATTACH_STEP_FAIL, /* see attach_failure() */
};

enum attach_side { ATTACH_HOST, ATTACH_INSIDE };

/* What is to be done next. Only the members count that the step names. The
 * machine owns them, and they are valid until the answer. */
struct attach_todo {
    enum attach_step step;
    size_t vnic;
    enum attach_side side;
    const char *name;
    struct txn *txn;
    struct txn *northbound;
    struct vswitch_scope scope;
    const char *bridge;
    struct flow_change change;
    bool orphans; /* FLOWS: those of no port of the bridge go as well */
    bool is_mute; /* SET_UP: announces nothing, as ANNOUNCE follows */
    struct dhcp_client client;
    /* If no answer has come by then, none is waited for. For SEND, WATCH, FLOWS
     * and LEASE, too. */
    int64_t until_ms;
    pid_t pid;
    const char *netns; /* each may be NULL */
    const char *netns_id;
    const char *pidns;
};

/* What has become of one vNIC. */
struct attach_vnic {
    struct attachment spec; /* with the addresses that it got */
    char port[IFNAME_SIZE];
    struct mac mac;
    struct dhcp_dns dns; /* what its DHCP server says of it; with ip=dhcp */
    bool claimed;   /* its rows exist, and this call has not written them */
    bool present;   /* and its device is in the container */
    bool is_theirs; /* it is a port of an owner that this call yields to */
};

/* Failures for which a door may know a better sentence, or a hint. */
enum attach_reason {
    ATTACH_FOR_OTHER_REASONS,
    ATTACH_NAME_TAKEN,     /* the name inside; see `vnic` */
    ATTACH_OTHER_SETTINGS, /* a port of a pod; see `vnic` */
    ATTACH_NO_BRIDGE,
    ATTACH_NO_ROW,     /* and there had to be one */
    ATTACH_ROW_GONE,   /* somebody has removed it while the switch was at it */
    ATTACH_ROW_EXISTS, /* for that endpoint */
    ATTACH_ROW_UNUSABLE, /* what the former row said cannot be written */
    ATTACH_ADDRESS_HELD,
    ATTACH_NO_ANSWER, /* from the database: what was sent may have been done */
};

struct attach_failure {
    struct err err;
    enum attach_reason reason;
    size_t vnic;
    size_t address;         /* for ATTACH_ADDRESS_HELD: which one of the vNIC */
    struct err undo;        /* code 0 = all that was asked for was undone */
    char left[IFNAME_SIZE]; /* else: a port that may be left */
    bool left_pair;         /* ... or only its pair */
    /* There may be rows that the caller has to release: if we are not the
     * mover, only pairs are undone. */
    bool may_have_rows;
};

struct attach;

/* Does a call that asks for `asked` find what it asks for in this port? What
 * was chosen or leased for the port does not count. */
bool attach_is_as_asked(const struct vswitch_port *port,
                        const struct attachment *asked);

/* `view` is kept by the caller and changed by the driver alone. At most
 * LIMIT_ATTACHMENTS vNICs; none is fine for ATTACH_REMOVE alone, one is all for
 * ATTACH_REPAIR and ATTACH_RESTORE. */
struct attach *attach_new(const struct attach_want *want,
                          const struct port_want *ports, size_t count,
                          const struct vswitch_view *view);
void attach_free(struct attach *attach);
DEFINE_AUTO(attach, struct attach *, attach_free)
#define auto_attach AUTO(attach)

/* What is to be done next. Until the answer is given, or its time is over, it
 * is the same step. */
const struct attach_todo *attach_next(struct attach *attach, int64_t now_ms);

/* The rows are shown, or have changed. */
void attach_rows(struct attach *attach);
/* The rows are not shown any more, or cannot be. */
void attach_lost(struct attach *attach, const struct err *reason);
/* The outcome of the transaction. The next attach_next() reads it. -ECONNRESET
 * and -ETIMEDOUT mean that it may have been done. */
void attach_reply(struct attach *attach, const struct ovsdb_outcome *outcome);
/* The same of the transaction `northbound`. */
void attach_northbound(struct attach *attach,
                       const struct ovsdb_outcome *outcome);
/* The flows are in force, or not for this reason. */
void attach_flows(struct attach *attach, int r, const struct err *err);
/* The lease, or why there is none. */
void attach_leased(struct attach *attach, int r, const struct dhcp_lease *lease,
                   const struct err *err);
/* The answer about a device or about others. `name` is the real name of what
 * was found, `err` what has failed; each may be NULL. */
void attach_device(struct attach *attach, int r, const char *name,
                   const struct err *err);

/* The call is not wanted any more, for this reason. What it has asked for is
 * undone, as after a failure. If it has ended already nothing happens. */
void attach_cancel(struct attach *attach, const struct err *why);

/* Does the present step send a transaction, to OVN's northbound database or to
 * Open vSwitch's, whose reply has not come? */
bool attach_awaits(const struct attach *attach, bool northbound);

enum attach_phase attach_phase(const struct attach *attach);
const char *attach_phase_name(enum attach_phase phase);
size_t attach_count(const struct attach *attach);
const struct attach_vnic *attach_vnic(const struct attach *attach, size_t i);
/* The ports that the transaction to be sent removes, by index; NULL after the
 * last one. */
const char *attach_removes(const struct attach *attach, size_t i);
/* After ATTACH_STEP_FAIL. */
const struct attach_failure *attach_failure(const struct attach *attach);
/* What to log beside the failure if not all of it was undone: a sentence, to
 * which `left` and `undo` belong. NULL = nothing is left. */
const char *attach_failure_left(const struct attach_failure *failure);
