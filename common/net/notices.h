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

#include "ovsint/err.h"

struct notices;

/* Hears these multicast groups (RTNLGRP_*); `what` they tell of is for errors,
 * and is kept by the caller. */
int notices_open(struct notices **ret, const char *what, const int *groups,
                 size_t count, struct err *err) MUST_CHECK;
void notices_close(struct notices *notices);
int notices_fd(const struct notices *notices);

/* Shows each message that has come, and the number of the namespace that it is
 * about, NSID_NONE where the kernel tells none. -ENOBUFS when some were lost.
 */
typedef void notice_visit(void *data, struct nlmsghdr *message, int nsid);
int notices_read(struct notices *notices, notice_visit *visit, void *data,
                 struct err *err) MUST_CHECK;
