/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * IP addresses of one device. Whether somebody else on the wire uses an address
 * is not known here: the database reserves addresses, and with IPv6 the kernel
 * detects duplicates.
 */
#pragma once

#include <stdbool.h>

#include "ovsint/base/err.h"
#include "ovsint/base/parse.h"
#include "ovsint/net/net.h"

/* Gives the device an address. If it has the address already that is success
 * (with IPv6 also if the prefix length differs, which the kernel then ignores).
 * IPv4 prefixes shorter than /31 get their broadcast address. With `skip_dad`
 * an IPv6 address is usable at once (IFA_F_NODAD, no detection), else it is
 * tentative for about a second; with IPv4 it means nothing. -EACCES, with a
 * clear sentence, if IPv6 is switched off for the device; -EAFNOSUPPORT if the
 * kernel has none. */
int addr_add(struct net *net, int ifindex, const struct ip_prefix *address,
             bool skip_dad, struct err *err) MUST_CHECK;

/* -EADDRNOTAVAIL if the device does not have it. */
int addr_del(struct net *net, int ifindex, const struct ip_prefix *address,
             struct err *err) MUST_CHECK;

struct addr_info {
    int ifindex;
    struct ip_prefix address;
    struct ip broadcast; /* family 0 = none */
    bool permanent;      /* not from autoconfiguration */
    bool no_dad;         /* IFA_F_NODAD */
    bool tentative;      /* not usable yet, or a duplicate */
    bool link_scope;     /* fe80::/10, 169.254.0.0/16 as configured */
};

/* Visits every address of the device, or of all devices if `ifindex` is 0. The
 * visitor must not use `net`. */
typedef void addr_visit(void *data, const struct addr_info *info);
int addr_each(struct net *net, int ifindex, addr_visit *visit, void *data,
              struct err *err) MUST_CHECK;
