/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Private to common/net: one entry of the neighbour table.
 */
#pragma once

#include "ovsint/base/err.h"
#include "ovsint/base/parse.h"
#include "ovsint/net/net.h"

/* RTM_NEWNEIGH: if there is no entry, makes one and asks for the neighbour at
 * once (NTF_USE in neigh_add(), net/core/neighbour.c). RTM_DELNEIGH: -ENOENT if
 * there is no entry. `what` begins the error's text. */
int neighbour_change(struct net *net, int type, int ifindex,
                     const struct ip *ip, const char *what,
                     struct err *err) MUST_CHECK;
