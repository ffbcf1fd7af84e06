/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The limit on what a container sends: a token bucket (tc-tbf(8)) as the root
 * queueing discipline of its device, inside its namespace. It is set after the
 * move, as the kernel resets the queueing discipline of a device that changes
 * its namespace. A process with CAP_NET_ADMIN inside can remove it.
 */
#pragma once

#include <stdint.h>

#include "ovsint/base/err.h"
#include "ovsint/net/net.h"

/* The largest rate and burst that the attributes and the kernel's arithmetic
 * allow. */
#define QDISC_RATE_MAX_KBIT 8000000000u /* 8 Tbit/s */
#define QDISC_BURST_MAX_KBIT 8000000u   /* 1 GB */

/* Limits the device to `rate_kbit` (1000 bits per second). `burst_kbit` (1000
 * bits) may be sent at once; 0 = what 10 ms carry, at least 68 KiB, as the
 * kernel gives the device 64 KiB of segments in one piece. What exceeds that
 * waits up to 50 ms, then it is dropped. Replaces an earlier limit. -EINVAL for
 * a rate of 0; -ERANGE beyond the maxima, or for a burst smaller than one
 * packet of `mtu` (bytes; 0 = 1500). -ENOENT if the kernel has no token
 * bucket. */
int qdisc_set_rate(struct net *net, int ifindex, uint64_t rate_kbit,
                   uint64_t burst_kbit, unsigned mtu,
                   struct err *err) MUST_CHECK;
