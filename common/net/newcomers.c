/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Two files of /proc/sys. They are opened while opening is still allowed. They
 * are read and written at offset 0, as the kernel accepts nothing elsewhere
 * (sysctl_writes_strict).
 */
#include "ovsint/net/newcomers.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "common/net/netns_visit.h"
#include "ovsint/base/buf.h"
#include "ovsint/base/helper.h"
#include "ovsint/base/io.h"
#include "ovsint/net/net.h"
#include "ovsint/net/sysctl.h"

/* The lock is held for one request to the kernel. */
#define LOCK_MS NET_TIMEOUT_MS
#define VALUE_SIZE 16

/* 2 accepts advertisements also while the container forwards (ipv6_accept_ra()
 * in include/net/ipv6.h). */
static const struct {
    const char *name;
    const char *off;
    const char *on;
} settings[] = {{"accept_ra", "0", "2"}, {"autoconf", "0", "1"}};

#define SETTINGS 2

struct newcomers {
    int fd[SETTINGS];
    char held[SETTINGS][VALUE_SIZE]; /* "" = nothing was changed */
};

void newcomers_close(struct newcomers *newcomers)
{
    if (!newcomers)
        return;
    for (size_t i = 0; i < SETTINGS; i++) {
        if (newcomers->fd[i] >= 0)
            close(newcomers->fd[i]);
    }
    free(newcomers);
}

static int open_inside(void *data, struct err *err)
{
    struct newcomers *newcomers = data;
    char path[64];

    for (size_t i = 0; i < SETTINGS; i++) {
        snprintf(path, sizeof(path), "/proc/sys/net/ipv6/conf/default/%s",
                 settings[i].name);
        newcomers->fd[i] = open(path, O_RDWR | O_CLOEXEC);
        if (newcomers->fd[i] < 0)
            return err_sys(err, "open %s", path);
    }
    return 0;
}

static int take_files(struct newcomers *newcomers, int netns_fd,
                      struct err *err)
{
    int r = 0;

    for (size_t i = 0; i < SETTINGS && r >= 0; i++) {
        r = sysctl_open_in(netns_fd, SYSCTL_IPV6, "default", settings[i].name,
                           err);
        newcomers->fd[i] = r;
    }
    return r;
}

int newcomers_open(int netns_fd, struct newcomers **ret, struct err *err)
{
    auto_newcomers struct newcomers *newcomers = mem_new(sizeof(*newcomers));
    struct err inner = {0};

    for (size_t i = 0; i < SETTINGS; i++)
        newcomers->fd[i] = -1;
    *ret = NULL;
    int r = helper_is_used()
                ? take_files(newcomers, netns_fd, &inner)
                : netns_visit(netns_fd, open_inside, newcomers, &inner);
    if (r == -ENOENT)
        return 0;
    if (r < 0) {
        *err = inner;
        return r;
    }
    *ret = TAKE_PTR(newcomers);
    return 0;
}

static int lock(const struct newcomers *newcomers, struct err *err)
{
    return io_lock(newcomers->fd[0],
                   "net.ipv6.conf.default.accept_ra of the network namespace",
                   LOCK_MS, err);
}

static int put(const struct newcomers *newcomers, size_t which,
               const char *value, struct err *err)
{
    ssize_t size = (ssize_t)strlen(value);

    if (pwrite(newcomers->fd[which], value, (size_t)size, 0) != size)
        return err_sys(err,
                       "set net.ipv6.conf.default.%s of the network namespace",
                       settings[which].name);
    return 0;
}

static int exchange(struct newcomers *newcomers, size_t which, bool listen,
                    struct err *err)
{
    const char *wanted = listen ? settings[which].on : settings[which].off;
    char before[VALUE_SIZE];

    ssize_t size = pread(newcomers->fd[which], before, sizeof(before) - 1, 0);
    if (size <= 0)
        return err_sys(err,
                       "read net.ipv6.conf.default.%s of the network namespace",
                       settings[which].name);
    before[size] = '\0';
    before[strcspn(before, "\n")] = '\0';
    if (strcmp(before, wanted) == 0)
        return 0;
    memcpy(newcomers->held[which], before, sizeof(before));
    return put(newcomers, which, wanted, err);
}

int newcomers_begin(struct newcomers *newcomers, bool listen, struct err *err)
{
    struct err ignored = {0};

    if (!newcomers)
        return 0;
    int r = lock(newcomers, err);
    if (r < 0)
        return r;
    for (size_t i = 0; r >= 0 && i < SETTINGS; i++)
        r = exchange(newcomers, i, listen, err);
    if (r < 0 && newcomers_end(newcomers, &ignored) < 0)
        return r;
    return r;
}

int newcomers_end(struct newcomers *newcomers, struct err *err)
{
    int r = 0;

    if (!newcomers)
        return 0;
    for (size_t i = 0; i < SETTINGS; i++) {
        if (newcomers->held[i][0] == '\0')
            continue;
        int put_back = put(newcomers, i, newcomers->held[i], err);
        r = r < 0 ? r : put_back;
        newcomers->held[i][0] = '\0';
    }
    (void)flock(newcomers->fd[0], LOCK_UN);
    return r;
}

int newcomers_set(int netns_fd, const char *device, bool listen,
                  struct err *err)
{
    bool changed = false;

    for (size_t i = 0; i < SETTINGS; i++) {
        const char *value = listen ? settings[i].on : settings[i].off;
        struct err inner = {0};
        int r = sysctl_set_in(netns_fd, SYSCTL_IPV6, device, settings[i].name,
                              value[0] - '0', &inner);
        if (r == -ENOENT) /* the kernel has no IPv6, or the device has gone */
            return 0;
        if (r < 0) {
            *err = inner;
            return r;
        }
        changed = changed || r > 0;
    }
    return changed;
}
