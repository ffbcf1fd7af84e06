/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The pair is made first, so that nothing can fail in the second process before
 * it can be asked.
 */
#include "ovsint/base/second.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ovsint/base/cleanup.h"

int second_start(int *ret_fd, struct err *err)
{
    int ends[2];

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
        return err_sys(err, "make a pair of sockets");
    auto_close int here = ends[0];
    auto_close int there = ends[1];
    pid_t pid = fork();
    if (pid < 0)
        return err_sys(err, "start a second process");
    *ret_fd = pid ? TAKE_FD(here) : TAKE_FD(there);
    return pid == 0;
}

/* Where there is no /dev/null they are closed. */
void second_leave_standard(void)
{
    auto_close int null = open("/dev/null", O_RDWR | O_CLOEXEC);

    for (int i = 0; i <= STDERR_FILENO; i++) {
        if (null >= 0)
            (void)dup3(null, i, 0);
        else
            close(i);
    }
}
