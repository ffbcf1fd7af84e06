/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * One loop serves every wait: if no event is there, it does what the session
 * needs: moves bytes, until the deadline, or closes the connection.
 */
#include "ovsint/ovsdb/client.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ovsint/base/io.h"
#include "ovsint/base/stop.h"

#define READ_SIZE 16384
#define SILENCE_MS 1000 /* so long a person waits for a server's first byte */

struct client {
    const char *remote;
    int fd;     /* -1 = not connected */
    bool heard; /* the server has sent something in this session */
    struct session *session;
    struct err down; /* why the connection went; code 0 = it has not */
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

int client_connect(const char *remote, struct deadline deadline,
                   struct err *err)
{
    const char *path = session_path(remote);
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
    int fd = client_connect(remote, deadline, err);

    if (fd < 0)
        return fd;
    struct client *client = mem_new(sizeof(*client));
    client->remote = remote;
    client->fd = fd;
    *ret = client;
    return 0;
}

static void disconnect(struct client *client)
{
    if (client->fd >= 0)
        close(client->fd);
    client->fd = -1;
}

void client_close(struct client *client)
{
    if (!client)
        return;
    session_free(client->session);
    disconnect(client);
    free(client);
}

/* A session of before has used its connection: the new one gets another. */
static int take_connection(struct client *client, struct deadline deadline,
                           struct err *err)
{
    if (!client->session)
        return 0;
    session_free(TAKE_PTR(client->session));
    disconnect(client);
    client->fd = client_connect(client->remote, deadline, err);
    return client->fd < 0 ? client->fd : 0;
}

int client_watch(struct client *client, struct monitor *monitor,
                 struct deadline deadline, struct err *err)
{
    const struct session_config config = {
        .remote = client->remote,
        .monitor = monitor ? monitor_params(monitor) : NULL};

    int r = take_connection(client, deadline, err);
    client->session = session_new(&config);
    client->heard = false;
    if (r < 0) {
        client->down = *err;
        return r;
    }
    client->down = (struct err){0};
    session_connected(client->session);
    return 0;
}

int client_transact(struct client *client, struct txn *txn,
                    struct session_call *call, struct err *err)
{
    return session_transact(client->session, txn, call, err);
}

void client_forget(struct client *client, struct session_call *call)
{
    session_forget(client->session, call);
}

static void receive(struct client *client)
{
    char bytes[READ_SIZE];
    ssize_t got = recv(client->fd, bytes, sizeof(bytes), 0);

    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    client->heard |= got > 0;
    if (got > 0)
        session_feed(client->session, bytes, (size_t)got);
    else
        session_ended(client->session, got < 0 ? errno : 0);
}

static void send_output(struct client *client)
{
    const char *bytes;
    size_t size = session_output(client->session, &bytes);
    ssize_t put = send(client->fd, bytes, size, MSG_NOSIGNAL);

    if (put < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    /* If the peer has gone, there may still be bytes from it that were not
     * read. So this is no failure yet: reading finds the end, after everything
     * before it. */
    if (put < 0 && errno == EPIPE)
        put = (ssize_t)size;
    if (put < 0)
        session_ended(client->session, errno);
    else
        session_sent(client->session, (size_t)put);
}

void client_flush(struct client *client)
{
    const char *bytes;

    if (session_output(client->session, &bytes) > 0)
        send_output(client);
}

/* Moves bytes once; waits for that until the deadline. */
static void talk(struct client *client, struct deadline deadline)
{
    const char *bytes;
    bool sends = session_output(client->session, &bytes) > 0;
    struct pollfd wait = {.fd = client->fd,
                          .events = (short)(POLLIN | (sends ? POLLOUT : 0))};
    int ready = stop_poll(&wait, 1, deadline_left_ms(deadline));

    if (ready < 0 && errno != EINTR)
        session_ended(client->session, errno);
    if (ready <= 0)
        return;
    if (wait.revents & POLLOUT)
        send_output(client);
    if (wait.revents & ~POLLOUT)
        receive(client);
}

/* True if the session has an event. */
static bool take_event(struct client *client, struct session_event *ret)
{
    if (session_next(client->session, deadline_now_ms(), ret)) {
        if (ret->type == SESSION_DOWN)
            client->down = ret->reason;
        return true;
    }
    if (!client->down.code)
        return false;
    *ret = (struct session_event){.type = SESSION_DOWN, .reason = client->down};
    return true;
}

bool client_next(struct client *client, struct deadline deadline,
                 struct session_event *ret)
{
    bool passed = false;

    while (!take_event(client, ret)) {
        if (session_need(client->session, 0, NULL) == SESSION_CLOSE) {
            disconnect(client);
            session_closed(client->session, deadline_now_ms());
            continue;
        }
        if (passed || stop_is_due())
            return false;
        passed = deadline_passed(deadline);
        talk(client, deadline);
    }
    return true;
}

/* client_next(), but not beyond `first` while the server is silent. */
static bool next_unless_silent(struct client *client, struct deadline first,
                               struct deadline deadline,
                               struct session_event *ret)
{
    if (first.at_ms < deadline.at_ms) {
        if (client_next(client, first, ret))
            return true;
        if (!client->heard)
            return false;
    }
    return client_next(client, deadline, ret);
}

/* Passes over all events but those of the two types. */
static int await(struct client *client, enum session_event_type type,
                 enum session_event_type other, struct deadline first,
                 struct deadline deadline, struct session_event *ret,
                 struct err *err)
{
    for (bool passed = false; !passed;) {
        passed = deadline_passed(deadline);
        if (!next_unless_silent(client, first, deadline, ret))
            break;
        if (ret->type == type || ret->type == other)
            return 0;
        if (ret->type == SESSION_DOWN) {
            *err = ret->reason;
            return -err->code;
        }
        session_event_done(ret);
    }
    return err_set(err, ETIMEDOUT,
                   "OVSDB at %s did not answer within the deadline: is "
                   "ovsdb-server stuck?",
                   client->remote);
}

static int show(struct client *client, struct monitor *monitor,
                struct deadline first, struct deadline deadline,
                struct session_event *ret, struct err *err)
{
    int r = client_watch(client, monitor, deadline, err);

    return r < 0 ? r
                 : await(client, SESSION_SYNCED, SESSION_SYNCED, first,
                         deadline, ret, err);
}

int client_show(struct client *client, struct monitor *monitor,
                struct deadline deadline, struct session_event *ret,
                struct err *err)
{
    return show(client, monitor, deadline, deadline, ret, err);
}

int client_show_soon(struct client *client, struct monitor *monitor,
                     struct deadline deadline, struct session_event *ret,
                     struct err *err)
{
    return show(client, monitor, deadline_in(SILENCE_MS), deadline, ret, err);
}

int client_lock(struct client *client, const char *lock,
                struct deadline deadline, struct err *err)
{
    auto_session_event struct session_event event = {0};

    session_lock(client->session, lock);
    int r = await(client, SESSION_LOCKED, SESSION_UNLOCKED, deadline, deadline,
                  &event, err);
    return r < 0 ? r : event.type == SESSION_LOCKED;
}
