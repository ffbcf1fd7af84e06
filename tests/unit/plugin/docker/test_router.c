/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The life of a call: what is refused at once, what waits for the rows, what
 * ends at its deadline. The test is the server, the database and the verbs.
 */
#include "plugin/docker/router.h"

#include <errno.h>

#include "tests/lib/test.h"

#define TIMEOUT_MS 30
#define PATIENT_MS 600000 /* however busy the machine is */

static uv_loop_t loop;
static struct router *router;
static char answers[1024]; /* one line each: connection, status, body */
static unsigned starts;
static struct call *waiting; /* that "/wait" has started last */

/* The server and the database, as far as the router knows them. */

void server_reply(struct conn *conn, unsigned status, const struct buf *body)
{
    size_t len = strlen(answers);

    snprintf(answers + len, sizeof(answers) - len, "%s %u %s\n",
             (const char *)(void *)conn, status, buf_text(body));
}

void ovsdb_forget(struct ovsdb_call *call)
{
    *call = (struct ovsdb_call){0};
}

static void start_done(struct call *call)
{
    starts++;
    call_done(call);
}

static void start_wait(struct call *call)
{
    starts++;
    waiting = call;
    call->waits_for = "the end of this test";
}

static void start_failing(struct call *call)
{
    struct err err = {0};

    err_set(&err, EIO, "no luck");
    call_fail(call, &err);
}

static void offline_done(struct call *call, const struct err *why)
{
    CHECK_HAS(why->text, "away");
    call_done(call);
}

static const struct verb verbs[] = {
    {"/Now", 0, start_done, NULL},
    {"/Body", CALL_BODY | CALL_NETWORK, start_done, NULL},
    {"/Switch", CALL_SWITCH, start_done, NULL},
    {"/Remove", CALL_SWITCH, start_done, offline_done},
    {"/Wait", CALL_SWITCH, start_wait, NULL},
    {"/Fail", 0, start_failing, NULL},
    {0},
};

static void begin_with(unsigned timeout_ms)
{
    CHECK(uv_loop_init(&loop) == 0);
    router = router_new(&loop, verbs, NULL, timeout_ms);
}

static void begin(void)
{
    begin_with(TIMEOUT_MS);
}

static void end(void)
{
    router_close(router);
    uv_run(&loop, UV_RUN_DEFAULT);
    CHECK(uv_loop_close(&loop) == 0);
}

static void ask(const char *conn, const char *path, const char *body)
{
    struct http_request request = {.method = "POST",
                                   .path = path,
                                   .body = body,
                                   .body_size = strlen(body)};

    /* The router does not look into a connection. */
    router_request(router, (struct conn *)(void *)(uintptr_t)conn, &request);
}

static void check_answers(const char *wanted)
{
    CHECK_STR(answers, wanted);
    answers[0] = '\0';
}

static struct err away(void)
{
    struct err err = {0};

    err_set(&err, ENOTCONN, "it is away");
    return err;
}

TEST(what_is_wrong_with_a_request_is_answered_at_once)
{
    struct http_request get = {.method = "GET", .path = "/Now", .body = ""};

    begin();
    ask("a", "/Never", "");
    check_answers("a 404 {\"Err\":\"there is no such method\"}\n");
    router_request(router, (struct conn *)(void *)answers, &get);
    CHECK_HAS(answers, "405 {\"Err\":\"methods are called by POST\"}");
    answers[0] = '\0';
    ask("a", "/Body", "");
    CHECK_HAS(answers, "a 400 {\"Err\":\"the request has no body");
    ask("a", "/Body", "[]");
    CHECK_HAS(answers, "is an array where an object is wanted");
    ask("a", "/Body", "{\"NetworkID\":\"no/id\"}");
    CHECK_HAS(answers, "member NetworkID of the request must be");
    answers[0] = '\0';
    ask("a", "/Fail", "");
    check_answers("a 500 {\"Err\":\"no luck\"}\n");
    CHECK_EQ(starts, 0);
    end();
}

/* {"NetworkID":"n1","x":[0,0,...]} with so many values. The caller frees it. */
static char *large_body(size_t values, const char *end)
{
    static const char begin_text[] = "{\"NetworkID\":\"n1\",\"x\":[0";
    size_t size = sizeof(begin_text) - 1;
    char *text = mem_new(size + 2 * values + strlen(end) + 1);

    memcpy(text, begin_text, size);
    for (size_t i = 0; i < values; i++, size += 2)
        memcpy(text + size, ",0", 2);
    memcpy(text + size, end, strlen(end) + 1);
    return text;
}

/* Of a large one only a slice is read at a time. So it holds up nobody. */
TEST(who_sends_little_is_not_behind_who_sends_much)
{
    auto_free char *large = large_body(100000, "]}\n");
    auto_free char *larger = large_body(200000, "]}");

    begin_with(PATIENT_MS);
    ask("a", "/Body", larger);
    ask("b", "/Body", large);
    ask("c", "/Body", "{\"NetworkID\":\"n1\"}");
    check_answers("c 200 {}\n");
    uv_run(&loop, UV_RUN_ONCE);
    ask("d", "/Body", "{\"NetworkID\":\"n1\"}");
    check_answers("d 200 {}\n");
    uv_run(&loop, UV_RUN_DEFAULT);
    check_answers("b 200 {}\na 200 {}\n");
    end();
}

TEST(what_is_wrong_with_a_large_body)
{
    auto_free char *cut = large_body(100000, "");
    auto_free char *more = large_body(100000, "]} {}");
    auto_free char *no_json = large_body(100000, "}]");
    auto_free char *no_object = large_body(100000, "]}");

    no_object[0] = '[';
    begin_with(PATIENT_MS);
    ask("a", "/Body", cut);
    uv_run(&loop, UV_RUN_DEFAULT);
    CHECK_HAS(answers,
              "a 400 {\"Err\":\"the request's body: the JSON text ends");
    answers[0] = '\0';
    ask("a", "/Body", more);
    uv_run(&loop, UV_RUN_DEFAULT);
    CHECK_HAS(answers,
              "a 400 {\"Err\":\"the request's body: something follows");
    answers[0] = '\0';
    ask("a", "/Body", no_json);
    ask("b", "/Body", no_object);
    uv_run(&loop, UV_RUN_DEFAULT);
    CHECK_HAS(answers, "a 400 {\"Err\":\"the request's body: ");
    CHECK_HAS(answers, "b 400 {\"Err\":\"the request's body: ");
    answers[0] = '\0';
    end();
}

TEST(a_large_body_whose_turn_does_not_come)
{
    auto_free char *large = large_body(2000000, "]}");

    begin_with(1);
    ask("a", "/Body", large);
    uv_run(&loop, UV_RUN_DEFAULT);
    check_answers(
        "a 500 {\"Err\":\"the turn of the request's large body did not "
        "come within 1 ms\"}\n");
    end();
}

TEST(calls_that_need_the_switch_wait_for_its_rows)
{
    begin();
    ask("a", "/Now", "");
    ask("b", "/Switch", "");
    ask("c", "/Body", "{\"NetworkID\":\"n1\"}");
    check_answers("a 200 {}\nc 200 {}\n");
    router_run(router);
    check_answers("b 200 {}\n");
    ask("d", "/Switch", "");
    check_answers("d 200 {}\n");
    router_hold(router);
    ask("e", "/Switch", "");
    check_answers("");
    router_run(router);
    check_answers("e 200 {}\n");
    end();
}

TEST(without_a_database_calls_fail_or_do_without)
{
    struct err why = away();

    begin();
    ask("a", "/Switch", "");
    ask("b", "/Remove", "");
    router_refuse(router, &why);
    check_answers("a 500 {\"Err\":\"it is away\"}\nb 200 {}\n");
    ask("c", "/Switch", "");
    check_answers("c 500 {\"Err\":\"it is away\"}\n");
    CHECK_EQ(starts, 0);
    router_run(router);
    check_answers("");
    end();
}

TEST(a_call_begins_anew_when_the_connection_was_lost)
{
    begin();
    router_run(router);
    ask("a", "/Wait", "");
    router_hold(router);
    call_again(waiting);
    CHECK(waiting->waits_for == NULL);
    router_run(router);
    CHECK_EQ(starts, 2);
    call_done(waiting);
    check_answers("a 200 {}\n");
    end();
}

/* It had something to undo, for which it has waited for the connection. */
TEST(a_call_that_comes_back_after_the_connection_did)
{
    begin();
    router_run(router);
    ask("a", "/Wait", "");
    router_hold(router);
    router_run(router);
    CHECK_EQ(starts, 1);
    call_again(waiting);
    CHECK_EQ(starts, 2);
    call_done(waiting);
    check_answers("a 200 {}\n");
    end();
}

/* The connection breaks again while the call starts. */
static void start_and_lose(struct call *call)
{
    starts++;
    call_again(call);
}

TEST(a_call_that_comes_back_at_once_waits_for_the_next_opening)
{
    static const struct verb losing[] = {
        {"/Lose", CALL_SWITCH, start_and_lose, NULL}, {0}};
    struct err why = away();

    CHECK(uv_loop_init(&loop) == 0);
    router = router_new(&loop, losing, NULL, TIMEOUT_MS);
    ask("a", "/Lose", "");
    router_run(router);
    CHECK_EQ(starts, 1);
    router_run(router);
    CHECK_EQ(starts, 2);
    router_refuse(router, &why);
    check_answers("a 500 {\"Err\":\"it is away\"}\n");
    end();
}

static unsigned looks;

static void end_at_second_look(struct call *call)
{
    if (++looks == 2)
        call_done(call);
}

TEST(calls_hear_of_rows_until_they_have_ended)
{
    begin();
    router_run(router);
    ask("a", "/Wait", "");
    waiting->rows_changed = end_at_second_look;
    ask("b", "/Wait", "");
    router_rows_changed(router);
    check_answers("");
    router_rows_changed(router);
    check_answers("a 200 {}\n");
    router_rows_changed(router);
    CHECK_EQ(looks, 2);
    call_done(waiting);
    check_answers("b 200 {}\n");
    end();
}

TEST(calls_are_counted_and_timed)
{
    auto_buf struct buf text = BUF_INIT(65536);

    begin();
    ask("a", "/Now", "");
    ask("b", "/Now", "");
    ask("c", "/Fail", "");
    ask("d", "/Nope", "");
    answers[0] = '\0';
    router_metrics(router, &text);
    CHECK_HAS(buf_text(&text),
              "ovsint_docker_call_seconds_count{call=\"/Now\"} 2\n");
    CHECK_HAS(buf_text(&text),
              "ovsint_docker_calls_failed_total{call=\"/Now\"} 0\n");
    CHECK_HAS(buf_text(&text),
              "ovsint_docker_calls_failed_total{call=\"/Fail\"} 1\n");
    CHECK(!strstr(buf_text(&text), "/Wait"));
    end();
}

static void expire(struct call *call)
{
    call_done(call);
}

TEST(what_has_not_ended_by_its_deadline_is_ended)
{
    begin();
    ask("a", "/Switch", "");
    ask("b", "/Remove", "");
    router_run(router);
    answers[0] = '\0';
    ask("c", "/Wait", "");
    ask("d", "/Wait", "");
    waiting->expire = expire;
    CHECK(call_left_ms(waiting) <= TIMEOUT_MS);
    router_hold(router);
    ask("e", "/Switch", "");
    uv_run(&loop, UV_RUN_DEFAULT); /* until no timer is left */
    check_answers("c 500 {\"Err\":\"the end of this test did not come within "
                  "30 ms\"}\nd 200 {}\n"
                  "e 500 {\"Err\":\"OVSDB was not there, or did not show its "
                  "rows, for 30 ms: is ovsdb-server running?\"}\n");
    end();
}

TEST_MAIN
