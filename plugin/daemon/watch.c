/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * A descriptor that wakes the loop when it can be read.
 */
#include "plugin/daemon/watch.h"

#include <sys/socket.h>

int watch_readable(uv_loop_t *loop, uv_poll_t *poll, int fd, uv_poll_cb ready,
                   void *data, const char *what, struct err *err)
{
    int r = uv_poll_init(loop, poll, fd);

    if (r < 0)
        return err_code(err, -r, "watch %s in the event loop", what);
    poll->data = data;
    /* It can fail only for a handle that is being closed. */
    (void)uv_poll_start(poll, UV_READABLE, ready);
    return 0;
}

void watch_again(uv_poll_t *poll, int status, uv_poll_cb ready)
{
    uv_os_fd_t fd;
    int error;
    socklen_t size = sizeof(error);

    if (status >= 0 || uv_is_closing((uv_handle_t *)poll))
        return;
    /* Whoever asks for the error takes it: else the next turn would have it
     * again. */
    if (uv_fileno((uv_handle_t *)poll, &fd) == 0)
        (void)getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
    (void)uv_poll_start(poll, UV_READABLE, ready);
}
