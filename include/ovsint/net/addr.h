/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IP addresses of one device. Says nothing about who else uses an address on
 * the wire: that is the database's reservation and, for IPv6, the kernel's
 * duplicate address detection.
 */
#pragma once

#include <stdbool.h>

#include "ovsint/base/err.h"
#include "ovsint/base/parse.h"
#include "ovsint/net/net.h"

/* Gives the device an address. Adding it once more is success (for IPv6 also
 * with another prefix length, which the kernel then ignores). IPv4 prefixes
 * shorter than /31 get their broadcast address. `skip_dad` makes an IPv6
 * address usable at once (IFA_F_NODAD, no detection); without it the kernel
 * keeps it tentative for about a second. No meaning for IPv4.
 * -EACCES, with a clear sentence, when IPv6 is switched off for the device,
 * -EAFNOSUPPORT when the kernel has none. */
int addr_add(struct net *net, int ifindex, const struct ip_prefix *address,
             bool skip_dad, struct err *err) MUST_CHECK;

/* -EADDRNOTAVAIL when the device does not have it. */
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

/* Shows every address of the device, or of all devices when `ifindex` is 0,
 * to `visit`, which must not use `net`. */
typedef void addr_visit(void *data, const struct addr_info *info);
int addr_each(struct net *net, int ifindex, addr_visit *visit, void *data,
              struct err *err) MUST_CHECK;
