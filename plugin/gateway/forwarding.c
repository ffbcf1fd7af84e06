/* SPDX-License-Identifier: Apache-2.0 */
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
    free(forwarding->noted);
}

static bool needs(const struct host_entry *entry)
{
    return entry->network_row.mode == MODE_NAT && entry->row && !entry->leaving;
}

static void note(struct forwarding *forwarding, const char *device, bool ipv4,
                 bool ipv6)
{
    for (size_t i = 0; i < forwarding->noted_count; i++) {
        struct nat_opened *noted = &forwarding->noted[i];
        if (strcmp(noted->device, device) != 0)
            continue;
        noted->ipv4 |= ipv4;
        noted->ipv6 |= ipv6;
        return;
    }
    if (!nat_device_valid(device)) {
        if (!forwarding->told)
            log_event(LOG_LEVEL_WARNING,
                      "a device has a name that rules cannot say: nothing is "
                      "forwarded from it for the networks",
                      "device", device, NULL);
        forwarding->told = true;
        return;
    }
    if (forwarding->noted_count == LIMIT_OPENED) {
        forwarding->overflow = true;
        return;
    }
    forwarding->noted =
        mem_resize(forwarding->noted,
                   (forwarding->noted_count + 1) * sizeof(*forwarding->noted));
    struct nat_opened *noted = &forwarding->noted[forwarding->noted_count++];
    *noted = (struct nat_opened){.ipv4 = ipv4, .ipv6 = ipv6};
    snprintf(noted->device, sizeof(noted->device), "%s", device);
}

static void read_notes(struct forwarding *forwarding,
                       const struct vswitch_port *row)
{
    size_t prefix = sizeof(ID_FORWARDING_PREFIX) - 1;

    for (size_t i = 0; i < row->ids.count; i++) {
        const struct vswitch_pair *pair = &row->ids.pairs[i];
        if (strncmp(pair->key, ID_FORWARDING_PREFIX, prefix) == 0)
            note(forwarding, pair->key + prefix,
                 strchr(pair->value, '4') != NULL,
                 strchr(pair->value, '6') != NULL);
    }
}

/* A device that has gone took its settings with it. One that comes back under
 * its name has those of a new device. */
static void forget_gone(struct forwarding *forwarding)
{
    struct net *host = forwarding->ports->gateway->host->net;
    size_t kept = 0;

    for (size_t i = 0; i < forwarding->noted_count; i++) {
        if (forwarding_is_there(host, forwarding->noted[i].device))
            forwarding->noted[kept++] = forwarding->noted[i];
    }
    forwarding->noted_count = kept;
}

static bool is_noted(const struct forwarding *forwarding, const char *device)
{
    for (size_t i = 0; i < forwarding->noted_count; i++) {
        if (strcmp(forwarding->noted[i].device, device) == 0)
            return true;
    }
    return false;
}

#define NOTE_KEY_SIZE (sizeof(ID_FORWARDING_PREFIX) + IFNAME_SIZE)

static const char *say_note(const struct nat_opened *noted,
                            char ret_key[NOTE_KEY_SIZE])
{
    snprintf(ret_key, NOTE_KEY_SIZE, ID_FORWARDING_PREFIX "%s", noted->device);
    if (noted->ipv4)
        return noted->ipv6 ? "46" : "4";
    return "6";
}

static bool has_note(const struct vswitch_port *row,
                     const struct nat_opened *noted)
{
    char key[NOTE_KEY_SIZE];
    const char *value = say_note(noted, key);
    const char *is = vswitch_port_id(row, key);

    return is && strcmp(is, value) == 0;
}

static void on_notes_written(struct ovsdb_call *call,
                             const struct ovsdb_outcome *outcome)
{
    struct forwarding *forwarding = container_of(call, struct forwarding, call);

    if (outcome->r >= 0 || outcome->r == -ECONNRESET)
        return; /* the rows show it, or are looked at anew */
    forwarding->err = outcome->err;
    log_event(LOG_LEVEL_ERROR, "could not note on what forwarding is set",
              "error", outcome->err.text, NULL);
}

static void say_missing(const struct forwarding *forwarding,
                        const struct vswitch_port *row, struct txn *txn)
{
    char key[NOTE_KEY_SIZE];

    for (size_t i = 0; i < forwarding->noted_count; i++) {
        const struct nat_opened *noted = &forwarding->noted[i];
        if (has_note(row, noted))
            continue;
        txn_mutate(txn, "Interface");
        txn_where_uuid(txn, row->iface_uuid);
        const char *value = say_note(noted, key);
        txn_put_pair(txn, "external_ids", key, value);
    }
}

static void say_gone(const struct forwarding *forwarding,
                     const struct vswitch_port *row, struct txn *txn)
{
    size_t prefix = sizeof(ID_FORWARDING_PREFIX) - 1;

    if (forwarding->overflow)
        return; /* a device that is not noted may need its key */
    for (size_t i = 0; i < row->ids.count; i++) {
        const char *key = row->ids.pairs[i].key;
        if (strncmp(key, ID_FORWARDING_PREFIX, prefix) != 0 ||
            is_noted(forwarding, key + prefix))
            continue;
        txn_mutate(txn, "Interface");
        txn_where_uuid(txn, row->iface_uuid);
        txn_remove_key(txn, "external_ids", key);
    }
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
        say_missing(forwarding, ports->entries[i]->row, &txn);
        say_gone(forwarding, ports->entries[i]->row, &txn);
    }
    if (txn_count(&txn) == 0)
        return;
    int r = ovsdb_transact(ports->gateway->host->ovsdb, &txn, &forwarding->call,
                           on_notes_written, &err);
    if (r < 0 && r != -ENOTCONN)
        forwarding->err = err;
}

static bool is_safe(const struct forwarding *forwarding,
                    const struct nat_opened *noted)
{
    const struct host_ports *ports = forwarding->ports;

    for (size_t i = 0; i < ports->count; i++) {
        if (needs(ports->entries[i]) && has_note(ports->entries[i]->row, noted))
            return true;
    }
    return false;
}

static int tell_filter(struct forwarding *forwarding,
                       const struct host_wide *wide, struct err *err)
{
    size_t count = 0;
    auto_free struct nat_opened *opened =
        mem_new((forwarding->noted_count + 1) * sizeof(*opened));

    for (size_t i = 0; i < forwarding->noted_count; i++) {
        opened[count] = forwarding->noted[i];
        opened[count].ipv4 &= !wide->ipv4;
        opened[count].ipv6 &= !wide->ipv6;
        count += opened[count].ipv4 || opened[count].ipv6;
    }
    return nat_open_devices(forwarding->ports->gateway->nat, opened, count,
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
            read_notes(forwarding, rows->ports[i]);
    }
    (void)!tell_filter(forwarding, &wide, &ignored);
}

static void stop_all(struct forwarding *forwarding,
                     const struct host_wide *wide)
{
    for (size_t i = 0; i < forwarding->noted_count; i++) {
        struct err err = {0};
        if (forwarding_set(&forwarding->noted[i], wide, 0, &err) < 0)
            log_event(LOG_LEVEL_WARNING,
                      "a device keeps forwarding, which only its packet filter "
                      "was meant to allow",
                      "device", forwarding->noted[i].device, "error", err.text,
                      NULL);
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
static void close_all(struct forwarding *forwarding,
                      const struct host_wide *wide)
{
    stop_all(forwarding, wide);
    forwarding->noted_count = 0;
    forwarding->settled = false; /* the next network has to wait for a look */
    struct err ignored = {0};
    (void)!tell_filter(forwarding, wide, &ignored);
}

static int note_closed(struct forwarding *forwarding,
                       const struct host_wide *wide, struct err *err)
{
    struct nat_opened closed[LIMIT_OPENED];
    size_t count;
    int r = forwarding_closed(forwarding->ports->gateway->host->net, wide,
                              closed, &count, err);

    for (size_t i = 0; i < count; i++)
        note(forwarding, closed[i].device, closed[i].ipv4, closed[i].ipv6);
    return r >= 0 && forwarding->overflow ? forwarding_too_many(err) : r;
}

static int open_all(struct forwarding *forwarding, const struct host_wide *wide,
                    struct err *err)
{
    forwarding->settled = true;
    forwarding->overflow = false;
    forget_gone(forwarding);
    int r = note_closed(forwarding, wide, err);
    if (r >= 0)
        r = tell_filter(forwarding, wide, err);
    write_notes(forwarding);
    for (size_t i = 0; i < forwarding->noted_count && r >= 0; i++) {
        if (is_safe(forwarding, &forwarding->noted[i]))
            r = forwarding_set(&forwarding->noted[i], wide, 1, err);
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
            read_notes(forwarding, entry->row);
        if (!needs(entry))
            continue;
        any = true;
        wide.any_network6 |= network_row_host_has_ipv6(&entry->network_row);
    }
    forwarding->err = (struct err){0};
    if (!any) {
        close_all(forwarding, &wide);
        return;
    }
    if (open_all(forwarding, &wide, &forwarding->err) < 0 &&
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
