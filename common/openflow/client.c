/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Moves bytes until the request has ended, the connection is gone or the
 * deadline is reached.
 */
#include "ovsint/openflow/client.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "ovsint/base/io.h"
#include "ovsint/base/stop.h"

#define READ_SIZE 16384
#define UNIX_PREFIX "unix:"

int openflow_path(const char *ovsdb, const char *bridge,
                  char ret[OPENFLOW_PATH_SIZE], struct err *err)
{
    char path[OPENFLOW_PATH_SIZE];

    if (strncmp(ovsdb, UNIX_PREFIX, strlen(UNIX_PREFIX)) == 0)
        ovsdb += strlen(UNIX_PREFIX);
    const char *slash = strrchr(ovsdb, '/');
    int len = snprintf(path, sizeof(path), "%.*s/%s.mgmt",
                       slash ? (int)(slash - ovsdb) : 0, ovsdb, bridge);
    if (len < 0 || (size_t)len >= sizeof(path))
        return err_code(err, ENAMETOOLONG, "the management socket of bridge %s",
                        bridge);
    memcpy(ret, path, (size_t)len + 1);
    return 0;
}

/* What an operator should look at, by the errno of connect(2). */
static int connect_failed(const char *path, int code, struct err *err)
{
    if (code == ENOENT || code == ECONNREFUSED)
        return err_set(err, code,
                       "no switch answers at %s: is ovs-vswitchd running, and "
                       "is that its run directory?",
                       path);
    return err_code(err, code, "the switch at %s", path);
}

static int send_output(int fd, struct openflow *of, const char *path,
                       struct err *err)
{
    const char *bytes;
    size_t size = openflow_output(of, &bytes);
    ssize_t put = send(fd, bytes, size, MSG_NOSIGNAL);

    if (put >= 0)
        openflow_sent(of, (size_t)put);
    else if (errno == EPIPE)
        openflow_sent(of, size); /* reading finds the end, and why */
    else if (errno != EAGAIN && errno != EINTR)
        return err_sys(err, "send flows to %s", path);
    return 0;
}

static int receive(int fd, struct openflow *of, const char *path,
                   struct err *err)
{
    char bytes[READ_SIZE];
    ssize_t got = recv(fd, bytes, sizeof(bytes), 0);

    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return 0;
    if (got == 0)
        return err_set(err, ECONNRESET,
                       "ovs-vswitchd closed the connection at %s without an "
                       "answer: was it restarted?",
                       path);
    if (got < 0)
        return err_sys(err, "read from %s", path);
    int r = openflow_feed(of, bytes, (size_t)got, err);
    return r < 0 ? err_wrap(err, "%s", path) : 0;
}

/* Moves bytes once; waits for that until the deadline. */
static int exchange(int fd, struct openflow *of, const char *path,
                    struct deadline deadline, struct err *err)
{
    const char *bytes;
    short writable = openflow_output(of, &bytes) > 0 ? POLLOUT : 0;
    struct pollfd wait = {.fd = fd, .events = (short)(POLLIN | writable)};
    int ready = stop_poll(&wait, 1, deadline_left_ms(deadline));

    if (stop_is_due())
        return err_code(err, EINTR, "wait for %s", path);
    if (ready < 0)
        return errno == EINTR ? 0 : err_sys(err, "wait for %s", path);
    if (ready == 0)
        return err_set(err, ETIMEDOUT,
                       "ovs-vswitchd did not answer at %s within the deadline: "
                       "is it stuck?",
                       path);
    if (wait.revents & POLLOUT && send_output(fd, of, path, err) < 0)
        return -err->code;
    return wait.revents & ~POLLOUT ? receive(fd, of, path, err) : 0;
}

/* Until the request with that id has ended, or any has failed. What else the
 * switch tells goes to `told`, which may be NULL. */
static int converse(const char *path, struct openflow *of, uint32_t last,
                    openflow_told *told, void *data, struct deadline deadline,
                    struct err *err)
{
    struct openflow_event event;
    struct err cause = {0};

    auto_close int fd = io_connect_unix(path, deadline, &cause);
    if (fd < 0)
        return connect_failed(path, cause.code, err);
    for (;;) {
        while (openflow_next(of, &event)) {
            if (event.type == OPENFLOW_DONE && event.id == last)
                return 0;
            if (event.type == OPENFLOW_LOST)
                return err_set(err, EMSGSIZE, "too many flows for %s", path);
            if (event.type == OPENFLOW_FAILED) {
                *err = event.err;
                return err_wrap(err, "%s", path);
            }
            if (told)
                told(data, &event);
        }
        int r = exchange(fd, of, path, deadline, err);
        if (r < 0)
            return r;
    }
}

int openflow_run(const char *path, const struct flow_change *change,
                 struct deadline deadline, struct err *err)
{
    auto_openflow struct openflow *of = openflow_new();
    uint32_t id = openflow_change(of, change);

    return converse(path, of, id, NULL, NULL, deadline, err);
}

int openflow_look(const char *path, const struct flow *match,
                  openflow_told *told, void *data, struct deadline deadline,
                  struct err *err)
{
    auto_openflow struct openflow *of = openflow_new();

    (void)openflow_watch(of, match);
    return converse(path, of, openflow_ports(of), told, data, deadline, err);
}
