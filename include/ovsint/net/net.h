/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A `struct net` is a netlink socket (NETLINK_ROUTE) that was opened in one
 * network namespace and serves it for life, whatever namespace its user is in
 * later. All of link_, addr_, route_, qdisc_ and announce_ take one; no libnl
 * type appears in a header.
 *
 * Every request waits for the kernel's answer, at most NET_TIMEOUT_MS. A
 * failure carries the kernel's errno and, where there is one, the kernel's own
 * sentence (extended acknowledgement). The caller wraps it with the device's
 * name; here devices are numbers.
 *
 * A listing during which the listed things changed, so that something may be
 * missing, ends with -EAGAIN after having shown what it got: start afresh.
 *
 * A reader would get wrong who may do what: the kernel checks CAP_NET_ADMIN
 * (in the user namespace that owns the network namespace) of the process that
 * opened the socket AND of the one that sends. CAP_SYS_ADMIN is only needed by
 * net_open() with a foreign namespace, CAP_NET_RAW only by
 * NET_WITH_ANNOUNCE; both may be dropped afterwards.
 */
#pragma once

#include <stdint.h>

#include "ovsint/base/cleanup.h"
#include "ovsint/base/err.h"

#define NET_TIMEOUT_MS 5000

struct net;

enum net_flags {
    NET_PLAIN = 0,
    NET_WITH_ANNOUNCE = 1, /* also the packet socket that announce_ needs */
};

/* Opens the socket in the namespace `netns_fd`, or in the thread's own when
 * it is -1. The thread visits the namespace and returns within this call; when
 * it cannot return the program aborts, as everything after would happen in the
 * wrong place. `netns_fd` is not kept. -EPERM without the right to enter. */
int net_open(struct net **ret, int netns_fd, enum net_flags flags,
             struct err *err) MUST_CHECK;

/* The cookie of the socket's namespace, a number that no other namespace of
 * this boot has or had (SO_NETNS_COOKIE, Linux 5.14); 0 on older kernels. */
int net_cookie(const struct net *net, uint64_t *ret,
               struct err *err) MUST_CHECK;

void net_close(struct net *net);
DEFINE_AUTO(net, struct net *, net_close)
#define auto_net AUTO(net)
