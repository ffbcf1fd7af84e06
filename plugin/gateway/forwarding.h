/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Per-device IP forwarding for mode=nat. If the host does not forward, we
 * enable forwarding on single devices, let the packet filter restrict it to our
 * networks, and restore it with the last network. Private to host_port.c, but
 * for forwarding_check().
 *
 * Pitfall: what has to be restored is noted in the rows of the host access
 * ports before it is changed, so it survives any death of this process. If the
 * host forwards anyway, nothing is changed.
 */
#pragma once

#include "ovsint/base/limits.h"
#include "ovsint/net/net.h"
#include "ovsint/rows/network_row.h"
#include "plugin/daemon/ovsdb_uv.h"
#include "plugin/gateway/forwarding_notes.h"

struct host_ports;

struct forwarding {
    struct ovsdb_call call;
    struct host_ports *ports;
    struct forwarding_notes notes; /* in the rows, or about to be */
    bool settled;
    bool told;      /* a device that rules cannot name was logged */
    struct err err; /* why forwarding is not set */
};

/* What holds for the host as a whole. */
struct host_wide {
    bool ipv4;
    bool ipv6;
    bool any_network6; /* one of our networks has IPv6 */
};

/* forwarding_devices.c: the devices that do not forward although our networks
 * need it; and the settings of one device. */
void forwarding_host_wide(struct host_wide *ret);
int forwarding_closed(struct net *host, const struct host_wide *wide,
                      struct forwarding_device ret[LIMIT_FORWARDING_DEVICES],
                      size_t *ret_count, struct err *err) MUST_CHECK;
int forwarding_too_many(struct err *err);
bool forwarding_is_there(struct net *host, const char *device);
int forwarding_set(const struct forwarding_device *opened,
                   const struct host_wide *wide, int value,
                   struct err *err) MUST_CHECK;

void forwarding_done(struct forwarding *forwarding);

/* -EOPNOTSUPP, with what to do, if the kernel cannot forward for this network
 * without doing so for everybody. */
int forwarding_check(const struct network_row *network_row,
                     struct err *err) MUST_CHECK;

/* Reads the notes of an earlier plugin. Call it before the packet filter gets
 * its first rules, which must have these devices. */
void forwarding_recall(struct forwarding *forwarding);

/* Call it when rows, devices, addresses or settings have changed. */
void forwarding_look(struct forwarding *forwarding);

/* No rules restrict what arrives by the devices: they stop forwarding until
 * forwarding_look() finds the rules in force again. */
void forwarding_suspend(struct forwarding *forwarding);

/* 1 if all that the networks need is set, 0 not yet. */
int forwarding_state(const struct forwarding *forwarding,
                     struct err *err) MUST_CHECK;
