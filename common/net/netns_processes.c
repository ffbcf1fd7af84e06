/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is in a namespace: the kernel keeps no list, so all processes are looked
 * at. Threads may be elsewhere; containers do not do that.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "ovsint/netns.h"
#include "ovsint/parse.h"

#define NS_PATH_SIZE 32

static void cleanup_dir(DIR **dir)
{
    if (*dir)
        closedir(*dir);
}

/* The pid in the name of a directory of /proc, or 0. */
static pid_t pid_of(const char *name)
{
    uint64_t number;

    return parse_number(name, 1, INT32_MAX, &number) < 0 ? 0 : (pid_t)number;
}

static bool is_in(int proc, pid_t pid, const struct netns_id *id)
{
    char path[NS_PATH_SIZE];
    struct stat st;

    snprintf(path, sizeof(path), "%d/ns/net", (int)pid);
    /* Gone meanwhile, a zombie, or a kernel that does not show it: not in. */
    return fstatat(proc, path, &st, 0) == 0 && st.st_dev == id->dev &&
           st.st_ino == id->ino;
}

int netns_each_process(const struct netns_id *id, process_visit *visit,
                       void *data, struct err *err)
{
    __attribute__((cleanup(cleanup_dir))) DIR *proc = opendir("/proc");
    const struct dirent *entry;

    if (!proc)
        return err_sys(err, "open /proc");
    while ((entry = readdir(proc))) {
        pid_t pid = pid_of(entry->d_name);
        if (pid > 0 && is_in(dirfd(proc), pid, id) && visit(data, pid))
            return 1;
    }
    return 0;
}
