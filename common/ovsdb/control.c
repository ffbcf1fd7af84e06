/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * A driver of rpc.h for one call: sends, then waits for the reply. What the
 * daemon says besides is none of our business.
 */
#include "ovsint/ovsdb/control.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "ovsint/base/io.h"
#include "ovsint/base/limits.h"
#include "ovsint/base/parse.h"
#include "ovsint/ovsdb/rpc.h"
#include "ovsint/ovsdb/session.h"

#define PATH_SIZE 512
#define PID_SIZE 32
#define READ_SIZE 16384

static int read_pid(const char *path, uint64_t *ret, struct err *err)
{
    auto_buf struct buf text = BUF_INIT(PID_SIZE);

    int r = io_read_file(path, &text, err);
    if (r < 0)
        return r;
    auto_free char *pid =
        mem_text(buf_text(&text), strcspn(buf_text(&text), "\n"));
    if (parse_number(pid, 1, INT32_MAX, ret) < 0)
        return err_set(err, EINVAL, "%s has no process id", path);
    return 0;
}

int control_connect_of(const char *socket, const char *program,
                       struct deadline deadline, struct err *err)
{
    const char *slash = strrchr(socket, '/');
    int size = slash ? (int)(slash - socket) : 0;
    char path[PATH_SIZE];
    uint64_t pid;

    snprintf(path, sizeof(path), "%.*s/%s.pid", size, socket, program);
    int r = read_pid(path, &pid, err);
    if (r < 0)
        return r;
    snprintf(path, sizeof(path), "%.*s/%s.%d.ctl", size, socket, program,
             (int)pid);
    return io_connect_unix(path, deadline, err);
}

int control_connect(const char *remote, struct deadline deadline,
                    struct err *err)
{
    const char *socket = session_path(remote);

    if (!socket)
        return err_set(err, EINVAL,
                       "OVSDB address \"%s\" is neither unix:/path nor /path",
                       remote);
    return control_connect_of(socket, "ovs-vswitchd", deadline, err);
}

/* If the peer has closed the connection, what it has said before is received,
 * and may tell why. */
static int send_all(int fd, struct rpc *rpc, struct deadline deadline,
                    struct err *err)
{
    const char *bytes;
    size_t size;

    while ((size = rpc_output(rpc, &bytes)) > 0) {
        struct pollfd wait = {.fd = fd, .events = POLLOUT};
        int ready = poll(&wait, 1, deadline_left_ms(deadline));
        if (ready == 0)
            return err_set(err, ETIMEDOUT, "it does not read");
        ssize_t put = send(fd, bytes, size, MSG_NOSIGNAL);
        if (put > 0)
            rpc_sent(rpc, (size_t)put);
        else if (errno == EPIPE)
            return 0;
        else if (errno != EAGAIN && errno != EINTR)
            return err_sys(err, "send");
    }
    return 0;
}

/* 1 with the reply, 0 if there is none yet. */
static int receive(int fd, struct rpc *rpc, struct deadline deadline,
                   struct rpc_event *ret, struct err *err)
{
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    char bytes[READ_SIZE];

    if (poll(&wait, 1, deadline_left_ms(deadline)) == 0)
        return err_set(err, ETIMEDOUT,
                       "it does not answer within the deadline: is it stuck?");
    ssize_t got = recv(fd, bytes, sizeof(bytes), 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return 0;
    if (got < 0)
        return err_sys(err, "receive");
    if (got == 0)
        return err_set(err, ECONNRESET, "it has closed the connection");
    int r = rpc_feed(rpc, bytes, (size_t)got, err);
    if (r < 0)
        return r;
    return rpc_next(rpc, ret);
}

static int take_reply(const struct rpc_event *event, struct buf *ret,
                      struct err *err)
{
    const char *refusal = json_string(event->error);
    const char *text = json_string(event->result);

    if (refusal)
        return err_set(err, EINVAL, "%.*s", (int)strcspn(refusal, "\n"),
                       refusal);
    if (event->type != RPC_REPLY || !text)
        return err_set(err, EPROTO, "it has answered something else");
    buf_add_text(ret, text);
    return ret->overflow ? err_set(err, EFBIG, "its answer is too large") : 0;
}

static int call(int fd, const char *method, const struct buf *params,
                struct deadline deadline, struct buf *ret, struct err *err)
{
    /* A text is at most some six times as long as JSON. */
    const struct rpc_limits limits = {.message_size = ret->cap + READ_SIZE,
                                      .output_size = LIMIT_RPC_OUTPUT_SIZE,
                                      .depth = LIMIT_JSON_DEPTH};
    auto_rpc struct rpc *rpc = rpc_new(&limits);
    auto_rpc_event struct rpc_event event = {0};

    (void)rpc_call(rpc, method, params);
    int r = send_all(fd, rpc, deadline, err);
    while (r == 0)
        r = receive(fd, rpc, deadline, &event, err);
    return r < 0 ? r : take_reply(&event, ret, err);
}

int control_call(int fd, const char *method, const char *const *words,
                 size_t count, struct deadline deadline, struct buf *ret,
                 struct err *err)
{
    auto_buf struct buf params = BUF_INIT(LIMIT_TXN_SIZE);
    struct json_writer w = JSON_WRITER(&params);

    json_write_array(&w);
    for (size_t i = 0; i < count; i++)
        json_write_string(&w, words[i]);
    json_write_array_end(&w);
    int r = call(fd, method, &params, deadline, ret, err);
    return r < 0 ? err_wrap(err, "ask ovs-vswitchd for %s", method) : r;
}
