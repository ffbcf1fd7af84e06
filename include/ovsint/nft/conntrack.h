/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connections that the kernel tracks. How the addresses of one are translated
 * is decided by its first packet, for good; and what it takes for a connection
 * of UDP lasts as long as somebody sends.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "ovsint/base/err.h"
#include "ovsint/base/parse.h"

/* True for one that is to be forgotten, by the port that it was sent to. */
typedef bool conntrack_filter(void *data, uint16_t port);

/* Forgets those of UDP that were sent to an address of the host itself. The
 * next packet is a first one. Returns how many. */
int conntrack_forget_udp(conntrack_filter *filter, void *data,
                         struct err *err) MUST_CHECK;
