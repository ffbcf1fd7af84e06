/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Which networks have a host access port, and whether that port is as it should
 * be. The rows tell the first. Rows and devices give cause to look at the
 * second.
 *
 * Pitfall: that a device has appeared is no cause to set it up. While the
 * switch makes a port nobody may touch its device. Only `ofport` tells when it
 * is done; and the row of a switch that has just started still has the old
 * one.
 */
#include "plugin/gateway/host_port.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ovsint/base/log.h"
#include "ovsint/rows/vswitch_plug.h"
#include "plugin/gateway/host_entry.h"
#include "plugin/gateway/host_setup.h"

int host_ports_open(uv_loop_t *loop, struct gateway *gateway,
                    struct host_ports **ret, struct err *err)
{
    struct host_ports *ports = mem_new(sizeof(*ports));

    ports->gateway = gateway;
    ports->forwarding.ports = ports;
    int r = host_devices_open(loop, ports, err);
    if (r < 0) {
        free(ports);
        return r;
    }
    *ret = ports;
    return 0;
}

static void entry_free(struct host_entry *entry)
{
    ovsdb_forget(&entry->call);
    logical_gateway_forget(entry);
    network_row_done(&entry->network_row);
    free(entry->text);
    free(entry->spec);
    free(entry);
}

void host_ports_close(struct host_ports *ports)
{
    if (!ports)
        return;
    for (size_t i = 0; i < ports->count; i++)
        entry_free(ports->entries[i]);
    free(TAKE_PTR(ports->entries));
    ports->count = 0;
    forwarding_done(&ports->forwarding);
    host_devices_close(ports);
}

static struct host_entry *host_entry_find(const struct host_ports *ports,
                                          const char *network)
{
    for (size_t i = 0; i < ports->count; i++) {
        if (strcmp(ports->entries[i]->network, network) == 0)
            return ports->entries[i];
    }
    return NULL;
}

struct host_entry *host_entry_named(const struct host_ports *ports,
                                    const char *name)
{
    for (size_t i = 0; i < ports->count; i++) {
        if (strcmp(ports->entries[i]->name, name) == 0)
            return ports->entries[i];
    }
    return NULL;
}

static void keep_spec(struct host_entry *entry, const struct vswitch_port *row)
{
    auto_free struct attachment *read = mem_new(sizeof(*read));
    const char *spec = vswitch_port_id(row, ID_HOST_SPEC);
    struct err ignored = {0};

    if (!spec || (entry->spec && strcmp(entry->spec, spec) == 0))
        return;
    free(entry->spec);
    entry->spec = mem_text(spec, strlen(spec));
    if (vswitch_port_host_spec(row, read, &ignored) >= 0)
        snprintf(entry->ovn, sizeof(entry->ovn), "%s", read->ovn);
}

/* False if that is not, or no longer, the row of this host access port. */
static bool take_row(struct host_entry *entry, const struct vswitch_port *row)
{
    entry->row = NULL;
    if (!row || !vswitch_port_is_ours(row) ||
        !vswitch_port_id_is(row, ID_HOST_NETWORK, entry->network))
        return false;
    entry->row = row;
    entry->gave_up = false;
    entry->row_err.code = 0;
    keep_spec(entry, row);
    if (entry->ofport != row->ofport || entry->ifindex != row->ifindex) {
        entry->ofport = row->ofport;
        entry->ifindex = row->ifindex;
        entry->due = true;
    }
    return true;
}

static void add_entry(struct host_ports *ports, const char *network,
                      const char *text, bool anew)
{
    struct host_entry *entry = mem_new(sizeof(*entry));
    struct err err = {0};

    snprintf(entry->network, sizeof(entry->network), "%s", network);
    if (network_row_read(text, &entry->network_row, &err) < 0 ||
        !entry->network_row.host_access) {
        entry_free(entry);
        return;
    }
    entry->ports = ports;
    entry->text = mem_text(text, strlen(text));
    host_port_name(network, entry->network_row.mode, entry->name);
    entry->present = true;
    entry->announces = anew;
    entry->logical.was_there = anew;
    /* The view may have shown its row earlier. */
    (void)take_row(
        entry, vswitch_view_find(&ports->gateway->host->ports, entry->name));
    ports->entries = mem_resize(ports->entries,
                                (ports->count + 1) * sizeof(*ports->entries));
    ports->entries[ports->count++] = entry;
}

static void see_network(struct host_ports *ports, const char *network,
                        const char *text, bool anew)
{
    struct host_entry *entry = host_entry_find(ports, network);

    if (entry && strcmp(entry->text, text) == 0)
        entry->present = true;
    else
        add_entry(ports, network, text, anew);
}

static void drop_absent(struct host_ports *ports)
{
    bool on_switch = false;
    size_t i = 0;

    while (i < ports->count) {
        if (ports->entries[i]->present) {
            i++;
            continue;
        }
        on_switch |= ports->entries[i]->ovn[0] != '\0';
        entry_free(ports->entries[i]);
        ports->entries[i] = ports->entries[--ports->count];
    }
    if (on_switch)
        logical_gateways_sweep(ports->gateway->logical);
}

static void see_bridges(struct host_ports *ports, bool anew)
{
    const struct bridges *bridges = &ports->gateway->host->bridges;

    for (size_t i = 0; i < ports->count; i++)
        ports->entries[i]->present = false;
    for (size_t b = 0; b < bridges->count; b++) {
        const char *network, *network_row;
        size_t at = 0;
        while ((network =
                    bridge_next_network(&bridges->rows[b], &at, &network_row)))
            see_network(ports, network, network_row, anew);
    }
    drop_absent(ports);
}

/* True if what its row says of forwarding may have changed. */
static bool see_row(struct host_entry *entry,
                    const struct vswitch_change *change)
{
    bool was = entry->row != NULL;
    bool is = take_row(entry, change->port);

    return was != is || (change->what & (VSWITCH_INSERTED | VSWITCH_IDS));
}

static bool see_rows(struct host_ports *ports)
{
    const struct vswitch_view *view = &ports->gateway->host->ports;
    bool looks = false;

    for (size_t i = 0; i < view->change_count; i++) {
        struct host_entry *entry =
            host_entry_named(ports, view->changes[i].name);
        if (entry && see_row(entry, &view->changes[i]))
            looks = true;
    }
    return looks;
}

/* In an operator's words, if a port of somebody else was in the way. */
static void host_port_explain(const struct host_entry *entry,
                              const struct ovsdb_outcome *outcome,
                              struct err *ret)
{
    const struct bridges *bridges = &entry->ports->gateway->host->bridges;
    struct attachment attachment = {.bridge = ""};
    const struct host_port port = {.network = entry->network,
                                   .network_row = &entry->network_row,
                                   .attachment = &attachment};
    const char *text;
    const struct bridge *bridge =
        bridges_network(bridges, entry->network, &text);

    if (bridge)
        snprintf(attachment.bridge, sizeof(attachment.bridge), "%s",
                 bridge->name);
    if (!host_port_refused(&port, &outcome->fault, ret))
        *ret = outcome->err;
}

/* The next row of the port, or of its network, is another try. */
static void give_row_up(struct host_entry *entry, const struct err *why)
{
    entry->gave_up = true;
    entry->row_err = *why;
    log_event(LOG_LEVEL_ERROR,
              entry->network_row.owner
                  ? "a host access port could not be made"
                  : "a host access port could not be made again",
              "network", entry->network, "error", why->text, NULL);
    host_devices_look_soon(entry->ports); /* and calls that wait are told */
}

static void on_row_written(struct ovsdb_call *call,
                           const struct ovsdb_outcome *outcome)
{
    struct host_entry *entry = container_of(call, struct host_entry, call);
    struct err err = {0};

    if (outcome->r == -ECONNRESET) {
        entry->gave_up = false;
        return;
    }
    if (outcome->r >= 0) {
        log_event(LOG_LEVEL_INFO,
                  entry->was_there ? "made a port again" : "made a port",
                  "port", entry->name, "reason",
                  entry->was_there
                      ? "somebody removed the row of a network's host "
                        "access port"
                      : "a network with mode=nat has come",
                  NULL);
        return;
    }
    host_port_explain(entry, outcome, &err);
    give_row_up(entry, &err);
}

static int make_again(struct host_entry *entry, struct err *err)
{
    struct host *host = entry->ports->gateway->host;
    auto_txn struct txn txn = {0};
    struct attachment attachment;
    const char *text;
    struct host_port port = {.network = entry->network,
                             .network_row = &entry->network_row,
                             .attachment = &attachment};
    const struct bridge *bridge =
        bridges_network(&host->bridges, entry->network, &text);

    if (!bridge)
        return 0;
    int r =
        host_port_attachment(&entry->network_row, entry->spec, host->settings,
                             bridge->name, &attachment, err);
    if (r < 0)
        return r;
    r = host_port_limit(entry->ports->gateway, &attachment, err);
    if (r < 0)
        return r;
    txn_init(&txn, OVSDB_NAME);
    host_port_say(&port, &txn);
    return ovsdb_transact(host->ovsdb, &txn, &entry->call, on_row_written, err);
}

/* It tries once. If something prevents it, that is logged, and an operator may
 * remove the obstacle and create the network again. */
static void restore_row(struct host_entry *entry)
{
    struct err err = {0};

    if (entry->call.ovsdb || entry->gave_up || entry->leaving)
        return;
    entry->ofport = 0;
    entry->ifindex = 0;
    entry->was_there = entry->spec != NULL;
    int r = make_again(entry, &err);
    entry->gave_up = r != -ENOTCONN;
    if (r < 0 && entry->gave_up)
        give_row_up(entry, &err);
}

void host_ports_recall(struct host_ports *ports)
{
    for (size_t i = 0; i < ports->count; i++)
        ports->entries[i]->row = NULL; /* the former view has freed it */
    forwarding_recall(&ports->forwarding);
}

void host_ports_rows_changed(struct host_ports *ports,
                             const struct json *updates, bool anew)
{
    const struct host *host = ports->gateway->host;
    struct row_update update;
    bool looks = anew || monitor_update_at(updates, "Bridge", 0, &update);

    if (looks)
        see_bridges(ports, anew);
    looks |= see_rows(ports);
    for (size_t i = 0; i < ports->count; i++) {
        struct host_entry *entry = ports->entries[i];
        entry->due |= anew;
        if (!entry->row &&
            (host->settings->recreates || entry->network_row.owner))
            restore_row(entry);
    }
    transient_look(ports);
    if (looks)
        host_devices_look_soon(ports);
    (void)host_devices_set_up(
        ports); /* the router looks at its calls after any change of rows */
}

int host_port_state(const struct gateway *gateway, const char *network,
                    struct err *err)
{
    const struct host_ports *ports = gateway->host_ports;
    struct host_entry *entry = host_entry_find(ports, network);

    if (entry && !entry->row && entry->row_err.code) {
        *err = entry->row_err;
        return -err->code;
    }
    if (!entry || entry->ofport == 0)
        return 0;
    if (entry->ofport < 0)
        return err_set(err, EIO,
                       "the switch could not make host access port %s: see the "
                       "log of ovs-vswitchd",
                       entry->name);
    if (entry->err.code) {
        *err = entry->err;
        return -err->code;
    }
    if (entry->device == 0)
        return 0;
    int r = logical_gateway_state(entry, err);
    if (r <= 0)
        return r;
    return entry->network_row.mode == MODE_NAT
               ? forwarding_state(&ports->forwarding, err)
               : 1;
}

bool host_port_asks_northbound(const struct gateway *gateway,
                               const char *network)
{
    const struct host_entry *entry =
        host_entry_find(gateway->host_ports, network);

    return entry && logical_gateway_is_asked(entry);
}

int host_port_limit(const struct gateway *gateway,
                    struct attachment *attachment, struct err *err)
{
    if (!attachment->ovn[0] || attachment->mtu || !gateway->northbound)
        return 0;
    int mtu = northbound_tunnel_mtu(gateway->northbound, err);
    if (mtu > 0)
        attachment->mtu = (unsigned)mtu;
    return mtu < 0 ? mtu : 0;
}

void host_port_remove(struct gateway *gateway, const char *network,
                      struct txn *txn)
{
    struct host_ports *ports = gateway->host_ports;
    struct host *host = ports->gateway->host;
    struct host_entry *entry = host_entry_find(ports, network);
    struct err err = {0};

    if (entry) {
        entry->leaving = true;
        forwarding_look(&ports->forwarding);
    }
    for (size_t i = 0; i < host->ports.count; i++) {
        const struct vswitch_port *row = host->ports.ports[i];
        const char *of = vswitch_port_id(row, ID_HOST_NETWORK);
        if (!of || strcmp(of, network) != 0 || !row->port_uuid[0])
            continue;
        if (host_set_down(host->net, row->name, &err) < 0)
            log_event(LOG_LEVEL_WARNING,
                      "could not remove the addresses of a host access port: "
                      "they go when the switch removes it",
                      "port", row->name, "error", err.text, NULL);
        vswitch_remove(txn, row->port_uuid, row->name);
    }
}
