/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Veth pairs whose one end is here.
 */
#pragma once

#include "ovsint/base/err.h"
#include "ovsint/net/net.h"

/* Deletes the pair of which `device` is an end. A device that is not there, or
 * is none of a pair, is fine: the pair goes by itself with the namespace of its
 * other end. */
int veth_delete(struct net *net, const char *device,
                struct err *err) MUST_CHECK;
