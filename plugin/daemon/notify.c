/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * sd_notify(3) in a few lines, so that no library has to be linked for it.
 */
#include "plugin/daemon/notify.h"

#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "ovsint/base/cleanup.h"
#include "ovsint/base/log.h"

void notify(const char *state)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    size_t len = path ? strlen(path) : 0;

    if (len < 2 || len >= sizeof(to.sun_path))
        return;
    memcpy(to.sun_path, path, len);
    /* '@' stands for the NUL that begins an abstract address, which has no NUL
     * at its end. */
    if (path[0] == '@')
        to.sun_path[0] = '\0';
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
    auto_close int fd =
        socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 || sendto(fd, state, strlen(state), MSG_NOSIGNAL,
                         (struct sockaddr *)&to, size) < 0)
        log_event(LOG_LEVEL_WARNING, "could not notify the service manager",
                  "socket", path, NULL);
}
