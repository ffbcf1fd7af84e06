/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The blocking driver. One loop serves every wait: if the event is not there,
 * it moves bytes until the deadline. The first failure of the connection is
 * kept, and reported to the next caller after the events that came before
 * it.
 */
#include "ovsint/ovsdb/client.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "ovsint/base/io.h"
#include "ovsint/base/limits.h"

#define READ_SIZE 16384

struct note {
    struct rpc_event event;
    struct note *next;
};

struct client {
    int fd;
    char *path;
    struct rpc *rpc;
    struct note *first; /* notifications that nobody has asked for yet */
    struct note **last;
    size_t note_count;
    /* why the connection is unusable; code 0 = it is usable */
    struct err broken;
};

/* What an operator should look at, by the errno of connect(2). */
static const struct {
    int code;
    const char *text;
} connect_hints[] = {
    {ENOENT, "no such socket: is ovsdb-server running?"},
    {ECONNREFUSED, "connection refused: is ovsdb-server running?"},
    {EACCES, "permission denied: the socket is for root only"},
    {ETIMEDOUT, "no connection within the deadline: is ovsdb-server stuck?"},
};

static int connect_failed(const char *path, int code, struct err *err)
{
    for (size_t i = 0; i < ARRAY_LEN(connect_hints); i++) {
        if (connect_hints[i].code == code)
            return err_set(err, code, "OVSDB at %s: %s", path,
                           connect_hints[i].text);
    }
    return err_code(err, code, "OVSDB at %s", path);
}

/* The path in `remote`, or NULL. */
static const char *socket_path(const char *remote)
{
    static const char scheme[] = "unix:";

    if (strncmp(remote, scheme, sizeof(scheme) - 1) == 0)
        remote += sizeof(scheme) - 1;
    return remote[0] == '/' ? remote : NULL;
}

int client_connect(const char *remote, struct deadline deadline,
                   struct err *err)
{
    const char *path = socket_path(remote);
    struct err cause = {0};

    if (!path)
        return err_set(err, EINVAL,
                       "OVSDB address \"%s\" is neither unix:/path nor /path",
                       remote);
    int fd = io_connect_unix(path, deadline, &cause);
    return fd < 0 ? connect_failed(path, cause.code, err) : fd;
}

int client_open(const char *remote, struct deadline deadline,
                struct client **ret, struct err *err)
{
    auto_close int fd = client_connect(remote, deadline, err);

    if (fd < 0)
        return fd;
    const char *path = socket_path(remote);
    struct client *client = mem_new(sizeof(*client));
    client->fd = TAKE_FD(fd);
    client->path = mem_text(path, strlen(path));
    client->rpc = rpc_new(&rpc_default_limits);
    client->last = &client->first;
    *ret = client;
    return 0;
}

static bool take_kept(struct client *client, struct rpc_event *ret)
{
    auto_free struct note *note = client->first;

    if (!note)
        return false;
    client->first = note->next;
    if (!client->first)
        client->last = &client->first;
    client->note_count--;
    *ret = note->event;
    return true;
}

void client_close(struct client *client)
{
    struct rpc_event event;

    if (!client)
        return;
    while (take_kept(client, &event))
        rpc_event_done(&event);
    rpc_free(client->rpc);
    close(client->fd);
    free(client->path);
    free(client);
}

/* Makes the connection unusable: each open call ends, and the first reason is
 * kept for the next caller. */
static void client_fail(struct client *client, int code, const char *what)
{
    if (!client->broken.code)
        err_set(&client->broken, code, "OVSDB at %s %s", client->path, what);
    rpc_lost(client->rpc);
}

static void fail_sys(struct client *client)
{
    if (!client->broken.code)
        err_sys(&client->broken, "OVSDB at %s", client->path);
    rpc_lost(client->rpc);
}

static const char *how_closed(const struct rpc *rpc)
{
    if (rpc_mid_message(rpc))
        return "closed the connection in the middle of a message";
    if (rpc_open_calls(rpc) > 0)
        return "closed the connection without an answer";
    return "closed the connection";
}

static void receive(struct client *client)
{
    char bytes[READ_SIZE];
    struct err cause = {0};
    ssize_t got = recv(client->fd, bytes, sizeof(bytes), 0);

    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got == 0 || (got < 0 && errno == ECONNRESET)) {
        client_fail(client, ECONNRESET, how_closed(client->rpc));
    } else if (got < 0) {
        fail_sys(client);
    } else if (rpc_feed(client->rpc, bytes, (size_t)got, &cause) < 0) {
        client->broken = cause;
        err_wrap(&client->broken, "OVSDB at %s", client->path);
    }
}

static void send_output(struct client *client)
{
    const char *bytes;
    size_t size = rpc_output(client->rpc, &bytes);
    ssize_t put = send(client->fd, bytes, size, MSG_NOSIGNAL);

    if (put < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    /* If the peer has gone, there may still be bytes from it that were not
     * read. So this is no failure yet: reading finds the end, after everything
     * before it. */
    if (put < 0 && errno == EPIPE)
        put = (ssize_t)size;
    if (put < 0)
        fail_sys(client);
    else
        rpc_sent(client->rpc, (size_t)put);
}

/* Moves bytes once; waits for that until the deadline. A failure is reported by
 * the events and by `broken`. */
static void exchange(struct client *client, struct deadline deadline)
{
    const char *bytes;
    short writable = rpc_output(client->rpc, &bytes) > 0 ? POLLOUT : 0;
    struct pollfd wait = {.fd = client->fd,
                          .events = (short)(POLLIN | writable)};
    int ready = poll(&wait, 1, deadline_left_ms(deadline));

    if (ready < 0 && errno != EINTR)
        fail_sys(client);
    if (ready <= 0)
        return;
    if (wait.revents & POLLOUT)
        send_output(client);
    if (wait.revents & ~POLLOUT && !client->broken.code)
        receive(client);
}

/* Takes the event over. */
static void keep_event(struct client *client, struct rpc_event *event)
{
    if (client->note_count == LIMIT_RPC_BACKLOG) {
        client_fail(client, ENOBUFS, "sends notifications without end");
        rpc_event_done(event);
        return;
    }
    struct note *note = mem_new(sizeof(*note));
    note->event = *event;
    *client->last = note;
    client->last = &note->next;
    client->note_count++;
}

/* Walks the events that are there, up to the end of call `id`, and keeps
 * notifications. True with that end in *ret. */
static bool find_end(struct client *client, uint64_t id, struct rpc_event *ret)
{
    struct rpc_event event;

    while (rpc_next(client->rpc, &event)) {
        if (event.type == RPC_NOTIFICATION) {
            keep_event(client, &event);
        } else if (event.id == id) {
            *ret = event;
            return true;
        } else {
            rpc_event_done(&event);
        }
    }
    return false;
}

static int tell_broken(const struct client *client, struct err *err)
{
    *err = client->broken;
    return -err->code;
}

/* Waits for the reply to call `id`. */
static int await(struct client *client, uint64_t id, struct deadline deadline,
                 struct rpc_event *ret, struct err *err)
{
    int patience = deadline_left_ms(deadline);
    struct rpc_event event;
    bool passed = false;

    while (!find_end(client, id, &event)) {
        if (passed) {
            rpc_forget(client->rpc, id);
            return err_set(err, ETIMEDOUT,
                           "OVSDB at %s did not answer within %d ms",
                           client->path, patience);
        }
        passed = deadline_passed(deadline);
        exchange(client, deadline);
    }
    if (event.type == RPC_LOST && client->broken.code)
        return tell_broken(client, err);
    if (event.type == RPC_LOST)
        return err_set(err, EMSGSIZE, "a request to OVSDB at %s is too large",
                       client->path);
    *ret = event;
    return 0;
}

int client_call(struct client *client, const char *method,
                const struct buf *params, struct deadline deadline,
                struct rpc_event *ret, struct err *err)
{
    auto_rpc_event struct rpc_event reply = {0};

    if (client->broken.code)
        return tell_broken(client, err);
    uint64_t id = rpc_call(client->rpc, method, params);
    int r = await(client, id, deadline, &reply, err);
    if (r < 0)
        return r;
    if (reply.error)
        return reply_refused(reply.error, err);
    *ret = reply;
    reply = (struct rpc_event){0};
    return 0;
}

int client_notification(struct client *client, struct deadline deadline,
                        struct rpc_event *ret, struct err *err)
{
    bool passed = false;

    for (;;) {
        struct rpc_event none;
        find_end(client, 0, &none);
        if (take_kept(client, ret))
            return 1;
        if (client->broken.code)
            return tell_broken(client, err);
        if (passed)
            return 0;
        passed = deadline_passed(deadline);
        exchange(client, deadline);
    }
}

int client_transact(struct client *client, struct txn *txn,
                    struct deadline deadline, struct rpc_event *ret,
                    struct reply_fault *ret_fault, struct err *err)
{
    auto_rpc_event struct rpc_event reply = {0};
    const struct buf *params;

    if (ret_fault)
        *ret_fault = (struct reply_fault){0};
    int r = txn_params(txn, &params, err);
    if (r < 0)
        return r;
    r = client_call(client, "transact", params, deadline, &reply, err);
    if (r < 0)
        return r;
    r = reply_check(reply.result, txn_count(txn), ret_fault, err);
    if (r < 0)
        return r;
    if (ret) {
        *ret = reply;
        reply = (struct rpc_event){0};
    }
    return 0;
}
