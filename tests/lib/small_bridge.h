/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The management socket of one bridge, for unit tests: it defines what
 * openflow_uv.h declares. What is asked for is noted, and which ports have
 * flows is known by their cookies. small_bridge_answer() answers what was asked
 * for last.
 */
#pragma once

#include <errno.h>

#include "ovsint/flows/port_flows.h"
#include "plugin/daemon/openflow_uv.h"
#include "tests/lib/said.h"

struct openflow_uv {
    const struct openflow_uv_events *events;
    void *data;
};

static struct small_bridge {
    bool is_here;
    bool breaks;                    /* when the next change is sent */
    bool has_ended;                 /* and nobody has been told */
    struct openflow_uv *connection; /* NULL = none */
    uint32_t last_id;
    uint32_t asked;   /* the change that has no answer; 0 = none */
    uint32_t watched; /* the same for the request to watch */
    unsigned connects;
    unsigned changes;
    /* For packets alone, while there is another one. */
    struct openflow_uv *second;
    unsigned packets; /* since the beginning, over any connection */
    uint32_t in_port; /* of the last one */
    int64_t refuses;  /* it does not take the flows of that port */
    bool refused;     /* and they were in the change without an answer */
} small_bridge;

int openflow_uv_open(uv_loop_t *loop, const char *path,
                     const struct openflow_uv_events *events, void *data,
                     struct openflow_uv **ret, struct err *err)
{
    (void)loop;
    small_bridge.connects++;
    if (!small_bridge.is_here)
        return err_code(err, ENOENT, "connect to %s", path);
    SAY("connect %s\n", path);
    *ret = mem_new(sizeof(**ret));
    **ret = (struct openflow_uv){events, data};
    if (!small_bridge.connection) {
        small_bridge.connection = *ret;
    } else {
        CHECK(!small_bridge.second);
        small_bridge.second = *ret;
    }
    return 0;
}

void openflow_uv_close(struct openflow_uv *connection)
{
    if (connection && connection == small_bridge.second)
        small_bridge.second = NULL;
    else if (connection)
        small_bridge.connection = NULL;
    free(connection);
}

/* Is that the only flow of its port? */
static bool small_bridge_closes(const struct flow_change *change, size_t i)
{
    return change->adds[i].actions_size == 0 &&
           (i + 1 == change->add_count ||
            change->adds[i].cookie != change->adds[i + 1].cookie);
}

uint32_t openflow_uv_change(struct openflow_uv *connection,
                            const struct flow_change *change)
{
    uint64_t port = 0;

    small_bridge.packets += (unsigned)change->packet_count;
    if (change->packet_count)
        small_bridge.in_port = change->packets[0].in_port;
    if (connection == small_bridge.second) {
        CHECK(!change->delete_count && !change->add_count);
        return ++small_bridge.last_id;
    }
    CHECK(connection == small_bridge.connection && !small_bridge.asked);
    if (small_bridge.breaks) {
        struct err why = {0};
        small_bridge.breaks = small_bridge.is_here = false;
        err_set(&why, EPIPE, "Broken pipe");
        connection->events->down(connection->data, &why);
        return ++small_bridge.last_id;
    }
    small_bridge.changes++;
    small_bridge.refused = false;
    for (size_t i = 0; i < change->delete_count; i++)
        SAY("drop %lld\n",
            (long long)port_flows_ofport(change->deletes[i].cookie));
    for (size_t i = 0; i < change->add_count; i++) {
        if (port_flows_ofport(change->adds[i].cookie) == small_bridge.refuses &&
            change->adds[i].actions_size)
            small_bridge.refused = true;
        if (change->adds[i].cookie != port)
            SAY("%s %lld\n", small_bridge_closes(change, i) ? "close" : "put",
                (long long)port_flows_ofport(change->adds[i].cookie));
        port = change->adds[i].cookie;
    }
    return small_bridge.asked = ++small_bridge.last_id;
}

uint32_t openflow_uv_watch(struct openflow_uv *connection,
                           const struct flow *match)
{
    CHECK(connection == small_bridge.connection && match->match_size);
    SAY("watch\n");
    return small_bridge.watched = ++small_bridge.last_id;
}

bool openflow_uv_has_ended(const struct openflow_uv *connection)
{
    CHECK(connection == small_bridge.connection);
    return small_bridge.has_ended;
}

static inline void small_bridge_tell(const struct openflow_event *event)
{
    struct openflow_uv *connection = small_bridge.connection;

    connection->events->event(connection->data, event);
}

/* All flows that were there have been told. */
static inline void small_bridge_searched(void)
{
    const struct openflow_event event = {.type = OPENFLOW_DONE,
                                         .id = small_bridge.watched};

    small_bridge.watched = 0;
    if (event.id)
        small_bridge_tell(&event);
}

/* The change that was asked for is in force; or refused, for that reason. */
static inline void small_bridge_answer(const char *refusal)
{
    struct openflow_event event = {.id = small_bridge.asked};

    small_bridge_searched();
    CHECK(small_bridge.asked);
    if (small_bridge.refused)
        refusal = "the table is full";
    event.type = refusal ? OPENFLOW_FAILED : OPENFLOW_DONE;
    if (refusal)
        err_set(&event.err, EIO, "%s", refusal);
    small_bridge.asked = 0;
    small_bridge_tell(&event);
}

static inline void small_bridge_report(enum openflow_event_type type,
                                       int64_t ofport)
{
    small_bridge_tell(&(struct openflow_event){
        .type = type, .cookie = port_flows_of(ofport).cookie});
}

/* ovs-vswitchd ends, and all flows with it. */
static inline void small_bridge_end(void)
{
    struct openflow_uv *connection = small_bridge.connection;
    struct err why = {0};

    err_set(&why, ECONNRESET, "closed");
    small_bridge.is_here = false;
    small_bridge.asked = small_bridge.watched = 0;
    connection->events->down(connection->data, &why);
}
