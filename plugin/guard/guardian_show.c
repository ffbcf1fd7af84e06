/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the guardian knows, for people: as JSON over the plugin's socket, as
 * lines of the log at SIGUSR1.
 */
#include <stdio.h>

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
