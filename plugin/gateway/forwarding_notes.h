/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The forwarding devices, as the rows of host access ports note them: one key
 * for each, so that a later plugin can restore its setting. Each row has all
 * notes, so any row may go. Pure.
 */
#pragma once

#include "ovsint/base/limits.h"
#include "ovsint/ovsdb/txn.h"
#include "ovsint/rows/vswitch_view.h"
#include "plugin/gateway/nat_rules.h"

struct forwarding_notes {
    struct forwarding_device *devices;
    size_t count;
    bool overflow; /* there are more than LIMIT_FORWARDING_DEVICES */
    /* The first device that rules cannot name, and that is not noted therefore;
     * "" = none. */
    char strange[IFNAME_SIZE];
};

void forwarding_notes_done(struct forwarding_notes *notes);

/* Adds a device, or another family of one that is noted. */
void forwarding_notes_add(struct forwarding_notes *notes, const char *device,
                          bool ipv4, bool ipv6);
/* Adds all that the row of a host access port has. */
void forwarding_notes_read(struct forwarding_notes *notes,
                           const struct vswitch_port *row);
/* Adds to `txn` what makes the row have these notes: those that it lacks, and
 * the removal of others. */
void forwarding_notes_write(const struct forwarding_notes *notes,
                            const struct vswitch_port *row, struct txn *txn);
/* Does the row have exactly this note? The setting may be changed only then. */
bool forwarding_notes_in(const struct vswitch_port *row,
                         const struct forwarding_device *device);
