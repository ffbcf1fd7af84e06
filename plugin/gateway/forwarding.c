/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Enables forwarding: first the notes in rows, then the rules, then the
 * settings. Disables it in the reverse order.
 */
#include "plugin/gateway/forwarding.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ovsint/base/log.h"
#include "plugin/gateway/host_entry.h"
#include "plugin/gateway/nat.h"

void forwarding_done(struct forwarding *forwarding)
{
    ovsdb_forget(&forwarding->call);
    forwarding_notes_done(&forwarding->notes);
}

static bool needs(const struct host_entry *entry)
{
    return entry->network_row.mode == MODE_NAT && entry->row && !entry->leaving;
}

/* Logs once a device whose name rules cannot contain. */
static void tell_strange(struct forwarding *forwarding)
{
    const char *device = forwarding->notes.strange;

    if (device[0] && !forwarding->told)
        log_event(LOG_LEVEL_WARNING,
                  "a device has a name that rules of nftables cannot contain: "
                  "nothing that arrives by it is forwarded to the networks",
                  "device", device, NULL);
    forwarding->told |= device[0] != '\0';
}

/* A device that has gone took its settings with it. One that comes back under
 * its name has those of a new device. */
static void forget_gone(struct forwarding *forwarding)
{
    struct net *host = forwarding->ports->gateway->host->net;
    size_t kept = 0;

    for (size_t i = 0; i < forwarding->notes.count; i++) {
        if (forwarding_is_there(host, forwarding->notes.devices[i].device))
            forwarding->notes.devices[kept++] = forwarding->notes.devices[i];
    }
    forwarding->notes.count = kept;
}

static void on_notes_written(struct ovsdb_call *call,
                             const struct ovsdb_outcome *outcome)
{
    struct forwarding *forwarding = container_of(call, struct forwarding, call);

    if (outcome->r >= 0 || outcome->r == -ECONNRESET)
        return; /* the rows show it, or are looked at anew */
    forwarding->err = outcome->err;
    log_event(LOG_LEVEL_ERROR,
              "could not note in OVSDB on which devices "
              "forwarding is set",
              "error", outcome->err.text, NULL);
}

/* Each row has all the notes, so any of the rows may go. */
static void write_notes(struct forwarding *forwarding)
{
    const struct host_ports *ports = forwarding->ports;
    auto_txn struct txn txn = {0};
    struct err err = {0};

    if (forwarding->call.ovsdb)
        return;
    txn_init(&txn, OVSDB_NAME);
    for (size_t i = 0; i < ports->count; i++) {
        if (!needs(ports->entries[i]))
            continue;
        forwarding_notes_write(&forwarding->notes, ports->entries[i]->row,
                               &txn);
    }
    if (txn_count(&txn) == 0)
        return;
    int r = ovsdb_transact(ports->gateway->host->ovsdb, &txn, &forwarding->call,
                           on_notes_written, &err);
    if (r < 0 && r != -ENOTCONN)
        forwarding->err = err;
}

static bool is_safe(const struct forwarding *forwarding,
                    const struct forwarding_device *noted)
{
    const struct host_ports *ports = forwarding->ports;

    for (size_t i = 0; i < ports->count; i++) {
        if (needs(ports->entries[i]) &&
            forwarding_notes_in(ports->entries[i]->row, noted))
            return true;
    }
    return false;
}

static int tell_filter(struct forwarding *forwarding,
                       const struct host_wide *wide, struct err *err)
{
    size_t count = 0;
    auto_free struct forwarding_device *opened =
        mem_new((forwarding->notes.count + 1) * sizeof(*opened));

    for (size_t i = 0; i < forwarding->notes.count; i++) {
        opened[count] = forwarding->notes.devices[i];
        opened[count].ipv4 &= !wide->ipv4;
        opened[count].ipv6 &= !wide->ipv6;
        count += opened[count].ipv4 || opened[count].ipv6;
    }
    return nat_set_forwarding(forwarding->ports->gateway->nat, opened, count,
                              err);
}

void forwarding_recall(struct forwarding *forwarding)
{
    const struct vswitch_view *rows = &forwarding->ports->gateway->host->ports;
    struct host_wide wide = {.any_network6 = false};
    struct err ignored = {0};

    forwarding_host_wide(&wide);
    for (size_t i = 0; i < rows->count; i++) {
        if (vswitch_port_id(rows->ports[i], ID_HOST_NETWORK))
            forwarding_notes_read(&forwarding->notes, rows->ports[i]);
    }
    (void)!tell_filter(forwarding, &wide, &ignored);
}

static void stop_all(struct forwarding *forwarding,
                     const struct host_wide *wide)
{
    for (size_t i = 0; i < forwarding->notes.count; i++) {
        struct err err = {0};
        if (forwarding_set(&forwarding->notes.devices[i], wide, 0, &err) < 0)
            log_event(LOG_LEVEL_WARNING,
                      "could not disable forwarding on a device, which was "
                      "enabled for networks with mode=nat only",
                      "device", forwarding->notes.devices[i].device, "error",
                      err.text, NULL);
    }
}

void forwarding_suspend(struct forwarding *forwarding)
{
    struct host_wide wide = {.any_network6 = false};

    forwarding_host_wide(&wide);
    stop_all(forwarding, &wide);
    forwarding->settled = false;
}

/* The last network goes: first the devices stop forwarding, then the rules go
 * that restrict it. */
static void stop_forwarding(struct forwarding *forwarding,
                            const struct host_wide *wide)
{
    stop_all(forwarding, wide);
    forwarding->notes.count = 0;
    forwarding->settled = false; /* the next network has to wait for a look */
    struct err ignored = {0};
    (void)!tell_filter(forwarding, wide, &ignored);
}

static int note_closed(struct forwarding *forwarding,
                       const struct host_wide *wide, struct err *err)
{
    struct forwarding_device closed[LIMIT_FORWARDING_DEVICES];
    size_t count;
    int r = forwarding_closed(forwarding->ports->gateway->host->net, wide,
                              closed, &count, err);

    for (size_t i = 0; i < count; i++)
        forwarding_notes_add(&forwarding->notes, closed[i].device,
                             closed[i].ipv4, closed[i].ipv6);
    tell_strange(forwarding);
    return r >= 0 && forwarding->notes.overflow ? forwarding_too_many(err) : r;
}

static int start_forwarding(struct forwarding *forwarding,
                            const struct host_wide *wide, struct err *err)
{
    forwarding->settled = true;
    forwarding->notes.overflow = false;
    forget_gone(forwarding);
    int r = note_closed(forwarding, wide, err);
    if (r >= 0)
        r = tell_filter(forwarding, wide, err);
    write_notes(forwarding);
    for (size_t i = 0; i < forwarding->notes.count && r >= 0; i++) {
        if (is_safe(forwarding, &forwarding->notes.devices[i]))
            r = forwarding_set(&forwarding->notes.devices[i], wide, 1, err);
        else
            forwarding->settled = false;
    }
    return r;
}

void forwarding_look(struct forwarding *forwarding)
{
    const struct host_ports *ports = forwarding->ports;
    struct host_wide wide = {.any_network6 = false};
    struct err before = forwarding->err;
    bool any = false;

    if (!ports->gateway->nat)
        return; /* nothing would restrict it to our networks */
    forwarding_host_wide(&wide);
    for (size_t i = 0; i < ports->count; i++) {
        const struct host_entry *entry = ports->entries[i];
        if (entry->row && entry->network_row.mode == MODE_NAT)
            forwarding_notes_read(&forwarding->notes, entry->row);
        if (!needs(entry))
            continue;
        any = true;
        wide.any_network6 |= network_row_host_has_ipv6(&entry->network_row);
    }
    forwarding->err = (struct err){0};
    if (!any) {
        stop_forwarding(forwarding, &wide);
        return;
    }
    if (start_forwarding(forwarding, &wide, &forwarding->err) < 0 &&
        strcmp(before.text, forwarding->err.text) != 0)
        log_event(LOG_LEVEL_ERROR,
                  "forwarding for the networks could not be set", "error",
                  forwarding->err.text, NULL);
}

int forwarding_state(const struct forwarding *forwarding, struct err *err)
{
    if (forwarding->err.code) {
        *err = forwarding->err;
        return -err->code;
    }
    return forwarding->settled;
}
