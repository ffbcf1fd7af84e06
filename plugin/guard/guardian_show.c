/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What the guardian knows: for people as JSON over the plugin's socket, and as
 * lines of the log at SIGUSR1; for monitoring as metrics.
 */
#include <stdio.h>
#include <string.h>

#include "ovsint/base/log.h"
#include "ovsint/rows/published.h"
#include "plugin/guard/guarded.h"

static const char *whose(const struct vswitch_port *port)
{
    const char *container = vswitch_port_id(port, ID_CONTAINER);

    return container ? container : vswitch_port_id(port, ID_ENDPOINT);
}

static const char *state_of(const struct guarded *guarded)
{
    return guarded->on_host && guarded->verdict == VERDICT_FINE
               ? "on the host"
               : verdict_name(guarded->verdict);
}

static const char *network_of(const struct vswitch_port *port)
{
    const char *network = vswitch_port_id(port, ID_NETWORK);

    return network ? network : vswitch_port_id(port, ID_HOST_NETWORK);
}

static void write_id(struct json_writer *w, const char *name,
                     const struct vswitch_port *port, const char *key)
{
    const char *value = vswitch_port_id(port, key);

    if (value)
        json_write_member(w, name, value);
}

static void write_guarded(struct json_writer *w, const struct guarded *guarded,
                          const struct vswitch_port *port)
{
    json_write_object(w);
    json_write_member(w, "port", guarded->name);
    write_id(w, "owner", port, ID_OWNER);
    write_id(w, "container", port, ID_CONTAINER);
    write_id(w, "endpoint", port, ID_ENDPOINT);
    if (network_of(port))
        json_write_member(w, "network", network_of(port));
    write_id(w, "namespace", port, ID_NETNS);
    write_id(w, "published", port, ID_PORTS);
    json_write_member(w, "state", state_of(guarded));
    json_write_key(w, "repairs");
    json_write_int(w, guarded->repairs);
    json_write_object_end(w);
}

static void write_number(struct json_writer *w, const char *name,
                         uint64_t number)
{
    json_write_key(w, name);
    json_write_int(w, (int64_t)number);
}

void guardian_show(const struct guardian *guardian, struct buf *ret)
{
    struct json_writer w = JSON_WRITER(ret);
    size_t failed = 0;

    json_write_object(&w);
    json_write_key(&w, "connected");
    json_write_bool(&w, guardian->is_up);
    json_write_key(&w, "guarding");
    json_write_bool(&w, guardian->has_lock);
    json_write_key(&w, "resting");
    json_write_bool(&w, guardian_rest(guardian, &failed) == GUARDIAN_AT_REST);
    write_number(&w, "repairs", guardian->repairs);
    write_number(&w, "collected", guardian->collected);
    write_number(&w, "absent", lost_rows_count(guardian));
    json_write_key(&w, "ports");
    json_write_array(&w);
    for (size_t i = 0; i < guardian->count; i++) {
        const struct guarded *guarded = guardian->guarded_ports[i];
        const struct vswitch_port *port =
            vswitch_view_find(&guardian->host->ports, guarded->name);
        if (port)
            write_guarded(&w, guarded, port);
    }
    json_write_array_end(&w);
    json_write_object_end(&w);
}

void guardian_log(const struct guardian *guardian)
{
    char count[24], repairs[24];

    for (size_t i = 0; i < guardian->count; i++) {
        const struct guarded *guarded = guardian->guarded_ports[i];
        const struct vswitch_port *port =
            vswitch_view_find(&guardian->host->ports, guarded->name);
        if (!port)
            continue;
        snprintf(repairs, sizeof(repairs), "%u", guarded->repairs);
        log_event(LOG_LEVEL_INFO, "port", "port", guarded->name, "of",
                  whose(port), "network", network_of(port), "namespace",
                  vswitch_port_id(port, ID_NETNS), "state", state_of(guarded),
                  "repairs", repairs, NULL);
    }
    snprintf(count, sizeof(count), "%zu", guardian->count);
    log_event(LOG_LEVEL_INFO,
              guardian->has_lock ? "guarding"
                                 : "not guarding, as another "
                                   "guardian does or OVSDB is "
                                   "away",
              "ports", count, NULL);
}

/* How many ports of which owner have which verdict; one more "verdict" is that
 * of a host access port which is where it belongs. */
#define VERDICT_COUNT (VERDICT_BLIND + 1)
struct census {
    uint64_t ports[MEASURED_OWNERS][VERDICT_COUNT + 1];
    uint64_t failed;
};

static const char *census_state(size_t verdict)
{
    return verdict == VERDICT_COUNT ? "on the host"
                                    : verdict_name((enum verdict)verdict);
}

static void census_take(const struct guardian *guardian, struct census *ret)
{
    for (size_t i = 0; i < guardian->count; i++) {
        const struct guarded *guarded = guardian->guarded_ports[i];
        const struct vswitch_port *port =
            vswitch_view_find(&guardian->host->ports, guarded->name);
        bool rests_on_host =
            guarded->on_host && guarded->verdict == VERDICT_FINE;
        if (!port)
            continue;
        size_t owner = measured_owner(vswitch_port_id(port, ID_OWNER));
        ret->ports[owner][rests_on_host ? VERDICT_COUNT : guarded->verdict]++;
        ret->failed += guarded_has_failed(guarded);
    }
}

/* Several verdicts are one state for people. */
static void write_states(const struct census *census, size_t owner,
                         struct buf *ret)
{
    for (size_t i = 0; i <= VERDICT_COUNT; i++) {
        const char *state = census_state(i);
        uint64_t count = 0;
        bool written = false;
        for (size_t k = 0; k <= VERDICT_COUNT; k++) {
            bool same = strcmp(census_state(k), state) == 0;
            count += same ? census->ports[owner][k] : 0;
            written |= same && k < i;
        }
        if (count && !written)
            metric_value(ret, "ovsint_ports", count, "owner",
                         measured_owner_name(owner), "state", state, NULL);
    }
}

static void write_ports(const struct guardian *guardian, struct buf *ret)
{
    struct census census = {0};

    census_take(guardian, &census);
    metric_head(ret, "ovsint_ports", METRIC_GAUGE,
                "Ports by their owner and state, as the guardian sees them.");
    for (size_t owner = 0; owner < MEASURED_OWNERS; owner++)
        write_states(&census, owner, ret);
    metric_head(ret, "ovsint_ports_failed", METRIC_GAUGE,
                "Ports whose last repair failed, or that cannot be judged.");
    metric_value(ret, "ovsint_ports_failed", census.failed, NULL);
    metric_head(ret, "ovsint_ports_absent", METRIC_GAUGE,
                "Ports of living containers whose rows somebody has removed.");
    metric_value(ret, "ovsint_ports_absent", lost_rows_count(guardian), NULL);
    metric_head(ret, "ovsint_mirrors", METRIC_GAUGE, "Mirrors.");
    metric_value(ret, "ovsint_mirrors", guardian->host->mirrors.count, NULL);
}

static void write_times(const struct guardian *guardian, struct buf *ret)
{
    const struct measures *measures = &guardian->host->measures;

    metric_head(ret, "ovsint_port_cut_off_seconds", METRIC_HISTOGRAM,
                "How long ports were cut off that the guardian has repaired.");
    metric_histogram(ret, "ovsint_port_cut_off_seconds", &measures->cut_off,
                     NULL, NULL);
    metric_head(ret, "ovsint_attach_seconds", METRIC_HISTOGRAM,
                "From the rows of a port until its device is in its "
                "container.");
    for (size_t owner = 0; owner < MEASURED_OWNERS; owner++) {
        if (histogram_count(&measures->attaches[owner]))
            metric_histogram(ret, "ovsint_attach_seconds",
                             &measures->attaches[owner], "owner",
                             measured_owner_name(owner));
    }
}

void guardian_metrics(const struct guardian *guardian, struct buf *ret)
{
    size_t failed;

    metric_head(ret, "ovsint_guardian_active", METRIC_GAUGE,
                "Whether this guardian has the lock, and so repairs.");
    metric_value(ret, "ovsint_guardian_active", guardian->has_lock, NULL);
    metric_head(ret, "ovsint_guardian_resting", METRIC_GAUGE,
                "Whether it has nothing left to do.");
    metric_value(ret, "ovsint_guardian_resting",
                 guardian_rest(guardian, &failed) == GUARDIAN_AT_REST, NULL);
    write_ports(guardian, ret);
    metric_head(ret, "ovsint_port_repairs_total", METRIC_COUNTER,
                "Repairs of ports.");
    metric_value(ret, "ovsint_port_repairs_total", guardian->repairs, NULL);
    metric_head(ret, "ovsint_ports_collected_total", METRIC_COUNTER,
                "Ports that were removed as their container was gone.");
    metric_value(ret, "ovsint_ports_collected_total", guardian->collected,
                 NULL);
    write_times(guardian, ret);
}
