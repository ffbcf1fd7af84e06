/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * One bridge: the connection to it, what it reports of flows, and which of them
 * belong to nobody. flow_change.c has what is sent.
 */
#include <errno.h>
#include <stdio.h>

#include "ovsint/base/hash.h"
#include "ovsint/base/log.h"
#include "ovsint/flows/port_flows.h"
#include "ovsint/openflow/client.h"
#include "plugin/daemon/flow_bridge.h"
#include "plugin/daemon/timer.h"

/* The switch drops a port a moment after its row, and nobody else gets its
 * number for an hour. */
#define STALE_MS 1000
/* A port is made in less. */
#define MAKING_MS 1000
/* What its maker puts is told in several reports: the first one has ours sent
 * anew, and the others come while that is on its way. */
#define EARLY_CHANGES 2
/* ovs-vswitchd is often about to come back: a 32nd of the time that it was away
 * passes until it is asked again, within these bounds. */
#define CONNECT_SHARE 32
#define CONNECT_LEAST_MS 2
#define CONNECT_MOST_MS 50
#define CONNECT_SOON_MS 10000
#define CONNECT_LATER_MS 200
#define PROTOCOL_ERROR_MS 1000

static uint64_t now_ms(const struct flow_bridge *bridge)
{
    return flow_keeper_now_ms(bridge->keeper);
}

static bool bridge_is_needed(const struct flow_bridge *bridge)
{
    return !list_is_empty(&bridge->ports) || !list_is_empty(&bridge->stale) ||
           bridge->change || !bridge->searched;
}

struct flow_bridge *flow_bridge_new(struct flow_keeper *keeper,
                                    const char *name)
{
    struct flow_bridge *bridge = mem_new(sizeof(*bridge));

    bridge->keeper = keeper;
    snprintf(bridge->name, sizeof(bridge->name), "%s", name);
    list_init(&bridge->ports);
    list_init(&bridge->stale);
    bridge->at_once = FLOW_PORTS_AT_ONCE;
    bridge->lost_ms = now_ms(bridge);
    bridge->at_ms = bridge->lost_ms;
    list_append(&keeper->bridges, &bridge->link);
    return bridge;
}

static uint64_t number_hash(int64_t ofport)
{
    return hash_byte(hash_byte(HASH_BEGIN, (uint8_t)ofport),
                     (uint8_t)(ofport >> 8));
}

void flow_bridge_add(struct flow_bridge *bridge, struct kept *kept)
{
    kept->bridge = bridge;
    kept->since_ms = now_ms(bridge);
    list_append(&bridge->ports, &kept->link);
    index_add(&bridge->by_number, &kept->by_number, number_hash(kept->ofport));
}

struct kept *flow_bridge_find(const struct flow_bridge *bridge, int64_t ofport)
{
    INDEX_EACH (link, &bridge->by_number, number_hash(ofport)) {
        struct kept *kept = container_of(link, struct kept, by_number);
        if (kept->ofport == ofport)
            return kept;
    }
    return NULL;
}

static void forget_stale(struct flow_bridge *bridge)
{
    LIST_EACH (link, &bridge->stale) {
        list_remove(link);
        free(stale_at(link));
    }
}

void flow_bridge_free(struct flow_bridge *bridge)
{
    forget_stale(bridge);
    index_done(&bridge->by_number);
    ovsdb_forget(&bridge->closing);
    ovsdb_forget(&bridge->opening);
    openflow_uv_close(bridge->connection);
    list_remove(&bridge->link);
    free(bridge);
}

void flow_bridge_add_stale(struct flow_bridge *bridge, int64_t ofport)
{
    struct stale *stale;

    LIST_EACH (link, &bridge->stale) {
        if (stale_at(link)->ofport == ofport)
            return;
    }
    stale = mem_new(sizeof(*stale));
    stale->ofport = ofport;
    stale->at_ms = now_ms(bridge) + STALE_MS;
    list_append(&bridge->stale, &stale->link);
}

/* All that was there has been told before. */
static void watch_answered(struct flow_bridge *bridge,
                           const struct openflow_event *event)
{
    bridge->searched = true;
    bridge->has_answered = true;
    if (event->type == OPENFLOW_FAILED)
        log_event(LOG_LEVEL_WARNING,
                  "the switch does not report when somebody removes flows of "
                  "source guards",
                  "bridge", bridge->name, "reason", event->err.text, NULL);
}

/* Somebody has changed its flows. Whoever makes a port puts them, too, at about
 * the same time as this daemon: that is nobody who wants them otherwise. */
static void flows_changed(struct flow_bridge *bridge, struct kept *kept)
{
    bool is_repair = now_ms(bridge) - kept->since_ms > MAKING_MS ||
                     kept->early == EARLY_CHANGES;

    if (kept->state == KEPT_DUE)
        return; /* another report of the same change */
    kept->early += !is_repair;
    if (is_repair && kept->state == KEPT_IN_FORCE)
        bridge->keeper->host->measures.flow_repairs++;
    bridge->repairs |= is_repair;
    kept->state = KEPT_DUE;
}

static void on_bridge_event(void *data, const struct openflow_event *event)
{
    struct flow_bridge *bridge = data;
    struct kept *kept =
        flow_bridge_find(bridge, port_flows_ofport(event->cookie));

    switch (event->type) {
    case OPENFLOW_FOUND:
        if (!kept && port_flows_ofport(event->cookie))
            flow_bridge_add_stale(bridge, port_flows_ofport(event->cookie));
        break;
    case OPENFLOW_CHANGED:
        if (kept)
            flows_changed(bridge, kept);
        break;
    case OPENFLOW_OVERRUN:
        flow_bridge_make_all_due(bridge);
        break;
    case OPENFLOW_LOST:
        return; /* the end of the connection is told next */
    default:
        if (event->id == bridge->change)
            flow_bridge_changed(bridge, event);
        else if (event->id == bridge->watch)
            watch_answered(bridge, event);
    }
    flow_bridge_flush(bridge);
    flow_keeper_schedule(bridge->keeper);
}

/* Connections. */

static uint64_t connect_wait_ms(uint64_t away_ms)
{
    uint64_t share = away_ms / CONNECT_SHARE;

    if (away_ms >= CONNECT_SOON_MS)
        return CONNECT_LATER_MS;
    if (share < CONNECT_LEAST_MS)
        return CONNECT_LEAST_MS;
    return share < CONNECT_MOST_MS ? share : CONNECT_MOST_MS;
}

/* One that lets itself be connected to, and goes before it has answered, is as
 * good as one that is away. */
static void connection_lost(struct flow_bridge *bridge, const struct err *why)
{
    uint64_t now = now_ms(bridge);

    if (bridge->has_answered)
        bridge->lost_ms = now;
    bridge->has_answered = false;
    bridge->at_ms = now + connect_wait_ms(now - bridge->lost_ms);
    if (now - bridge->lost_ms >= CONNECT_SOON_MS)
        flow_bridge_log(bridge, NULL, why);
    flow_closing_close(bridge);
}

static void on_bridge_down(void *data, const struct err *why)
{
    struct flow_bridge *bridge = data;

    log_event(LOG_LEVEL_DEBUG, "lost a bridge and its flows", "bridge",
              bridge->name, "reason", why->text, NULL);
    openflow_uv_close(TAKE_PTR(bridge->connection));
    bridge->change = 0;
    flow_bridge_make_all_due(bridge);
    if (why->code == ECONNRESET || why->code == EPIPE) {
        connection_lost(bridge, why);
    } else {
        bridge->at_ms = now_ms(bridge) + PROTOCOL_ERROR_MS;
        bridge->searched = true; /* it never tells */
        flow_bridge_log(bridge, NULL, why);
        flow_bridge_fail_all(bridge, why);
    }
    flow_keeper_schedule(bridge->keeper);
    flow_keeper_tell(bridge->keeper);
}

static void connect_failed(struct flow_bridge *bridge, const struct err *why)
{
    uint64_t now = now_ms(bridge);
    uint64_t away = now - bridge->lost_ms;

    /* Without a bridge there are no flows, and none has to go: with its last
     * port it may have gone for good. */
    if (why->code == ENOENT || why->code == ECONNREFUSED) {
        forget_stale(bridge);
        bridge->searched = true;
    }
    if (!bridge_is_needed(bridge))
        return;
    bridge->at_ms = now + connect_wait_ms(away);
    if (away >= CONNECT_SOON_MS)
        flow_bridge_log(bridge, NULL, why);
}

static void connect_bridge(struct flow_bridge *bridge)
{
    static const struct openflow_uv_events events = {.event = on_bridge_event,
                                                     .down = on_bridge_down};
    struct flow_keeper *keeper = bridge->keeper;
    char path[OPENFLOW_PATH_SIZE];
    struct err err = {0};
    struct flow match;

    bridge->at_ms = 0;
    int r = openflow_path(keeper->remote, bridge->name, path, &err);
    if (r >= 0)
        r = openflow_uv_open(keeper->timer.loop, path, &events, bridge,
                             &bridge->connection, &err);
    if (r < 0) {
        connect_failed(bridge, &err);
        return;
    }
    if (!bridge->connection)
        return; /* it broke at once, and is tried again */
    port_flows_common(&match);
    bridge->watch = openflow_uv_watch(bridge->connection, &match);
}

void flow_bridge_attend(struct flow_bridge *bridge)
{
    if (bridge->at_ms && bridge->at_ms <= now_ms(bridge)) {
        bridge->at_ms = 0;
        flow_bridge_retry(bridge);
        flow_closing_open(bridge);
        if (!bridge->connection && bridge_is_needed(bridge))
            connect_bridge(bridge);
    }
    flow_bridge_flush(bridge);
    if (!bridge_is_needed(bridge))
        flow_bridge_free(bridge);
}

uint64_t flow_bridge_next_ms(const struct flow_bridge *bridge)
{
    uint64_t next = bridge->at_ms;

    if (!bridge_is_needed(bridge))
        return now_ms(bridge);
    /* With a change on its way, or one that waits for `at_ms` because there
     * were too many, nothing can be sent: a timer of now would come again
     * without end, and libuv before 1.45 never leaves its timers then. */
    bool waits = bridge->change || bridge->repairs;
    if (!list_is_empty(&bridge->stale) && bridge->connection && !waits)
        next = timer_earlier(next, stale_at(bridge->stale.next)->at_ms);
    return next;
}
