/* SPDX-License-Identifier: Apache-2.0 */
/* The blocking client against peers that misbehave. */
#include "ovsint/ovsdb/client.h"

#include <errno.h>

#include "tests/lib/json_text.h"
#include "tests/lib/peer.h"

#define LONG_MS 20000 /* nobody ever waits as long */

static struct client *open_client(const char *remote)
{
    struct client *client = NULL;
    struct err err = {0};

    CHECK_OK(client_open(remote, deadline_in(LONG_MS), &client, &err), err);
    return client;
}

/* Calls `method` with "[]"; the error is in *err. */
static int call(struct client *client, const char *method, int64_t ms,
                struct rpc_event *ret, struct err *err)
{
    auto_buf struct buf params = BUF_INIT(16);

    buf_add_text(&params, "[]");
    return client_call(client, method, &params, deadline_in(ms), ret, err);
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

        int r = client_open(bad_remotes[i].remote, deadline_in(LONG_MS),
                            &client, &err);
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
    int r = client_open(peer.socket, deadline_in(LONG_MS), &client, &err);
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

/* Silent until the second call, then answers both. */
static void talk_late(int fd)
{
    if (peer_hear(fd, "second"))
        peer_say(fd, "{\"id\":1,\"result\":\"late\",\"error\":null}"
                     "{\"id\":2,\"result\":\"good\",\"error\":null}");
    peer_hear(fd, "never");
}

TEST(silence_ends_at_the_deadline_and_late_replies_are_ignored)
{
    auto_rpc_event struct rpc_event reply = {0};
    struct err err = {0};
    struct peer peer;

    peer_start(&peer, talk_late);
    auto_client struct client *client = open_client(peer.socket);
    int64_t start = deadline_now_ms();
    CHECK_ERR(call(client, "first", 50, &reply, &err), ETIMEDOUT, err,
              "/db.sock did not answer within ");
    CHECK(deadline_now_ms() - start >= 49);
    CHECK(!reply.document);
    err = (struct err){0};
    CHECK_OK(call(client, "second", LONG_MS, &reply, &err), err);
    CHECK_STR(json_string(reply.result), "good");
    peer_stop(&peer);
}

TEST(a_passed_deadline_still_looks_once)
{
    auto_rpc_event struct rpc_event reply = {0};
    struct err err = {0};
    struct peer peer;

    peer_start(&peer, talk_late);
    auto_client struct client *client = open_client(peer.socket);
    CHECK_ERR(call(client, "first", -1000, &reply, &err), ETIMEDOUT, err,
              "did not answer within 0 ms");
    CHECK_EQ(client_notification(client, deadline_in(-1), &reply, &err), 0);
    peer_stop(&peer);
    /* The call that was given up is no longer waiting for its answer. */
    struct err gone = {0};
    int r = client_notification(client, deadline_in(LONG_MS), &reply, &gone);
    CHECK_ERR(r, ECONNRESET, gone, "closed the connection");
    CHECK(!strstr(gone.text, "without an answer"));
}

/* The first connection gets a message and is closed, the second is served. */
static void talk_first_goes(int fd)
{
    static bool second;

    if (!second)
        peer_say(fd, "{\"method\":\"bye\",\"params\":[],\"id\":null}");
    else if (peer_hear(fd, "call"))
        peer_say(fd, "{\"id\":1,\"result\":1,\"error\":null}");
    second = true;
}

TEST(a_peer_that_left_before_the_request)
{
    struct rpc_event none = {0};
    auto_rpc_event struct rpc_event reply = {0}, bye = {0};
    struct err err = {0}, last = {0};
    struct peer peer;

    peer_start(&peer, talk_first_goes);
    auto_client struct client *client = open_client(peer.socket);
    auto_client struct client *second = open_client(peer.socket);
    /* An answer here means that the first connection is closed. */
    CHECK_OK(call(second, "call", LONG_MS, &reply, &err), err);
    CHECK_ERR(call(client, "call", LONG_MS, &none, &err), ECONNRESET, err,
              "closed the connection without an answer");
    CHECK_EQ(client_notification(client, deadline_in(LONG_MS), &bye, &last), 1);
    CHECK_STR(bye.method, "bye");
    int r = client_notification(client, deadline_in(LONG_MS), &none, &last);
    CHECK_ERR(r, ECONNRESET, last, "without an answer");
    peer_stop(&peer);
}

static void talk_half(int fd)
{
    if (peer_hear(fd, "call"))
        peer_say(fd, "{\"id\":1,\"result\":[\"hal");
}

static void talk_nothing(int fd)
{
    peer_hear(fd, "call");
}

static void talk_no_word(int fd)
{
    (void)fd;
}

static void talk_html(int fd)
{
    if (peer_hear(fd, "call"))
        peer_say(fd, "<html>400 Bad Request</html>");
    peer_hear(fd, "never");
}

static void talk_number(int fd)
{
    if (peer_hear(fd, "call"))
        peer_say(fd, "[\"no message\"]");
    peer_hear(fd, "never");
}

static const struct {
    void (*talk)(int fd);
    int code;
    const char *text;
} endings[] = {
    {talk_half, ECONNRESET, "closed the connection in the middle of a message"},
    {talk_nothing, ECONNRESET, "closed the connection without an answer"},
    {talk_no_word, ECONNRESET, "closed the connection without an answer"},
    {talk_html, EINVAL, "/db.sock: not JSON at byte "},
    {talk_number, EPROTO, "/db.sock: the peer sent an array instead of a mess"},
};

TEST(broken_connections_say_how)
{
    for (size_t i = 0; i < ARRAY_LEN(endings); i++) {
        struct rpc_event reply = {0};
        struct err err = {0}, again = {0}, third = {0};
        struct peer peer;

        peer_start(&peer, endings[i].talk);
        auto_client struct client *client = open_client(peer.socket);
        CHECK_ERR(call(client, "call", LONG_MS, &reply, &err), endings[i].code,
                  err, endings[i].text);
        /* Every later call fails as the first one did, and at once. */
        CHECK_ERR(call(client, "call", LONG_MS, &reply, &again),
                  endings[i].code, again, err.text);
        CHECK_ERR(
            client_notification(client, deadline_in(LONG_MS), &reply, &third),
            endings[i].code, third, err.text);
        peer_stop(&peer);
    }
}

static void talk_and_go(int fd)
{
    if (peer_hear(fd, "call"))
        peer_say(fd, "{\"method\":\"update2\",\"params\":[1],\"id\":null}"
                     "{\"id\":1,\"result\":\"last words\",\"error\":null}"
                     "{\"method\":\"update2\",\"params\":[2],\"id\":null}"
                     "garbage");
}

TEST(what_was_said_before_the_end_counts)
{
    auto_rpc_event struct rpc_event reply = {0};
    struct err err = {0};
    struct peer peer;

    peer_start(&peer, talk_and_go);
    auto_client struct client *client = open_client(peer.socket);
    CHECK_OK(call(client, "call", LONG_MS, &reply, &err), err);
    CHECK_STR(json_string(reply.result), "last words");
    for (int64_t want = 1; want <= 2; want++) {
        auto_rpc_event struct rpc_event note = {0};
        int64_t have = 0;
        CHECK_EQ(client_notification(client, deadline_in(LONG_MS), &note, &err),
                 1);
        CHECK_STR(note.method, "update2");
        CHECK(json_int(json_at(note.params, 0), &have));
        CHECK_EQ(have, want);
    }
    struct rpc_event none = {0};
    int r = client_notification(client, deadline_in(LONG_MS), &none, &err);
    CHECK_ERR(r, EINVAL, err, "not JSON");
    peer_stop(&peer);
}

static void talk_echo(int fd)
{
    if (!peer_hear(fd, "call"))
        return;
    peer_say(fd, "{\"id\":\"echo\",\"method\":\"echo\",\"params\":[7]}");
    if (peer_hear(fd, "{\"id\":\"echo\",\"result\":[7],\"error\":null}"))
        peer_say(fd, "{\"id\":1,\"result\":\"alive\",\"error\":null}");
    peer_hear(fd, "never");
}

TEST(answers_echo_while_it_waits)
{
    auto_rpc_event struct rpc_event reply = {0};
    struct err err = {0};
    struct peer peer;

    peer_start(&peer, talk_echo);
    auto_client struct client *client = open_client(peer.socket);
    CHECK_OK(call(client, "call", LONG_MS, &reply, &err), err);
    CHECK_STR(json_string(reply.result), "alive");
    peer_stop(&peer);
}

static void talk_refuse(int fd)
{
    if (peer_hear(fd, "call"))
        peer_say(fd, "{\"id\":1,\"error\":\"unknown method\"}");
    if (peer_hear(fd, "call"))
        peer_say(fd, "{\"id\":2,\"result\":3,\"error\":null}");
    peer_hear(fd, "never");
}

TEST(a_refusal_leaves_the_connection_usable)
{
    auto_rpc_event struct rpc_event reply = {0};
    struct err err = {0};
    struct peer peer;

    peer_start(&peer, talk_refuse);
    auto_client struct client *client = open_client(peer.socket);
    CHECK_ERR(call(client, "call", LONG_MS, &reply, &err), EOPNOTSUPP, err,
              "OVSDB refused the request: unknown method");
    CHECK(!reply.document);
    err = (struct err){0};
    CHECK_OK(call(client, "call", LONG_MS, &reply, &err), err);
    peer_stop(&peer);
}

/* Replies that nobody waits for, without end: time must pass all the same. */
static void talk_flood(int fd)
{
    static const char line[] = "{\"id\":99,\"result\":null,\"error\":null}";

    while (write(fd, line, sizeof(line) - 1) > 0)
        ;
}

TEST(a_flood_does_not_stop_the_clock)
{
    struct rpc_event reply = {0};
    struct err err = {0};
    struct peer peer;

    peer_start(&peer, talk_flood);
    auto_client struct client *client = open_client(peer.socket);
    CHECK_ERR(call(client, "call", 60, &reply, &err), ETIMEDOUT, err, "within");
    peer_stop(&peer);
}

static void talk_notes(int fd)
{
    static const char line[] =
        "{\"method\":\"update2\",\"params\":[],\"id\":null}";

    while (write(fd, line, sizeof(line) - 1) > 0)
        ;
}

TEST(notifications_without_end_are_an_error)
{
    struct rpc_event reply = {0};
    struct err err = {0};
    struct peer peer;

    peer_start(&peer, talk_notes);
    auto_client struct client *client = open_client(peer.socket);
    CHECK_ERR(call(client, "call", LONG_MS, &reply, &err), ENOBUFS, err,
              "sends notifications without end");
    peer_stop(&peer);
}

/* Reads nothing for a while, then all of it: the request needs many writes. */
static void talk_slow(int fd)
{
    peer_say(fd, "{\"method\":\"ready\",\"params\":[],\"id\":null}");
    if (peer_hear(fd, "the-end"))
        peer_say(fd, "{\"id\":1,\"result\":\"all of it\",\"error\":null}");
    peer_hear(fd, "never");
}

TEST(large_requests_leave_in_pieces)
{
    auto_buf struct buf params = BUF_INIT(8u << 20);
    auto_rpc_event struct rpc_event reply = {0};
    struct err err = {0};
    struct peer peer;

    buf_add_text(&params, "[\"");
    for (int i = 0; i < 300000; i++)
        buf_add_text(&params, "0123456789");
    buf_add_text(&params, "the-end\"]");
    peer_start(&peer, talk_slow);
    auto_client struct client *client = open_client(peer.socket);
    CHECK_OK(client_call(client, "call", &params, deadline_in(LONG_MS), &reply,
                         &err),
             err);
    CHECK_STR(json_string(reply.result), "all of it");
    peer_stop(&peer);
}

TEST(too_large_requests_are_told_apart)
{
    auto_buf struct buf params = BUF_INIT(4);
    struct rpc_event reply = {0};
    struct err err = {0};
    struct peer peer;

    buf_add_text(&params, "[1,2,3]");
    peer_start(&peer, talk_late);
    auto_client struct client *client = open_client(peer.socket);
    int r = client_call(client, "call", &params, deadline_in(LONG_MS), &reply,
                        &err);
    CHECK_ERR(r, EMSGSIZE, err, "is too large");
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
    if (!peer_hear(fd, "call"))
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
    auto_rpc_event struct rpc_event reply = {0};
    struct err err = {0};
    struct peer peer;

    peer_start(&peer, talk_megabytes);
    auto_client struct client *client = open_client(peer.socket);
    CHECK_OK(call(client, "call", LONG_MS, &reply, &err), err);
    CHECK_EQ(json_count(reply.result), MEGABYTES_ROWS);
    peer_stop(&peer);
}

static void talk_bad_result(int fd)
{
    if (peer_hear(fd, "transact"))
        peer_say(fd, "{\"id\":1,\"result\":[],\"error\":null}");
    peer_hear(fd, "never");
}

TEST(a_result_that_is_none_is_an_error)
{
    auto_txn struct txn txn;
    struct reply_fault fault = {.op = 99};
    struct rpc_event reply = {0};
    struct err err = {0};
    struct peer peer;

    txn_init(&txn, "Open_vSwitch");
    txn_comment(&txn, "x");
    peer_start(&peer, talk_bad_result);
    auto_client struct client *client = open_client(peer.socket);
    int r = client_transact(client, &txn, deadline_in(LONG_MS), &reply, &fault,
                            &err);
    CHECK_ERR(r, EPROTO, err, "answered 1 operations with 0 results");
    CHECK_EQ(fault.kind, REPLY_OTHER);
    CHECK(!reply.document);
    peer_stop(&peer);
}

TEST(a_lost_transaction_is_no_fault_of_its_own)
{
    auto_txn struct txn txn;
    struct reply_fault fault = {.kind = REPLY_GUARD, .op = 99};
    struct err err = {0};
    struct peer peer;

    txn_init(&txn, "Open_vSwitch");
    txn_comment(&txn, "call");
    peer_start(&peer, talk_half);
    auto_client struct client *client = open_client(peer.socket);
    int r =
        client_transact(client, &txn, deadline_in(LONG_MS), NULL, &fault, &err);
    CHECK_ERR(r, ECONNRESET, err, "in the middle");
    CHECK_EQ(fault.kind, REPLY_OK);
    peer_stop(&peer);
}

TEST_MAIN
