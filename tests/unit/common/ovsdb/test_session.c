/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The database session in conversations, each at every split of what the server
 * sends, and with a clock of numbers. The lines of a conversation:
 *
 *   at MS                the time is
 *   connected, closed    as session.h has it; failed TEXT, broken TEXT,
 *                        hung up, or error CODE
 *   call N               transaction N is begun; forget N
 *   lock                 the lock "later" is asked for
 *   watch NAME           other rows are wanted, of the database NAME
 *   < BYTES              the server sends this
 *   > BYTES              all that waits to be sent by now
 *   ! EVENT              the next event
 *   ? NEED               what session_need() returns
 *
 * Whatever is sent, happens or is needed without its line is a failure.
 */
#include "ovsint/ovsdb/session.h"

#include <errno.h>

#include "ovsint/base/limits.h"
#include "tests/lib/json_text.h"

#define SPLITS 40
#define CALLS 4
#define EVENTS 16
#define LARGE (LIMIT_TXN_SIZE - 64) /* as many of them fill the output */

struct talk {
    const char *line;
    size_t split;
    int64_t now;
    struct session *session;
    struct session_call calls[CALLS];
    char *events[EVENTS];
    size_t first, count;
};

#define TALK_FAIL(t, fmt, ...) \
    TEST_FAIL("at '%s', split %zu: " fmt, (t)->line, (t)->split, __VA_ARGS__)

static void note(struct talk *t, const struct session_event *event)
{
    struct buf text = BUF_INIT(4096);
    auto_free char *updates = json_text(event->updates);

    switch (event->type) {
    case SESSION_SYNCED:
        buf_addf(&text, "synced %s", updates);
        break;
    case SESSION_UPDATED:
        buf_addf(&text, "updated %s", updates);
        break;
    case SESSION_LOCKED:
        buf_add_text(&text, "locked");
        break;
    case SESSION_UNLOCKED:
        buf_add_text(&text, "unlocked");
        break;
    case SESSION_ENDED:
        CHECK(!list_has(&event->call->link));
        CHECK_EQ(event->outcome.result != NULL, event->outcome.r == 0);
        buf_addf(&text, "ended %d %d%s%s", (int)(event->call - t->calls),
                 event->outcome.r, event->outcome.r < 0 ? " " : "",
                 event->outcome.err.text);
        CHECK_EQ(event->outcome.err.code, -event->outcome.r);
        break;
    case SESSION_DOWN:
        buf_addf(&text, "down %s", event->reason.text);
        break;
    }
    CHECK(t->count < EVENTS);
    t->events[t->count++] = text.data;
}

static void collect(struct talk *t)
{
    struct session_event event;

    while (session_next(t->session, t->now, &event)) {
        note(t, &event);
        session_event_done(&event);
    }
}

static void expect_event(struct talk *t, const char *want)
{
    if (t->first == t->count)
        TALK_FAIL(t, "no event, want '%s'", want);
    auto_free char *have = t->events[t->first++];
    if (strcmp(have, want) != 0)
        TALK_FAIL(t, "event '%s', want '%s'", have, want);
}

static void feed(struct talk *t, const char *bytes)
{
    size_t left = strlen(bytes);

    while (left > 0) {
        size_t size = left < t->split ? left : t->split;
        session_feed(t->session, bytes, size);
        collect(t);
        bytes += size;
        left -= size;
    }
}

static void expect_output(struct talk *t, const char *want)
{
    const char *bytes;
    size_t size = session_output(t->session, &bytes);

    if (size != strlen(want) || memcmp(bytes, want, size) != 0)
        TALK_FAIL(t, "to be sent is '%.*s'", (int)size, bytes);
    session_sent(t->session, size);
}

static void expect_need(const struct talk *t, const char *want)
{
    int64_t ms = -1;
    char have[32];

    switch (session_need(t->session, t->now, &ms)) {
    case SESSION_WAIT:
        snprintf(have, sizeof(have), "wait %lld", (long long)ms);
        break;
    case SESSION_CONNECT:
        snprintf(have, sizeof(have), "connect");
        break;
    case SESSION_TALK:
        snprintf(have, sizeof(have), "talk");
        break;
    case SESSION_CLOSE:
        snprintf(have, sizeof(have), "close");
        break;
    }
    if (strcmp(have, want) != 0)
        TALK_FAIL(t, "needed is '%s', want '%s'", have, want);
}

static void begin_call(struct talk *t, unsigned long number)
{
    auto_txn struct txn txn = {0};
    struct err err = {0};

    CHECK(number < CALLS);
    txn_init(&txn, "db");
    txn_assert(&txn, "lock");
    int r = session_transact(t->session, &txn, &t->calls[number], &err);
    if (r < 0) {
        struct buf text = BUF_INIT(1024);
        CHECK_EQ(err.code, -r);
        buf_addf(&text, "refused %s", err.text);
        t->events[t->count++] = text.data;
    }
}

static struct err reason(const char *text)
{
    struct err err = {0};

    err_set(&err, EPIPE, "%s", text);
    return err;
}

static void watch_anew(struct talk *t, const char *name)
{
    auto_buf struct buf monitor = BUF_INIT(64);
    struct err err = reason("other rows");

    buf_addf(&monitor, "[\"%s\"]", name);
    session_watch_anew(t->session, &monitor, &err);
}

static void play_line(struct talk *t, char *line)
{
    char *rest = line + strcspn(line, " ");
    struct err err;

    if (*rest)
        *rest++ = '\0';
    err = reason(rest);
    if (strcmp(line, "!") != 0 && t->first < t->count)
        TALK_FAIL(t, "unexpected event '%s'", t->events[t->first]);
    if (strcmp(line, "at") == 0)
        t->now = strtol(rest, NULL, 10);
    else if (strcmp(line, "connected") == 0)
        session_connected(t->session);
    else if (strcmp(line, "failed") == 0)
        session_failed(t->session, t->now, &err);
    else if (strcmp(line, "broken") == 0)
        session_broken(t->session, &err);
    else if (strcmp(line, "hung") == 0)
        session_ended(t->session, 0);
    else if (strcmp(line, "error") == 0)
        session_ended(t->session, (int)strtol(rest, NULL, 10));
    else if (strcmp(line, "closed") == 0)
        session_closed(t->session, t->now);
    else if (strcmp(line, "call") == 0)
        begin_call(t, strtoul(rest, NULL, 10));
    else if (strcmp(line, "forget") == 0)
        session_forget(t->session, &t->calls[strtoul(rest, NULL, 10)]);
    else if (strcmp(line, "lock") == 0)
        session_lock(t->session, "later");
    else if (strcmp(line, "watch") == 0)
        watch_anew(t, rest);
    else if (strcmp(line, "<") == 0)
        feed(t, rest);
    else if (strcmp(line, ">") == 0)
        expect_output(t, rest);
    else if (strcmp(line, "!") == 0)
        expect_event(t, rest);
    else if (strcmp(line, "?") == 0)
        expect_need(t, rest);
    else
        TALK_FAIL(t, "no such word '%s'", line);
    collect(t);
}

static void play_at(const char *const *lines, const char *lock, size_t split)
{
    auto_buf struct buf monitor = BUF_INIT(64);
    struct session_config config = {.remote = "unix:/here",
                                    .monitor = &monitor};
    struct talk t = {.split = split};

    buf_add_text(&monitor, "[\"db\",\"" SESSION_MONITOR "\",{}]");
    t.session = session_new(&config);
    if (lock)
        session_lock(t.session, lock);
    for (; *lines; lines++) {
        auto_free char *line = mem_text(*lines, strlen(*lines));
        t.line = *lines;
        play_line(&t, line);
    }
    if (t.first < t.count)
        TALK_FAIL(&t, "left over: '%s'", t.events[t.first]);
    session_free(t.session);
    for (size_t i = 0; i < CALLS; i++)
        CHECK(!list_has(&t.calls[i].link));
}

static void play_all(const char *const *lines, const char *lock)
{
    for (size_t split = 1; split <= SPLITS; split++)
        play_at(lines, lock, split);
}

#define PLAY(lock, ...) play_all((const char *const[]){__VA_ARGS__, NULL}, lock)

#define ASKED                                             \
    "> {\"id\":1,\"method\":\"monitor_cond\",\"params\":" \
    "[\"db\",\"ovsint\",{}]}"
#define SYNC                                                \
    "? connect", "connected", "? talk", ASKED,              \
        "< {\"id\":1,\"result\":{\"t\":1},\"error\":null}", \
        "! synced {\"t\":1}", "? talk"
#define CALL(id)                                           \
    "> {\"id\":" id ",\"method\":\"transact\",\"params\":" \
    "[\"db\",{\"op\":\"assert\",\"lock\":\"lock\"}]}"

#define NO_JSON                                                               \
    "not JSON at byte 1: parse error: unallowed token at this point in JSON " \
    "text"

TEST(rows_come_first_and_then_their_changes)
{
    PLAY(NULL, SYNC,
         "< "
         "{\"id\":null,\"method\":\"update2\",\"params\":[\"ovsint\",{\"t\":2}]"
         "}",
         "! updated {\"t\":2}",
         "< {\"id\":null,\"method\":\"update2\",\"params\":[\"x\",{\"t\":3}]}",
         "< {\"id\":null,\"method\":\"something\",\"params\":[]}");
}

TEST(changes_before_the_rows_are_no_news)
{
    PLAY(NULL, "? connect", "connected", ASKED,
         "< "
         "{\"id\":null,\"method\":\"update2\",\"params\":[\"ovsint\",{\"t\":2}]"
         "}",
         "< {\"id\":1,\"result\":{},\"error\":null}", "! synced {}");
}

TEST(other_rows_are_asked_for_on_a_new_connection)
{
    PLAY(NULL, SYNC, "call 0", CALL("2"), "watch other", "? close", "closed",
         "! ended 0 -104 other rows", "! down other rows");
}

TEST(other_rows_are_wanted_while_there_is_no_connection)
{
    PLAY(NULL, "? connect", "watch other", "? connect", "connected",
         "> {\"id\":1,\"method\":\"monitor_cond\",\"params\":[\"other\"]}");
}

TEST(the_lock_is_asked_for_lost_and_had_again)
{
    PLAY("l", "? connect", "connected",
         ASKED "{\"id\":2,\"method\":\"lock\",\"params\":[\"l\"]}",
         "< {\"id\":1,\"result\":{},\"error\":null}", "! synced {}",
         "< {\"id\":2,\"result\":{\"locked\":false},\"error\":null}",
         "! unlocked",
         "< {\"id\":null,\"method\":\"locked\",\"params\":[\"l\"]}", "! locked",
         "< {\"id\":null,\"method\":\"stolen\",\"params\":[\"l\"]}",
         "! unlocked");
    PLAY(NULL, SYNC,
         "< {\"id\":null,\"method\":\"locked\",\"params\":[\"l\"]}");
}

TEST(a_lock_that_is_asked_for_later)
{
    PLAY(NULL, SYNC, "lock",
         "> {\"id\":2,\"method\":\"lock\",\"params\":[\"later\"]}",
         "< {\"id\":2,\"result\":{\"locked\":true},\"error\":null}", "! locked",
         "hung up", "lock", "closed",
         "! down OVSDB at /here closed the connection", "at 80", "connected",
         ASKED "{\"id\":2,\"method\":\"lock\",\"params\":[\"later\"]}");
}

TEST(each_transaction_ends_once_and_in_any_order)
{
    PLAY(NULL, SYNC, "call 0", CALL("2"), "call 1", CALL("3"),
         "< {\"id\":3,\"result\":[{}],\"error\":null}", "! ended 1 0",
         "< {\"id\":3,\"result\":[{}],\"error\":null}",
         "< {\"id\":2,\"result\":[{\"error\":\"not owner\"}],\"error\":null}",
         "! ended 0 -1 OVSDB refused operation 1 of 1: not owner");
    PLAY(NULL, SYNC, "call 0", CALL("2"), "forget 0", "forget 0",
         "< {\"id\":2,\"result\":[{}],\"error\":null}");
}

TEST(no_transaction_is_taken_before_the_rows_or_after_the_end)
{
    PLAY(NULL, "call 0", "! refused there is no connection to OVSDB at /here",
         SYNC, "broken it ended", "? close", "call 0",
         "! refused there is no connection to OVSDB at /here");
}

TEST(when_the_connection_goes_calls_end_before_it_is_told)
{
    PLAY(NULL, "at 5000", SYNC, "call 2", CALL("2"), "call 1", CALL("3"),
         "broken it ended", "broken and again", "? close",
         "< {\"id\":2,\"result\":[{}],\"error\":null}", "closed",
         "! ended 2 -104 it ended", "! ended 1 -104 it ended",
         "! down it ended", "? wait 80", "closed", "at 5080", SYNC, "call 1",
         CALL("2"), "< {\"id\":2,\"result\":[{}],\"error\":null}",
         "! ended 1 0");
}

TEST(tries_to_connect_come_more_and_more_seldom)
{
    PLAY(NULL, "failed no such socket", "! down no such socket", "? wait 80",
         "at 79", "? wait 1", "at 80", "? connect", "failed refused",
         "! down refused", "? wait 861", "at 941", SYNC, "broken it ended",
         "closed", "! down it ended", "? wait 1935");
}

TEST(a_monitor_that_is_refused_ends_the_connection)
{
    PLAY(NULL, "connected", ASKED,
         "< {\"id\":1,\"result\":null,\"error\":\"unknown method\"}", "? close",
         "closed",
         "! down OVSDB at /here: monitor: OVSDB refused the request: unknown "
         "method");
}

TEST(a_server_that_breaks_the_protocol_is_left)
{
    PLAY(NULL, SYNC, "call 0", CALL("2"), "< }",
         "! ended 0 -104 OVSDB at /here: " NO_JSON, "? close",
         "< {\"id\":2,\"result\":[{}],\"error\":null}", "closed",
         "! down OVSDB at /here: " NO_JSON);
}

TEST(how_the_peer_has_gone)
{
    PLAY(NULL, "connected", ASKED, "hung up", "? close", "closed",
         "! down OVSDB at /here closed the connection without an answer");
    PLAY(NULL, SYNC, "hung up", "error 5", "closed",
         "! down OVSDB at /here closed the connection");
    PLAY(NULL, SYNC, "< {\"id\":null,\"method\":\"upd", "hung up", "closed",
         "! down OVSDB at /here closed the connection in the middle of a "
         "message");
    PLAY(NULL, SYNC, "error 5", "closed",
         "! down OVSDB at /here: Input/output error");
}

TEST(a_transaction_that_does_not_fit)
{
    auto_buf struct buf monitor = BUF_INIT(64);
    const struct session_config config = {.remote = "/here",
                                          .monitor = &monitor};
    auto_session_event struct session_event event = {0};
    static const char synced[] = "{\"id\":1,\"result\":{},\"error\":null}";
    static struct session_call calls[CALLS];
    struct err err = {0};

    buf_add_text(&monitor, "[]");
    struct session *session = session_new(&config);
    session_connected(session);
    session_feed(session, synced, sizeof(synced) - 1);
    CHECK(session_next(session, 0, &event));
    CHECK_EQ(event.type, SESSION_SYNCED);
    session_event_done(&event);
    /* The server reads nothing. */
    for (size_t i = 0; i < CALLS; i++) {
        auto_txn struct txn txn;
        auto_free char *text = mem_new(LARGE);
        memset(text, 'x', LARGE - 1);
        txn_init(&txn, "db");
        txn_comment(&txn, text);
        CHECK_OK(session_transact(session, &txn, &calls[i], &err), err);
    }
    CHECK(session_next(session, 0, &event));
    CHECK_EQ(event.type, SESSION_ENDED);
    CHECK_ERR(event.outcome.r, EMSGSIZE, event.outcome.err,
              "OVSDB at /here: too much waits to be sent");
    session_free(session);
}

TEST(can_be_freed_at_any_time)
{
    PLAY(NULL, "connected", ASKED);
    PLAY(NULL, SYNC, "call 0", CALL("2"), "< {\"id\":2,\"res");
    session_free(NULL);
}

TEST_MAIN
