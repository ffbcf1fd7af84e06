/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Inside the keeper of leases only: the lease of one port.
 */
#pragma once

#include "ovsint/base/index.h"
#include "ovsint/dhcp/dhcp.h"
#include "ovsint/rows/lease.h"
#include "plugin/daemon/host.h"
#include "plugin/lease/lease_keeper.h"

/* So many namespaces are open at once: a daemon that starts may find all leases
 * due. */
#define LEASES_AT_ONCE 64

struct lease_keeper {
    struct host *host;
    struct host_subscriber subscriber;
    uv_timer_t timer;
    struct list renewals;
    struct index by_name;
    bool has_lock;
    unsigned handles; /* that the loop has not closed */
    unsigned open;    /* sockets */
    bool closing;
};

/* The socket of a renewal. It lives until the loop has closed it. */
struct lease_socket {
    uv_poll_t poll;
    struct lease_keeper *keeper;
    struct renewal *renewal; /* NULL = it is being closed */
    struct net *inside;
};

struct renewal {
    struct lease_keeper *keeper;
    struct list link;
    struct index_link by_name;
    char name[IFNAME_SIZE];
    struct dhcp *dhcp;
    struct dhcp_lease held; /* as the row has it */
    bool has_lease;
    struct lease_socket *socket; /* NULL = closed */
    struct ovsdb_call call;      /* what it writes */
    bool is_refused;             /* the row could not be written: wait */
    bool is_unwritten;           /* more time is not in the row yet */
    bool is_removing;            /* ... or the reply to that was lost */
    bool logged;                 /* ... which was logged */
    int64_t due_ms;              /* INT64_MAX = when something happens */
};

/* Begins with what the row says. */
struct renewal *renewal_new(struct lease_keeper *keeper,
                            const struct vswitch_port *port);
void renewal_free(struct renewal *renewal);
/* The row has changed, perhaps by ourselves. */
void renewal_see_row(struct renewal *renewal, const struct vswitch_port *port);
/* Does what can be done now, and sets `due_ms`. */
void renewal_run(struct renewal *renewal);

/* On the loop's clock, which is the one of a lease's times (CLOCK_MONOTONIC).
 */
int64_t lease_keeper_now_ms(const struct lease_keeper *keeper);
/* Sets the timer for what is due next. */
void lease_keeper_schedule(struct lease_keeper *keeper);
/* A handle of the loop was closed. */
void lease_keeper_closed_one(struct lease_keeper *keeper);
