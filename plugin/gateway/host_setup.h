/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The device of a host access port: what is set on it, and what on the host
 * stands in its way. It knows neither rows nor the loop.
 *
 * What a reader would get wrong: the switch makes the device anew when it
 * restarts (userspace datapath), and nothing of this survives that. So it may
 * be set up at any time, and any number of times.
 */
#pragma once

#include "ovsint/net/net.h"
#include "ovsint/rows/network_row.h"

/* 1 when the device is there and is as it should be, with *ret_ifindex saying
 * which one that is and *ret_changed whether something had to be done; 0 when
 * it is not there. With `forwards` false a network with mode=nat has all but
 * that. -EEXIST when a device of somebody else has the name. */
int host_set_up(struct net *host, const char *network,
                const struct network_row *network_row, bool forwards,
                int *ret_ifindex, bool *ret_changed,
                struct err *err) MUST_CHECK;

/* Of a network with mode=nat: whether its device forwards, and nothing else.
 * 0 too when it is not there. */
int host_forward(const char *network, const struct network_row *network_row,
                 bool forwards, struct err *err) MUST_CHECK;

/* The device is about to go, in the switch's own time: its addresses and
 * routes go now. A device that is not there is fine. */
int host_set_down(struct net *host, const char *device,
                  struct err *err) MUST_CHECK;

/* -EADDRNOTAVAIL when the host lacks an address that is to be given to what
 * leaves the network (nat-source). */
int host_check_sources(struct net *host, const struct network_row *network_row,
                       struct err *err) MUST_CHECK;

/* -EADDRINUSE, naming the device, when the host has one of the addresses
 * elsewhere, or reaches a part of the network's subnets there. */
int host_check(struct net *host, const char *network,
               const struct network_row *network_row,
               struct err *err) MUST_CHECK;
