/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * From rows to bridges: which ports are guarded, and what has changed of them.
 * flow_bridge.c has what is then asked of the bridge.
 */
#include "plugin/daemon/flow_keeper.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ovsint/base/hash.h"
#include "ovsint/base/log.h"
#include "ovsint/flows/port_flows.h"
#include "ovsint/rows/vswitch_closing.h"
#include "plugin/daemon/flow_bridge.h"
#include "plugin/daemon/timer.h"

uint64_t flow_keeper_now_ms(const struct flow_keeper *keeper)
{
    return uv_now(keeper->timer.loop);
}

void flow_keeper_tell(struct flow_keeper *keeper)
{
    LIST_EACH (link, &keeper->listeners) {
        struct flow_listener *listener =
            container_of(link, struct flow_listener, link);
        listener->changed(listener->data);
    }
}

/* Ports and bridges. */

static struct kept *kept_find(const struct flow_keeper *keeper,
                              const char *name)
{
    INDEX_EACH (link, &keeper->by_name, hash_text(HASH_BEGIN, name)) {
        struct kept *kept = container_of(link, struct kept, by_name);
        if (strcmp(kept->name, name) == 0)
            return kept;
    }
    return NULL;
}

static struct flow_bridge *bridge_get(struct flow_keeper *keeper,
                                      const char *name)
{
    LIST_EACH (link, &keeper->bridges) {
        if (strcmp(flow_bridge_at(link)->name, name) == 0)
            return flow_bridge_at(link);
    }
    return flow_bridge_new(keeper, name);
}

/* For a moment two rows may have one number, as of a device that the kernel's
 * datapath has made twice. Then the flows may be those of the one that goes. */
static void kept_drop(struct kept *kept)
{
    struct flow_bridge *bridge = kept->bridge;

    flow_bridge_add_stale(bridge, kept->ofport);
    list_remove(&kept->link);
    index_remove(&bridge->keeper->by_name, &kept->by_name);
    index_remove(&bridge->by_number, &kept->by_number);
    struct kept *other = flow_bridge_find(bridge, kept->ofport);
    if (other)
        other->state = KEPT_DUE;
    free(kept->why);
    free(kept);
}

/* Rows. */

/* Of a port on a logical switch OVN has the guard. */
static bool is_logical(const struct vswitch_port *port)
{
    const char *segment = vswitch_map_get(&port->port_ids, ID_SEGMENT);

    return segment && strstr(segment, "/ovn:");
}

static bool has_guard(const char *spec)
{
    return strstr(spec, "\"guard\"") != NULL;
}

/* Most ports have none: their specs are not parsed. */
static const char *guarded_spec(const struct vswitch_port *port)
{
    const char *spec = vswitch_port_id(port, ID_SPEC);

    return spec && (has_guard(spec) || strstr(spec, "\"storm\"")) &&
                   !is_logical(port) && port_flows_fit(port->ofport)
               ? spec
               : NULL;
}

static uint64_t print_of(const struct vswitch_port *port, const char *spec)
{
    const char *mac = vswitch_port_id(port, ID_MAC);
    uint64_t print = hash_text(hash_text(HASH_BEGIN, spec), mac ? mac : "");

    for (unsigned bits = 0; bits < 16; bits += 8)
        print = hash_byte(print, (uint8_t)(port->ofport >> bits));
    return print;
}

static struct kept *kept_new(struct flow_keeper *keeper,
                             const struct vswitch_port *port)
{
    struct kept *kept = mem_new(sizeof(*kept));

    snprintf(kept->name, sizeof(kept->name), "%.15s", port->name);
    index_add(&keeper->by_name, &kept->by_name,
              hash_text(HASH_BEGIN, kept->name));
    return kept;
}

/* The bridge of a row whose spec cannot be read. Its Port tells it, too. */
static bool bridge_beside_spec(const struct vswitch_port *port,
                               char ret[BRIDGE_NAME_SIZE])
{
    const char *segment = vswitch_map_get(&port->port_ids, ID_SEGMENT);
    const char *end = segment ? strrchr(segment, '/') : NULL;

    if (!end || end - segment >= BRIDGE_NAME_SIZE)
        return false;
    snprintf(ret, BRIDGE_NAME_SIZE, "%.*s", (int)(end - segment), segment);
    return true;
}

static void see_port(struct flow_keeper *keeper,
                     const struct vswitch_port *port)
{
    struct kept *kept = kept_find(keeper, port->name);
    const char *spec = guarded_spec(port);
    struct attachment attachment;
    struct err err = {0};

    if (kept && kept->print == (spec ? print_of(port, spec) : 0)) {
        kept->seen = true;
        kept->bridge->has_closed |= vswitch_port_is_closed(port);
        return;
    }
    if (kept)
        kept_drop(kept);
    if (!spec)
        return;
    if (vswitch_port_spec(port, &attachment, &err) < 0 &&
        !bridge_beside_spec(port, attachment.bridge)) {
        log_event(LOG_LEVEL_WARNING, "a port has no source guard", "port",
                  port->name, "reason", err.text, NULL);
        return;
    }
    kept = kept_new(keeper, port);
    kept->print = print_of(port, spec);
    kept->ofport = port->ofport;
    kept->seen = kept->is_new = true;
    kept->guards = has_guard(spec);
    kept->type = attachment.type;
    flow_bridge_add(bridge_get(keeper, attachment.bridge), kept);
    kept->bridge->has_closed |= vswitch_port_is_closed(port);
}

static void forget_seen(struct flow_bridge *bridge)
{
    LIST_EACH (link, &bridge->ports)
        kept_at(link)->seen = false;
}

static void drop_unseen(struct flow_bridge *bridge)
{
    LIST_EACH (link, &bridge->ports) {
        if (!kept_at(link)->seen)
            kept_drop(kept_at(link));
    }
}

static void see_all(struct flow_keeper *keeper)
{
    const struct vswitch_view *view = &keeper->host->ports;

    LIST_EACH (link, &keeper->bridges)
        forget_seen(flow_bridge_at(link));
    for (size_t i = 0; i < view->count; i++)
        see_port(keeper, view->ports[i]);
    LIST_EACH (link, &keeper->bridges)
        drop_unseen(flow_bridge_at(link));
    /* Flows of ports that went while no daemon ran. */
    for (size_t i = 0; i < keeper->host->bridges.count; i++)
        (void)bridge_get(keeper, keeper->host->bridges.rows[i].name);
}

static void see_change(struct flow_keeper *keeper,
                       const struct vswitch_change *change)
{
    struct kept *kept = kept_find(keeper, change->name);

    if (change->port)
        see_port(keeper, change->port);
    else if (kept)
        kept_drop(kept);
}

static void on_keeper_rows(void *data, const struct json *updates, bool anew)
{
    struct flow_keeper *keeper = data;
    const struct vswitch_view *view = &keeper->host->ports;

    (void)updates;
    if (anew)
        see_all(keeper);
    for (size_t i = 0; i < view->change_count && !anew; i++)
        see_change(keeper, &view->changes[i]);
    LIST_EACH (link, &keeper->bridges) {
        flow_bridge_flush(flow_bridge_at(link));
        flow_closing_open(flow_bridge_at(link));
    }
    flow_keeper_schedule(keeper);
}

static void on_keeper_timer(uv_timer_t *timer)
{
    struct flow_keeper *keeper = timer->data;

    LIST_EACH (link, &keeper->bridges)
        flow_bridge_attend(flow_bridge_at(link));
    flow_keeper_schedule(keeper);
}

void flow_keeper_schedule(struct flow_keeper *keeper)
{
    uint64_t next = 0;

    LIST_EACH (link, &keeper->bridges)
        next = timer_earlier(next, flow_bridge_next_ms(flow_bridge_at(link)));
    if (next == 0)
        uv_timer_stop(&keeper->timer);
    else
        timer_at(&keeper->timer, on_keeper_timer, next);
}

/* What others ask. */

void flow_keeper_listen(struct flow_keeper *keeper,
                        struct flow_listener *listener)
{
    list_append(&keeper->listeners, &listener->link);
}

void flow_keeper_leave(struct flow_listener *listener)
{
    list_remove(&listener->link);
}

int flow_keeper_state(struct flow_keeper *keeper,
                      const struct vswitch_port *port, struct err *err)
{
    const char *spec = guarded_spec(port);
    const struct kept *kept = kept_find(keeper, port->name);

    if (!spec)
        return 1;
    if (!kept || kept->print != print_of(port, spec))
        return 0;
    if (kept->why) {
        *err = *kept->why;
        return -err->code;
    }
    return kept->state == KEPT_IN_FORCE &&
           !openflow_uv_has_ended(kept->bridge->connection);
}

void flow_keeper_send(struct flow_keeper *keeper, const char *bridge,
                      const struct flow_packet *packets, size_t count)
{
    packet_out_send(&keeper->packets, bridge, packets, count);
}

static bool bridge_rests(const struct flow_bridge *bridge)
{
    LIST_EACH (link, &bridge->ports) {
        if (kept_at(link)->state == KEPT_DUE ||
            kept_at(link)->state == KEPT_SENT)
            return false;
    }
    return true;
}

bool flow_keeper_rests(const struct flow_keeper *keeper)
{
    LIST_EACH (link, &keeper->bridges) {
        if (!bridge_rests(flow_bridge_at(link)))
            return false;
    }
    return true;
}

static const struct host_events keeper_events = {.on_rows = on_keeper_rows};

struct flow_keeper *flow_keeper_open(uv_loop_t *loop, struct host *host,
                                     const char *remote)
{
    struct flow_keeper *keeper = mem_new(sizeof(*keeper));

    keeper->host = host;
    keeper->remote = remote;
    list_init(&keeper->bridges);
    list_init(&keeper->listeners);
    packet_outs_open(&keeper->packets, loop, remote);
    uv_timer_init(loop, &keeper->timer);
    keeper->timer.data = keeper;
    keeper->subscriber =
        (struct host_subscriber){.events = &keeper_events, .data = keeper};
    host_subscribe(host, &keeper->subscriber);
    return keeper;
}

static void on_keeper_closed(uv_handle_t *handle)
{
    struct flow_keeper *keeper = handle->data;

    index_done(&keeper->by_name);
    free(keeper);
}

void flow_keeper_close(struct flow_keeper *keeper)
{
    if (!keeper)
        return;
    packet_outs_close(&keeper->packets);
    host_unsubscribe(&keeper->subscriber);
    LIST_EACH (link, &keeper->bridges) {
        forget_seen(flow_bridge_at(link));
        drop_unseen(flow_bridge_at(link));
        flow_bridge_free(flow_bridge_at(link));
    }
    uv_close((uv_handle_t *)&keeper->timer, on_keeper_closed);
}
