/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The attach engine: one machine for "these vNICs are wanted" and "they are not
 * wanted any more". Pure: it has no descriptor and no clock. Rows, replies,
 * devices found and the time go in; transactions, device work and waits come
 * out. A driver does what attach_next() says and gives the answer:
 * attach/run.h is the one that blocks.
 *
 * All vNICs of a call go through a phase together, as ovs-vswitchd takes one
 * change of many ports at the price of one. The phases, and what can fail:
 *
 *   1. LOOK. The rows of the holder and the devices in its namespace tell what
 *      an earlier call has left.
 *      - A port with its device there is adopted. Of a pod's port, the
 *        container becomes a member; while another member's call is at work,
 *        its device is waited for.
 *      - A port without its device, or from an earlier boot, is evicted: its
 *        rows go in the transaction that writes the new ones.
 *      - Refused: another device of that name (-EEXIST), a port of another
 *        owner or with other settings (-EBUSY), a container that runs already
 *        (-EBUSY), a bridge that would not carry the port (-EOPNOTSUPP).
 *   2. CLAIM. Pairs are made, addresses are chosen, and ONE transaction with
 *      guards writes all rows. A guard that failed wrote nothing and tells what
 *      is to be looked at again:
 *      - there is no bridge: -ENODEV;
 *      - the name is taken: somebody else is at work for the same namespace;
 *        back to LOOK, to join;
 *      - an address is held, and that was chosen: choose again, knowing all
 *        addresses of the segment. When the range is full, the ports of ended
 *        containers are removed, and then -ENOSPC;
 *      - an address is held, and that was asked for: a holder of an earlier
 *        boot, or that has ended, is evicted; else -EADDRINUSE.
 *   3. READY. ovs-vswitchd makes the ports: ofport > 0. It may say that it
 *      cannot (-EIO), somebody may remove the row (-ENOENT), or nobody acts
 *      until the deadline (-ETIMEDOUT). A device that appears is not a port
 * that is ready: to move it then destroys it on the userspace datapath.
 *   4. FLOWS. Nothing is done yet: room for what has to stand before the first
 *      packet.
 *   5. PLACE. The device is moved and set up, if we are the ones to move it.
 *      It may not be there: -ENODEV.
 *   6. DONE.
 *
 * From anywhere to RELEASE: what was asked for is undone, also what got no
 * answer. A port is noted for that before its transaction is sent, and a pair
 * before it is made. The rows are read anew over a connection of its own, with
 * a deadline of its own; a port that others have joined is only left. Then the
 * first failure comes out. Ports that are not wanted any more are released in
 * the same way.
 *
 * Pitfall: the view must be as new as the reply. A driver that gives a reply
 * has applied every update that came before it: the machine takes a row that
 * is not in the view for one that was removed.
 */
#pragma once

#include "ovsint/config/named_network.h"
#include "ovsint/ovsdb/session.h"
#include "ovsint/rows/vswitch_plug.h"

enum attach_phase {
    ATTACH_LOOK,
    ATTACH_CLAIM,
    ATTACH_READY,
    ATTACH_FLOWS,
    ATTACH_PLACE,
    ATTACH_DONE,
    ATTACH_RELEASE,
};

enum attach_task {
    ATTACH_MAKE,    /* the vNICs are to be there */
    ATTACH_REPAIR,  /* a port whose row is there: its device is to be placed, or
                       set up again where it is inside */
    ATTACH_RESTORE, /* a port whose rows have gone: they are to be there again
                     */
    /* Nothing of the holder is to be there. With a vNIC: that port alone, and
     * only if its row is as the view has it. */
    ATTACH_REMOVE,
};

/* Who takes the device into the container. */
enum attach_mover {
    ATTACH_BY_US,
    ATTACH_BY_THEM, /* Docker does, when the port is ready */
};

/* One vNIC. */
struct port_want {
    /* Kept by the caller. NULL = as the row says, whose port has left its
     * container or is to be repaired. */
    const struct attachment *spec;
    /* Where the addresses of `ip_auto` come from, or NULL; kept likewise. */
    const struct named_network *network;
    /* Of the port and its device, which nobody had before: names_port(). "" for
     * a pair = the machine names it. Of ATTACH_REPAIR and ATTACH_REMOVE: the
     * port. */
    char name[IFNAME_SIZE];
    struct mac mac;
};

/* The texts are kept by the caller. */
struct attach_want {
    enum attach_task task;
    enum attach_mover mover;
    /* The last phase that is waited for: ATTACH_CLAIM, ATTACH_READY or
     * ATTACH_PLACE. */
    enum attach_phase until;
    const char *owner; /* ID_OWNER of the rows */
    const char *self;  /* for messages: "this hook" */
    const char *boot;  /* the kernel's boot id */
    const char *lock;  /* without which nothing is written; NULL = none */
    struct port_holder holder;
    /* Of an endpoint: it has left its container, whatever its row says. */
    bool has_left;
    /* Of an endpoint: there must be a row. */
    bool must_exist;
    /* Of ATTACH_RESTORE: the port as it was. */
    const struct vswitch_port *former;
    /* A connection that is lost, and with it maybe an answer: look again, as
     * the driver connects anew. Else the call fails. */
    bool resumes;
    unsigned timeout_ms; /* of the call, for messages */
    int64_t deadline_ms;
    /* Of ATTACH_REMOVE: a database that is away is waited for until then, and a
     * process that may be about to end. */
    int64_t patience_ms;
    int64_t ending_ms;
};

enum attach_step {
    ATTACH_STEP_WATCH, /* have the rows of `scope` shown, over a connection that
                          is not broken; attach_rows() or attach_lost() */
    ATTACH_STEP_SEND,  /* the transaction `txn`; attach_reply() */
    ATTACH_STEP_WAIT,  /* until the rows change, attach_rows(), or `until_ms`;
                          attach_lost() */
    /* Work on devices; attach_device() with what is said here, or with the
     * negative errno. */
    ATTACH_STEP_FIND,      /* `name` on `side`: 1 and its real name, or 0 */
    ATTACH_STEP_MAKE_PAIR, /* for `vnic`: 0, -EEXIST */
    ATTACH_STEP_DROP_PAIR, /* whose host end is `name`, if there is one: 0 */
    ATTACH_STEP_FREE_NAME, /* the device `name` inside gives up the altname that
                              `vnic` needs, if it has it: 0 */
    ATTACH_STEP_MOVE,      /* of `vnic` into the namespace: 1, or 0 when the
                              device is not on the host */
    ATTACH_STEP_SET_UP,    /* of `vnic`: 0 */
    /* Questions about others; attach_device() with 1 for yes. */
    ATTACH_STEP_IS_ALIVE,  /* process `pid` in the namespace `netns_id` */
    ATTACH_STEP_HAS_ENDED, /* the namespace of `netns`, `netns_id`, `pidns`, for
                              certain */
    ATTACH_STEP_DONE,
    ATTACH_STEP_FAIL, /* attach_failure() */
};

enum attach_side { ATTACH_HOST, ATTACH_INSIDE };

/* What is to be done next; of the members those that the step names. They
 * belong to the machine and hold until the answer. */
struct attach_todo {
    enum attach_step step;
    size_t vnic;
    enum attach_side side;
    const char *name;
    struct txn *txn;
    struct vswitch_scope scope;
    /* The answer is not waited for after that: also of SEND and WATCH. */
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
    bool claimed; /* its rows are there and were not written by this call */
    bool present; /* its device is in the container as well */
};

/* What a front end may know a better sentence, or a hint, for. */
enum attach_reason {
    ATTACH_FOR_OTHER_REASONS,
    ATTACH_NAME_TAKEN,     /* inside; `vnic` */
    ATTACH_OTHER_SETTINGS, /* a port of a pod; `vnic` */
    ATTACH_NO_BRIDGE,
    ATTACH_NO_ROW,     /* there must be one */
    ATTACH_ROW_EXISTS, /* of that endpoint */
    ATTACH_ADDRESS_HELD,
    ATTACH_NO_ANSWER, /* of the database: what was sent may have been done */
};

struct attach_failure {
    struct err err;
    enum attach_reason reason;
    size_t vnic;
    size_t address;         /* of ATTACH_ADDRESS_HELD: which of the vNIC's */
    struct err undo;        /* code 0 = what was asked for was undone */
    char left[IFNAME_SIZE]; /* else: a port that may be left */
    bool left_pair;         /* ... or the pair of that port alone */
    /* Rows may be there that are the caller's to release: where somebody else
     * moves the device nothing is undone but pairs. */
    bool may_have_rows;
};

struct attach;

/* `view` is kept by the caller and changed by the driver alone. At most
 * LIMIT_ATTACHMENTS vNICs; none is fine for ATTACH_REMOVE alone, one is all for
 * ATTACH_REPAIR and ATTACH_RESTORE. */
struct attach *attach_new(const struct attach_want *want,
                          const struct port_want *ports, size_t count,
                          const struct vswitch_view *view);
void attach_free(struct attach *attach);
DEFINE_AUTO(attach, struct attach *, attach_free)
#define auto_attach AUTO(attach)

/* What is to be done next. As long as no answer was given it is the same step,
 * until its time is over. */
const struct attach_todo *attach_next(struct attach *attach, int64_t now_ms);

/* The rows are shown, or have changed. */
void attach_rows(struct attach *attach);
/* They are not shown any more, or cannot be. */
void attach_lost(struct attach *attach, const struct err *reason);
/* What became of the transaction. The outcome is read by the next
 * attach_next(). -ECONNRESET and -ETIMEDOUT mean that it may have been done. */
void attach_reply(struct attach *attach, const struct ovsdb_outcome *outcome);
/* The answer of a device or about others. `name` is the real name of what was
 * found, `err` what failed; each may be NULL. */
void attach_device(struct attach *attach, int r, const char *name,
                   const struct err *err);

/* Nobody wants it any more, for this reason: what it has asked for is undone,
 * as after a failure. Nothing follows from it once it has ended. */
void attach_cancel(struct attach *attach, const struct err *why);

enum attach_phase attach_phase(const struct attach *attach);
const char *attach_phase_name(enum attach_phase phase);
size_t attach_count(const struct attach *attach);
const struct attach_vnic *attach_vnic(const struct attach *attach, size_t i);
/* The ports that the transaction which is to be sent removes, in turn: NULL
 * after the last one. */
const char *attach_removes(const struct attach *attach, size_t i);
/* After ATTACH_STEP_FAIL. */
const struct attach_failure *attach_failure(const struct attach *attach);
