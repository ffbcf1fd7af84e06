/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Messages have the format of syslog(3), which the daemons parse. Each is sent
 * to the socket by name, so that one that follows a restart of the daemon
 * arrives.
 */
#include "common/base/syslog.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>

#include "ovsint/base/buf.h"

#define MESSAGE_SIZE 8192
#define TIME_SIZE 32

static int syslog_fd = -1;

void syslog_open(void)
{
    if (syslog_fd < 0)
        syslog_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
}

static void add_time(struct buf *message)
{
    struct timespec now = {0};
    struct tm local;
    char text[TIME_SIZE];

    clock_gettime(CLOCK_REALTIME, &now);
    if (localtime_r(&now.tv_sec, &local) &&
        strftime(text, sizeof(text), "%b %e %T ", &local) > 0)
        buf_add_text(message, text);
}

void syslog_send(int priority, const char *program, const char *text)
{
    static const struct sockaddr_un to = {.sun_family = AF_UNIX,
                                          .sun_path = "/dev/log"};
    auto_buf struct buf message = BUF_INIT(MESSAGE_SIZE);

    if (syslog_fd < 0)
        return;
    buf_addf(&message, "<%d>", LOG_DAEMON | priority);
    add_time(&message);
    buf_addf(&message, "%s[%ld]: %s", program, (long)getpid(), text);
    if (sendto(syslog_fd, buf_text(&message), message.size,
               MSG_DONTWAIT | MSG_NOSIGNAL, (const struct sockaddr *)&to,
               sizeof(to)) < 0)
        return; /* there is nobody to report to */
}
