/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Private to common/net: a socket that hears what the kernel tells unasked. One
 * of its own, as that must not mix with answers. Messages are read and parsed
 * here and not by libnl's receiver, which drops the ancillary data that carries
 * the number of the namespace.
 */
#pragma once

#include <linux/netlink.h>
#include <stddef.h>

#include "ovsint/base/err.h"

struct listener;

/* Hears these multicast groups (RTNLGRP_*); `what` they tell of is for errors,
 * and is kept by the caller. */
int listener_open(struct listener **ret, const char *what, const int *groups,
                  size_t count, struct err *err) MUST_CHECK;
void listener_close(struct listener *notices);
int listener_fd(const struct listener *notices);

/* Shows each message that has come, and the number of the namespace that it is
 * about, NSID_NONE where the kernel tells none. -ENOBUFS when some were lost.
 */
typedef void listener_visit(void *data, struct nlmsghdr *message, int nsid);
int listener_read(struct listener *notices, listener_visit *visit, void *data,
                  struct err *err) MUST_CHECK;
