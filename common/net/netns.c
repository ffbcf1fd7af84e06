/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Namespace descriptors by their ioctls (ioctl_ns(2)). A file counts as a
 * network namespace only if both the file system and the kernel say so.
 */
#include "ovsint/net/netns.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <linux/nsfs.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "ovsint/base/buf.h"
#include "ovsint/base/helper.h"
#include "ovsint/base/io.h"
#include "ovsint/base/parse.h"

#define PROC_PATH_SIZE 64
#define UID_MAP_SIZE 4096
#define IDENTITY_COUNT 4294967295u

/* O_PATH finds a file without opening it. Anybody may have written the path,
 * and a device or a FIFO would notice an open. */
static int find_namespace(const char *path, struct err *err)
{
    struct statfs fs;
    auto_close int fd = open(path, O_PATH | O_CLOEXEC);

    if (fd < 0)
        return err_sys(err, "open network namespace %s", path);
    if (fstatfs(fd, &fs) < 0)
        return err_sys(err, "inspect %s", path);
    if (fs.f_type != NSFS_MAGIC)
        return err_set(err, EINVAL, "%s is not a namespace (is it mounted?)",
                       path);
    return TAKE_FD(fd);
}

int netns_check(int fd, const char *path, struct err *err)
{
    int kind = ioctl(fd, NS_GET_NSTYPE);
    if (kind < 0)
        return err_sys(err, "ask for the kind of %s", path);
    if (kind != CLONE_NEWNET)
        return err_set(err, EINVAL,
                       "%s is a namespace, but not a network namespace", path);
    return 0;
}

int netns_open(const char *path, struct err *err)
{
    char found[PROC_PATH_SIZE];

    if (helper_is_used())
        return helper_path(HELPER_NETNS, path, err);
    auto_close int place = find_namespace(path, err);

    if (place < 0)
        return place;
    snprintf(found, sizeof(found), "/proc/self/fd/%d", place);
    auto_close int fd = open(found, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return err_sys(err, "open network namespace %s", path);
    int r = netns_check(fd, path, err);
    return r < 0 ? r : TAKE_FD(fd);
}

int netns_open_process(pid_t pid, process_check *check, void *data,
                       struct err *err)
{
    char path[PROC_PATH_SIZE];

    if (pid <= 0)
        return err_set(err, EINVAL, "%ld is not a process id", (long)pid);
    auto_close int process = pidfd_open(pid, 0);
    if (process < 0)
        return err_sys(err, "open process %ld", (long)pid);

    snprintf(path, sizeof(path), "/proc/%ld/ns/net", (long)pid);
    struct err inner = {0};
    auto_close int fd = netns_open(path, &inner);
    bool is_meant = !check || check(data, pid);
    /* If the pidfd's process still lives, the number meant it all the time. */
    struct pollfd gone = {.fd = process, .events = POLLIN};
    if (poll(&gone, 1, 0) != 0)
        return err_set(err, ESRCH, "process %ld has ended", (long)pid);
    if (!is_meant)
        return err_set(err, ESRCH,
                       "process %ld has ended, and its number is another "
                       "process's now",
                       (long)pid);
    if (fd < 0) {
        *err = inner;
        return -inner.code;
    }
    return TAKE_FD(fd);
}

int netns_open_pid(pid_t pid, struct err *err)
{
    return netns_open_process(pid, NULL, NULL, err);
}

bool netns_process_is_in(pid_t pid, const struct netns_id *id)
{
    char path[PROC_PATH_SIZE];
    struct err ignored = {0};
    struct stat st;

    snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)pid);
    if (helper_is_used()) {
        auto_close int fd = helper_path(HELPER_NETNS, path, &ignored);
        if (fd < 0 || fstat(fd, &st) < 0)
            return false;
    } else if (stat(path, &st) < 0) {
        return false;
    }
    return st.st_dev == id->dev && st.st_ino == id->ino;
}

int netns_id(int netns_fd, struct netns_id *ret, struct err *err)
{
    struct stat st;

    if (fstat(netns_fd, &st) < 0)
        return err_sys(err, "identify the namespace");
    *ret = (struct netns_id){.dev = st.st_dev, .ino = st.st_ino};
    return 0;
}

void netns_id_format(const struct netns_id *id, char ret[NETNS_ID_TEXT_SIZE])
{
    int len = snprintf(ret, NETNS_ID_TEXT_SIZE, "%" PRIu64 ":%" PRIu64, id->dev,
                       id->ino);

    if (id->cookie)
        snprintf(ret + len, (size_t)(NETNS_ID_TEXT_SIZE - len), ":%" PRIu64,
                 id->cookie);
}

int netns_id_parse(const char *text, struct netns_id *ret)
{
    uint64_t *const numbers[] = {&ret->dev, &ret->ino, &ret->cookie};

    *ret = (struct netns_id){0};
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
        char number[24];
        size_t len = strcspn(text, ":");
        if (len >= sizeof(number))
            return -EINVAL;
        snprintf(number, sizeof(number), "%.*s", (int)len, text);
        if (parse_number(number, 0, UINT64_MAX, numbers[i]) < 0)
            return -EINVAL;
        text += len;
        if (*text == '\0')
            return i > 0 ? 0 : -EINVAL;
        text++;
    }
    return -EINVAL;
}

static int is_same_as_file(int fd, const char *path, struct err *err)
{
    struct stat a, b;

    if (fstat(fd, &a) < 0)
        return err_sys(err, "identify the namespace");
    if (stat(path, &b) < 0)
        return err_sys(err, "identify %s", path);
    return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

int netns_is_own(int netns_fd, struct err *err)
{
    return is_same_as_file(netns_fd, "/proc/thread-self/ns/net", err);
}

int netns_user_is_foreign(int netns_fd, struct err *err)
{
    auto_close int user = ioctl(netns_fd, NS_GET_USERNS);

    /* EPERM: the owner is neither ours nor below us. */
    if (user < 0 && errno == EPERM)
        return 1;
    if (user < 0)
        return err_sys(err, "find the owner of the network namespace");
    int same = is_same_as_file(user, "/proc/thread-self/ns/user", err);
    return same < 0 ? same : !same;
}

int netns_process_is_confined(struct err *err)
{
    auto_buf struct buf map = BUF_INIT(UID_MAP_SIZE);
    unsigned long inside, outside, count;
    int used = 0;

    int r = io_read_file("/proc/self/uid_map", &map, err);
    if (r < 0)
        return r;
    const char *text = buf_text(&map);
    /* Not confined has one line that spans all numbers. Several lines, or none
     * yet, mean confined. */
    if (sscanf(text, "%lu %lu %lu %n", &inside, &outside, &count, &used) != 3)
        return 1;
    return !(inside == 0 && outside == 0 && count == IDENTITY_COUNT &&
             text[used] == '\0');
}
