/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Network namespaces as descriptors: opened once, checked to be what they
 * claim, compared by identity. Nobody enters one here; that is the private
 * business of net_open(). A reader would get wrong that device and inode are
 * only unique while something holds the namespace: the kernel gives the lowest
 * free inode number to the next one. So they are stored with the namespace's
 * cookie, which is never given again, and beside the boot id.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "ovsint/base/cleanup.h"
#include "ovsint/base/err.h"

#define NETNS_ID_TEXT_SIZE 63 /* three uint64_t, ':' between, NUL */

struct netns_id {
    uint64_t dev;
    uint64_t ino;
    uint64_t cookie; /* net_cookie(); 0 = not known */
};

/* Opens the network namespace at `path` (/proc/42/ns/net, /run/netns/x).
 * Returns a close-on-exec descriptor. -EINVAL when the file is something else
 * (ioctl_ns(2), NS_GET_NSTYPE), else the errno of open(2). */
int netns_open(const char *path, struct err *err) MUST_CHECK;

/* Opens the network namespace that process `pid` is in. The number is looked
 * up once and the process is seen alive afterwards, so that a pid that was
 * given to somebody else in between cannot slip in. -ESRCH when the process is
 * gone (or a zombie), -EINVAL when `pid` is not positive. */
int netns_open_pid(pid_t pid, struct err *err) MUST_CHECK;

/* What tells this namespace from all others that exist now; the cookie stays
 * 0, as only a socket inside can ask for it. */
int netns_id(int netns_fd, struct netns_id *ret, struct err *err) MUST_CHECK;

/* "device:inode:cookie" in decimal, as `ovsint-netns-id` carries it;
 * "device:inode" when the cookie is not known. */
void netns_id_format(const struct netns_id *id, char ret[NETNS_ID_TEXT_SIZE]);

/* Reads what netns_id_format() has written. -EINVAL. */
int netns_id_parse(const char *text, struct netns_id *ret) MUST_CHECK;

/* 1 when it is the namespace that this thread is in, 0 when another. */
int netns_is_own(int netns_fd, struct err *err) MUST_CHECK;

/* 1 when another user namespace than ours owns the network namespace (a
 * container with user namespaces, rootless podman), 0 when ours does. With
 * all capabilities in an ancestor the kernel lets us work in it all the same.
 */
int netns_user_is_foreign(int netns_fd, struct err *err) MUST_CHECK;

/* 1 when this process lives in a user namespace of its own (its uid map is not
 * the identity: rootless), so that the host's switch is out of its reach. */
int netns_process_is_confined(struct err *err) MUST_CHECK;

/* Shows each process that is in the network namespace with this device and
 * inode, until `visit` returns true: 1. 0 when none did; -EACCES when none did
 * and the namespaces of some are hidden from us. Reads all of /proc; processes
 * that come or go meanwhile may or may not be shown. */
typedef bool process_visit(void *data, pid_t pid);
int netns_each_process(const struct netns_id *id, process_visit *visit,
                       void *data, struct err *err) MUST_CHECK;
/* Shows one process of each network namespace that has any, likewise. */
int netns_each(process_visit *visit, void *data, struct err *err) MUST_CHECK;
