/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The blocking driver of the attach engine, for programs that attach one
 * container and end. In this order, so that a program can give up its rights in
 * between:
 *
 *   1. attach_run_refuse_rootless(), then lookout_open() if it will confine
 *      itself. attach_run_name_ports().
 *   2. attach_run_open(): opens sockets of both namespaces, and the database.
 *      Needs the right to enter the container's namespace, and its files in
 *      /proc.
 *   3. The program confines itself.
 *   4. attach_run(): messages over what is open. A release that has to connect
 *      anew needs to reach the database's socket.
 *   5. attach_run_close().
 *
 * It does not know which door uses it, and logs nothing above debug.
 */
#pragma once

#include "ovsint/attach/attach.h"
#include "ovsint/attach/lookout.h"
#include "ovsint/attach/work.h"
#include "ovsint/base/deadline.h"
#include "ovsint/net/netns.h"
#include "ovsint/ovsdb/client.h"

struct attach_run {
    const char *ovsdb;                 /* address of the database */
    struct attach_place place;         /* the caller owns its namespace */
    char netns_id[NETNS_ID_TEXT_SIZE]; /* for the holder */
    struct client *client;             /* NULL = not connected */
    /* OVN's northbound database; it is connected when it is needed. */
    const char *northbound;
    struct client *northbound_client;
    struct session_call northbound_call;
    struct deadline deadline; /* of the call */
    struct session_call call; /* the transaction in flight */
    struct vswitch_view view;
    /* Answers ATTACH_STEP_HAS_ENDED for a program that has given up the right
     * to look. NULL = attach_work() looks. The caller keeps it. */
    const struct lookout *lookout;
    /* NULL, or room for what has become of each vNIC, if attach_run()
     * succeeds. */
    struct attach_vnic *made;
};

#define ATTACH_RUN_CLOSED ((struct attach_run){.place = {.netns = -1}})

/* 0, or -EPERM if the runtime's user namespace has no right to the host's Open
 * vSwitch; `advice` is what a user of this door can do: "run it as root". */
int attach_run_refuse_rootless(const char *advice, struct err *err) MUST_CHECK;

/* Chooses name and MAC of ports whose `spec` is set, for the container `id`. So
 * the undo knows what to look for, and the row has the MAC. The machine names a
 * pair. */
int attach_run_name_ports(struct port_want *ports, size_t count, const char *id,
                          struct err *err) MUST_CHECK;

/* Opens what the vNICs need. The caller keeps the texts and the namespace. For
 * a release `netns` is -1, and nothing is connected yet. */
int attach_run_open(struct attach_run *run, const char *ovsdb, int netns,
                    const struct port_want *ports, size_t count,
                    struct deadline deadline, struct err *err) MUST_CHECK;
void attach_run_close(struct attach_run *run);
#define auto_attach_run __attribute__((cleanup(attach_run_close)))

/* Has rows shown to a program that only looks. The caller owns the view. Errors
 * as client_show(). */
int attach_run_look(struct client *client, const struct vswitch_scope *scope,
                    struct deadline deadline, struct vswitch_view *ret,
                    struct err *err) MUST_CHECK;

/* Is there a bridge of that name? -ENODEV, or as attach_run_look(). */
int attach_run_check_bridge(struct client *client, const char *bridge,
                            struct deadline deadline,
                            struct err *err) MUST_CHECK;

/* Does what is wanted. 0, or -errno of `ret->err`, with all that is known of
 * the failure. If the program has called stop_begin(), a signal that comes
 * before all is done has it undone: -EINTR, or what had failed by then. To
 * remove something is finished all the same: 0. */
int attach_run(struct attach_run *run, const struct attach_want *want,
               const struct port_want *ports, size_t count,
               struct attach_failure *ret) MUST_CHECK;

/* After attach_run(), over its connection: does one transaction more. 0, or
 * -errno with the guard that has failed, if any, in *ret_fault. */
int attach_run_transact(struct attach_run *run, struct txn *txn,
                        struct deadline deadline, struct reply_fault *ret_fault,
                        struct err *err) MUST_CHECK;
