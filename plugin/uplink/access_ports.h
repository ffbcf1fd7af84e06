/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Access ports of moves that were kept. If the switch makes one anew, it has
 * nothing: with the userspace datapath its device goes with ovs-vswitchd. So
 * what it has is looked at all the time, and the next device gets it.
 *
 * It is not read from the note, which says what cards had before: addresses may
 * have changed since, and the host may have been started anew.
 */
#pragma once

#include <uv.h>

#include "ovsint/net/net.h"
#include "ovsint/uplink/note.h"

struct access_ports;

/* `host` is kept by the caller, with NET_WITH_ANNOUNCE. */
struct access_ports *access_ports_open(uv_loop_t *loop, struct net *host);
/* `closed` is called when the loop has closed it, and its memory is freed. */
void access_ports_close(struct access_ports *ports, void (*closed)(void *data),
                        void *data);

/* These are all. Those that are not kept are left alone. */
void access_ports_are(struct access_ports *ports,
                      const struct uplink_notes *notes);
