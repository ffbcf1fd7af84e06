/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Inside the keeper of flows only: one bridge, its guarded ports, and the
 * connection to it.
 */
#pragma once

#include "ovsint/base/index.h"
#include "ovsint/spec/attachment.h"
#include "plugin/daemon/flow_keeper.h"
#include "plugin/daemon/openflow_uv.h"
#include "plugin/daemon/packet_out.h"

/* Ports of one change: even with all addresses that each may have, it fits
 * LIMIT_OPENFLOW_OUTPUT. */
#define FLOW_PORTS_AT_ONCE 1024
/* After what was refused comes the next try. */
#define FLOW_RETRY_MS 1000
/* Of each second that one bridge has at once what others have removed. */
#define FLOW_REPAIRS 10

enum kept_state { KEPT_DUE, KEPT_SENT, KEPT_IN_FORCE, KEPT_REFUSED };

struct flow_bridge {
    struct flow_keeper *keeper;
    struct list link;
    char name[BRIDGE_NAME_SIZE];
    struct openflow_uv *connection; /* NULL = none */
    struct list ports;
    struct index by_number; /* of its ports */
    struct list stale;
    uint32_t watch;            /* the request to watch */
    uint32_t change;           /* the change that is on its way; 0 = none */
    size_t sent;               /* ports of that change */
    size_t at_once;            /* ports that the next change may have */
    struct ovsdb_call closing; /* closes rows */
    bool closes_again;         /* it went once more meanwhile */
    struct ovsdb_call opening; /* opens rows */
    bool has_closed;           /* rows of its ports may be closed */
    bool told_closed;          /* that they could not be opened */
    bool has_answered; /* over the present connection, or the last one */
    uint64_t lost_ms;  /* since when there has been none on which it answers */
    uint64_t at_ms;    /* when to connect or to try again; 0 = not needed */
    bool searched;     /* for flows of ports that have gone */
    bool logged;       /* that its flows are not in force */
    bool repairs;      /* somebody has changed flows since the last change */
    size_t repair_count; /* changes for that since `second_ms` */
    uint64_t second_ms;
    bool contended; /* it was logged that they are too many */
};

/* A guarded port. */
struct kept {
    struct index_link by_name;
    struct index_link by_number;
    struct list link;
    struct flow_bridge *bridge;
    char name[IFNAME_SIZE];
    int64_t ofport;
    uint64_t print; /* of all that its flows come from */
    enum kept_state state;
    struct err *why; /* its guard is not in force; NULL = nothing is known */
    bool guards;     /* it is closed where its flows are not in force */
    bool closes;     /* one flow that drops all is put instead */
    bool unreadable; /* the row does not tell its flows */
    enum vnic_type type;
    uint64_t since_ms; /* when its row came */
    unsigned early;    /* changes by others since then that were expected */
    bool seen;
    bool is_new; /* meters of a former spec may be there */
};

/* Flows of a port that has gone. */
struct stale {
    struct list link;
    int64_t ofport;
    uint64_t at_ms;
};

struct flow_keeper {
    struct host *host;
    struct host_subscriber subscriber;
    const char *remote;
    uv_timer_t timer;
    struct index by_name;
    struct list bridges;
    struct list listeners;
    struct packet_outs packets;
};

static inline struct stale *stale_at(struct list *link)
{
    return container_of(link, struct stale, link);
}

static inline struct kept *kept_at(struct list *link)
{
    return container_of(link, struct kept, link);
}

static inline struct flow_bridge *flow_bridge_at(struct list *link)
{
    return container_of(link, struct flow_bridge, link);
}

/* flow_keeper.c */
uint64_t flow_keeper_now_ms(const struct flow_keeper *keeper);
/* Sets the timer for what is due next. */
void flow_keeper_schedule(struct flow_keeper *keeper);
/* Tells all who wait for flows. */
void flow_keeper_tell(struct flow_keeper *keeper);

/* flow_change.c */
/* Sends what is due, unless a change is on its way or there is no
 * connection. */
void flow_bridge_flush(struct flow_bridge *bridge);
/* The change that was on its way has ended so. */
void flow_bridge_changed(struct flow_bridge *bridge,
                         const struct openflow_event *event);
/* All ports need their flows, whatever they had. */
void flow_bridge_make_all_due(struct flow_bridge *bridge);
/* No port gets its flows, and why: whoever waits for them need not. */
void flow_bridge_fail_all(struct flow_bridge *bridge, const struct err *why);
/* Tries one of those again that the switch has refused. */
void flow_bridge_retry(struct flow_bridge *bridge);
/* Logs once that guards are not in force. `port` may be NULL. */
void flow_bridge_log(struct flow_bridge *bridge, const char *port,
                     const struct err *why);

/* flow_closing.c */
/* ovs-vswitchd has ended: its ports are to be closed. */
void flow_closing_close(struct flow_bridge *bridge);
/* Opens ports whose flows are in force. */
void flow_closing_open(struct flow_bridge *bridge);

/* flow_bridge.c */
struct flow_bridge *flow_bridge_new(struct flow_keeper *keeper,
                                    const char *name);
void flow_bridge_add(struct flow_bridge *bridge, struct kept *kept);
/* The guarded port of that number; NULL = none. */
struct kept *flow_bridge_find(const struct flow_bridge *bridge, int64_t ofport);
/* Connects if it is time, and sends what is due. A bridge that has no ports
 * any more is freed. */
void flow_bridge_attend(struct flow_bridge *bridge);
/* When to attend to it; 0 = when something happens. */
uint64_t flow_bridge_next_ms(const struct flow_bridge *bridge);
/* The flows of that number are to go, if no port has it then. */
void flow_bridge_add_stale(struct flow_bridge *bridge, int64_t ofport);
void flow_bridge_free(struct flow_bridge *bridge);
