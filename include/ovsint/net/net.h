/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * A `struct net` is a netlink socket (NETLINK_ROUTE) that was opened in one
 * network namespace and serves it for life, whatever namespace its user is in
 * later. All of link_, addr_, route_, qdisc_ and announce_ take one. No libnl
 * type appears in a header.
 *
 * Every request waits for the kernel's answer, at most NET_TIMEOUT_MS. An error
 * has the kernel's errno and, if there is one, the kernel's own sentence
 * (extended acknowledgement). Devices are numbers here: the caller wraps the
 * error with the device's name.
 *
 * If what is listed changes during a listing something may be missing. Then the
 * listing starts again before anything is shown; -EAGAIN if that happens again
 * and again.
 *
 * Pitfall: the kernel checks CAP_NET_ADMIN (in the user namespace that owns the
 * network namespace) of the process that opened the socket AND of the one that
 * sends. CAP_SYS_ADMIN is needed only by net_open() with another namespace,
 * CAP_NET_RAW only by NET_WITH_ANNOUNCE. Both may be dropped afterwards.
 */
#pragma once

#include <stdint.h>

#include "ovsint/base/cleanup.h"
#include "ovsint/base/err.h"
#include "ovsint/net/netns.h"

#define NET_TIMEOUT_MS 5000

struct net;

enum net_flags {
    NET_PLAIN = 0,
    NET_WITH_ANNOUNCE = 1, /* also the packet socket that announce_ needs */
};

/* Opens the socket in the namespace `netns_fd`; -1 = the thread's own. The
 * thread enters the namespace and returns within this call. If it cannot
 * return, the program aborts, as it would do everything else in the wrong
 * place. `netns_fd` is not kept. -EPERM without the right to enter. */
int net_open(struct net **ret, int netns_fd, enum net_flags flags,
             struct err *err) MUST_CHECK;

/* The cookie of the socket's namespace: a number that no other namespace of
 * this boot has or had (SO_NETNS_COOKIE, Linux 5.14). 0 on older kernels. */
int net_cookie(const struct net *net, uint64_t *ret,
               struct err *err) MUST_CHECK;

/* What tells the socket's namespace from all others of this boot, as
 * netns_id_format() writes it. `netns_fd` is that namespace. */
int net_identify(const struct net *net, int netns_fd,
                 char ret[NETNS_ID_TEXT_SIZE], struct err *err) MUST_CHECK;
/* The same of a namespace in which no socket is open. */
int netns_identify(int netns_fd, char ret[NETNS_ID_TEXT_SIZE],
                   struct err *err) MUST_CHECK;

void net_close(struct net *net);
DEFINE_AUTO(net, struct net *, net_close)
#define auto_net AUTO(net)
