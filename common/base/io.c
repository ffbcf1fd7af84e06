/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Bounded reads and the connect to a Unix socket. Each step waits with poll(2)
 * first, so a silent peer costs no more than the deadline.
 */
#include "ovsint/base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "ovsint/base/stop.h"

#define READ_STEP 16384

/* One read. 1 = there may be more, 0 = the end was reached. */
static int read_some(int fd, const char *what, struct buf *ret, struct err *err)
{
    size_t room = ret->cap - ret->size;
    char probe;
    size_t want = room < READ_STEP ? room : READ_STEP;
    char *to = want ? buf_reserve(ret, want) : &probe;

    ssize_t got = read(fd, to, want ? want : 1);
    if (got < 0 && errno == EINTR)
        return 1;
    if (got < 0)
        return err_sys(err, "read %s", what);
    if (got == 0)
        return 0;
    if (want == 0)
        return err_set(err, EFBIG, "%s is larger than %zu bytes", what,
                       ret->cap);
    buf_grew(ret, (size_t)got);
    return 1;
}

int io_wait(int fd, struct deadline deadline)
{
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    int ready = poll(&wait, 1, deadline_left_ms(deadline));

    return ready < 0 ? -errno : ready;
}

int io_read_all(int fd, const char *what, struct deadline deadline,
                struct buf *ret, struct err *err)
{
    size_t before = ret->size;
    int r = 1;

    while (r > 0) {
        struct pollfd wait = {.fd = fd, .events = POLLIN};
        int ready = poll(&wait, 1, deadline_left_ms(deadline));
        if (ready < 0 && errno == EINTR)
            continue;
        if (ready < 0)
            return err_sys(err, "wait for %s", what);
        if (ready == 0)
            return err_set(err, ETIMEDOUT,
                           "%s did not end within the deadline: got %zu bytes",
                           what, ret->size - before);
        r = read_some(fd, what, ret, err);
        if (r == -EAGAIN) { /* another process has read it first */
            *err = (struct err){0};
            r = 1;
        }
    }
    return r;
}

int io_open(const char *path, struct err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    return fd < 0 ? err_sys(err, "open %s", path) : fd;
}

static int read_opened(int fd, const char *path, struct buf *ret,
                       struct err *err)
{
    struct stat st;
    int r = 1;

    if (fstat(fd, &st) < 0)
        return err_sys(err, "stat %s", path);
    if (!S_ISREG(st.st_mode))
        return err_set(err, EINVAL, "%s is not a regular file", path);
    while (r > 0)
        r = read_some(fd, path, ret, err);
    return r;
}

/* No deadline is needed: poll(2) always calls a regular file ready. Files of
 * the kernel that could block answer EAGAIN. */
int io_read_file(const char *path, struct buf *ret, struct err *err)
{
    auto_close int fd = io_open(path, err);

    return fd < 0 ? fd : read_opened(fd, path, ret, err);
}

int io_read_process(pid_t pid, enum helper_file file, struct buf *ret,
                    struct err *err)
{
    char path[64];

    snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid,
             file == HELPER_CGROUP ? "cgroup" : "stat");
    if (!helper_is_used())
        return io_read_file(path, ret, err);
    auto_close int fd = helper_file(file, pid, -1, err);
    return fd < 0 ? fd : read_opened(fd, path, ret, err);
}

/* The helper tries once, as it serves others, too; -ETIMEDOUT is a backlog that
 * was full. A helper that has given no answer at all is not asked again. */
static int connect_by_helper(const char *path, struct deadline deadline,
                             struct err *err)
{
    int r;

    while ((r = helper_path(HELPER_CONNECT, path, err)) == -ETIMEDOUT &&
           !helper_is_lost() && !deadline_passed(deadline)) {
        poll(NULL, 0, 5);
        *err = (struct err){0};
    }
    return r;
}

int io_connect_unix(const char *path, struct deadline deadline, struct err *err)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};

    if (helper_is_used())
        return connect_by_helper(path, deadline, err);
    if (strlen(path) >= sizeof(to.sun_path))
        return err_code(err, ENAMETOOLONG, "connect to %s", path);
    memcpy(to.sun_path, path, strlen(path) + 1);

    auto_close int fd =
        socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return err_sys(err, "open a Unix socket");
    while (connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0) {
        /* A Unix connect is never "in progress". EAGAIN means that the
         * listener's backlog is full, and no event says when it has room. */
        if (errno != EAGAIN && errno != EINTR)
            return err_sys(err, "connect to %s", path);
        if (stop_is_due())
            return err_code(err, EINTR, "connect to %s", path);
        if (deadline_passed(deadline))
            return err_code(err, ETIMEDOUT, "connect to %s", path);
        (void)stop_poll(NULL, 0, 5);
    }
    return TAKE_FD(fd);
}

int io_lock(int fd, const char *what, int patience_ms, struct err *err)
{
    struct deadline deadline = deadline_in(patience_ms);

    while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return err_sys(err, "lock %s", what);
        if (deadline_passed(deadline))
            return err_set(err, ETIMEDOUT,
                           "lock %s: another program has held it for %d s",
                           what, patience_ms / 1000);
        poll(NULL, 0, 1);
    }
    return 0;
}
