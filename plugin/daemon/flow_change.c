/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What is due at one bridge goes into one change at a time: so what comes while
 * a change is on its way goes into the next one, and a thousand ports take one
 * change and not a thousand. The flows are derived from the row when they are
 * sent, and not kept.
 *
 * The switch takes a change as a whole, or nothing of it. If it refuses one of
 * many ports, half as many go into the next one, until the port is found that
 * is to blame. That one is closed, by one flow that drops what it sends, and is
 * tried again after a while. So is a port whose row does not tell its flows.
 */
#include <errno.h>
#include <string.h>

#include "ovsint/base/log.h"
#include "ovsint/flows/port_flows.h"
#include "plugin/daemon/flow_bridge.h"
#include "plugin/daemon/timer.h"

struct batch {
    struct flow_list adds;
    struct flow_delete *deletes;
    size_t delete_count;
    size_t delete_room;
    size_t put_count;
};

static void batch_delete(struct batch *batch, struct flow_delete deleted)
{
    batch->deletes = mem_grow(batch->deletes, batch->delete_count,
                              &batch->delete_room, sizeof(*batch->deletes));
    batch->deletes[batch->delete_count++] = deleted;
}

static void note_why(struct kept *kept, const struct err *why)
{
    if (!kept->why)
        kept->why = mem_new(sizeof(*kept->why));
    *kept->why = *why;
}

static void note_unreadable(struct kept *kept, const struct err *why)
{
    if (!kept->unreadable)
        log_event(LOG_LEVEL_ERROR,
                  "a port is closed, as its row does not tell its source guard",
                  "port", kept->name, "reason", why->text, NULL);
    note_why(kept, why);
    kept->unreadable = kept->closes = true;
}

static void batch_put(struct batch *batch, struct kept *kept)
{
    const struct vswitch_port *port =
        vswitch_view_find(&kept->bridge->keeper->host->ports, kept->name);
    struct attachment spec;
    struct err err = {0};

    if (!port || port->ofport != kept->ofport)
        return; /* its rows are about to be seen */
    if (!kept->closes && port_flows_of_row(port, &spec, &batch->adds, &err) < 0)
        note_unreadable(kept, &err);
    batch_delete(batch, kept->closes || !kept->is_new
                            ? port_flows_of(kept->ofport)
                            : port_flows_former(&spec, kept->ofport));
    if (kept->closes && kept->guards)
        port_flows_close(kept->ofport, &batch->adds);
    kept->state = KEPT_SENT;
    batch->put_count++;
}

static void batch_stale(struct batch *batch, struct flow_bridge *bridge)
{
    LIST_EACH (link, &bridge->stale) {
        struct stale *stale = stale_at(link);
        if (stale->at_ms > flow_keeper_now_ms(bridge->keeper))
            continue;
        if (!flow_bridge_find(bridge, stale->ofport))
            batch_delete(batch, port_flows_gone(stale->ofport));
        list_remove(link);
        free(stale);
    }
}

/* A second daemon would take our change for one of a stranger, and we its own,
 * as fast as the switch can. */
static bool repairs_too_often(struct flow_bridge *bridge)
{
    uint64_t now = flow_keeper_now_ms(bridge->keeper);

    if (now - bridge->second_ms >= FLOW_RETRY_MS) {
        bridge->second_ms = now;
        bridge->repair_count = 0;
    }
    if (bridge->repair_count < FLOW_REPAIRS)
        return false;
    if (!bridge->contended)
        log_event(LOG_LEVEL_WARNING,
                  "somebody changes the flows of source guards again and "
                  "again: does another ovsint-plugin run for this database?",
                  "bridge", bridge->name, NULL);
    bridge->contended = true;
    bridge->at_ms =
        timer_earlier(bridge->at_ms, bridge->second_ms + FLOW_RETRY_MS);
    return true;
}

void flow_bridge_flush(struct flow_bridge *bridge)
{
    struct batch batch = {0};

    if (!bridge->connection || bridge->change)
        return;
    if (bridge->repairs && repairs_too_often(bridge))
        return;
    bridge->repair_count += bridge->repairs;
    bridge->repairs = false;
    batch_stale(&batch, bridge);
    LIST_EACH (link, &bridge->ports) {
        if (kept_at(link)->state == KEPT_DUE &&
            batch.put_count < bridge->at_once)
            batch_put(&batch, kept_at(link));
    }
    const struct flow_change change = {.deletes = batch.deletes,
                                       .delete_count = batch.delete_count,
                                       .adds = batch.adds.flows,
                                       .add_count = batch.adds.count};
    bridge->sent = batch.put_count;
    if (batch.delete_count)
        bridge->change = openflow_uv_change(bridge->connection, &change);
    if (!bridge->connection)
        bridge->change = 0; /* it broke when this was sent */
    free(batch.deletes);
    flow_list_done(&batch.adds);
}

void flow_bridge_make_all_due(struct flow_bridge *bridge)
{
    bridge->at_once = FLOW_PORTS_AT_ONCE;
    LIST_EACH (link, &bridge->ports) {
        kept_at(link)->state = KEPT_DUE;
        kept_at(link)->closes = false;
    }
}

void flow_bridge_fail_all(struct flow_bridge *bridge, const struct err *why)
{
    LIST_EACH (link, &bridge->ports)
        note_why(kept_at(link), why);
}

void flow_bridge_log(struct flow_bridge *bridge, const char *port,
                     const struct err *why)
{
    if (bridge->logged || list_is_empty(&bridge->ports))
        return;
    log_event(LOG_LEVEL_ERROR, "the source guards of a bridge are not in force",
              "bridge", bridge->name, "reason", why->text, port ? "port" : NULL,
              port, NULL);
    bridge->logged = true;
}

/* A port that the switch has refused, and might take now. */
static struct kept *find_refused(const struct flow_bridge *bridge)
{
    LIST_EACH (link, &bridge->ports) {
        if (kept_at(link)->state == KEPT_REFUSED && !kept_at(link)->unreadable)
            return kept_at(link);
    }
    return NULL;
}

static void try_again(struct kept *kept)
{
    kept->state = KEPT_DUE;
    kept->closes = false;
}

/* Another one each time, as one may be refused for ever, and the others for
 * as long as the table is full. */
void flow_bridge_retry(struct flow_bridge *bridge)
{
    struct kept *kept = find_refused(bridge);

    if (!kept)
        return;
    try_again(kept);
    list_remove(&kept->link);
    list_append(&bridge->ports, &kept->link);
    bridge->at_ms = flow_keeper_now_ms(bridge->keeper) + FLOW_RETRY_MS;
}

/* What one port could be given now, the others may get as well. */
static void try_all_again(struct flow_bridge *bridge)
{
    LIST_EACH (link, &bridge->ports) {
        struct kept *kept = kept_at(link);
        if (kept->state == KEPT_REFUSED && !kept->unreadable)
            try_again(kept);
    }
}

static bool has_refused(const struct flow_bridge *bridge)
{
    LIST_EACH (link, &bridge->ports) {
        if (kept_at(link)->why && !kept_at(link)->unreadable)
            return true;
    }
    return false;
}

static void change_done(struct flow_bridge *bridge)
{
    bool was_refused = false;

    LIST_EACH (link, &bridge->ports) {
        struct kept *kept = kept_at(link);
        if (kept->state != KEPT_SENT)
            continue;
        kept->state = kept->closes ? KEPT_REFUSED : KEPT_IN_FORCE;
        if (kept->closes)
            continue;
        kept->is_new = false;
        was_refused |= kept->why != NULL;
        free(TAKE_PTR(kept->why));
    }
    if (bridge->at_once < FLOW_PORTS_AT_ONCE)
        bridge->at_once *= 2;
    if (was_refused)
        try_all_again(bridge);
    if (bridge->logged && !has_refused(bridge)) {
        log_event(LOG_LEVEL_INFO,
                  "the source guards of a bridge are in force again", "bridge",
                  bridge->name, NULL);
        bridge->logged = false;
    }
}

static void refuse(struct kept *kept, const struct err *why)
{
    if (kept->closes) {
        kept->state = KEPT_REFUSED;
        return;
    }
    note_why(kept, why);
    kept->closes = true;
    kept->state = KEPT_DUE;
    kept->bridge->at_ms =
        flow_keeper_now_ms(kept->bridge->keeper) + FLOW_RETRY_MS;
    flow_bridge_log(kept->bridge, kept->name, why);
}

static void change_refused(struct flow_bridge *bridge, const struct err *why)
{
    LIST_EACH (link, &bridge->ports) {
        struct kept *kept = kept_at(link);
        if (kept->state != KEPT_SENT)
            continue;
        if (bridge->sent == 1)
            refuse(kept, why);
        else
            kept->state = KEPT_DUE;
    }
    bridge->at_once = bridge->sent > 1 ? bridge->sent / 2 : 1;
}

void flow_bridge_changed(struct flow_bridge *bridge,
                         const struct openflow_event *event)
{
    bridge->change = 0;
    if (event->type == OPENFLOW_DONE) {
        change_done(bridge);
        flow_closing_open(bridge);
    } else {
        change_refused(bridge, &event->err);
    }
    flow_keeper_tell(bridge->keeper);
}
