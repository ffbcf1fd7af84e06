/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Landlock judges what is opened from now on: what is open stays as it is. So
 * nothing that a program writes to while it serves may be opened by path. A
 * kernel is asked for what it knows only
 * (Documentation/userspace-api/landlock.rst of Linux, "Compatibility"): each
 * version handles more kinds of access.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/landlock.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "ovsint/base/cleanup.h"
#include "ovsint/confine/confine.h"

/* Of versions 2 and 3, which the headers may be older than. */
#define ACCESS_REFER (UINT64_C(1) << 13)
#define ACCESS_TRUNCATE (UINT64_C(1) << 14)

#define ACCESS_MAKE                                                 \
    (LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR |   \
     LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK |   \
     LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK | \
     LANDLOCK_ACCESS_FS_MAKE_SYM)

static uint64_t accesses_known(long version)
{
    uint64_t accesses = LANDLOCK_ACCESS_FS_EXECUTE |
                        LANDLOCK_ACCESS_FS_WRITE_FILE |
                        LANDLOCK_ACCESS_FS_REMOVE_DIR |
                        LANDLOCK_ACCESS_FS_REMOVE_FILE | ACCESS_MAKE;

    if (version >= 2)
        accesses |= ACCESS_REFER;
    if (version >= 3)
        accesses |= ACCESS_TRUNCATE;
    return accesses;
}

static int open_directory_of(const char *path)
{
    char directory[PATH_MAX] = ".";
    const char *slash = strrchr(path, '/');

    if (slash)
        snprintf(directory, sizeof(directory), "%.*s", (int)(slash - path + 1),
                 path);
    return open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* Where there is no such directory, there is nothing to allow. */
static int allow(int ruleset, const struct confine_file *file, struct err *err)
{
    auto_close int fd = open_directory_of(file->path);
    struct landlock_path_beneath_attr rule = {
        .allowed_access = file->may == CONFINE_REMOVE
                              ? LANDLOCK_ACCESS_FS_REMOVE_FILE
                              : LANDLOCK_ACCESS_FS_MAKE_REG,
        .parent_fd = fd};

    if (fd < 0)
        return errno == ENOENT
                   ? 0
                   : err_sys(err, "open the directory of %s", file->path);
    return syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH,
                   &rule, 0) < 0
               ? err_sys(err, "allow files beside %s", file->path)
               : 0;
}

int confine_files(const struct confine_file *files, size_t count,
                  struct err *err)
{
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0,
                           LANDLOCK_CREATE_RULESET_VERSION);

    if (version < 0)
        return errno == ENOSYS || errno == EOPNOTSUPP
                   ? 0
                   : err_sys(err, "ask for the version of Landlock");
    struct landlock_ruleset_attr attr = {.handled_access_fs =
                                             accesses_known(version)};
    auto_close int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr,
                                          sizeof(attr.handled_access_fs), 0);
    if (ruleset < 0)
        return err_sys(err, "make rules of Landlock");
    for (size_t i = 0; i < count; i++) {
        int r = allow(ruleset, &files[i], err);
        if (r < 0)
            return r;
    }
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return err_sys(err, "set no_new_privs");
    return syscall(SYS_landlock_restrict_self, ruleset, 0) < 0
               ? err_sys(err, "put the rules of Landlock into force")
               : 1;
}
