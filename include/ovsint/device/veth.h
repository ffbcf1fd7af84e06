/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Veth pairs with one end in this namespace.
 */
#pragma once

#include "ovsint/base/err.h"
#include "ovsint/net/net.h"

/* Deletes the pair of which `device` is an end. If the device does not exist,
 * or is no end of a pair, that is fine: the pair may have gone with the
 * namespace of its other end. */
int veth_delete(struct net *net, const char *device,
                struct err *err) MUST_CHECK;
