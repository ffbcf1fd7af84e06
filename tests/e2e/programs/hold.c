/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Keeps a file open that another process has open, after that process has
 * ended. So the file is like that of a killed process which has yet to close
 * it.
 *
 *   hold PID FD         prints "held" when it has it; ends with its input
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    char byte;

    if (argc != 3)
        errx(2, "usage: hold PID FD");
    long process = syscall(SYS_pidfd_open, (int)strtol(argv[1], NULL, 10), 0);
    if (process < 0 || syscall(SYS_pidfd_getfd, process,
                               (int)strtol(argv[2], NULL, 10), 0) < 0)
        err(1, "process %s, file %s", argv[1], argv[2]);
    puts("held");
    fflush(stdout);
    return read(0, &byte, 1) < 0;
}
