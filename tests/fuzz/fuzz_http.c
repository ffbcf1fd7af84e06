/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * HTTP. Any bytes give the same requests and replies however they are split,
 * the limits hold, and the engine comes to an end.
 */
#include "plugin/daemon/http.h"

#include <string.h>

#include "ovsint/base/buf.h"
#include "tests/fuzz/fuzz.h"

#define OUTPUT_SIZE (16u << 20)
/* As the server does: whatever comes beyond the room for input before the first
 * request was answered would be refused, and that depends on the split. */
#define FED_AT_ONCE 2048

static const struct http_profile limits = {
    .head_size = 512, .body_size = 256, .type = "text/plain", .method = "POST"};

struct outcome {
    struct buf requests;
    struct buf out;
};

static void outcome_done(struct outcome *outcome)
{
    buf_done(&outcome->requests);
    buf_done(&outcome->out);
}
#define auto_outcome __attribute__((cleanup(outcome_done)))

static void answer_all(struct http *http, struct outcome *ret)
{
    struct http_request request;
    const char *bytes;

    while (http_next(http, &request)) {
        FUZZ_REQUIRE(request.body_size <= limits.body_size);
        FUZZ_REQUIRE(strlen(request.path) <= limits.head_size);
        buf_addf(&ret->requests, "<%s %s %zu ", request.method, request.path,
                 request.body_size);
        buf_add(&ret->requests, request.body, request.body_size);
        http_reply(http, request.body_size % 2 ? 500 : 200, "{}", 2);
    }
    size_t size = http_output(http, &bytes);
    buf_add(&ret->out, bytes, size);
    http_sent(http, size);
}

static void play(const char *bytes, size_t size, size_t step,
                 struct outcome *ret)
{
    auto_http struct http *http = http_new(&limits);

    for (size_t at = 0; at < size; at += step) {
        size_t part = step < size - at ? step : size - at;
        http_feed(http, bytes + at, part);
        answer_all(http, ret);
    }
    buf_addf(&ret->requests, "%d", http_finished(http));
    http_end(http);
    answer_all(http, ret);
    FUZZ_REQUIRE(http_finished(http));
    FUZZ_REQUIRE(!http_wants_input(http));
    FUZZ_REQUIRE(!ret->requests.overflow && !ret->out.overflow);
}

static void require_same(const struct buf *a, const struct buf *b)
{
    FUZZ_REQUIRE(a->size == b->size);
    FUZZ_REQUIRE(memcmp(buf_text(a), buf_text(b), a->size) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *bytes = (const char *)data;
    auto_outcome struct outcome whole = {.requests = BUF_INIT(OUTPUT_SIZE),
                                         .out = BUF_INIT(OUTPUT_SIZE)};
    auto_outcome struct outcome split = {.requests = BUF_INIT(OUTPUT_SIZE),
                                         .out = BUF_INIT(OUTPUT_SIZE)};

    play(bytes, size, FED_AT_ONCE, &whole);
    play(bytes, size, size ? data[size / 2] % 16 + 1 : 1, &split);
    require_same(&whole.requests, &split.requests);
    require_same(&whole.out, &split.out);
    return 0;
}
