/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * From rows to bridges: which are to snoop, and what is to be written of them.
 * It remembers nothing that rows can tell, but since when nobody asks.
 */
#include "plugin/multicast/snooping.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ovsint/base/log.h"
#include "ovsint/multicast/querier.h"
#include "ovsint/rows/network_row.h"
#include "plugin/daemon/timer.h"
#include "plugin/multicast/bridge_querier.h"

/* A container that is started again asks again. */
#define LINGER_MS 2000
#define FAILED_MS 10000
/* mcast-snooping-aging-time in vswitchd.conf.db(5) */
#define MEMBERSHIP_LEAST_S 15
#define MEMBERSHIP_MOST_S 3600

struct snooping {
    struct host *host;
    const char *remote;
    struct host_subscriber subscriber;
    uv_timer_t timer;
    struct ovsdb_call call;
    struct list bridges;
    bool has_lock;
    bool failing; /* the last failure was logged */
};

/* A bridge that somebody asks for, or has asked for. */
struct snooped {
    struct list link;
    char name[BRIDGE_NAME_SIZE];
    bool by_network;  /* a Docker network asks */
    int64_t until_ms; /* nobody asks; 0 = somebody does */
    struct bridge_querier *querier;
};

static int64_t now_ms(const struct snooping *snooping)
{
    return (int64_t)uv_now(snooping->timer.loop);
}

static struct snooped *snooped_at(struct list *link)
{
    return container_of(link, struct snooped, link);
}

static struct snooped *find(const struct snooping *snooping, const char *name)
{
    LIST_EACH (link, &snooping->bridges) {
        if (strcmp(snooped_at(link)->name, name) == 0)
            return snooped_at(link);
    }
    return NULL;
}

static struct snooped *get(struct snooping *snooping, const char *name)
{
    struct snooped *snooped = find(snooping, name);

    if (snooped)
        return snooped;
    snooped = mem_new(sizeof(*snooped));
    snprintf(snooped->name, sizeof(snooped->name), "%s", name);
    list_append(&snooping->bridges, &snooped->link);
    return snooped;
}

static void drop(struct snooped *snooped)
{
    bridge_querier_free(snooped->querier);
    list_remove(&snooped->link);
    free(snooped);
}

static void drop_all(struct snooping *snooping)
{
    LIST_EACH (link, &snooping->bridges)
        drop(snooped_at(link));
}

/* What rows say. */

static bool row_asks(const char *text, const struct bridge *bridge,
                     const struct settings *settings)
{
    auto_network_row struct network_row row = {0};
    struct attachment place;
    struct err ignored = {0};

    return network_row_read(text, &row, &ignored) >= 0 &&
           json_get(row.options, vocabulary_entry(KEY_MCAST_SNOOPING)->key) &&
           network_row_attachment(&row, settings, bridge->name, &place,
                                  &ignored) >= 0 &&
           place.snoops && strcmp(place.bridge, bridge->name) == 0;
}

static bool network_asks(const struct bridge *bridge,
                         const struct settings *settings)
{
    const char *text;
    size_t at = 0;

    while (bridge_next_network(bridge, &at, &text)) {
        if (row_asks(text, bridge, settings))
            return true;
    }
    return false;
}

static void find_networks(struct snooping *snooping)
{
    const struct bridges *bridges = &snooping->host->bridges;

    LIST_EACH (link, &snooping->bridges)
        snooped_at(link)->by_network = false;
    for (size_t i = 0; i < bridges->count; i++) {
        const struct bridge *bridge = &bridges->rows[i];
        if (network_asks(bridge, snooping->host->settings))
            get(snooping, bridge->name)->by_network = true;
    }
}

static bool is_asked_for(const struct snooping *snooping, const char *name)
{
    const struct snooped *snooped = find(snooping, name);

    return (snooped && snooped->by_network) ||
           vswitch_view_first(&snooping->host->ports, VSWITCH_BY_SNOOPING,
                              name);
}

static bool is_noted(const struct bridge *bridge)
{
    return vswitch_map_get(&bridge->ids, ID_MCAST_SNOOPING) != NULL;
}

static bool snoops(const struct snooping *snooping, const char *name)
{
    const struct vswitch_bridge *bridge =
        vswitch_bridges_find(&snooping->host->ports.bridges, name);

    return bridge && bridge->snoops;
}

/* As Open vSwitch reads it (bridge_configure_mcast_snooping() in
 * vswitchd/bridge.c, mcast_snooping_set_idle_time() in lib/mcast-snooping.c).
 */
static unsigned membership_of(const struct bridge *bridge)
{
    const char *text =
        vswitch_map_get(&bridge->config, "mcast-snooping-aging-time");
    uint64_t seconds;

    if (!text || parse_number(text, 0, UINT32_MAX, &seconds) < 0 ||
        seconds == 0)
        return MEMBERSHIP_S;
    if (seconds < MEMBERSHIP_LEAST_S)
        return MEMBERSHIP_LEAST_S;
    return seconds < MEMBERSHIP_MOST_S ? (unsigned)seconds : MEMBERSHIP_MOST_S;
}

/* Writing. */

/* Guards that the column is still what it was. */
static void write_bridge(struct txn *txn, const struct bridge *bridge,
                         bool snoops)
{
    txn_wait_row(txn, "Bridge");
    txn_where_uuid(txn, bridge->uuid);
    txn_set_bool(txn, "mcast_snooping_enable", !snoops);
    txn_update(txn, "Bridge");
    txn_where_uuid(txn, bridge->uuid);
    txn_set_bool(txn, "mcast_snooping_enable", snoops);
}

static void begin_snooping(struct txn *txn, const struct bridge *bridge)
{
    write_bridge(txn, bridge, true);
    txn_mutate(txn, "Bridge");
    txn_where_uuid(txn, bridge->uuid);
    txn_put_pair(txn, "external_ids", ID_MCAST_SNOOPING, "true");
}

static void end_snooping(const struct snooping *snooping, struct txn *txn,
                         const struct bridge *bridge)
{
    if (snoops(snooping, bridge->name))
        write_bridge(txn, bridge, false);
    txn_mutate(txn, "Bridge");
    txn_where_uuid(txn, bridge->uuid);
    txn_remove_key(txn, "external_ids", ID_MCAST_SNOOPING);
}

static void look(struct snooping *snooping);
static void look_later(struct snooping *snooping);

static void on_snooping_written(struct ovsdb_call *call,
                                const struct ovsdb_outcome *outcome)
{
    struct snooping *snooping = container_of(call, struct snooping, call);

    if (outcome->r == -ECONNRESET)
        return; /* the rows will tell */
    if (outcome->r >= 0 || outcome->fault.kind == REPLY_GUARD) {
        snooping->failing = false;
        look(snooping);
        return;
    }
    if (!snooping->failing)
        log_event(LOG_LEVEL_WARNING,
                  "a bridge could not be told whether to send multicast to "
                  "members alone; it is tried again",
                  "reason", outcome->err.text, NULL);
    snooping->failing = true;
    look_later(snooping);
}

/* Looking. */

static void begin_asking(struct snooping *snooping, struct snooped *snooped,
                         const struct bridge *bridge)
{
    if (snooped->querier) {
        bridge_querier_set_membership(snooped->querier, membership_of(bridge));
        return;
    }
    log_event(LOG_LEVEL_INFO,
              "a bridge sends multicast to members alone, as a network asks "
              "for it: members are asked",
              "bridge", bridge->name, NULL);
    snooped->querier = bridge_querier_new(snooping->timer.loop, snooping->host,
                                          snooping->remote, bridge->name,
                                          membership_of(bridge));
}

static void end_asking(struct snooped *snooped)
{
    if (snooped->querier)
        log_event(LOG_LEVEL_INFO,
                  "members of multicast groups are not asked any more",
                  "bridge", snooped->name, NULL);
    bridge_querier_free(TAKE_PTR(snooped->querier));
}

static void see_bridge(struct snooping *snooping, const struct bridge *bridge,
                       struct txn *txn)
{
    bool asked = is_asked_for(snooping, bridge->name);
    struct snooped *snooped = asked || is_noted(bridge)
                                  ? get(snooping, bridge->name)
                                  : find(snooping, bridge->name);

    if (!snooped)
        return;
    if (asked)
        snooped->until_ms = 0;
    else if (snooped->until_ms == 0)
        snooped->until_ms = now_ms(snooping) + LINGER_MS;
    bool ends = snooped->until_ms && snooped->until_ms <= now_ms(snooping);
    bool is_on = snoops(snooping, bridge->name);
    if (asked && !is_on)
        begin_snooping(txn, bridge);
    if (ends && is_noted(bridge))
        end_snooping(snooping, txn, bridge);
    if (is_on && !ends)
        begin_asking(snooping, snooped, bridge);
    else
        end_asking(snooped);
    if (ends && !is_noted(bridge))
        drop(snooped);
}

static void drop_gone(struct snooping *snooping)
{
    LIST_EACH (link, &snooping->bridges) {
        if (!bridges_find(&snooping->host->bridges, snooped_at(link)->name))
            drop(snooped_at(link));
    }
}

static void on_snooping_timer(uv_timer_t *timer)
{
    look(container_of(timer, struct snooping, timer));
}

static void look_later(struct snooping *snooping)
{
    int64_t now = now_ms(snooping), next = INT64_MAX;

    /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): drop() unlinks it */
    LIST_EACH (link, &snooping->bridges) {
        int64_t until_ms = snooped_at(link)->until_ms;
        if (until_ms > now && until_ms < next)
            next = until_ms;
    }
    if (snooping->failing && now + FAILED_MS < next)
        next = now + FAILED_MS;
    if (next != INT64_MAX)
        timer_at(&snooping->timer, on_snooping_timer, (uint64_t)next);
}

static void look(struct snooping *snooping)
{
    const struct bridges *bridges = &snooping->host->bridges;
    auto_txn struct txn txn = {0};
    struct err err = {0};

    if (!snooping->has_lock || snooping->call.ovsdb ||
        !ovsdb_is_up(snooping->host->ovsdb))
        return;
    txn_init(&txn, OVSDB_NAME);
    size_t before = txn_assert(&txn, GUARDIAN_LOCK);
    drop_gone(snooping);
    for (size_t i = 0; i < bridges->count; i++)
        see_bridge(snooping, &bridges->rows[i], &txn);
    if (txn_count(&txn) > before + 1 &&
        ovsdb_transact(snooping->host->ovsdb, &txn, &snooping->call,
                       on_snooping_written, &err) < 0)
        log_event(LOG_LEVEL_DEBUG, "bridges could not be told to snoop",
                  "reason", err.text, NULL);
    look_later(snooping);
}

/* Rows. */

static void on_snooping_rows(void *data, const struct json *updates, bool anew)
{
    struct snooping *snooping = data;
    struct row_update bridge;
    bool other = anew || monitor_update_at(updates, "Bridge", 0, &bridge);

    if (other)
        find_networks(snooping);
    if (other || snooping->host->ports.change_count)
        look(snooping);
}

/* The lock goes with the connection, and comes again with it: members are asked
 * meanwhile. */
static void on_snooping_down(void *data, const struct err *why)
{
    struct snooping *snooping = data;

    (void)why;
    snooping->has_lock = false;
    uv_timer_stop(&snooping->timer);
}

static void on_snooping_lock(void *data, bool ours)
{
    struct snooping *snooping = data;

    snooping->has_lock = ours;
    if (!ours) {
        drop_all(snooping);
        return;
    }
    find_networks(snooping);
    look(snooping);
}

static const struct host_events snooping_events = {.on_rows = on_snooping_rows,
                                                   .on_down = on_snooping_down,
                                                   .on_lock = on_snooping_lock};

struct snooping *snooping_open(uv_loop_t *loop, struct host *host,
                               const char *remote)
{
    struct snooping *snooping = mem_new(sizeof(*snooping));

    snooping->host = host;
    snooping->remote = remote;
    list_init(&snooping->bridges);
    uv_timer_init(loop, &snooping->timer);
    snooping->subscriber =
        (struct host_subscriber){.events = &snooping_events, .data = snooping};
    host_subscribe(host, &snooping->subscriber);
    return snooping;
}

static void on_snooping_closed(uv_handle_t *handle)
{
    free(container_of((uv_timer_t *)handle, struct snooping, timer));
}

void snooping_close(struct snooping *snooping)
{
    if (!snooping)
        return;
    ovsdb_forget(&snooping->call);
    host_unsubscribe(&snooping->subscriber);
    drop_all(snooping);
    uv_close((uv_handle_t *)&snooping->timer, on_snooping_closed);
}
