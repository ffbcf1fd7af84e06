/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The helper of a plugin that was given none: a child, made before anything is
 * open. It keeps standard error and its end of the socket, and ends when the
 * other end does: a terminal or a service manager that signals all processes
 * would end it too early, so it ignores those signals.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "ovsint/base/cleanup.h"
#include "ovsint/base/log.h"
#include "ovsint/base/second.h"
#include "plugin/namespaces/serve.h"

enum { KEPT_FD = 3 };

static int run(int fd, const struct helper_reach *reach, struct err *err)
{
    if (fd != KEPT_FD && dup3(fd, KEPT_FD, O_CLOEXEC) < 0)
        return err_sys(err, "keep the socket of the helper");
    if (close_range(KEPT_FD + 1, ~0U, 0) < 0)
        return err_sys(err, "close what the helper does not need");
    (void)prctl(PR_SET_NAME, "ovsint-namespaces");
    (void)signal(SIGINT, SIG_IGN);
    (void)signal(SIGTERM, SIG_IGN);
    (void)signal(SIGUSR1, SIG_IGN);
    (void)signal(SIGABRT, SIG_DFL);
    int r = helper_confine(err);
    return r < 0 ? r : helper_serve(KEPT_FD, reach, err);
}

int helper_connect(const char *path, struct err *err)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};

    if (strlen(path) >= sizeof(to.sun_path))
        return err_code(err, ENAMETOOLONG, "connect to %s", path);
    memcpy(to.sun_path, path, strlen(path) + 1);
    auto_close int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return err_sys(err, "open a Unix socket");
    if (connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0)
        return err_sys(err, "connect to ovsint-namespaces at %s", path);
    return TAKE_FD(fd);
}

int helper_fork(const struct helper_reach *reach, struct err *err)
{
    int fd;
    int second = second_start(&fd, err);

    if (second <= 0)
        return second < 0 ? second : fd;
    int r = run(fd, reach, err);
    if (r < 0)
        log_event(LOG_LEVEL_ERROR, "the helper ovsint-namespaces ends",
                  "reason", err->text, NULL);
    _exit(r < 0);
}
