/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The devices on which forwarding is set for networks with mode=nat, as they
 * are noted in the rows of host access ports: one key for each, so that whoever
 * comes later sets it back. Each row has all notes, and any row may go. Pure.
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
    /* The first that rules cannot name, and is not noted for that; "" = none.
     */
    char strange[IFNAME_SIZE];
};

void forwarding_notes_done(struct forwarding_notes *notes);

/* Another device, or more of one that is noted. */
void forwarding_notes_add(struct forwarding_notes *notes, const char *device,
                          bool ipv4, bool ipv6);
/* All that the row of a host access port has. */
void forwarding_notes_read(struct forwarding_notes *notes,
                           const struct vswitch_port *row);
/* Adds to `txn` what makes the row say the same: what it lacks, and what is not
 * noted any more. */
void forwarding_notes_write(const struct forwarding_notes *notes,
                            const struct vswitch_port *row, struct txn *txn);
/* Has the row this very note? Until one has, the setting may not be changed. */
bool forwarding_notes_in(const struct vswitch_port *row,
                         const struct forwarding_device *device);
