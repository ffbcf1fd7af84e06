/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The blocking client against peers that misbehave. */
#include <errno.h>
#include <poll.h>

#include "tests/lib/json_text.h"
#include "tests/lib/ovsdb_client.h"
#include "tests/lib/peer.h"

#define SYNC "{\"id\":1,\"result\":{},\"error\":null}"
#define UPDATE(number)                                       \
    "{\"method\":\"update2\",\"params\":[\"" SESSION_MONITOR \
    "\",{\"t\":" number "}],\"id\":null}"

/* 0 with the first rows in *ret. */
static int show(struct client *client, struct deadline deadline,
                struct session_event *ret, struct err *err)
{
    auto_monitor struct monitor monitor;

    monitor_init(&monitor, "db", SESSION_MONITOR);
    return client_show(client, &monitor, deadline, ret, err);
}

static void transact(struct client *client, const char *what,
                     struct session_call *call)
{
    struct err err = {0};
    auto_txn struct txn txn;

    txn_init(&txn, "db");
    txn_comment(&txn, what);
    CHECK_OK(client_transact(client, &txn, call, &err), err);
}

static void expect(struct client *client, enum session_event_type type,
                   struct session_event *ret)
{
    CHECK(client_next(client, PATIENCE, ret));
    CHECK_EQ(ret->type, type);
}

static void expect_update(struct client *client, const char *want)
{
    auto_session_event struct session_event event = {0};

    expect(client, SESSION_UPDATED, &event);
    auto_free char *updates = json_text(event.updates);
    CHECK_STR(updates, want);
}

static void expect_end(struct client *client, const struct session_call *call,
                       int code, const char *text)
{
    auto_session_event struct session_event event = {0};

    expect(client, SESSION_ENDED, &event);
    CHECK(event.call == call);
    CHECK_EQ(event.outcome.r, -code);
    CHECK_HAS(event.outcome.err.text, text);
}

static void expect_down(struct client *client, int code, const char *text)
{
    auto_session_event struct session_event event = {0};

    expect(client, SESSION_DOWN, &event);
    CHECK_ERR(-event.reason.code, code, event.reason, text);
}

static bool nothing_comes(struct client *client, int64_t ms)
{
    struct session_event none = {0};

    return !client_next(client, deadline_in(ms), &none);
}

static const struct {
    const char *remote;
    int code;
    const char *text;
} bad_remotes[] = {
    {"/nonexistent/db.sock", ENOENT,
     "OVSDB at /nonexistent/db.sock: no such socket: is ovsdb-server running?"},
    {"unix:/nonexistent/db.sock", ENOENT, "OVSDB at /nonexistent/db.sock: no"},
    {"/dev/null", ECONNREFUSED, "connection refused: is ovsdb-server running?"},
    {"/dev/null/db.sock", ENOTDIR, "OVSDB at /dev/null/db.sock: Not a direct"},
    {"/a-path-that-is-longer-than-a-Unix-socket-address-can-hold-because-that-"
     "is-just-108-bytes/var/run/openvswitch/db.sock",
     ENAMETOOLONG, "too long"},
    {"", EINVAL, "address \"\" is neither"},
    {"db.sock", EINVAL, "address \"db.sock\" is neither unix:/path nor /path"},
    {"unix:db.sock", EINVAL, "neither"},
    {"unix:", EINVAL, "neither"},
    {"tcp:127.0.0.1:6640", EINVAL, "address \"tcp:127.0.0.1:6640\" is neither"},
    {"punix:/run/db.sock", EINVAL, "neither"},
};

TEST(refuses_bad_remotes)
{
    for (size_t i = 0; i < ARRAY_LEN(bad_remotes); i++) {
        struct client *client = NULL;
        struct err err = {0};

        int r = client_open(bad_remotes[i].remote, PATIENCE, &client, &err);
        CHECK_ERR(r, bad_remotes[i].code, err, bad_remotes[i].text);
        CHECK(!client);
    }
}

TEST(nobody_listens)
{
    struct client *client = NULL;
    struct err err = {0};
    struct peer peer;
    auto_close int fd = peer_bind(&peer);

    CHECK(fd >= 0);
    int r = client_open(peer.socket, PATIENCE, &client, &err);
    CHECK_ERR(r, ECONNREFUSED, err,
              "/db.sock: connection refused: is ovsdb-server running?");
    peer_stop(&peer);
}

TEST(nobody_accepts)
{
    struct client *clients[8] = {0};
    struct err err = {0};
    struct peer peer;
    size_t count = 0;
    int r = 0;
    auto_close int fd = peer_bind(&peer);

    CHECK_EQ(listen(fd, 1), 0);
    while (r == 0 && count < ARRAY_LEN(clients)) {
        r = client_open(peer.socket, deadline_in(30), &clients[count], &err);
        count += r == 0;
    }
    CHECK_ERR(r, ETIMEDOUT, err,
              "no connection within the deadline: is ovsdb-server stuck?");
    while (count > 0)
        client_close(clients[--count]);
    peer_stop(&peer);
}

/* Silent until the second transaction, then answers both. */
static void talk_late(int fd)
{
    if (peer_hear(fd, "monitor_cond"))
        peer_say(fd, SYNC);
    if (peer_hear(fd, "second"))
        peer_say(fd, "{\"id\":2,\"result\":[{}],\"error\":null}"
                     "{\"id\":3,\"result\":[{}],\"error\":null}");
    peer_hear(fd, "never");
}

TEST(silence_ends_at_the_deadline_and_late_replies_are_ignored)
{
    struct session_call first = {0}, second = {0};
    struct peer peer;

    peer_start(&peer, talk_late);
    auto_client struct client *client = quiet_client(peer.socket);
    int64_t start = deadline_now_ms();
    transact(client, "first", &first);
    CHECK(nothing_comes(client, 50));
    CHECK(deadline_now_ms() - start >= 49);
    client_forget(client, &first);
    transact(client, "second", &second);
    expect_end(client, &second, 0, "");
    CHECK(nothing_comes(client, -1));
    peer_stop(&peer);
}

static void talk_nothing(int fd)
{
    peer_hear(fd, "never");
}

TEST(rows_that_do_not_come)
{
    auto_session_event struct session_event event = {0};
    struct client *client = NULL;
    struct err err = {0}, again = {0};
    struct peer peer;

    peer_start(&peer, talk_nothing);
    CHECK_OK(client_open(peer.socket, PATIENCE, &client, &err), err);
    CHECK_ERR(show(client, deadline_in(-1000), &event, &err), ETIMEDOUT, err,
              "/db.sock did not answer within the deadline: is ovsdb-server "
              "stuck?");
    client_close(client);
    CHECK_OK(client_open(peer.socket, PATIENCE, &client, &again), again);
    CHECK_ERR(show(client, deadline_in(50), &event, &again), ETIMEDOUT, again,
              "did not answer");
    client_close(client);
    peer_stop(&peer);
}

/* Says all in one piece, so that it is there at once. */
/* As a server with many rows: it begins at once, and takes its time. */
static void talk_long(int fd)
{
    if (!peer_hear(fd, "monitor_cond"))
        return;
    peer_say(fd, " ");
    (void)!poll(NULL, 0, 1100); /* longer than silence is borne */
    peer_say(fd, SYNC);
    peer_hear(fd, "never");
}

TEST(who_has_begun_to_answer_has_until_the_deadline)
{
    auto_session_event struct session_event event = {0};
    auto_monitor struct monitor monitor = {0};
    struct client *client = NULL;
    struct err err = {0};
    struct peer peer;

    peer_start(&peer, talk_long);
    CHECK_OK(client_open(peer.socket, PATIENCE, &client, &err), err);
    monitor_init(&monitor, "db", SESSION_MONITOR);
    CHECK_OK(client_show_soon(client, &monitor, PATIENCE, &event, &err), err);
    client_close(client);
    peer_stop(&peer);
}

static void talk_at_once(int fd)
{
    if (peer_hear(fd, "monitor_cond"))
        peer_say(fd, SYNC UPDATE("1") UPDATE("2"));
    peer_hear(fd, "never");
}

TEST(what_is_there_is_found_after_the_deadline_too)
{
    auto_session_event struct session_event event = {0};
    struct peer peer;

    peer_start(&peer, talk_at_once);
    auto_client struct client *client = quiet_client(peer.socket);
    CHECK(client_next(client, deadline_in(-1000), &event));
    CHECK_EQ(event.type, SESSION_UPDATED);
    expect_update(client, "{\"t\":2}");
    CHECK(nothing_comes(client, -1000));
    peer_stop(&peer);
}

/* Each connection is served, and then closed. */
static void talk_and_close(int fd)
{
    if (peer_hear(fd, "monitor_cond"))
        peer_say(fd, SYNC UPDATE("1"));
}

TEST(a_peer_that_left_before_the_request)
{
    struct session_call call = {0};
    struct peer peer;

    peer_start(&peer, talk_and_close);
    auto_client struct client *client = quiet_client(peer.socket);
    /* Rows here mean that the first connection is closed. */
    client_close(quiet_client(peer.socket));
    transact(client, "call", &call);
    expect_update(client, "{\"t\":1}");
    expect_end(client, &call, ECONNRESET,
               "/db.sock closed the connection without an answer");
    expect_down(client, ECONNRESET, "without an answer");
    peer_stop(&peer);
}

static void talk_locks(int fd)
{
    if (peer_hear(fd, "monitor_cond"))
        peer_say(fd, SYNC);
    if (peer_hear(fd, "[\"first\"]"))
        peer_say(fd, UPDATE("1") "{\"id\":2,\"result\":{\"locked\":true},"
                                 "\"error\":null}");
    if (peer_hear(fd, "[\"second\"]"))
        peer_say(fd, "{\"id\":3,\"result\":{\"locked\":false},"
                     "\"error\":null}");
    peer_hear(fd, "[\"third\"]");
}

TEST(asks_for_locks)
{
    struct err err = {0};
    struct peer peer;

    peer_start(&peer, talk_locks);
    auto_client struct client *client = quiet_client(peer.socket);
    CHECK_EQ(client_lock(client, "first", PATIENCE, &err), 1);
    CHECK_EQ(client_lock(client, "second", PATIENCE, &err), 0);
    CHECK_ERR(client_lock(client, "third", PATIENCE, &err), ECONNRESET, err,
              "closed the connection without an answer");
    peer_stop(&peer);
}

TEST(a_second_watch_has_a_connection_of_its_own)
{
    auto_session_event struct session_event event = {0};
    struct err err = {0};
    struct peer peer;

    peer_start(&peer, talk_and_close);
    auto_client struct client *client = quiet_client(peer.socket);
    expect_update(client, "{\"t\":1}");
    expect_down(client, ECONNRESET, "/db.sock closed the connection");
    CHECK_OK(show(client, PATIENCE, &event, &err), err);
    expect_update(client, "{\"t\":1}");
    peer_stop(&peer);
    expect_down(client, ECONNRESET, "/db.sock closed the connection");
    CHECK_ERR(show(client, PATIENCE, &event, &err), ENOENT, err,
              "no such socket");
    expect_down(client, ENOENT, "no such socket");
}

static void talk_half(int fd)
{
    if (peer_hear(fd, "monitor_cond"))
        peer_say(fd, "{\"id\":1,\"result\":[\"hal");
}

static void talk_no_answer(int fd)
{
    peer_hear(fd, "monitor_cond");
}

static void talk_no_word(int fd)
{
    (void)fd;
}

static void talk_html(int fd)
{
    if (peer_hear(fd, "monitor_cond"))
        peer_say(fd, "<html>400 Bad Request</html>");
    peer_hear(fd, "never");
}

static void talk_array(int fd)
{
    if (peer_hear(fd, "monitor_cond"))
        peer_say(fd, "[\"no message\"]");
    peer_hear(fd, "never");
}

static const struct {
    void (*talk)(int fd);
    int code;
    const char *text;
} endings[] = {
    {talk_half, ECONNRESET, "closed the connection in the middle of a message"},
    {talk_no_answer, ECONNRESET, "closed the connection without an answer"},
    {talk_no_word, ECONNRESET, "closed the connection without an answer"},
    {talk_html, EINVAL, "/db.sock: not JSON at byte "},
    {talk_array, EPROTO, "/db.sock: the peer sent an array instead of a mess"},
};

TEST(broken_connections_say_how)
{
    for (size_t i = 0; i < ARRAY_LEN(endings); i++) {
        struct session_event event = {0};
        struct client *client = NULL;
        struct err err = {0};
        struct peer peer;

        peer_start(&peer, endings[i].talk);
        CHECK_OK(client_open(peer.socket, PATIENCE, &client, &err), err);
        CHECK_ERR(show(client, PATIENCE, &event, &err), endings[i].code, err,
                  endings[i].text);
        /* It is said again and again, and at once. */
        for (int again = 0; again < 2; again++)
            expect_down(client, endings[i].code, err.text);
        client_close(client);
        peer_stop(&peer);
    }
}

static void talk_and_go(int fd)
{
    if (peer_hear(fd, "monitor_cond"))
        peer_say(fd, SYNC);
    if (peer_hear(fd, "call"))
        peer_say(fd,
                 UPDATE("1") "{\"id\":2,\"result\":[{}],\"error\":null}" UPDATE(
                     "2") "garbage");
}

TEST(what_was_said_before_the_end_counts)
{
    struct session_call call = {0};
    struct peer peer;

    peer_start(&peer, talk_and_go);
    auto_client struct client *client = quiet_client(peer.socket);
    transact(client, "call", &call);
    expect_update(client, "{\"t\":1}");
    expect_end(client, &call, 0, "");
    expect_update(client, "{\"t\":2}");
    expect_down(client, EINVAL, "not JSON");
    peer_stop(&peer);
}

static void talk_echo(int fd)
{
    if (!peer_hear(fd, "monitor_cond"))
        return;
    peer_say(fd, "{\"id\":\"echo\",\"method\":\"echo\",\"params\":[7]}");
    if (peer_hear(fd, "{\"id\":\"echo\",\"result\":[7],\"error\":null}"))
        peer_say(fd, SYNC);
    peer_hear(fd, "never");
}

TEST(answers_echo_while_it_waits)
{
    struct peer peer;

    peer_start(&peer, talk_echo);
    client_close(quiet_client(peer.socket));
    peer_stop(&peer);
}

static void talk_refuse(int fd)
{
    if (peer_hear(fd, "monitor_cond"))
        peer_say(fd, SYNC);
    if (peer_hear(fd, "first"))
        peer_say(fd, "{\"id\":2,\"error\":\"unknown method\"}");
    if (peer_hear(fd, "second"))
        peer_say(fd, "{\"id\":3,\"result\":[],\"error\":null}");
    if (peer_hear(fd, "third"))
        peer_say(fd, "{\"id\":4,\"result\":[{}],\"error\":null}");
    peer_hear(fd, "never");
}

TEST(a_refusal_leaves_the_connection_usable)
{
    struct session_call call = {0};
    struct peer peer;

    peer_start(&peer, talk_refuse);
    auto_client struct client *client = quiet_client(peer.socket);
    transact(client, "first", &call);
    expect_end(client, &call, EOPNOTSUPP,
               "OVSDB refused the request: unknown method");
    transact(client, "second", &call);
    expect_end(client, &call, EPROTO, "answered 1 operations with 0 results");
    transact(client, "third", &call);
    expect_end(client, &call, 0, "");
    peer_stop(&peer);
}

static void flood(int fd, const char *text)
{
    size_t size = strlen(text);

    while (write(fd, text, size) > 0)
        ;
}

/* Nobody waits for these. */
static void talk_replies(int fd)
{
    flood(fd, "{\"id\":99,\"result\":null,\"error\":null}");
}

static void talk_updates(int fd)
{
    flood(fd, UPDATE("1"));
}

TEST(a_flood_does_not_stop_the_clock)
{
    static void (*const talks[])(int fd) = {talk_replies, talk_updates};

    for (size_t i = 0; i < ARRAY_LEN(talks); i++) {
        struct session_event event = {0};
        struct client *client = NULL;
        struct err err = {0};
        struct peer peer;

        peer_start(&peer, talks[i]);
        CHECK_OK(client_open(peer.socket, PATIENCE, &client, &err), err);
        CHECK_ERR(show(client, deadline_in(60), &event, &err), ETIMEDOUT, err,
                  "within");
        client_close(client);
        peer_stop(&peer);
    }
}

/* Reads nothing for a while, then all of it: the request needs many writes. */
static void talk_slow(int fd)
{
    if (peer_hear(fd, "monitor_cond"))
        peer_say(fd, SYNC UPDATE("1"));
    if (peer_hear(fd, "the-end"))
        peer_say(fd, "{\"id\":2,\"result\":[{}],\"error\":null}");
    peer_hear(fd, "never");
}

TEST(large_requests_leave_in_pieces)
{
    auto_buf struct buf text = BUF_INIT(8u << 20);
    struct session_call call = {0};
    struct peer peer;

    for (int i = 0; i < 300000; i++)
        buf_add_text(&text, "0123456789");
    buf_add_text(&text, "the-end");
    peer_start(&peer, talk_slow);
    auto_client struct client *client = quiet_client(peer.socket);
    transact(client, buf_text(&text), &call);
    expect_update(client, "{\"t\":1}");
    expect_end(client, &call, 0, "");
    peer_stop(&peer);
}

#define MEGABYTES_ROWS 60000

static void talk_megabytes(int fd)
{
    auto_buf struct buf row = BUF_INIT(1024);

    buf_add_text(&row, "{\"name\":\"");
    for (int i = 0; i < 100; i++)
        buf_add_text(&row, "x");
    buf_add_text(&row, "\"}");
    if (!peer_hear(fd, "monitor_cond"))
        return;
    peer_say(fd, "{\"id\":1,\"error\":null,\"result\":[");
    for (int i = 0; i < MEGABYTES_ROWS; i++) {
        peer_say(fd, buf_text(&row));
        peer_say(fd, i + 1 < MEGABYTES_ROWS ? "," : "]}");
    }
    peer_hear(fd, "never");
}

TEST(takes_megabytes)
{
    auto_session_event struct session_event event = {0};
    struct client *client = NULL;
    struct err err = {0};
    struct peer peer;

    peer_start(&peer, talk_megabytes);
    CHECK_OK(client_open(peer.socket, PATIENCE, &client, &err), err);
    CHECK_OK(show(client, PATIENCE, &event, &err), err);
    CHECK_EQ(json_count(event.updates), MEGABYTES_ROWS);
    client_close(client);
    peer_stop(&peer);
}

TEST_MAIN
