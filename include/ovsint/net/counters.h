/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* What has passed a device since it was made, as its own namespace counts. */
#pragma once

#include <stdint.h>

#include "ovsint/net/link.h"

struct link_counters {
    uint64_t rx_bytes;
    uint64_t rx_packets;
    uint64_t rx_dropped;
    uint64_t tx_bytes;
    uint64_t tx_packets;
    uint64_t tx_dropped;
};

/* As link_find(), with the counters. */
int counters_find(struct net *net, const char *name, struct link_info *ret,
                  struct link_counters *ret_counters,
                  struct err *err) MUST_CHECK;
