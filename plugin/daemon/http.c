/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The HTTP engine over llhttp. Callbacks stop the parser at two places, by
 * HPE_PAUSED: after the head, where limits and Expect are judged, and after the
 * message, where the request goes out. Each phase has a budget of bytes, and
 * the parser never gets more. So the limits hold to the byte, wherever the
 * input was split, and no run of blanks, chunk extensions or trailers is
 * endless.
 */
#include "plugin/daemon/http.h"

#include <llhttp.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "ovsint/base/buf.h"
#include "ovsint/base/limits.h"
#include "ovsint/json/json.h"

/* A body of one-byte chunks takes six bytes for each: "1\r\nx\r\n". */
#define CHUNKED_FACTOR 8
/* Memory beyond this is freed after the request. */
#define KEPT_MEMORY (64u * 1024)
#define OUTPUT_SIZE (32u << 20)

/* Docker ignores the type of an answer. This is the one that its documentation
 * names. */
const struct http_profile http_docker = {
    .head_size = LIMIT_HTTP_HEAD_SIZE,
    .body_size = LIMIT_HTTP_BODY_SIZE,
    .type = "application/vnd.docker.plugins.v1.2+json",
    .method = "POST"};

/* Whoever asks for metrics sends no body. */
const struct http_profile http_metrics = {
    .head_size = LIMIT_HTTP_HEAD_SIZE,
    .body_size = 0,
    .type = "text/plain; version=0.0.4; charset=utf-8",
    .method = "GET",
    .plain = true,
    .once = true};

enum phase {
    PHASE_HEAD,
    PHASE_BODY,
    PHASE_REPLY, /* the request is out, or about to go out */
    PHASE_ENDED, /* further input is ignored */
};

struct http {
    llhttp_t parser;
    const struct http_profile *profile;
    enum phase phase;
    size_t budget;   /* bytes that the phase may still take */
    bool mid_head;   /* the head has begun */
    bool taken;      /* http_next() has given the request */
    bool keep_alive; /* after the request that is out */
    bool old_client; /* HTTP/1.0: has to be told of keep-alive */
    bool head_only;  /* HEAD: the reply has no body */
    bool eof;
    bool expects_continue;
    bool expects_other;
    struct buf in; /* not parsed yet */
    struct buf path;
    struct buf body;
    struct buf name;  /* of the header that is being read */
    struct buf value; /* of Expect */
    struct buf out;
};

static int on_url(llhttp_t *parser, const char *at, size_t length)
{
    struct http *http = parser->data;

    buf_add(&http->path, at, length);
    return 0;
}

static int on_header_field(llhttp_t *parser, const char *at, size_t length)
{
    struct http *http = parser->data;

    if (http->phase == PHASE_HEAD)
        buf_add(&http->name, at, length);
    return 0;
}

static int on_header_value(llhttp_t *parser, const char *at, size_t length)
{
    struct http *http = parser->data;

    if (http->phase == PHASE_HEAD &&
        strcasecmp(buf_text(&http->name), "expect") == 0)
        buf_add(&http->value, at, length);
    return 0;
}

static int on_header_value_complete(llhttp_t *parser)
{
    struct http *http = parser->data;

    if (http->value.size > 0) {
        if (strcasecmp(buf_text(&http->value), "100-continue") == 0)
            http->expects_continue = true;
        else
            http->expects_other = true;
    }
    buf_clear(&http->name);
    buf_clear(&http->value);
    return 0;
}

static int on_headers_complete(llhttp_t *parser)
{
    /* An offer to change the protocol may be ignored (RFC 9110, 7.8). It has to
     * be, as llhttp would stop reading the stream otherwise. */
    parser->upgrade = 0;
    return HPE_PAUSED;
}

static int on_body(llhttp_t *parser, const char *at, size_t length)
{
    struct http *http = parser->data;

    buf_add(&http->body, at, length);
    return http->body.overflow ? HPE_USER : 0;
}

static int on_message_complete(llhttp_t *parser)
{
    struct http *http = parser->data;

    http->keep_alive = llhttp_should_keep_alive(parser) && !http->profile->once;
    return HPE_PAUSED;
}

static const llhttp_settings_t settings = {
    .on_url = on_url,
    .on_header_field = on_header_field,
    .on_header_value = on_header_value,
    .on_header_value_complete = on_header_value_complete,
    .on_headers_complete = on_headers_complete,
    .on_body = on_body,
    .on_message_complete = on_message_complete,
};

static void begin_request(struct http *http)
{
    http->phase = PHASE_HEAD;
    http->budget = http->profile->head_size;
    http->mid_head = false;
    http->taken = false;
    http->head_only = false;
    http->expects_continue = false;
    http->expects_other = false;
    buf_clear(&http->path);
    buf_clear(&http->body);
    if (http->body.room > KEPT_MEMORY)
        buf_done(&http->body);
}

struct http *http_new(const struct http_profile *profile)
{
    struct http *http = mem_new(sizeof(*http));

    http->profile = profile;
    llhttp_init(&http->parser, HTTP_REQUEST, &settings);
    http->parser.data = http;
    http->in = BUF_INIT(profile->head_size +
                        CHUNKED_FACTOR * (profile->body_size + 1));
    http->path = BUF_INIT(profile->head_size);
    http->body = BUF_INIT(profile->body_size);
    http->name = BUF_INIT(profile->head_size);
    http->value = BUF_INIT(profile->head_size);
    http->out = BUF_INIT(OUTPUT_SIZE);
    begin_request(http);
    return http;
}

void http_free(struct http *http)
{
    if (!http)
        return;
    buf_done(&http->in);
    buf_done(&http->path);
    buf_done(&http->body);
    buf_done(&http->name);
    buf_done(&http->value);
    buf_done(&http->out);
    free(http);
}

size_t http_held(const struct http *http)
{
    return http->in.size + http->body.size;
}

static void end_input(struct http *http)
{
    http->phase = PHASE_ENDED;
    buf_done(&http->in);
    buf_done(&http->body);
}

static const struct {
    unsigned status;
    const char *text;
} statuses[] = {
    {200, "OK"},
    {400, "Bad Request"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {413, "Content Too Large"},
    {417, "Expectation Failed"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {505, "HTTP Version Not Supported"},
};

static const char *status_text(unsigned status)
{
    for (size_t i = 0; i < ARRAY_LEN(statuses); i++) {
        if (statuses[i].status == status)
            return statuses[i].text;
    }
    return "Unknown";
}

static void write_head(const struct http_profile *profile, struct buf *ret,
                       unsigned status, size_t size, const char *connection)
{
    buf_addf(ret,
             "HTTP/1.1 %u %s\r\n"
             "Content-Type: %s\r\n"
             "Content-Length: %zu\r\n",
             status, status_text(status), profile->type, size);
    if (status == 405)
        buf_addf(ret, "Allow: %s\r\n", profile->method);
    if (connection)
        buf_addf(ret, "Connection: %s\r\n", connection);
    buf_add_text(ret, "\r\n");
}

static void write_reply(struct http *http, unsigned status, const char *body,
                        size_t size)
{
    const char *connection = NULL;

    if (!http->keep_alive)
        connection = "close";
    else if (http->old_client)
        connection = "keep-alive";
    write_head(http->profile, &http->out, status, size, connection);
    if (!http->head_only)
        buf_add(&http->out, body, size);
}

static void write_reason(const struct http_profile *profile, struct buf *ret,
                         const char *text)
{
    struct json_writer w = JSON_WRITER(ret);

    if (profile->plain) {
        buf_addf(ret, "%s\n", text);
        return;
    }
    json_write_object(&w);
    json_write_member(&w, "Err", text);
    json_write_object_end(&w);
}

/* Answers what is no request, and ends the connection. */
static void http_refuse(struct http *http, unsigned status, const char *text)
{
    auto_buf struct buf body = BUF_INIT(4096);

    write_reason(http->profile, &body, text);
    http->keep_alive = false;
    write_reply(http, status, buf_text(&body), body.size);
    end_input(http);
}

/* Judges the head, when it is complete and the parser has stopped. */
static void judge_head(struct http *http)
{
    const llhttp_t *parser = &http->parser;
    bool has_body = parser->content_length > 0 || parser->flags & F_CHUNKED;

    http->old_client = parser->http_minor == 0;
    http->head_only = parser->method == HTTP_HEAD;
    if (parser->http_major != 1) {
        http_refuse(http, 505, "only HTTP/1.0 and HTTP/1.1 are spoken here");
    } else if (!(parser->flags & F_CHUNKED) &&
               parser->content_length > http->profile->body_size) {
        http_refuse(http, 413, "the request body is larger than the limit");
    } else if (http->expects_other) {
        http_refuse(http, 417,
                    "the only expectation that is met is 100-continue");
    } else {
        if (http->expects_continue && has_body && !http->old_client)
            buf_add_text(&http->out, "HTTP/1.1 100 Continue\r\n\r\n");
        http->phase = PHASE_BODY;
        http->budget = http->profile->head_size +
                       CHUNKED_FACTOR * (http->profile->body_size + 1);
    }
}

static void refuse_malformed(struct http *http)
{
    auto_buf struct buf text = BUF_INIT(512);
    const char *reason = llhttp_get_error_reason(&http->parser);

    if (http->body.overflow) {
        http_refuse(http, 413, "the request body is larger than the limit");
        return;
    }
    buf_addf(&text, "malformed HTTP: %s", reason ? reason : "no reason given");
    http_refuse(http, 400, buf_text(&text));
}

static void refuse_endless(struct http *http)
{
    if (http->phase == PHASE_HEAD)
        http_refuse(http, 431, "the request head is larger than the limit");
    else
        http_refuse(http, 413, "the request is larger than the limit");
}

/* Gives the parser what its budget allows. True if it has to be called again
 * even without further bytes: the parser has stopped after the head. */
static bool parse_some(struct http *http)
{
    const char *bytes = buf_text(&http->in);
    size_t size = http->in.size;
    enum phase phase = http->phase;

    if (size > http->budget)
        size = http->budget;
    llhttp_errno_t r = llhttp_execute(&http->parser, bytes, size);
    size_t used = size;
    if (r != HPE_OK)
        used = (size_t)(llhttp_get_error_pos(&http->parser) - bytes);
    http->budget -= used;
    http->mid_head = http->mid_head || used > 0;
    buf_consume(&http->in, used);
    if (r == HPE_OK)
        return false;
    if (r != HPE_PAUSED) {
        refuse_malformed(http);
        return false;
    }
    llhttp_resume(&http->parser);
    if (phase == PHASE_HEAD)
        judge_head(http);
    else
        http->phase = PHASE_REPLY;
    return phase == PHASE_HEAD;
}

static bool is_reading(const struct http *http)
{
    return http->phase == PHASE_HEAD || http->phase == PHASE_BODY;
}

static void advance(struct http *http)
{
    bool again = false;

    while (is_reading(http) && (again || http->in.size > 0)) {
        if (http->budget == 0 && http->in.size > 0)
            refuse_endless(http);
        else
            again = parse_some(http);
    }
    if (http->eof && is_reading(http))
        end_input(http);
}

void http_feed(struct http *http, const char *bytes, size_t size)
{
    if (http->phase == PHASE_ENDED || http->eof)
        return;
    buf_add(&http->in, bytes, size);
    if (!http->in.overflow) {
        advance(http);
    } else if (http->phase == PHASE_REPLY) {
        /* For a driver that ignores http_wants_input(): the connection ends
         * with this reply. */
        http->keep_alive = false;
        http_end(http);
    } else {
        http_refuse(http, 413, "more requests at once than the limit");
    }
}

void http_end(struct http *http)
{
    http->eof = true;
    advance(http);
}

bool http_next(struct http *http, struct http_request *ret)
{
    if (http->phase != PHASE_REPLY || http->taken)
        return false;
    http->taken = true;
    *ret = (struct http_request){
        .method = llhttp_method_name(
            (llhttp_method_t)llhttp_get_method(&http->parser)),
        .path = buf_text(&http->path),
        .body = buf_text(&http->body),
        .body_size = http->body.size,
    };
    return true;
}

void http_reply(struct http *http, unsigned status, const char *body,
                size_t size)
{
    if (http->phase != PHASE_REPLY)
        return;
    write_reply(http, status, body, size);
    if (!http->keep_alive) {
        end_input(http);
        return;
    }
    begin_request(http);
    advance(http);
}

bool http_wants_input(const struct http *http)
{
    return is_reading(http) && !http->eof;
}

bool http_busy(const struct http *http)
{
    return http->phase == PHASE_REPLY || http->phase == PHASE_BODY ||
           http->mid_head || http->out.size > 0;
}

size_t http_output(const struct http *http, const char **ret_bytes)
{
    *ret_bytes = buf_text(&http->out);
    return http->out.size;
}

void http_sent(struct http *http, size_t size)
{
    buf_consume(&http->out, size);
}

bool http_finished(const struct http *http)
{
    return http->phase == PHASE_ENDED && http->out.size == 0;
}
