/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * start PROGRAM [ARGUMENT...]: the first program of the managed plugin. Docker
 * mounts /proc/sys read-only, and ovsint-plugin has to set forwarding for the
 * devices of its networks. It makes it writable and becomes PROGRAM, which then
 * gives up the right to mount.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

static int failed(const char *what)
{
    fprintf(stderr, "start: %s: %s\n", what, strerror(errno));
    return 1;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: start PROGRAM [ARGUMENT...]\n");
        return 2;
    }
    /* MS_BIND: of this mount alone, not of the file system below it. */
    if (mount(NULL, "/proc/sys", NULL,
              MS_REMOUNT | MS_BIND | MS_NOSUID | MS_NOEXEC | MS_NODEV,
              NULL) < 0)
        return failed("make /proc/sys writable");
    execv(argv[1], argv + 1);
    return failed(argv[1]);
}
