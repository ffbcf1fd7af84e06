/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What takes a visit to another namespace and is done for others there: the
 * helper calls these for who asks it. Without a helper device_state.h and net.h
 * call them.
 */
#pragma once

#include "ovsint/base/buf.h"
#include "ovsint/base/helper.h"
#include "ovsint/net/device_state.h"

/* A socket in the namespace, not yet bound. */
int inside_socket(int netns_fd, enum helper_socket what,
                  struct err *err) MUST_CHECK;
/* A file of /proc/net as the namespace shows it. -ENOENT if the kernel does not
 * have it. */
int inside_file(int netns_fd, enum helper_file what,
                struct err *err) MUST_CHECK;

/* All settings of a device below /proc/sys/net: directory, name and value of
 * each, NUL-terminated. */
int inside_read_settings(int netns_fd, const char *device, struct buf *ret,
                         struct err *err) MUST_CHECK;
int inside_write_settings(int netns_fd, const char *device,
                          const struct buf *settings, struct device_loss *ret,
                          struct err *err) MUST_CHECK;

/* A device of which sockets of processes in the namespace believe to be members
 * of groups. */
struct inside_groups {
    const struct ip *groups;
    size_t count;
    int before; /* its number when they joined */
    int now;
};
/* Makes them join these groups again. */
int inside_join_groups(struct net *net, int netns_fd,
                       const struct inside_groups *groups,
                       struct device_loss *ret, struct err *err) MUST_CHECK;
