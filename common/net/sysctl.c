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
#include <unistd.h>

#include "common/net/netns_visit.h"
#include "ovsint/base/helper.h"
#include "ovsint/base/parse.h"

#define PATH_SIZE 128
#define VALUE_SIZE 16

/* One of a device. */
struct setting {
    int netns_fd; /* -1 = the thread's own namespace */
    enum sysctl_family family;
    const char *device;
    const char *name;
};

static void path_of(const struct setting *setting, char ret[PATH_SIZE])
{
    snprintf(ret, PATH_SIZE, "/proc/sys/net/%s/conf/%s/%s",
             setting->family == SYSCTL_IPV4 ? "ipv4" : "ipv6", setting->device,
             setting->name);
}

static int ask_for(const struct setting *setting, struct err *err)
{
    char text[PATH_SIZE];
    int size = snprintf(text, sizeof(text), "%s%c%s", setting->device, '\0',
                        setting->name);
    struct helper_call call = {.verb = HELPER_SETTING,
                               .what = setting->family,
                               .fd = setting->netns_fd,
                               .text = text,
                               .size = (size_t)size + 1};

    return helper_ask_fd(&call, err);
}

static int open_local(const struct setting *setting, int flags, struct err *err)
{
    char path[PATH_SIZE];

    path_of(setting, path);
    int fd = open(path, flags | O_CLOEXEC);
    return fd < 0 ? err_sys(err, "open %s", path) : fd;
}

/* To read one of the host's takes no right. */
static int open_setting(const struct setting *setting, int flags,
                        struct err *err)
{
    bool is_asked =
        helper_is_used() && (setting->netns_fd >= 0 || flags != O_RDONLY);

    return is_asked ? ask_for(setting, err) : open_local(setting, flags, err);
}

static int read_setting(const struct setting *setting, int fd, int *ret,
                        struct err *err)
{
    char path[PATH_SIZE];
    char text[VALUE_SIZE];
    uint64_t value;

    path_of(setting, path);
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

static int get(const struct setting *setting, int *ret, struct err *err)
{
    auto_close int fd = open_setting(setting, O_RDONLY, err);

    return fd < 0 ? fd : read_setting(setting, fd, ret, err);
}

static int set(const struct setting *setting, int value, struct err *err)
{
    char path[PATH_SIZE];
    char text[VALUE_SIZE];
    int before;

    int r = get(setting, &before, err);
    if (r < 0 || before == value)
        return r;
    auto_close int fd = open_setting(setting, O_WRONLY, err);
    if (fd < 0)
        return fd;
    int size = snprintf(text, sizeof(text), "%d\n", value);
    path_of(setting, path);
    if (write(fd, text, (size_t)size) != size)
        return err_sys(err, "set %s to %d", path, value);
    return 1;
}

int sysctl_get(enum sysctl_family family, const char *device, const char *name,
               int *ret, struct err *err)
{
    const struct setting setting = {
        .netns_fd = -1, .family = family, .device = device, .name = name};

    return get(&setting, ret, err);
}

int sysctl_set(enum sysctl_family family, const char *device, const char *name,
               int value, struct err *err)
{
    const struct setting setting = {
        .netns_fd = -1, .family = family, .device = device, .name = name};

    return set(&setting, value, err);
}

struct change {
    struct setting setting;
    int value;
};

static int set_inside(void *data, struct err *err)
{
    const struct change *change = data;

    return set(&change->setting, change->value, err);
}

int sysctl_set_in(int netns_fd, enum sysctl_family family, const char *device,
                  const char *name, int value, struct err *err)
{
    struct change change = {.setting = {.netns_fd = netns_fd,
                                        .family = family,
                                        .device = device,
                                        .name = name},
                            .value = value};

    return helper_is_used() ? set(&change.setting, value, err)
                            : netns_visit(netns_fd, set_inside, &change, err);
}

struct opening {
    struct setting setting;
    int fd;
};

static int open_inside(void *data, struct err *err)
{
    struct opening *opening = data;

    opening->fd = open_local(&opening->setting, O_RDWR, err);
    return opening->fd < 0 ? opening->fd : 0;
}

int sysctl_open_in(int netns_fd, enum sysctl_family family, const char *device,
                   const char *name, struct err *err)
{
    struct opening opening = {.setting = {.netns_fd = netns_fd,
                                          .family = family,
                                          .device = device,
                                          .name = name},
                              .fd = -1};

    if (helper_is_used())
        return ask_for(&opening.setting, err);
    int r = netns_fd < 0 ? open_inside(&opening, err)
                         : netns_visit(netns_fd, open_inside, &opening, err);
    return r < 0 ? r : opening.fd;
}
