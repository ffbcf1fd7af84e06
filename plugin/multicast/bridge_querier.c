/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* One timer: for the next try to connect, or for the next queries. */
#include "plugin/multicast/bridge_querier.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "ovsint/base/log.h"
#include "ovsint/multicast/querier.h"
#include "ovsint/openflow/client.h"
#include "plugin/daemon/openflow_uv.h"
#include "plugin/daemon/timer.h"
#include "plugin/multicast/bridge_vlans.h"

/* ovs-vswitchd is often about to come back. */
#define CONNECT_EVERY_MS 20
#define CONNECT_SOON_MS 10000
#define CONNECT_LATER_MS 1000
/* Nobody knows yet which VLANs the bridge has. */
#define VLANS_AGAIN_MS 1000

struct bridge_querier {
    char bridge[BRIDGE_NAME_SIZE];
    struct host *host;
    const char *remote;
    uv_timer_t timer;
    struct openflow_uv *connection;
    struct ovsdb_call call;
    struct querier querier;
    struct bridge_vlans vlans; /* of the last answer */
    bool has_vlans;            /* there was one */
    unsigned membership_s;
    int64_t lost_ms;
    bool told; /* of a failure */
};

static int64_t now_ms(const struct bridge_querier *querier)
{
    return (int64_t)uv_now(querier->timer.loop);
}

static void on_querier_timer(uv_timer_t *timer);

static void wait_until(struct bridge_querier *querier, int64_t at_ms)
{
    timer_at(&querier->timer, on_querier_timer, (uint64_t)at_ms);
}

static void tell_of(struct bridge_querier *querier, const struct err *why)
{
    if (!querier->told)
        log_event(
            LOG_LEVEL_WARNING,
            "the members of multicast groups of a bridge cannot be asked, "
            "so it forgets them; it is tried again",
            "bridge", querier->bridge, "reason", why->text, NULL);
    querier->told = true;
}

/* Asking. */

struct queries {
    struct query_frame *frames;
    struct flow_packet *packets;
    size_t count;
};

static void add_vlan(const struct bridge_querier *querier, unsigned vlan,
                     struct queries *to)
{
    struct query_frame *frames = to->frames + to->count;

    query_igmp(&querier->querier, &querier->vlans.mac, vlan, &frames[0]);
    query_mld(&querier->querier, &querier->vlans.mac, vlan, &frames[1]);
    for (size_t i = 0; i < 2; i++)
        to->packets[to->count++] = (struct flow_packet){
            .bytes = frames[i].bytes, .size = frames[i].size};
}

static void ask(struct bridge_querier *querier)
{
    const struct bridge_vlans *vlans = &querier->vlans;
    size_t count = vlans->untagged;

    for (unsigned vlan = 1; vlan < VLAN_COUNT; vlan++)
        count += vlan_set_has(&vlans->vlans, vlan);
    querier_asked(&querier->querier, now_ms(querier));
    wait_until(querier, querier->querier.due_ms);
    if (count == 0)
        return;
    auto_free struct query_frame *frames = mem_new(2 * count * sizeof(*frames));
    auto_free struct flow_packet *packets =
        mem_new(2 * count * sizeof(*packets));
    struct queries queries = {.frames = frames, .packets = packets};
    if (vlans->untagged)
        add_vlan(querier, 0, &queries);
    for (unsigned vlan = 1; vlan < VLAN_COUNT; vlan++) {
        if (vlan_set_has(&vlans->vlans, vlan))
            add_vlan(querier, vlan, &queries);
    }
    const struct flow_change change = {.packets = queries.packets,
                                       .packet_count = queries.count};
    (void)openflow_uv_change(querier->connection, &change);
}

/* An old answer is better than none. Without any, none is asked, and the next
 * try is still the first one. */
static void ask_if_known(struct bridge_querier *querier)
{
    if (querier->has_vlans)
        ask(querier);
    else
        wait_until(querier, now_ms(querier) + VLANS_AGAIN_MS);
}

static void on_vlans(struct ovsdb_call *call,
                     const struct ovsdb_outcome *outcome)
{
    struct bridge_querier *querier =
        container_of(call, struct bridge_querier, call);

    if (outcome->r >= 0) {
        bridge_vlans_read(outcome->result, &querier->vlans);
        querier->has_vlans = true;
    }
    if (querier->connection)
        ask_if_known(querier);
}

static void ask_database(struct bridge_querier *querier)
{
    auto_txn struct txn txn = {0};
    struct err ignored = {0};

    if (querier->call.ovsdb)
        return; /* its answer asks */
    txn_init(&txn, OVSDB_NAME);
    bridge_vlans_ask(&txn, querier->bridge);
    if (ovsdb_transact(querier->host->ovsdb, &txn, &querier->call, on_vlans,
                       &ignored) < 0)
        ask_if_known(querier);
}

/* The connection. */

static void on_querier_event(void *data, const struct openflow_event *event)
{
    struct bridge_querier *querier = data;

    if (event->type == OPENFLOW_FAILED)
        tell_of(querier, &event->err);
    else if (event->type == OPENFLOW_DONE)
        querier->told = false;
}

static void on_querier_down(void *data, const struct err *why)
{
    struct bridge_querier *querier = data;
    bool has_ended = why->code == ECONNRESET || why->code == EPIPE;

    openflow_uv_close(TAKE_PTR(querier->connection));
    querier->lost_ms = now_ms(querier);
    if (!has_ended)
        tell_of(querier, why);
    wait_until(querier, querier->lost_ms +
                            (has_ended ? CONNECT_EVERY_MS : CONNECT_LATER_MS));
}

static void connect_failed(struct bridge_querier *querier)
{
    int64_t now = now_ms(querier);
    bool soon = now - querier->lost_ms < CONNECT_SOON_MS;

    wait_until(querier, now + (soon ? CONNECT_EVERY_MS : CONNECT_LATER_MS));
}

static void connect_bridge(struct bridge_querier *querier)
{
    static const struct openflow_uv_events events = {.event = on_querier_event,
                                                     .down = on_querier_down};
    char path[OPENFLOW_PATH_SIZE];
    struct err err = {0};

    int r = openflow_path(querier->remote, querier->bridge, path, &err);
    if (r >= 0)
        r = openflow_uv_open(querier->timer.loop, path, &events, querier,
                             &querier->connection, &err);
    if (r < 0)
        connect_failed(querier);
    if (r >= 0 && querier->connection)
        querier_begin(&querier->querier, querier->membership_s,
                      now_ms(querier));
}

static void on_querier_timer(uv_timer_t *timer)
{
    struct bridge_querier *querier =
        container_of(timer, struct bridge_querier, timer);

    if (!querier->connection)
        connect_bridge(querier);
    if (!querier->connection)
        return; /* it is tried again */
    if (querier_is_due(&querier->querier, now_ms(querier)))
        ask_database(querier);
    else
        wait_until(querier, querier->querier.due_ms);
}

struct bridge_querier *bridge_querier_new(uv_loop_t *loop, struct host *host,
                                          const char *remote,
                                          const char *bridge,
                                          unsigned membership_s)
{
    struct bridge_querier *querier = mem_new(sizeof(*querier));

    snprintf(querier->bridge, sizeof(querier->bridge), "%s", bridge);
    querier->host = host;
    querier->remote = remote;
    querier->membership_s = membership_s;
    uv_timer_init(loop, &querier->timer);
    querier->lost_ms = now_ms(querier);
    wait_until(querier, querier->lost_ms);
    return querier;
}

void bridge_querier_set_membership(struct bridge_querier *querier,
                                   unsigned membership_s)
{
    if (querier->membership_s == membership_s)
        return;
    querier->membership_s = membership_s;
    if (!querier->connection)
        return;
    querier_set_membership(&querier->querier, membership_s, now_ms(querier));
    wait_until(querier, querier->querier.due_ms);
}

static void on_querier_closed(uv_handle_t *handle)
{
    free(container_of((uv_timer_t *)handle, struct bridge_querier, timer));
}

void bridge_querier_free(struct bridge_querier *querier)
{
    if (!querier)
        return;
    ovsdb_forget(&querier->call);
    openflow_uv_close(TAKE_PTR(querier->connection));
    uv_close((uv_handle_t *)&querier->timer, on_querier_closed);
}
