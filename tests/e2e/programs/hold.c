/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keeps a file open that another process has open, whatever becomes of that
 * one: what a process is like that is killed and has yet to close it.
 *
 *   hold PID FD         prints "held" when it has it, until its input ends
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
