/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * A database that means harm: whatever it says, whoever asks it gets an answer
 * or a reason by the deadline, and nothing is read or kept without a limit.
 * With sanitizers this also says that nothing is read beside what is there.
 */
#include <errno.h>

#include "tests/lib/ovsdb_client.h"
#include "tests/lib/peer.h"

#define SHORT_MS 150
#define SILENT "nothing within the deadline"
#define UNSHOWN "did not answer within the deadline"

#define SYNC "{\"id\":1,\"result\":{},\"error\":null}"
#define REPLY(result) "{\"id\":2,\"result\":" result ",\"error\":null}"
#define DEEP_16 "[[[[[[[[[[[[[[[["
#define DEEP DEEP_16 DEEP_16 DEEP_16 DEEP_16 DEEP_16

struct mode {
    const char *what;
    const char *once;  /* said when it is asked; NULL = nothing */
    const char *again; /* said for ever after that; NULL = nothing */
    bool late;         /* the rows are shown well, the transaction is not */
    bool closes;       /* then it closes the connection */
    int code;          /* 0 = the deadline or a limit, whichever comes first */
    const char *text;
};

static const struct mode *mode;

/* Short where the time is all that is waited for. */
static struct deadline patience(bool ends_by_time)
{
    return ends_by_time ? deadline_in(SHORT_MS) : PATIENCE;
}

static void talk(int fd)
{
    if (!peer_hear(fd, "monitor_cond"))
        return;
    if (mode->late) {
        peer_say(fd, SYNC);
        if (!peer_hear(fd, "transact"))
            return;
    }
    if (mode->once)
        peer_say(fd, mode->once);
    while (mode->again && send(fd, mode->again, strlen(mode->again), 0) > 0) {
    }
    if (!mode->closes)
        peer_hear(fd, "never");
}

/* The end of the transaction or of the connection, or nothing in time. */
static int transact(struct client *client, struct err *err)
{
    struct session_call call = {0};
    auto_txn struct txn txn = {0};
    struct deadline deadline =
        patience(mode->text && strcmp(mode->text, SILENT) == 0);

    txn_init(&txn, "Open_vSwitch");
    txn_wait_present(&txn, "Bridge");
    txn_where_string(&txn, "name", "br0");
    int r = client_transact(client, &txn, &call, err);
    while (r >= 0) {
        auto_session_event struct session_event event = {0};
        if (!client_next(client, deadline, &event)) {
            client_forget(client, &call);
            return err_set(err, ETIMEDOUT, SILENT);
        }
        if (event.type == SESSION_ENDED) {
            *err = event.outcome.err;
            return event.outcome.r;
        }
        if (event.type == SESSION_DOWN) {
            *err = event.reason;
            return -event.reason.code;
        }
    }
    return r;
}

static int ask(const char *remote, struct err *err)
{
    auto_session_event struct session_event event = {0};
    auto_monitor struct monitor monitor;
    auto_client struct client *client = NULL;

    monitor_init(&monitor, "Open_vSwitch", SESSION_MONITOR);
    int r = client_open(remote, PATIENCE, &client, err);
    if (r >= 0)
        r = client_show(
            client, &monitor,
            patience(!mode->code || strcmp(mode->text, UNSHOWN) == 0), &event,
            err);
    return r < 0 ? r : transact(client, err);
}

static const struct mode modes[] = {
    {"garbage", "\x7f\x45LF\x02\x01", .code = EINVAL,
     .text = "not JSON at byte 1"},
    {"another language", "HTTP/1.1 400 Bad Request\r\n\r\n", .code = EINVAL,
     .text = "not JSON at byte 1"},
    {"nested without end", DEEP, DEEP, .code = E2BIG,
     .text = "nested too deeply"},
    {"closes at once", .closes = true, .code = ECONNRESET,
     .text = "closed the connection without an answer"},
    {"closes within a reply", "{\"id\":1,\"resu", .closes = true,
     .code = ECONNRESET, .text = "in the middle of a message"},
    {"a string without end", "{\"id\":1,\"result\":\"", "xxxxxxxxxxxxxxxx"},
    {"an array without end", "[0", ",0,0,0,0,0,0,0,0,0,0,0,0,0,0,0"},
    {"an object without end", "{\"a\":0", ",\"a\":0,\"a\":0,\"a\":0,\"a\":0"},
    {"blanks without end", " ", "                "},
    {"echoes without end", "",
     "{\"id\":\"x\",\"method\":\"echo\",\"params\":[]}"},
    {"requests without end", "",
     "{\"id\":7,\"method\":\"drop_tables\",\"params\":[]}"},
    {"another reply", "{\"id\":99,\"result\":{},\"error\":null}",
     .code = ETIMEDOUT, .text = UNSHOWN},
    {"two replies", SYNC SYNC, .code = ETIMEDOUT, .text = SILENT},
    {"no result", "{\"id\":1,\"result\":null,\"error\":null}",
     .code = ETIMEDOUT, .text = SILENT},
    {"a mistyped result", "{\"id\":1,\"result\":[1],\"error\":null}",
     .code = ETIMEDOUT, .text = SILENT},
    {"mistyped rows",
     "{\"id\":1,\"result\":{\"Port\":[1,{\"x\":2}]},\"error\":null}",
     .code = ETIMEDOUT, .text = SILENT},
    {"a mistyped error", "{\"id\":1,\"result\":null,\"error\":[[{}]]}",
     .code = EPROTO, .text = "with an array as the reason"},
    {"bad UTF-8", "{\"id\":1,\"result\":\"\xed\xa0\x80\",\"error\":null}",
     .code = EINVAL, .text = "a string is not valid UTF-8"},
    {"a scalar", "1 2 3", .code = EINVAL,
     .text = "a message must be an object or an array"},
    {"garbage for a transaction", "}{", .late = true, .code = ECONNRESET,
     .text = "not JSON at byte 1"},
    {"closes for a transaction", .late = true, .closes = true,
     .code = ECONNRESET, .text = "closed the connection"},
    {"silence for a transaction", .late = true, .code = ETIMEDOUT,
     .text = SILENT},
    {"no results", REPLY("null"), .late = true, .code = EPROTO,
     .text = "with null instead of its results"},
    {"too few results", REPLY("[]"), .late = true, .code = EPROTO,
     .text = "answered 1 operations with 0 results"},
    {"too many results", REPLY("[{},{},{},{}]"), .late = true, .code = EPROTO,
     .text = "answered 1 operations with 4 results"},
    {"mistyped results", REPLY("[7]"), .late = true, .code = EPROTO,
     .text = "operation 1 of 1 with an integer"},
    {"a result of results", REPLY("{\"rows\":[]}"), .late = true,
     .code = EPROTO, .text = "with an object instead"},
    {"a guard that always fails",
     REPLY("[{\"error\":\"timed out\",\"details\":\"\\u001b[31m\"}]"),
     .late = true, .code = ESTALE,
     .text = "refused operation 1 of 1: timed out"},
    {"an error without words", REPLY("[{\"error\":{}}]"), .late = true,
     .code = EPROTO, .text = "with an object as the reason"},
    {"updates without end", "",
     "{\"id\":null,\"method\":\"update2\",\"params\":[\"" SESSION_MONITOR
     "\",{\"Port\":{\"x\":{\"insert\":7}}}]}",
     .late = true, .code = ETIMEDOUT, .text = SILENT},
};

TEST(whatever_it_says_there_is_an_answer_in_time)
{
    for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
        struct err err = {0};
        struct peer peer;

        mode = &modes[i];
        peer_start(&peer, talk);
        int r = ask(peer.socket, &err);
        peer_stop(&peer);
        if (mode->code)
            CHECK_ERR(r, mode->code, err, mode->text);
        else
            CHECK(r == -ETIMEDOUT || r == -E2BIG || r == -EFBIG);
    }
}

TEST_MAIN
