/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Private to common/net: a socket for what the kernel reports unasked. It is a
 * socket of its own, as reports must not mix with answers. Messages are read
 * and parsed here: libnl's receiver drops the ancillary data that carries the
 * number of the namespace.
 */
#pragma once

#include <linux/netlink.h>
#include <stddef.h>

#include "ovsint/base/err.h"

struct listener;

/* Joins these multicast groups (RTNLGRP_*). `what` says in errors what they
 * report; the caller keeps it. */
int listener_open(struct listener **ret, const char *what, const int *groups,
                  size_t count, struct err *err) MUST_CHECK;
/* The same with a socket that is not bound; it is closed with the listener, and
 * after a failure. */
int listener_adopt(struct listener **ret, int socket, const char *what,
                   const int *groups, size_t count, struct err *err) MUST_CHECK;
void listener_close(struct listener *listener);
int listener_fd(const struct listener *listener);

/* Visits each message that has come. `nsid` is the number of the namespace that
 * it is about; NSID_NONE if the kernel tells none. -ENOBUFS if some messages
 * were lost. */
typedef void listener_visit(void *data, struct nlmsghdr *message, int nsid);
int listener_read(struct listener *listener, listener_visit *visit, void *data,
                  struct err *err) MUST_CHECK;
