/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * JSON. What was parsed can be written and parsed again to the same text, and a
 * stream gives the same documents however it is split.
 */
#include "ovsint/json/json.h"

#include <string.h>

#include "tests/fuzz/fuzz.h"

#define OUTPUT_SIZE (4u << 20)

static const struct json_limits limits = {.size = 1u << 20, .depth = 64};

static void write_value(const struct json *value, struct buf *ret)
{
    struct json_writer w = JSON_WRITER(ret);

    json_write_value(&w, value);
    FUZZ_REQUIRE(!ret->overflow);
}

static void check_whole(const char *bytes, size_t size, bool comments)
{
    struct json_limits given = limits;
    auto_json struct json *json = NULL;
    struct err err = {0};

    given.comments = comments;
    if (json_parse(bytes, size, &given, &json, &err) < 0) {
        FUZZ_REQUIRE(!json && err.code > 0 && err.text[0]);
        FUZZ_REQUIRE(!strchr(err.text, '\n'));
        return;
    }

    auto_buf struct buf once = BUF_INIT(OUTPUT_SIZE);
    auto_buf struct buf twice = BUF_INIT(OUTPUT_SIZE);
    auto_json struct json *again = NULL;
    struct json_limits roomy = {.size = OUTPUT_SIZE, .depth = 64};
    write_value(json, &once);
    FUZZ_REQUIRE(json_parse(once.data, once.size, &roomy, &again, &err) == 0);
    write_value(again, &twice);
    FUZZ_REQUIRE(strcmp(buf_text(&once), buf_text(&twice)) == 0);
}

/* The documents of a stream, one on each line, and how it ended. */
static void play(const char *bytes, size_t size, size_t step, struct buf *ret)
{
    struct json_parser *parser = json_parser_new(&limits);
    size_t at = 0;
    int r = 0;

    while (r >= 0 && at < size) {
        size_t part = step < size - at ? step : size - at;
        auto_json struct json *json = NULL;
        struct err err = {0};
        size_t used = 0;

        r = json_parser_feed(parser, bytes + at, part, &used, &json, &err);
        FUZZ_REQUIRE((r == 1) == (json != NULL));
        FUZZ_REQUIRE(r < 0 || (used > 0 && used <= part));
        if (json) {
            write_value(json, ret);
            buf_add(ret, "\n", 1);
        }
        at += used;
    }
    buf_addf(ret, "%d", r < 0 ? r : 0);
    json_parser_free(parser);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *bytes = (const char *)data;
    size_t step = size ? data[size / 2] % 16 + 1 : 1;

    check_whole(bytes, size, false);
    check_whole(bytes, size, true);

    auto_buf struct buf whole = BUF_INIT(OUTPUT_SIZE);
    auto_buf struct buf split = BUF_INIT(OUTPUT_SIZE);
    play(bytes, size, size, &whole);
    play(bytes, size, step, &split);
    FUZZ_REQUIRE(strcmp(buf_text(&whole), buf_text(&split)) == 0);
    return 0;
}
