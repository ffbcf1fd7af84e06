/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Netlink can set most of these for IPv4 and none for IPv6. A write to a file
 * also does what has to follow from the change.
 */
#include "ovsint/net/sysctl.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "common/net/netns_visit.h"
#include "ovsint/base/parse.h"

#define PATH_SIZE 128
#define VALUE_SIZE 16

static void path_of(enum sysctl_family family, const char *device,
                    const char *name, char ret[PATH_SIZE])
{
    snprintf(ret, PATH_SIZE, "/proc/sys/net/%s/conf/%s/%s",
             family == SYSCTL_IPV4 ? "ipv4" : "ipv6", device, name);
}

static int open_setting(const char *path, int flags, struct err *err)
{
    int fd = open(path, flags | O_CLOEXEC);

    return fd < 0 ? err_sys(err, "open %s", path) : fd;
}

int sysctl_get(enum sysctl_family family, const char *device, const char *name,
               int *ret, struct err *err)
{
    char path[PATH_SIZE];
    char text[VALUE_SIZE];
    uint64_t value;

    path_of(family, device, name, path);
    auto_close int fd = open_setting(path, O_RDONLY, err);
    if (fd < 0)
        return fd;
    ssize_t size = read(fd, text, sizeof(text) - 1);
    if (size < 0)
        return err_sys(err, "read %s", path);
    text[size] = '\0';
    text[strcspn(text, "\n")] = '\0';
    bool is_negative = text[0] == '-';
    if (parse_number(text + is_negative, 0, INT_MAX, &value) < 0)
        return err_set(err, EPROTO, "%s is no number", path);
    *ret = is_negative ? -(int)value : (int)value;
    return 0;
}

int sysctl_set(enum sysctl_family family, const char *device, const char *name,
               int value, struct err *err)
{
    char path[PATH_SIZE];
    char text[VALUE_SIZE];
    int before;

    int r = sysctl_get(family, device, name, &before, err);
    if (r < 0 || before == value)
        return r;
    path_of(family, device, name, path);
    auto_close int fd = open_setting(path, O_WRONLY, err);
    if (fd < 0)
        return fd;
    int size = snprintf(text, sizeof(text), "%d\n", value);
    if (write(fd, text, (size_t)size) != size)
        return err_sys(err, "set %s to %d", path, value);
    return 1;
}

struct change {
    enum sysctl_family family;
    const char *device;
    const char *name;
    int value;
};

static int set_inside(void *data, struct err *err)
{
    const struct change *change = data;

    return sysctl_set(change->family, change->device, change->name,
                      change->value, err);
}

int sysctl_set_in(int netns_fd, enum sysctl_family family, const char *device,
                  const char *name, int value, struct err *err)
{
    struct change change = {
        .family = family, .device = device, .name = name, .value = value};

    return netns_visit(netns_fd, set_inside, &change, err);
}
