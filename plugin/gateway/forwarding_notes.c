/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The key names the device, the value its families: "4", "6" or "46".
 */
#include "plugin/gateway/forwarding_notes.h"

#include <stdio.h>
#include <string.h>

#define KEY_SIZE (sizeof(ID_FORWARDING_PREFIX) + IFNAME_SIZE)

void forwarding_notes_done(struct forwarding_notes *notes)
{
    free(notes->devices);
    *notes = (struct forwarding_notes){0};
}

static struct forwarding_device *note_find(const struct forwarding_notes *notes,
                                           const char *device)
{
    for (size_t i = 0; i < notes->count; i++) {
        if (strcmp(notes->devices[i].device, device) == 0)
            return &notes->devices[i];
    }
    return NULL;
}

void forwarding_notes_add(struct forwarding_notes *notes, const char *device,
                          bool ipv4, bool ipv6)
{
    struct forwarding_device *noted = note_find(notes, device);

    if (!noted && !nat_device_valid(device)) {
        if (!notes->strange[0])
            snprintf(notes->strange, sizeof(notes->strange), "%s", device);
        return;
    }
    if (!noted && notes->count == LIMIT_FORWARDING_DEVICES) {
        notes->overflow = true;
        return;
    }
    if (!noted) {
        notes->devices =
            mem_resize(notes->devices, (notes->count + 1) * sizeof(*noted));
        noted = &notes->devices[notes->count++];
        *noted = (struct forwarding_device){.ipv4 = false};
        snprintf(noted->device, sizeof(noted->device), "%s", device);
    }
    noted->ipv4 |= ipv4;
    noted->ipv6 |= ipv6;
}

/* The device that a key of a row names; NULL for other keys. */
static const char *device_of(const char *key)
{
    static const size_t prefix = sizeof(ID_FORWARDING_PREFIX) - 1;

    return strncmp(key, ID_FORWARDING_PREFIX, prefix) == 0 ? key + prefix
                                                           : NULL;
}

void forwarding_notes_read(struct forwarding_notes *notes,
                           const struct vswitch_port *row)
{
    for (size_t i = 0; i < row->ids.count; i++) {
        const struct vswitch_pair *pair = &row->ids.pairs[i];
        const char *device = device_of(pair->key);
        if (device)
            forwarding_notes_add(notes, device,
                                 strchr(pair->value, '4') != NULL,
                                 strchr(pair->value, '6') != NULL);
    }
}

/* The value, and its key in ret_key. */
static const char *note_text(const struct forwarding_device *device,
                             char ret_key[KEY_SIZE])
{
    snprintf(ret_key, KEY_SIZE, ID_FORWARDING_PREFIX "%s", device->device);
    if (device->ipv4)
        return device->ipv6 ? "46" : "4";
    return "6";
}

bool forwarding_notes_in(const struct vswitch_port *row,
                         const struct forwarding_device *device)
{
    char key[KEY_SIZE];
    const char *value = note_text(device, key);

    return vswitch_port_id_is(row, key, value);
}

static void add_missing(const struct forwarding_notes *notes,
                        const struct vswitch_port *row, struct txn *txn)
{
    char key[KEY_SIZE];

    for (size_t i = 0; i < notes->count; i++) {
        if (forwarding_notes_in(row, &notes->devices[i]))
            continue;
        const char *value = note_text(&notes->devices[i], key);
        txn_mutate(txn, "Interface");
        txn_where_uuid(txn, row->iface_uuid);
        txn_put_pair(txn, "external_ids", key, value);
    }
}

static void remove_gone(const struct forwarding_notes *notes,
                        const struct vswitch_port *row, struct txn *txn)
{
    for (size_t i = 0; i < row->ids.count; i++) {
        const char *key = row->ids.pairs[i].key;
        const char *device = device_of(key);
        if (!device || note_find(notes, device))
            continue;
        txn_mutate(txn, "Interface");
        txn_where_uuid(txn, row->iface_uuid);
        txn_remove_key(txn, "external_ids", key);
    }
}

void forwarding_notes_write(const struct forwarding_notes *notes,
                            const struct vswitch_port *row, struct txn *txn)
{
    add_missing(notes, row, txn);
    /* If there are too many devices, one that is not noted may need its key. */
    if (!notes->overflow)
        remove_gone(notes, row, txn);
}
