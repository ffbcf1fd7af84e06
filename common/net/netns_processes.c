/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Who is in a namespace. The kernel keeps no list, so all processes are looked
 * at. Single threads may be elsewhere; containers do not do that.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "ovsint/base/buf.h"
#include "ovsint/base/io.h"
#include "ovsint/base/parse.h"
#include "ovsint/net/netns.h"

#define NS_PATH_SIZE 32

/* The pid that a directory of /proc is named after, or 0. */
static pid_t pid_of(const char *name)
{
    uint64_t number;

    return parse_number(name, 1, INT32_MAX, &number) < 0 ? 0 : (pid_t)number;
}

/* 1; 0 if it has gone meanwhile, or is a zombie; -EACCES if it exists but is
 * hidden: without CAP_SYS_PTRACE, or by a security module. A process that ends
 * at this moment can look hidden as well (proc_ns_get_link() in fs/proc). */
static int netns_of(int proc, pid_t pid, struct stat *ret)
{
    char path[NS_PATH_SIZE];
    struct stat ignored;

    snprintf(path, sizeof(path), "%d/ns/net", (int)pid);
    if (fstatat(proc, path, ret, 0) == 0)
        return 1;
    if (errno != EACCES && errno != EPERM)
        return 0;
    *strchr(path, '/') = '\0';
    return fstatat(proc, path, &ignored, 0) == 0 ? -EACCES : 0;
}

/* Called for each process with the inode of its namespace. */
typedef bool process_filter(void *data, pid_t pid, const struct stat *netns);

static int each_process(process_filter *filter, void *data, struct err *err)
{
    auto_dir DIR *proc = opendir("/proc");
    const struct dirent *entry;
    struct stat st;
    pid_t hidden = 0;

    if (!proc)
        return err_sys(err, "open /proc");
    while ((entry = readdir(proc))) {
        pid_t pid = pid_of(entry->d_name);
        int r = pid > 0 ? netns_of(dirfd(proc), pid, &st) : 0;
        if (r < 0)
            hidden = pid;
        if (r > 0 && filter(data, pid, &st))
            return 1;
    }
    if (!hidden)
        return 0;
    return err_set(err, EACCES,
                   "the network namespace of process %d is hidden from us: "
                   "CAP_SYS_PTRACE, or a security module's leave, is missing",
                   (int)hidden);
}

struct of_one {
    const struct netns_id *id;
    process_visit *visit;
    void *data;
};

static bool is_of_one(void *data, pid_t pid, const struct stat *netns)
{
    const struct of_one *one = data;

    return netns->st_dev == one->id->dev && netns->st_ino == one->id->ino &&
           one->visit(one->data, pid);
}

int netns_each_process(const struct netns_id *id, process_visit *visit,
                       void *data, struct err *err)
{
    struct of_one one = {.id = id, .visit = visit, .data = data};

    return each_process(is_of_one, &one, err);
}

struct of_each {
    ino_t *seen;
    size_t count;
    process_visit *visit;
    void *data;
};

static bool is_of_new(void *data, pid_t pid, const struct stat *netns)
{
    struct of_each *each = data;

    for (size_t i = 0; i < each->count; i++) {
        if (each->seen[i] == netns->st_ino)
            return false;
    }
    each->seen = mem_resize(each->seen, (each->count + 1) * sizeof(ino_t));
    each->seen[each->count++] = netns->st_ino;
    return each->visit(each->data, pid);
}

int netns_each(process_visit *visit, void *data, struct err *err)
{
    struct of_each each = {.visit = visit, .data = data};
    int r = each_process(is_of_new, &each, err);

    free(each.seen);
    return r;
}
