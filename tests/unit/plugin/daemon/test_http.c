/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Conversations with Docker's client, and with clients that are not. Each is
 * played at several split sizes and must have the same outcome. */
#include "plugin/daemon/http.h"

#include <stdint.h>
#include <string.h>

#include "ovsint/base/buf.h"
#include "tests/lib/test.h"

#define TYPE "Content-Type: application/vnd.docker.plugins.v1.2+json\r\n"
#define OK(length, body) \
    "HTTP/1.1 200 OK\r\n" TYPE "Content-Length: " length "\r\n\r\n" body
#define LAST(length, body)                                              \
    "HTTP/1.1 200 OK\r\n" TYPE "Content-Length: " length "\r\nConnecti" \
    "on: close\r\n\r\n" body

/* Docker's, with smaller limits. */
static const struct http_profile small = {
    .head_size = 128,
    .body_size = 64,
    .type = "application/vnd.docker.plugins.v1.2+json",
    .method = "POST"};

static const size_t splits[] = {1, 2, 3, 7, 64, SIZE_MAX};

/* What a conversation led to. */
struct outcome {
    struct buf requests; /* "POST /x [body];" for each request */
    struct buf out;
    bool finished;
    bool busy;
};

static void outcome_done(struct outcome *outcome)
{
    buf_done(&outcome->requests);
    buf_done(&outcome->out);
}
#define auto_outcome __attribute__((cleanup(outcome_done)))

static void drain(struct http *http, struct buf *out)
{
    const char *bytes;
    size_t size = http_output(http, &bytes);

    buf_add(out, bytes, size);
    http_sent(http, size);
}

static void answer_all(struct http *http, const char *method,
                       struct outcome *outcome)
{
    struct http_request request;

    while (http_next(http, &request)) {
        struct http_request none;
        CHECK(!http_next(http, &none));
        CHECK(!http_wants_input(http));
        CHECK(http_busy(http));
        CHECK_EQ(strlen(request.body), request.body_size);
        buf_addf(&outcome->requests, "%s %s [%s];", request.method,
                 request.path, request.body);
        bool is_right = strcmp(request.method, method) == 0;
        http_reply(http, is_right ? 200 : 405, "{}", 2);
        drain(http, &outcome->out);
    }
}

static void play(const struct http_profile *profile, const char *input,
                 size_t size, size_t split, bool ends, struct outcome *ret)
{
    auto_http struct http *http = http_new(profile);

    *ret = (struct outcome){.requests = BUF_INIT(1 << 20),
                            .out = BUF_INIT(1 << 20)};
    for (size_t at = 0; at < size;) {
        size_t part = size - at < split ? size - at : split;
        http_feed(http, input + at, part);
        answer_all(http, profile->method, ret);
        drain(http, &ret->out);
        at += part;
    }
    if (ends)
        http_end(http);
    answer_all(http, profile->method, ret);
    drain(http, &ret->out);
    ret->finished = http_finished(http);
    ret->busy = http_busy(http);
    CHECK(!ret->requests.overflow && !ret->out.overflow);
}

#define HEAD(more) "POST /NetworkDriver.Join HTTP/1.1\r\n" more "\r\n"
#define JOIN "POST /NetworkDriver.Join ["

static const struct conversation {
    const char *input;
    const char *requests;
    const char *out;
    bool finished;
} good[] = {
    /* dockerd 20.10.24, byte for byte */
    {"POST /Plugin.Activate HTTP/1.1\r\nHost: \r\nUser-Agent: "
     "Go-http-client/1.1\r\nContent-Length: 0\r\nAccept: "
     "application/vnd.docker.plugins.v1.2+json\r\n\r\n",
     "POST /Plugin.Activate [];", OK("2", "{}"), false},
    {HEAD("Host: plugin.moby.localhost\r\nContent-Length: 14\r\n") "{\"NetworkI"
                                                                   "D\":1",
     JOIN "{\"NetworkID\":1];", OK("2", "{}"), false},
    /* no Host at all, no Content-Length */
    {HEAD(""), JOIN "];", OK("2", "{}"), false},
    /* two in one packet, and the start of a third */
    {HEAD("Content-Length: 2\r\n") "ab" HEAD("Content-Length: 1\r\n") "cPO",
     JOIN "ab];" JOIN "c];", OK("2", "{}") OK("2", "{}"), false},
    /* a client that sends one line end too many between two requests */
    {HEAD("") "\r\n" HEAD(""), JOIN "];" JOIN "];", OK("2", "{}") OK("2", "{}"),
     false},
    /* chunked, with an extension and a trailer */
    {HEAD("Transfer-Encoding: chunked\r\n") "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n"
                                            "Expect: nothing\r\n\r\n" HEAD(""),
     JOIN "abcde];" JOIN "];", OK("2", "{}") OK("2", "{}"), false},
    {HEAD("Transfer-Encoding: chunked\r\n") "0\r\n\r\n", JOIN "];",
     OK("2", "{}"), false},
    {HEAD("Expect: 100-continue\r\nContent-Length: 2\r\n") "{}", JOIN "{}];",
     "HTTP/1.1 100 Continue\r\n\r\n" OK("2", "{}"), false},
    {HEAD("eXPECT: 100-Continue\r\nTransfer-Encoding: chunked\r\n") "1\r\nx\r\n"
                                                                    "0\r\n\r\n",
     JOIN "x];", "HTTP/1.1 100 Continue\r\n\r\n" OK("2", "{}"), false},
    /* nothing to continue with */
    {HEAD("Expect: 100-continue\r\nContent-Length: 0\r\n"), JOIN "];",
     OK("2", "{}"), false},
    {HEAD("Connection: close\r\n") HEAD(""), JOIN "];", LAST("2", "{}"), true},
    {"POST /a HTTP/1.0\r\n\r\nPOST /b HTTP/1.0\r\n\r\n", "POST /a [];",
     LAST("2", "{}"), true},
    {"POST /a HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\n"
     "x",
     "POST /a [x];",
     "HTTP/1.1 200 OK\r\n" TYPE "Content-Length: 2\r\nConnection: "
     "keep-alive\r\n\r\n{}",
     false},
    {"POST /a HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx",
     "POST /a [x];", LAST("2", "{}"), true},
    /* offers to change the protocol are ignored */
    {HEAD("Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
          "HTTP2-Settings: AAMAAABk\r\nContent-Length: 1\r\n") "x" HEAD(""),
     JOIN "x];" JOIN "];", OK("2", "{}") OK("2", "{}"), false},
    {HEAD("Connection: Upgrade\r\nUpgrade: h2c\r\n") HEAD(""),
     JOIN "];" JOIN "];", OK("2", "{}") OK("2", "{}"), false},
    /* other methods are whole requests too */
    {"GET /x?y HTTP/1.1\r\nHost: h\r\n\r\n", "GET /x?y [];",
     "HTTP/1.1 405 Method Not Allowed\r\n" TYPE "Content-Length: 2\r\nAllow: "
     "POST\r\n\r\n{}",
     false},
    {"HEAD /x HTTP/1.1\r\n\r\n" HEAD(""), "HEAD /x [];" JOIN "];",
     "HTTP/1.1 405 Method Not Allowed\r\n" TYPE
     "Content-Length: 2\r\nAllow: POST\r\n\r\n" OK("2", "{}"),
     false},
    {"CONNECT h:1 HTTP/1.1\r\n\r\n" HEAD(""), "CONNECT h:1 [];" JOIN "];",
     "HTTP/1.1 405 Method Not Allowed\r\n" TYPE
     "Content-Length: 2\r\nAllow: POST\r\n\r\n{}" OK("2", "{}"),
     false},
    {"", "", "", false},
    {"\r\n\r\n", "", "", false},
};

static void check_conversation(const struct conversation *c, size_t split)
{
    auto_outcome struct outcome got;

    play(&http_docker, c->input, strlen(c->input), split, false, &got);
    CHECK_STR(buf_text(&got.requests), c->requests);
    CHECK_STR(buf_text(&got.out), c->out);
    CHECK_EQ(got.finished, c->finished);
}

TEST(conversations)
{
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        for (size_t s = 0; s < ARRAY_LEN(splits); s++)
            check_conversation(&good[i], splits[s]);
    }
}

static const struct {
    const char *input;
    const char *status;
    const char *text;
} bad[] = {
    {"hello\r\n\r\n", "400", "malformed HTTP: "},
    {"\x16\x03\x01\x02", "400", "malformed HTTP"}, /* TLS */
    {"POST /x\r\n\r\n", "505", "HTTP/1.0"},
    {"POST /x HTTP/1.1\r\nbad header\r\n\r\n", "400", "malformed HTTP"},
    {"POST /x HTTP/1.1\r\nA: b\nC: d\r\n\r\n", "400", "malformed HTTP"},
    {"POST /x HTTP/1.1\r\nContent-Length: -1\r\n\r\n", "400", "malformed"},
    {"POST /x HTTP/1.1\r\nContent-Length: 1x\r\n\r\n", "400", "malformed"},
    {"POST /x HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
     "400", "malformed"},
    {"POST /x HTTP/1.1\r\nContent-Length: 99999999999999999999999\r\n\r\n",
     "400", "malformed"},
    {"POST /x HTTP/1.1\r\nContent-Length: 2\r\nTransfer-Encoding: "
     "chunked\r\n\r\n",
     "400", "malformed"},
    {"POST /x HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n", "400", "malformed"},
    {"POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", "400",
     "malformed"},
    {"POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
     "fffffffffffffffff\r\n",
     "400", "malformed"},
    {"POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n",
     "400", "malformed"},
    {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "400", "malformed"},
    {"POST /x HTTP/2.0\r\n\r\n", "505", "HTTP/1.1"},
    {"POST /x HTTP/1.1\r\nExpect: a miracle\r\n\r\n", "417", "100-continue"},
    {"POST /x HTTP/1.1\r\nContent-Length: 16777217\r\n\r\n", "413", "limit"},
    /* refused before it is asked to continue */
    {"POST /x HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: "
     "16777217\r\n\r\n",
     "413", "limit"},
};

TEST(malformed_input_is_answered_and_ends_the_connection)
{
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        for (size_t s = 0; s < ARRAY_LEN(splits); s++) {
            auto_outcome struct outcome got;
            auto_buf struct buf input = BUF_INIT(4096);
            char start[32];
            buf_addf(&input, "%s%s", bad[i].input, HEAD(""));
            play(&http_docker, input.data, input.size, splits[s], false, &got);
            snprintf(start, sizeof(start), "HTTP/1.1 %s ", bad[i].status);
            if (strncmp(buf_text(&got.out), start, strlen(start)) != 0)
                TEST_FAIL("%s is answered \"%s\"", bad[i].input,
                          buf_text(&got.out));
            CHECK_HAS(buf_text(&got.out), "\r\nConnection: close\r\n");
            CHECK_HAS(buf_text(&got.out), "\r\n\r\n{\"Err\":\"");
            CHECK_HAS(buf_text(&got.out), bad[i].text);
            CHECK_STR(buf_text(&got.requests), "");
            CHECK(got.finished);
        }
    }
}

/* A head of exactly `size` bytes. It is filled up by a header, by blanks in
 * front of a header's value, or by empty lines before the request. */
static void make_head(struct buf *ret, size_t size, int kind)
{
    static const char start[] = "POST /x HTTP/1.1\r\nXy: ";
    size_t fill = size - strlen(start) - 4;

    for (size_t i = 0; kind == 2 && i < fill; i += 2)
        buf_add_text(ret, "\r\n");
    buf_add_text(ret, start);
    for (size_t i = 0; kind != 2 && i < fill; i++)
        buf_add_text(ret, kind == 0 ? "x" : " ");
    buf_add_text(ret, "\r\n\r\n");
}

TEST(the_head_limit_holds_to_the_byte)
{

    for (int kind = 0; kind < 3; kind++) {
        for (size_t s = 0; s < ARRAY_LEN(splits); s++) {
            auto_outcome struct outcome fits;
            auto_outcome struct outcome over;
            auto_buf struct buf head = BUF_INIT(4096);
            make_head(&head, 128, kind);
            CHECK_EQ(head.size, 128);
            play(&small, head.data, head.size, splits[s], false, &fits);
            CHECK_STR(buf_text(&fits.requests), "POST /x [];");
            buf_clear(&head);
            make_head(&head, 130, kind);
            play(&small, head.data, head.size, splits[s], false, &over);
            CHECK_STR(buf_text(&over.requests), "");
            CHECK_HAS(buf_text(&over.out), "HTTP/1.1 431 ");
            CHECK(over.finished);
        }
    }
}

static void chunk_of(struct buf *ret, size_t size)
{
    buf_addf(ret, "%zx\r\n", size);
    for (size_t i = 0; i < size; i++)
        buf_add_text(ret, "x");
    buf_add_text(ret, "\r\n");
}

TEST(the_body_limit_holds_to_the_byte)
{

    for (size_t s = 0; s < ARRAY_LEN(splits); s++) {
        for (size_t size = 63; size < 66; size++) {
            auto_outcome struct outcome got;
            auto_buf struct buf input = BUF_INIT(4096);
            buf_add_text(&input, HEAD("Transfer-Encoding: chunked\r\n"));
            for (size_t i = 0; i < size; i++)
                chunk_of(&input, 1);
            buf_add_text(&input, "0\r\n\r\n");
            play(&small, input.data, input.size, splits[s], false, &got);
            if (size <= 64) {
                CHECK_HAS(buf_text(&got.requests), "xxx");
                CHECK(!got.finished);
            } else {
                CHECK_HAS(buf_text(&got.out), "HTTP/1.1 413 ");
                CHECK(got.finished);
            }
        }
    }
}

TEST(trailers_and_extensions_are_not_endless)
{
    static const char *const starts[] = {"0\r\nX: ", "1;x="};

    for (size_t i = 0; i < ARRAY_LEN(starts); i++) {
        for (size_t s = 0; s < ARRAY_LEN(splits); s++) {
            auto_outcome struct outcome got;
            auto_buf struct buf input = BUF_INIT(4096);
            buf_add_text(&input, HEAD("Transfer-Encoding: chunked\r\n"));
            buf_add_text(&input, starts[i]);
            for (int n = 0; n < 1000; n++)
                buf_add_text(&input, "y");
            play(&small, input.data, input.size, splits[s], false, &got);
            CHECK_HAS(buf_text(&got.out), "HTTP/1.1 413 ");
            CHECK(got.finished);
        }
    }
}

TEST(a_large_body_passes_and_its_memory_goes)
{
    auto_http struct http *http = http_new(&http_docker);
    auto_buf struct buf head = BUF_INIT(256);
    auto_free char *body = mem_new(16u << 20);
    struct http_request request;

    memset(body, 'x', 16u << 20);
    buf_addf(&head, HEAD("Content-Length: %u\r\n"), 16u << 20);
    http_feed(http, head.data, head.size);
    for (size_t at = 0; at < 16u << 20; at += 65536) {
        CHECK(!http_next(http, &request));
        CHECK(http_wants_input(http));
        http_feed(http, body + at, 65536);
    }
    CHECK(http_next(http, &request));
    CHECK_EQ(request.body_size, 16u << 20);
    http_reply(http, 200, "{}", 2);
    CHECK(!http_next(http, &request));
}

/* The client closes its side: complete requests are answered, all others
 * end. */
static const struct conversation ends[] = {
    {"", "", "", true},
    {HEAD(""), JOIN "];", OK("2", "{}"), true},
    {HEAD("") HEAD(""), JOIN "];" JOIN "];", OK("2", "{}") OK("2", "{}"), true},
    {HEAD("") "POST", JOIN "];", OK("2", "{}"), true},
    {"POST /x HTTP/1.1\r\nContent-Length: 5\r\n\r\nabc", "", "", true},
};

TEST(the_client_closes_its_side)
{
    for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
        for (size_t s = 0; s < ARRAY_LEN(splits); s++) {
            auto_outcome struct outcome got;
            play(&http_docker, ends[i].input, strlen(ends[i].input), splits[s],
                 true, &got);
            CHECK_STR(buf_text(&got.requests), ends[i].requests);
            CHECK_STR(buf_text(&got.out), ends[i].out);
            CHECK(got.finished);
        }
    }
}

TEST(closing_before_the_answer_still_gets_it)
{
    auto_http struct http *http = http_new(&http_docker);
    struct http_request request;
    const char *bytes;

    http_feed(http, HEAD(""), strlen(HEAD("")));
    CHECK(http_next(http, &request));
    http_end(http);
    CHECK(!http_finished(http));
    http_reply(http, 200, "{}", 2);
    CHECK(http_output(http, &bytes) > 0);
    CHECK(!http_finished(http));
    http_sent(http, http_output(http, &bytes));
    CHECK(http_finished(http));
}

TEST(input_during_a_call_is_kept)
{
    auto_http struct http *http = http_new(&http_docker);
    struct http_request request;

    http_feed(http, HEAD(""), strlen(HEAD("")));
    CHECK(http_next(http, &request));
    for (const char *c = "POST /later HTTP/1.1\r\n\r\n"; *c; c++)
        http_feed(http, c, 1);
    CHECK(!http_next(http, &request));
    CHECK_STR(request.path, "/NetworkDriver.Join");
    http_reply(http, 200, "{}", 2);
    CHECK(http_next(http, &request));
    CHECK_STR(request.path, "/later");
}

TEST(a_driver_that_never_stops_reading_is_bounded)
{
    auto_http struct http *http = http_new(&small);
    auto_buf struct buf out = BUF_INIT(4096);
    struct http_request request;

    http_feed(http, HEAD("Content-Length: 3\r\n") "abc",
              strlen(HEAD("Content-Length: 3\r\n")) + 3);
    CHECK(http_next(http, &request));
    for (int i = 0; i < 10000; i++)
        http_feed(http, "xxxxxxxxxx", 10);
    CHECK_STR(request.body, "abc");
    CHECK(!http_finished(http));
    http_reply(http, 500, "{}", 2);
    drain(http, &out);
    CHECK_HAS(buf_text(&out), "HTTP/1.1 500 Internal Server Error\r\n");
    CHECK_HAS(buf_text(&out), "Connection: close");
    CHECK(http_finished(http));
}

TEST(an_idle_connection_is_not_busy)
{
    auto_http struct http *http = http_new(&http_docker);
    struct http_request request;
    const char *bytes;

    CHECK(!http_busy(http) && http_wants_input(http));
    http_feed(http, "P", 1);
    CHECK(http_busy(http));
    http_feed(http, &HEAD("")[1], strlen(HEAD("")) - 1);
    CHECK(http_next(http, &request));
    http_reply(http, 200, "{}", 2);
    CHECK(http_busy(http));
    http_sent(http, http_output(http, &bytes));
    CHECK(!http_busy(http) && http_wants_input(http));
}

TEST(a_scraper_gets_text_and_one_answer_for_each_connection)
{
#define PLAIN(status, more, length, body)                              \
    "HTTP/1.1 " status "\r\nContent-Type: text/plain; version=0.0.4; " \
    "charset=utf-8\r\nContent-Length: " length "\r\n" more             \
    "Connection: close\r\n\r\n" body
    static const struct {
        const char *input, *requests, *out;
    } asked[] = {
        {"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\nGET /metrics "
         "HTTP/1.1\r\n\r\n",
         "GET /metrics [];", PLAIN("200 OK", "", "2", "{}")},
        {"POST /metrics HTTP/1.1\r\n\r\n", "POST /metrics [];",
         PLAIN("405 Method Not Allowed", "Allow: GET\r\n", "2", "{}")},
        {"GET / HTTP/1.1\r\nContent-Length: 1\r\n\r\nx", "",
         PLAIN("413 Content Too Large", "", "42",
               "the request body is larger than the limit\n")},
    };

    for (size_t i = 0; i < ARRAY_LEN(asked); i++) {
        for (size_t s = 0; s < ARRAY_LEN(splits); s++) {
            auto_outcome struct outcome got;
            play(&http_metrics, asked[i].input, strlen(asked[i].input),
                 splits[s], false, &got);
            CHECK_STR(buf_text(&got.requests), asked[i].requests);
            CHECK_STR(buf_text(&got.out), asked[i].out);
            CHECK(got.finished);
        }
    }
}

TEST_MAIN
