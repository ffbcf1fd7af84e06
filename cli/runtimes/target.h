/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * TARGET of a command line: from what a person types to an open namespace. It
 * is a container (runtimes.h), `pid:N`, or the path of a namespace: what has a
 * slash is a path.
 *
 * A process id is turned into a descriptor once. Whether it is the container's
 * is then looked at while that descriptor holds the process: by its control
 * group (cgroup.h), or by the time at which it has started, if the runtime has
 * noted that. If neither says so the target is refused.
 */
#pragma once

#include <limits.h>

#include "cli/runtimes/runtimes.h"
#include "ovsint/net/pidns.h"

struct target {
    /* By which its ports are known: the container's id; for a namespace that
     * is named by itself "netns-" and its inode. */
    char id[LIMIT_CONTAINER_ID_SIZE];
    bool is_container;
    struct container container;
    char path[PATH_MAX];       /* of the namespace, also if it has gone */
    char pidns[PIDNS_ID_SIZE]; /* "" = not known */
    int netns;                 /* -1 = not open */
};

#define TARGET_CLOSED ((struct target){.netns = -1})

/* -EINVAL, -ENOENT, -EEXIST if it means nothing or too much; -ESRCH if the
 * container does not run; -EPERM for the host's own namespace. */
int target_open(const char *text, struct target *ret,
                struct err *err) MUST_CHECK;
void target_close(struct target *target);
#define auto_target __attribute__((cleanup(target_close)))

enum target_kind { TARGET_CONTAINER, TARGET_PID, TARGET_PATH };
/* Pure. Is it spelled as a target? -EINVAL. */
int target_check(const char *text, struct err *err) MUST_CHECK;
/* Pure. Does it begin as a process is named? */
bool target_names_process(const char *text);
/* Pure. The same of a word that may also be something else: only how a process
 * is named is looked at. -EINVAL. */
int target_check_process(const char *text, struct err *err) MUST_CHECK;
/* Pure. `ret_pid` is set for TARGET_PID. -EINVAL. */
int target_judge(const char *text, enum target_kind *ret, pid_t *ret_pid,
                 struct err *err) MUST_CHECK;
