/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * In this order: judge the spelling, find the container, open the namespace of
 * its process or the path, refuse the host's own.
 */
#include "cli/runtimes/target.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ovsint/base/buf.h"
#include "ovsint/base/io.h"
#include "ovsint/device/cgroup.h"
#include "ovsint/net/netns.h"

#define PROC_TEXT_SIZE (64u << 10)

static bool read_proc(pid_t pid, const char *name, struct buf *ret)
{
    char path[64];
    struct err ignored = {0};

    snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
    buf_clear(ret);
    return io_read_file(path, ret, &ignored) >= 0;
}

static bool is_of_container(void *data, pid_t pid)
{
    const struct container *container = data;
    auto_buf struct buf text = BUF_INIT(PROC_TEXT_SIZE);

    if (read_proc(pid, "cgroup", &text) &&
        cgroup_is_of(buf_text(&text), container->id))
        return true;
    return container->start_time && read_proc(pid, "stat", &text) &&
           stat_start_time(buf_text(&text)) == container->start_time;
}

static void name_container(const struct container *container, struct err *err)
{
    err_wrap(err, "%s container %s", runtime_name(container->runtime),
             container->name[0] ? container->name : container->id);
}

static int open_process(pid_t pid, process_check *check, void *data,
                        struct target *target, struct err *err)
{
    snprintf(target->path, sizeof(target->path), "/proc/%d/ns/net", (int)pid);
    target->netns = netns_open_process(pid, check, data, err);
    return target->netns < 0 ? target->netns : 0;
}

static int open_container(const char *text, struct target *target,
                          struct err *err)
{
    auto_containers struct containers containers = {0};
    const struct container *found;

    containers_read(&containers);
    int r = containers_find(&containers, text, &found, err);
    if (r < 0) {
        if (r == -ENOENT && containers.unread.code)
            err_set(err, ENOENT, "%s (%s)", err->text, containers.unread.text);
        return r;
    }
    target->container = *found;
    target->is_container = true;
    snprintf(target->id, sizeof(target->id), "%s", found->id);
    if (found->pid == 0)
        r = err_set(err, ESRCH, "it does not run");
    else
        r = open_process(found->pid, is_of_container, &target->container,
                         target, err);
    if (r < 0)
        name_container(found, err);
    return r;
}

/* The links in /proc lead nowhere that has a name, and what has gone has none:
 * then the last name stays, in its directory. The path is read by others, who
 * may be elsewhere. */
static void resolve_path(const char *text, char ret[PATH_MAX])
{
    auto_free char *whole = realpath(text, NULL);
    auto_free char *copy = mem_text(text, strlen(text));
    char *name = strrchr(copy, '/');

    *name++ = '\0';
    auto_free char *directory = realpath(name == copy + 1 ? "/" : copy, NULL);
    int size = -1;
    if (!whole && directory)
        size = snprintf(ret, PATH_MAX, "%s/%s", directory[1] ? directory : "",
                        name);
    if (size < 0 || size >= PATH_MAX)
        snprintf(ret, PATH_MAX, "%s", whole ? whole : text);
}

static int open_path(const char *text, struct target *target, struct err *err)
{
    resolve_path(text, target->path);
    target->netns = netns_open(target->path, err);
    return target->netns < 0 ? target->netns : 0;
}

static int refuse_host(const struct target *target, const char *text,
                       struct err *err)
{
    int r = netns_is_own(target->netns, err);

    if (r <= 0)
        return r;
    return err_set(err, EPERM,
                   "%.80s is in the host's own network namespace: a port there "
                   "would be the host's",
                   text);
}

static int name_namespace(struct target *target, struct err *err)
{
    struct netns_id id;

    int r = netns_id(target->netns, &id, err);
    if (r >= 0 && !target->is_container)
        snprintf(target->id, sizeof(target->id), "netns-%llu",
                 (unsigned long long)id.ino);
    return r;
}

int target_open(const char *text, struct target *ret, struct err *err)
{
    struct err ignored = {0};
    enum target_kind kind;
    pid_t pid = 0;

    int r = target_judge(text, &kind, &pid, err);
    if (r < 0)
        return r;
    switch (kind) {
    case TARGET_CONTAINER:
        r = open_container(text, ret, err);
        break;
    case TARGET_PID:
        r = open_process(pid, NULL, NULL, ret, err);
        break;
    case TARGET_PATH:
        r = open_path(text, ret, err);
        break;
    }
    if (r >= 0)
        r = refuse_host(ret, text, err);
    if (r >= 0)
        r = name_namespace(ret, err);
    /* Without it only a guardian that sees all processes may judge the
     * port. */
    if (r >= 0 && pidns_id(ret->pidns, &ignored) < 0)
        ret->pidns[0] = '\0';
    return r;
}

void target_close(struct target *target)
{
    if (target->netns >= 0)
        close(target->netns);
    *target = TARGET_CLOSED;
}
