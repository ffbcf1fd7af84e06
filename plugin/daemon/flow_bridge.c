/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is due at one bridge goes into one change at a time: so what comes while
 * a change is on its way goes into the next one, and a thousand ports take one
 * change and not a thousand. The flows are derived from the row when they are
 * sent, and not kept.
 */
#include <errno.h>
#include <string.h>

#include "ovsint/base/log.h"
#include "ovsint/flows/port_flows.h"
#include "ovsint/openflow/client.h"
#include "plugin/daemon/flow_bridge.h"

/* The switch drops a port a moment after its row, and nobody else gets its
 * number for an hour. */
#define STALE_MS 1000
/* ovs-vswitchd is often about to come back. */
#define CONNECT_EVERY_MS 2
#define CONNECT_SOON_MS 10000
#define CONNECT_LATER_MS 200
#define RETRY_MS 1000
/* Ports of one change: even with all addresses that each may have, it fits
 * LIMIT_OPENFLOW_OUTPUT. */
#define PORTS_AT_ONCE 1000

static struct stale *stale_at(struct list *link)
{
    return container_of(link, struct stale, link);
}

static uint64_t now_ms(const struct flow_bridge *bridge)
{
    return flow_keeper_now_ms(bridge->keeper);
}

static bool bridge_is_needed(const struct flow_bridge *bridge)
{
    return !list_is_empty(&bridge->ports) || !list_is_empty(&bridge->stale) ||
           bridge->change;
}

static struct kept *kept_find_number(const struct flow_bridge *bridge,
                                     int64_t ofport)
{
    LIST_EACH (link, &bridge->ports) {
        if (kept_at(link)->ofport == ofport)
            return kept_at(link);
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

struct batch {
    struct flow_list adds;
    struct flow_delete *deletes;
    size_t delete_count;
    size_t delete_room;
};

static void batch_delete(struct batch *batch, int64_t ofport)
{
    batch->deletes = mem_grow(batch->deletes, batch->delete_count,
                              &batch->delete_room, sizeof(*batch->deletes));
    batch->deletes[batch->delete_count++] = port_flows_of(ofport);
}

static void batch_put(struct batch *batch, struct kept *kept)
{
    const struct vswitch_port *port =
        vswitch_view_find(&kept->bridge->keeper->host->ports, kept->name);
    struct attachment spec;
    struct err err = {0};

    if (!port || port->ofport != kept->ofport)
        return; /* its rows are about to be seen */
    batch_delete(batch, kept->ofport);
    if (port_flows_of_row(port, &spec, &batch->adds, &err) < 0)
        log_event(LOG_LEVEL_WARNING, "a port has no source guard", "port",
                  kept->name, "reason", err.text, NULL);
    kept->state = KEPT_SENT;
}

static void batch_stale(struct batch *batch, struct flow_bridge *bridge)
{
    LIST_EACH (link, &bridge->stale) {
        struct stale *stale = stale_at(link);
        if (stale->at_ms > now_ms(bridge))
            continue;
        if (!kept_find_number(bridge, stale->ofport))
            batch_delete(batch, stale->ofport);
        list_remove(link);
        free(stale);
    }
}

void flow_bridge_flush(struct flow_bridge *bridge)
{
    struct batch batch = {0};

    if (!bridge->connection || bridge->change)
        return;
    batch_stale(&batch, bridge);
    LIST_EACH (link, &bridge->ports) {
        if (kept_at(link)->state == KEPT_DUE &&
            batch.delete_count < PORTS_AT_ONCE)
            batch_put(&batch, kept_at(link));
    }
    const struct flow_change change = {.deletes = batch.deletes,
                                       .delete_count = batch.delete_count,
                                       .adds = batch.adds.flows,
                                       .add_count = batch.adds.count};
    if (batch.delete_count)
        bridge->change = openflow_uv_change(bridge->connection, &change);
    if (!bridge->connection)
        bridge->change = 0; /* it broke when this was sent */
    free(batch.deletes);
    flow_list_done(&batch.adds);
}

static void set_all(struct flow_bridge *bridge, enum kept_state from,
                    enum kept_state to)
{
    LIST_EACH (link, &bridge->ports) {
        if (kept_at(link)->state == from)
            kept_at(link)->state = to;
    }
}

/* Whatever they are. */
static void make_all_due(struct flow_bridge *bridge)
{
    LIST_EACH (link, &bridge->ports)
        kept_at(link)->state = KEPT_DUE;
}

static void log_refused(struct flow_bridge *bridge, const struct err *why)
{
    if (!bridge->logged)
        log_event(LOG_LEVEL_ERROR,
                  "the source guards of a bridge are not in force", "bridge",
                  bridge->name, "reason", why->text, NULL);
    bridge->logged = true;
}

static void log_in_force(struct flow_bridge *bridge)
{
    if (bridge->logged)
        log_event(LOG_LEVEL_INFO,
                  "the source guards of a bridge are in force again", "bridge",
                  bridge->name, NULL);
    bridge->logged = false;
}

static void change_ended(struct flow_bridge *bridge,
                         const struct openflow_event *event)
{
    bridge->change = 0;
    if (event->type == OPENFLOW_DONE) {
        set_all(bridge, KEPT_SENT, KEPT_IN_FORCE);
        log_in_force(bridge);
    } else {
        bridge->refused = event->err;
        set_all(bridge, KEPT_SENT, KEPT_REFUSED);
        bridge->at_ms = now_ms(bridge) + RETRY_MS;
        log_refused(bridge, &bridge->refused);
    }
    flow_keeper_tell(bridge->keeper);
}

static void on_bridge_event(void *data, const struct openflow_event *event)
{
    struct flow_bridge *bridge = data;
    struct kept *kept =
        kept_find_number(bridge, port_flows_ofport(event->cookie));

    switch (event->type) {
    case OPENFLOW_FOUND:
        if (!kept && port_flows_ofport(event->cookie))
            flow_bridge_add_stale(bridge, port_flows_ofport(event->cookie));
        break;
    case OPENFLOW_CHANGED:
        if (kept)
            kept->state = KEPT_DUE;
        break;
    case OPENFLOW_OVERRUN:
        make_all_due(bridge);
        break;
    case OPENFLOW_LOST:
        return; /* the end of the connection is told next */
    default:
        if (event->id == bridge->change)
            change_ended(bridge, event);
        else if (event->id == bridge->watch && event->type == OPENFLOW_FAILED)
            log_event(LOG_LEVEL_WARNING,
                      "the switch does not report when somebody removes flows "
                      "of source guards",
                      "bridge", bridge->name, "reason", event->err.text, NULL);
    }
    flow_bridge_flush(bridge);
    flow_keeper_schedule(bridge->keeper);
}

/* Connections. */

static void on_bridge_down(void *data, const struct err *why)
{
    struct flow_bridge *bridge = data;

    log_event(LOG_LEVEL_DEBUG, "lost a bridge and its flows", "bridge",
              bridge->name, "reason", why->text, NULL);
    openflow_uv_close(TAKE_PTR(bridge->connection));
    bridge->change = 0;
    bridge->lost_ms = now_ms(bridge);
    bridge->at_ms = bridge->lost_ms + CONNECT_EVERY_MS;
    if (why->code != ECONNRESET && why->code != EPIPE) {
        bridge->at_ms = bridge->lost_ms + RETRY_MS;
        log_refused(bridge, why);
    }
    make_all_due(bridge);
    flow_keeper_schedule(bridge->keeper);
    flow_keeper_tell(bridge->keeper);
}

static void connect_failed(struct flow_bridge *bridge, const struct err *why)
{
    uint64_t now = now_ms(bridge);
    bool soon = now - bridge->lost_ms < CONNECT_SOON_MS;

    /* Without a bridge there are no flows, and none has to go: with its last
     * port it may have gone for good. */
    if (why->code == ENOENT || why->code == ECONNREFUSED)
        forget_stale(bridge);
    if (!bridge_is_needed(bridge))
        return;
    bridge->at_ms = now + (soon ? CONNECT_EVERY_MS : CONNECT_LATER_MS);
    if (!soon)
        log_refused(bridge, why);
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
    if (!bridge_is_needed(bridge)) {
        flow_bridge_free(bridge);
        return;
    }
    if (bridge->at_ms && bridge->at_ms <= now_ms(bridge)) {
        bridge->at_ms = 0;
        set_all(bridge, KEPT_REFUSED, KEPT_DUE);
        if (!bridge->connection)
            connect_bridge(bridge);
    }
    flow_bridge_flush(bridge);
}

uint64_t flow_bridge_next_ms(const struct flow_bridge *bridge)
{
    uint64_t next = bridge->at_ms;

    if (!bridge_is_needed(bridge))
        return now_ms(bridge);
    if (!list_is_empty(&bridge->stale) && bridge->connection)
        next = flow_earlier(next, stale_at(bridge->stale.next)->at_ms);
    return next;
}
