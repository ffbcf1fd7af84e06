/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Network namespaces as descriptors: opened once, checked to be network
 * namespaces, compared by identity. Only net_open() enters one.
 *
 * Pitfall: device and inode are unique only while something holds the
 * namespace. The kernel gives the lowest free inode number to the next one. So
 * they are stored with the namespace's cookie, which is never given again, and
 * with the boot id.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "ovsint/base/cleanup.h"
#include "ovsint/base/err.h"
#include "ovsint/base/helper.h"

#define NETNS_ID_TEXT_SIZE 63 /* three uint64_t, ':' between, NUL */

struct netns_id {
    uint64_t dev;
    uint64_t ino;
    uint64_t cookie; /* net_cookie(); 0 = not known */
};

/* Opens the network namespace at `path` (/proc/42/ns/net, /run/netns/x).
 * Returns a close-on-exec descriptor. -EINVAL if the file is something else
 * (ioctl_ns(2), NS_GET_NSTYPE), else the errno of open(2). */
int netns_open(const char *path, struct err *err) MUST_CHECK;

/* Opens the network namespace of process `pid`. The number is looked up once,
 * and the process is seen alive afterwards: so the namespace cannot be that of
 * another process which got the number meanwhile. -ESRCH if the process is gone
 * or a zombie, -EINVAL if `pid` is not positive. */
int netns_open_pid(pid_t pid, struct err *err) MUST_CHECK;

/* The same, but -ESRCH unless `check` says that the process is the one that is
 * meant: it may look at /proc/PID, which is this process's until it returns. */
typedef bool process_check(void *data, pid_t pid);
int netns_open_process(pid_t pid, process_check *check, void *data,
                       struct err *err) MUST_CHECK;

/* Is there a process of that number in the namespace with this device and
 * inode? The namespace is not opened. */
bool netns_process_is_in(pid_t pid, const struct netns_id *id);

/* 0 if the descriptor is a network namespace; `path` names it. -EINVAL. */
int netns_check(int fd, const char *path, struct err *err) MUST_CHECK;

/* What tells this namespace from all others that exist now. The cookie stays 0,
 * as only a socket inside can ask for it. */
int netns_id(int netns_fd, struct netns_id *ret, struct err *err) MUST_CHECK;

/* "device:inode:cookie" in decimal, as in `ovsint-netns-id`; "device:inode" if
 * the cookie is not known. */
void netns_id_format(const struct netns_id *id, char ret[NETNS_ID_TEXT_SIZE]);

/* Reads what netns_id_format() wrote. -EINVAL. */
int netns_id_parse(const char *text, struct netns_id *ret) MUST_CHECK;

/* 1 if this thread is in that namespace, else 0. */
int netns_is_own(int netns_fd, struct err *err) MUST_CHECK;

/* 1 if another user namespace than ours owns the network namespace (a container
 * with user namespaces, rootless podman), 0 if ours does. If we have all
 * capabilities in an ancestor, the kernel lets us work in it all the same. */
int netns_user_is_foreign(int netns_fd, struct err *err) MUST_CHECK;

/* 1 if this process is in a user namespace of its own (its uid map is not the
 * identity: rootless), so that the host's switch is out of its reach. */
int netns_process_is_confined(struct err *err) MUST_CHECK;

/* Visits each process in the network namespace with this device and inode,
 * until `visit` returns true. 1 if it did; 0 if it did not; -EACCES if it did
 * not and the namespaces of some processes are hidden from us. Reads all of
 * /proc. A process that starts or ends meanwhile may be missed. */
typedef bool process_visit(void *data, pid_t pid);
int netns_each_process(const struct netns_id *id, process_visit *visit,
                       void *data, struct err *err) MUST_CHECK;
/* The same for one process of each network namespace that has any. */
int netns_each(process_visit *visit, void *data, struct err *err) MUST_CHECK;
/* The first ones whose numbers are larger than `after`, in order, of the one
 * namespace, or of all if its inode is 0. *ret_hidden is a process whose
 * namespace cannot be seen, or 0. */
int netns_list(const struct netns_id *id, pid_t after,
               struct helper_process ret[HELPER_PROCESSES_MAX],
               size_t *ret_count, pid_t *ret_hidden,
               struct err *err) MUST_CHECK;
