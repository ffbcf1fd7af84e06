/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What programs that tests use have in common: the time, numbers of their
 * command line, and the network namespace that they work in. What is wrong ends
 * the program with status 2.
 */
#pragma once

#include <err.h>
#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define NUMBER_MAX 10000000

static inline int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static inline unsigned number(const char *text)
{
    char *end;
    unsigned long value = strtoul(text, &end, 10);

    if (*text == '\0' || *end != '\0' || value > NUMBER_MAX)
        errx(2, "'%s' is not a number that could be meant", text);
    return (unsigned)value;
}

static inline int open_netns(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        err(2, "%s", path);
    return fd;
}

static inline void enter_netns(int fd)
{
    if (setns(fd, CLONE_NEWNET) < 0)
        err(2, "enter a network namespace");
}

static inline void enter_netns_at(const char *path)
{
    int fd = open_netns(path);

    enter_netns(fd);
    close(fd);
}
