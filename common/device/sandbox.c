/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Opens a namespace by path and checks its identity. Device and inode are not
 * enough, as the kernel gives an inode number again at once: the cookie settles
 * it. Only a socket inside can ask for the cookie.
 */
#include "ovsint/device/sandbox.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ovsint/base/io.h"
#include "ovsint/device/cgroup.h"
#include "ovsint/net/link.h"
#include "ovsint/net/pidns.h"

#define CGROUP_SIZE (64u * 1024)
#define PROC_PATH_SIZE 64

void sandbox_close(struct sandbox *sandbox)
{
    net_close(sandbox->inside);
    if (sandbox->fd >= 0)
        close(sandbox->fd);
    *sandbox = SANDBOX_CLOSED;
}

/* SANDBOX_HERE if it is the namespace with the identity `wanted`, or if none is
 * wanted; else SANDBOX_ENDED. */
static int enter(struct sandbox *sandbox, const char *wanted,
                 enum net_flags flags, struct err *err)
{
    struct netns_id id, other;

    int r = netns_is_own(sandbox->fd, err);
    if (r != 0)
        return r < 0 ? r : SANDBOX_OWN;
    r = netns_id(sandbox->fd, &id, err);
    if (r < 0)
        return r;
    if (wanted && netns_id_parse(wanted, &other) == 0 &&
        (id.dev != other.dev || id.ino != other.ino))
        return SANDBOX_ENDED;
    r = net_open(&sandbox->inside, sandbox->fd, flags, err);
    if (r >= 0)
        r = net_cookie(sandbox->inside, &id.cookie, err);
    if (r < 0)
        return r;
    netns_id_format(&id, sandbox->id);
    return !wanted || strcmp(wanted, sandbox->id) == 0 ? SANDBOX_HERE
                                                       : SANDBOX_ENDED;
}

/* SANDBOX_ENDED: the path leads nowhere or elsewhere. If a mount is gone its
 * file remains, which gives -EINVAL. */
static int open_path(const char *path, const char *wanted, enum net_flags flags,
                     struct sandbox *ret, struct err *err)
{
    auto_sandbox struct sandbox sandbox = SANDBOX_CLOSED;

    sandbox.fd = netns_open(path, err);
    if (sandbox.fd == -ENOENT || sandbox.fd == -EINVAL || sandbox.fd == -ESRCH)
        return SANDBOX_ENDED;
    if (sandbox.fd < 0)
        return sandbox.fd;
    int r = enter(&sandbox, wanted, flags, err);
    if (r != SANDBOX_HERE)
        return r;
    *ret = sandbox;
    sandbox = SANDBOX_CLOSED;
    return SANDBOX_HERE;
}

struct search {
    const char *wanted;
    enum net_flags flags;
    struct sandbox *ret;
};

static bool try_process(void *data, pid_t pid)
{
    const struct search *search = data;
    char path[PROC_PATH_SIZE];
    struct err ignored = {0};

    snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)pid);
    return open_path(path, search->wanted, search->flags, search->ret,
                     &ignored) == SANDBOX_HERE;
}

static bool is_of_docker(const struct vswitch_port *port)
{
    return vswitch_port_id_is(port, ID_OWNER, DOCKER_OWNER);
}

/* Would this /proc show a process of the port's container? */
static bool sees_processes(const struct vswitch_port *port)
{
    char own[PIDNS_ID_SIZE];
    struct err ignored = {0};

    return pidns_id(own, &ignored) >= 0 &&
           pidns_sees(own, vswitch_port_id(port, ID_PIDNS));
}

/* Docker mounts its namespaces over files in a directory of its own, and
 * removes a file after its namespace has ended (createNamespaceFile() and
 * garbageCollect() in libnetwork/osl). So a plain file means that the mount is
 * not visible here, or that Docker is about to remove the file. Without the
 * directory no such namespace is visible. */
static bool sees_docker(const char *path)
{
    char directory[PATH_MAX];
    struct stat st;

    if (!path)
        return true;
    const char *name = strrchr(path, '/');
    if (!name || (size_t)(name - path) >= sizeof(directory))
        return false;
    snprintf(directory, sizeof(directory), "%.*s", (int)(name - path), path);
    return stat(path, &st) < 0 && errno == ENOENT && stat(directory, &st) == 0;
}

/* Neither the path nor a process has led to it. */
static enum sandbox_sight judge_absence(const struct vswitch_port *port,
                                        bool was_searched)
{
    bool would_be_seen = was_searched && sees_processes(port);

    if (!is_of_docker(port))
        return would_be_seen ? SANDBOX_ENDED : SANDBOX_UNSEEN;
    return would_be_seen || sees_docker(vswitch_port_id(port, ID_NETNS))
               ? SANDBOX_ENDED
               : SANDBOX_UNMOUNTED;
}

int sandbox_open(const struct vswitch_port *port, enum net_flags flags,
                 struct sandbox *ret, struct err *err)
{
    const char *path = vswitch_port_id(port, ID_NETNS);
    const char *wanted = vswitch_port_id(port, ID_NETNS_ID);
    struct search search = {.wanted = wanted, .flags = flags, .ret = ret};
    struct netns_id id;

    *ret = SANDBOX_CLOSED;
    int r = path ? open_path(path, wanted, flags, ret, err) : SANDBOX_ENDED;
    if (r != SANDBOX_ENDED)
        return r;
    bool is_known = wanted && netns_id_parse(wanted, &id) == 0;
    if (is_known)
        r = netns_each_process(&id, try_process, &search, err);
    if (r != 0)
        return r < 0 ? r : SANDBOX_HERE;
    return judge_absence(port, is_known);
}

struct inhabitants {
    const struct vswitch_port *port;
    bool of_docker;
};

static bool is_of_member(const struct vswitch_port *port, const char *cgroup)
{
    const char *container;
    size_t at = 0;

    while ((container = vswitch_port_next_member(port, &at))) {
        if (cgroup_is_of(cgroup, container))
            return true;
    }
    return false;
}

static bool meet(void *data, pid_t pid)
{
    const struct inhabitants *who = data;
    auto_buf struct buf cgroup = BUF_INIT(CGROUP_SIZE);
    struct err ignored = {0};

    if (who->of_docker)
        return true;
    return io_read_process(pid, HELPER_CGROUP, &cgroup, &ignored) >= 0 &&
           is_of_member(who->port, buf_text(&cgroup));
}

bool sandbox_is_lived_in(const struct vswitch_port *port)
{
    const char *text = vswitch_port_id(port, ID_NETNS_ID);
    struct inhabitants who = {.port = port, .of_docker = is_of_docker(port)};
    struct netns_id id;
    struct err ignored = {0};

    return text && netns_id_parse(text, &id) == 0 &&
           netns_each_process(&id, meet, &who, &ignored) > 0;
}

struct device {
    const char *name;
    const struct mac *mac;
};

static bool has_device(void *data, pid_t pid)
{
    const struct device *device = data;
    auto_net struct net *net = NULL;
    struct link_info info;
    char path[PROC_PATH_SIZE];
    struct err ignored = {0};

    snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)pid);
    auto_close int fd = netns_open(path, &ignored);
    return fd >= 0 && net_open(&net, fd, NET_PLAIN, &ignored) >= 0 &&
           link_find(net, device->name, &info, &ignored) > 0 &&
           mac_equal(&info.mac, device->mac);
}

bool sandbox_device_is_elsewhere(const struct vswitch_port *port,
                                 const struct mac *mac)
{
    struct device device = {.name = port->name, .mac = mac};
    struct err ignored = {0};

    if (!is_of_docker(port) && !sees_processes(port))
        return true;
    return netns_each(has_device, &device, &ignored) != 0;
}
