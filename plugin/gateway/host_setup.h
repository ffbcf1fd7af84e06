/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The device of a host access port: what is set on it, and what on the host
 * prevents it. It knows neither rows nor the loop.
 *
 * Pitfall: on the userspace datapath the switch makes the device anew when it
 * restarts, and nothing that was set survives that. So it may be set up at any
 * time, and any number of times.
 */
#pragma once

#include "ovsint/net/net.h"
#include "ovsint/rows/network_row.h"

/* 1 if the device exists and is set up: *ret_ifindex is its index, and
 * *ret_changed says whether something had to be done. 0 if there is no such
 * device. Without `forwards`, a network with mode=nat gets all but forwarding.
 * -EEXIST if somebody else's device has the name. */
int host_set_up(struct net *host, const char *network,
                const struct network_row *network_row, const struct mac *mac,
                bool forwards, int *ret_ifindex, bool *ret_changed,
                struct err *err) MUST_CHECK;

/* For a network with mode=nat: enables or disables forwarding on its device,
 * and nothing else. 0 also if there is no such device. */
int host_forward(const char *network, const struct network_row *network_row,
                 bool forwards, struct err *err) MUST_CHECK;

/* The switch will remove the device in its own time: removes its addresses and
 * routes now. A device that is not there is fine. */
int host_set_down(struct net *host, const char *device,
                  struct err *err) MUST_CHECK;

/* -EADDRNOTAVAIL if the host lacks an address that packets leaving the network
 * are to get (nat-source). */
int host_check_sources(struct net *host, const struct network_row *network_row,
                       struct err *err) MUST_CHECK;

/* -EADDRINUSE, naming the device, if the host has one of the addresses
 * elsewhere, or reaches a part of the network's subnets by another device. */
int host_check(struct net *host, const char *network,
               const struct network_row *network_row,
               struct err *err) MUST_CHECK;
