/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Connections that the kernel tracks. Pitfall: a connection's first packet
 * decides how its addresses are translated, and new rules change nothing for
 * it. With UDP, what the kernel takes for a connection lasts as long as
 * somebody sends.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "ovsint/base/err.h"
#include "ovsint/base/parse.h"

/* Is the connection to be forgotten? `port` is the one that it was sent to. */
typedef bool conntrack_filter(void *data, uint16_t port);

/* Forgets connections of UDP that were sent to an address of the host itself,
 * so that the next packet counts as a first one. Returns how many. */
int conntrack_forget_udp(conntrack_filter *filter, void *data,
                         struct err *err) MUST_CHECK;
