/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Does something in another namespace: enters, works, returns, in one function.
 * Nothing else in the tree changes the thread's namespace.
 */
#include "common/net/netns_visit.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "ovsint/base/cleanup.h"

/* If the thread cannot return the program aborts: whatever it did next, it
 * would do to somebody else's network. */
static void return_home(int home)
{
    if (setns(home, CLONE_NEWNET) == 0)
        return;
    dprintf(STDERR_FILENO,
            "%s: cannot return to its own network namespace, giving up: %m\n",
            program_invocation_short_name);
    abort();
}

int netns_visit(int netns_fd, netns_work *work, void *data, struct err *err)
{
    /* thread-self: in a program with threads, "self" is the first thread. */
    auto_close int home =
        open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);

    if (home < 0)
        return err_sys(err, "open /proc/thread-self/ns/net");
    if (setns(netns_fd, CLONE_NEWNET) < 0)
        return err_sys(err, "enter the network namespace");
    int r = work(data, err);
    return_home(home);
    return r;
}
