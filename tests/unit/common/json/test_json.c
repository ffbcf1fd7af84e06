/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* JSON: good and bad texts, every split, limits, accessors, writer. */
#include "ovsint/json/json.h"

#include <errno.h>

#include "ovsint/base/limits.h"
#include "tests/lib/test.h"

static const struct json_limits limits = {.size = 4096, .depth = 8};

static struct json *parse(const char *text)
{
    struct err err = {0};
    struct json *json = NULL;

    CHECK_OK(json_parse(text, strlen(text), &limits, &json, &err), err);
    return json;
}

/* The canonical text of a value. */
static void check_written(const struct json *value, const char *want)
{
    auto_buf struct buf buf = BUF_INIT(8192);
    struct json_writer w = JSON_WRITER(&buf);

    json_write_value(&w, value);
    CHECK(!buf.overflow);
    CHECK_STR(buf_text(&buf), want);
}

static const struct {
    const char *text;
    const char *written; /* NULL = the same */
} good[] = {
    {"{}", NULL},
    {"[]", NULL},
    {"[null,true,false]", NULL},
    {"[0,-1,9223372036854775807,-9223372036854775808]", NULL},
    {"[-0]", "[0]"},
    {"[9223372036854775808,-9223372036854775809]", NULL},
    {"[123456789012345678901234567890,1.5,1e5,-2.5E-3,1e999]", NULL},
    {"{\"a\":{\"b\":[{\"c\":[]}]}}", NULL},
    {"{\"\":\"\"}", NULL},
    {" \t\r\n{ \"a\" : [ 1 , 2 ] } \n", "{\"a\":[1,2]}"},
    {"{\"a\":1,\"a\":2}", NULL},
    {"[\"\\\" \\\\ \\/ \\b \\f \\n \\r \\t\"]",
     "[\"\\\" \\\\ / \\b \\f \\n \\r \\t\"]"},
    {"[\"\\u0001\\u001f\\u007f\"]", "[\"\\u0001\\u001f\x7f\"]"},
    {"[\"\\u00e9\\u20ac\\ud83d\\ude00\"]", "[\"é€😀\"]"},
    {"[\"\\uD83D\\uDE00\\uD83D\\uDE00\"]", "[\"😀😀\"]"},
    {"[\"\\\\ud800\"]", "[\"\\\\ud800\"]"},
    {"[\"é€😀\"]", NULL},
    {"[[[[[[[[]]]]]]]]", NULL},
};

TEST(good_texts)
{
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        auto_json struct json *json = parse(good[i].text);
        check_written(json, good[i].written ? good[i].written : good[i].text);
    }
}

TEST(scalars_stand_alone_in_a_whole_text)
{
    static const struct {
        const char *text;
        enum json_type type;
    } table[] = {
        {"null", JSON_NULL}, {"true", JSON_BOOL}, {"12", JSON_INT},
        {"1.5", JSON_REAL},  {" 7 ", JSON_INT},   {"\"x\"", JSON_STRING},
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        auto_json struct json *json = parse(table[i].text);
        CHECK_EQ(json_type(json), table[i].type);
    }
}

static const struct {
    const char *text;
    const char *message;
    int code;
} bad[] = {
    {"", "not JSON at byte 0: parse error: premature EOF", EINVAL},
    {"   ", "premature EOF", EINVAL},
    {"{", "not JSON at byte 1: parse error: premature EOF", EINVAL},
    {"{\"a\"", "premature EOF", EINVAL},
    {"{\"a\":", "premature EOF", EINVAL},
    {"{\"a\":1", "premature EOF", EINVAL},
    {"{\"a\":1,", "premature EOF", EINVAL},
    {"[1", "premature EOF", EINVAL},
    {"\"open", "premature EOF", EINVAL},
    {"[tru]", "invalid string in json text", EINVAL},
    {"{\"a\":1,}", "not JSON at byte 8: parse error", EINVAL},
    {"[1,]", "parse error: unallowed token", EINVAL},
    {"[1 2]", "not JSON at byte 4: parse error: after array", EINVAL},
    {"{a:1}", "lexical error: invalid char in json text", EINVAL},
    {"{'a':1}", "lexical error", EINVAL},
    {"{1:2}", "parse error: invalid object key", EINVAL},
    {"{\"a\" 1}", "parse error: object key and value must", EINVAL},
    {"[1}", "parse error", EINVAL},
    {"]", "parse error", EINVAL},
    {"{} {}", "parse error: trailing garbage", EINVAL},
    {"{}x", "trailing garbage", EINVAL},
    {"1 2", "trailing garbage", EINVAL},
    {"[01]", "parse error", EINVAL},
    {"[+1]", "lexical error", EINVAL},
    {"[.5]", "lexical error", EINVAL},
    {"[1.]", "lexical error", EINVAL},
    {"[1e]", "lexical error", EINVAL},
    {"[-]", "malformed number, a digit is required after the minus sign",
     EINVAL},
    {"[0x10]", "lexical error", EINVAL},
    {"[NaN]", "lexical error", EINVAL},
    {"[True]", "lexical error", EINVAL},
    {"[nul]", "lexical error: invalid string in json text", EINVAL},
    {"[\"\\x\"]", "lexical error", EINVAL},
    {"[\"\\u12g4\"]", "lexical error", EINVAL},
    {"[\"\n\"]", "lexical error: invalid character inside string", EINVAL},
    {"[\"\x01\"]", "lexical error: invalid character inside string", EINVAL},
    {"[\"a\\u0000b\"]", "a string contains a NUL character", EINVAL},
    {"{\"a\\u0000b\":1}", "a string contains a NUL character", EINVAL},
    {"[\"\xff\"]", "lexical error: invalid bytes in UTF8 string", EINVAL},
    {"[\"\xc3\"]", "invalid bytes in UTF8 string", EINVAL},
    {"[\"\xc0\x80\"]", "a string is not valid UTF-8", EINVAL},
    {"[\"\xe0\x80\xaf\"]", "a string is not valid UTF-8", EINVAL},
    {"[\"\xf0\x80\x80\xaf\"]", "a string is not valid UTF-8", EINVAL},
    {"[\"\xf4\x90\x80\x80\"]", "a string is not valid UTF-8", EINVAL},
    {"[\"\xed\xa0\x80\"]", "a string is not valid UTF-8", EINVAL},
    {"{\"\xc0\x80\":1}", "a string is not valid UTF-8", EINVAL},
    {"[\"\\udc00\"]", "a string has half of a \\u pair", EINVAL},
    {"[\"a\\ud800\"]", "at byte 9: a string has half of a \\u pair", EINVAL},
    {"[\"a\\uD83Db\"]", "a string has half of a \\u pair", EINVAL},
    {"[\"\\ud800\\u0041\"]", "a string has half of a \\u pair", EINVAL},
    {"[\"\\ud800\\ud800\"]", "a string has half of a \\u pair", EINVAL},
    {"[\"\\ud83d\\ude00\\ud83d\\n\"]", "a string has half of a \\u pair",
     EINVAL},
    {"{\"\\udbff\":1}", "a string has half of a \\u pair", EINVAL},
    {"[\"\\ud800\",[[[[[[[[", "at byte 8: a string has half of a \\u pair",
     EINVAL},
    {"[\"\\ud800 \\q\"]", "at byte 8: a string has half of a \\u pair", EINVAL},
    {"[\"\\q \\ud800\"]", "inside a string, '\\' occurs before a character",
     EINVAL},
    {"[\"\\ud8zz\\ud800\"]", "invalid (non-hex) character occurs after",
     EINVAL},
    {"[[[[[[[[[\"\\ud800\"", "at byte 9: nested too deeply", E2BIG},
    {"// no\n{}", "probable comment found", EINVAL},
    {"{} /* no */", "trailing garbage", EINVAL},
    {"[[[[[[[[[]]]]]]]]]", "at byte 9: nested too deeply", E2BIG},
    {"{\"a\":[[[[[[[[", "nested too deeply", E2BIG},
    {"\xef\xbb\xbf{}", "lexical error", EINVAL},
};

TEST(bad_texts)
{
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct err err = {0};
        struct json *json = NULL;
        int r =
            json_parse(bad[i].text, strlen(bad[i].text), &limits, &json, &err);
        CHECK_ERR(r, bad[i].code, err, bad[i].message);
        CHECK(!strchr(err.text, '\n'));
        CHECK(!json);
    }
}

TEST(a_raw_nul_byte_is_no_json)
{
    struct err err = {0};
    struct json *json = NULL;

    CHECK_ERR(json_parse("[\"a\0b\"]", 7, &limits, &json, &err), EINVAL, err,
              "invalid character inside string");
    err = (struct err){0};
    CHECK_ERR(json_parse("{}\0", 3, &limits, &json, &err), EINVAL, err,
              "trailing garbage");
}

TEST(comments_only_when_asked_for)
{
    static const struct json_limits with = {
        .size = 4096, .depth = 8, .comments = true};
    static const char text[] =
        "// head\n{ /* in */ \"a\": [1, // one\n 2] } // end\n";
    struct err err = {0};
    auto_json struct json *json = NULL;

    CHECK_OK(json_parse(text, strlen(text), &with, &json, &err), err);
    check_written(json, "{\"a\":[1,2]}");
}

TEST(size_limit)
{
    static const struct json_limits small = {.size = 5, .depth = 8};
    struct err err = {0};
    auto_json struct json *json = NULL;

    CHECK_OK(json_parse("[123]", 5, &small, &json, &err), err);
    struct json *none = NULL;
    CHECK_ERR(json_parse("[1234]", 6, &small, &none, &err), EFBIG, err,
              "larger than 5 bytes");
    CHECK(!none);
}

/* A few bytes of input must not become much memory. */
TEST(node_limit)
{
    static const struct json_limits few = {.size = 99, .depth = 8, .nodes = 5};
    static const struct json_limits plain = {.size = 64 << 20, .depth = 8};
    auto_buf struct buf text = BUF_INIT(64u << 20);
    struct err err = {0};
    struct json *none = NULL;
    auto_json struct json *json = NULL;

    CHECK_OK(json_parse("[1,{\"a\":[2]}]", 13, &few, &json, &err), err);
    CHECK_ERR(json_parse("[1,{\"a\":[2]},3]", 15, &few, &none, &err), E2BIG,
              err, "too many values");
    CHECK_ERR(json_parse("[1,2,3,4,[]]", 12, &few, &none, &err), E2BIG, err,
              "too many values");
    CHECK_ERR(json_parse("[1,2,3,4,{}]", 12, &few, &none, &err), E2BIG, err,
              "too many values");
    buf_add_text(&text, "[0");
    while (text.size < 2 * LIMIT_JSON_NODES)
        buf_add_text(&text, ",0");
    buf_add_text(&text, ",0]");
    CHECK_ERR(json_parse(buf_text(&text), text.size, &plain, &none, &err),
              E2BIG, err, "too many values");
    CHECK(!none);
}

TEST(accessors_are_total)
{
    int64_t number = 42;
    bool flag = true;

    CHECK_EQ(json_type(NULL), JSON_NONE);
    CHECK_STR(json_type_name(NULL), "nothing");
    CHECK(!json_string(NULL));
    CHECK(!json_int(NULL, &number));
    CHECK(!json_bool(NULL, &flag));
    CHECK_EQ(json_count(NULL), 0);
    CHECK(!json_at(NULL, 0));
    CHECK(!json_key_at(NULL, 0));
    CHECK(!json_get(NULL, "a"));
    json_free(NULL);

    auto_json struct json *json =
        parse("[null,true,7,1.5,\"s\",[1],{\"k\":2}]");
    for (size_t i = 0; i < json_count(json); i++) {
        const struct json *node = json_at(json, i);
        bool is_container = i >= 5;
        CHECK_EQ(json_type(node), JSON_NULL + (int)i);
        CHECK_EQ(json_string(node) != NULL, i == 4);
        CHECK_EQ(json_int(node, &number), i == 2);
        CHECK_EQ(json_bool(node, &flag), i == 1);
        CHECK_EQ(json_count(node), is_container);
        CHECK_EQ(json_at(node, 0) != NULL, is_container);
        CHECK_EQ(json_key_at(node, 0) != NULL, i == 6);
        CHECK_EQ(json_get(node, "k") != NULL, i == 6);
        CHECK(!json_at(node, 1));
        CHECK(!json_get(node, ""));
    }
    CHECK_EQ(number, 7);
    CHECK(flag);
    CHECK(!json_at(json, 7));
    CHECK(!json_at(json, SIZE_MAX));
    CHECK(!json_get(json, "k"));
}

TEST(type_names)
{
    auto_json struct json *json = parse("[null,true,7,1.5,\"s\",[],{}]");
    static const char *const names[] = {
        "null",       "a boolean",
        "an integer", "a number that is no 64-bit integer",
        "a string",   "an array",
        "an object",
    };

    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        CHECK_STR(json_type_name(json_at(json, i)), names[i]);
}

TEST(members)
{
    auto_json struct json *json =
        parse("{\"a\":1,\"b\":{\"a\":2},\"a\":3,\"\":4}");
    int64_t value = 0;

    CHECK_EQ(json_count(json), 4);
    CHECK(json_int(json_get(json, "a"), &value));
    CHECK_EQ(value, 1);
    CHECK(json_int(json_get(json_get(json, "b"), "a"), &value));
    CHECK_EQ(value, 2);
    CHECK(json_int(json_get(json, ""), &value));
    CHECK_EQ(value, 4);
    CHECK_STR(json_key_at(json, 2), "a");
    CHECK(json_int(json_at(json, 2), &value));
    CHECK_EQ(value, 3);
    CHECK(!json_key_at(json, 4));
}

/* Thousands of members, so that the tree fills many chunks of its arena. */
TEST(large_object)
{
    static const struct json_limits large = {.size = 4 << 20, .depth = 8};
    const int count = 20000;
    auto_buf struct buf buf = BUF_INIT(4 << 20);
    struct json_writer w = JSON_WRITER(&buf);
    struct err err = {0};
    auto_json struct json *json = NULL;
    char key[32];

    json_write_object(&w);
    for (int i = 0; i < count; i++) {
        snprintf(key, sizeof(key), "row-%d", i);
        json_write_key(&w, key);
        json_write_array(&w);
        json_write_int(&w, i);
        json_write_string(&w, key);
        json_write_array_end(&w);
    }
    json_write_object_end(&w);
    CHECK(!buf.overflow);
    CHECK_OK(json_parse(buf.data, buf.size, &large, &json, &err), err);
    CHECK_EQ(json_count(json), count);
    for (int i = 0; i < count; i++) {
        const struct json *row = json_at(json, (size_t)i);
        int64_t value = -1;
        snprintf(key, sizeof(key), "row-%d", i);
        CHECK_STR(json_key_at(json, (size_t)i), key);
        CHECK(json_int(json_at(row, 0), &value));
        CHECK_EQ(value, i);
        CHECK_STR(json_string(json_at(row, 1)), key);
    }
}

/* Plays `text` in pieces of `step` bytes (the first one of `first`) and
 * checks each document against `want`, a NULL-terminated list. */
static void play(const char *text, size_t first, size_t step,
                 const char *const *want)
{
    struct json_parser *parser = json_parser_new(&limits);
    size_t size = strlen(text), at = 0, piece = first;

    while (at < size) {
        size_t end = at + piece < size ? at + piece : size;
        while (at < end) {
            struct err err = {0};
            struct json *got = NULL;
            size_t used = 0;
            int r = json_parser_feed(parser, text + at, end - at, &used, &got,
                                     &err);
            CHECK_OK(r, err);
            CHECK(used > 0 && used <= end - at);
            at += used;
            if (r == 0)
                CHECK_EQ(at, end);
            auto_json struct json *json = got;
            if (!json)
                continue;
            CHECK(*want);
            check_written(json, *want++);
        }
        piece = step;
    }
    CHECK(!*want);
    json_parser_free(parser);
}

TEST(stream_at_every_split)
{
    static const char text[] =
        "{\"id\":1,\"result\":[{},\"}{\\\"]\"],\"error\":null}"
        "[]{}\n {\"method\":\"echo\",\"params\":[\"é\\ud83d\\ude00\"],"
        "\"id\":\"echo\"} [12345,-1.5e3,true]\t{\"a\":\"\\u00e9\\\\\"}";
    static const char *const want[] = {
        "{\"id\":1,\"result\":[{},\"}{\\\"]\"],\"error\":null}",
        "[]",
        "{}",
        "{\"method\":\"echo\",\"params\":[\"é😀\"],\"id\":\"echo\"}",
        "[12345,-1.5e3,true]",
        "{\"a\":\"é\\\\\"}",
        NULL,
    };
    size_t size = strlen(text);

    for (size_t step = 1; step <= size; step++)
        play(text, step, step, want);
    for (size_t first = 1; first < size; first++)
        play(text, first, size, want);
}

/* Feeds byte by byte until an answer other than "more". */
static int feed_bytes(struct json_parser *parser, const char *text,
                      size_t *ret_at, struct json **ret, struct err *err)
{
    for (size_t at = 0; at < strlen(text); at++) {
        size_t used;
        int r = json_parser_feed(parser, text + at, 1, &used, ret, err);
        *ret_at = at;
        if (r != 0)
            return r;
    }
    return 0;
}

TEST(stream_refuses_bad_texts)
{
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        /* In a stream neither the end of input nor a second document is an
         * error. */
        if (strstr(bad[i].message, "EOF") ||
            strstr(bad[i].message, "trailing garbage"))
            continue;
        struct json_parser *parser = json_parser_new(&limits);
        struct err err = {0};
        struct json *json = NULL;
        size_t at = 0;

        CHECK_EQ(feed_bytes(parser, bad[i].text, &at, &json, &err),
                 -bad[i].code);
        CHECK(strstr(err.text, "JSON at byte "));
        CHECK(!json);

        size_t used;
        err = (struct err){0};
        CHECK_ERR(json_parser_feed(parser, "{}", 2, &used, &json, &err), EINVAL,
                  err, "after the JSON text was refused");
        json_parser_free(parser);
    }
}

TEST(stream_refuses_bare_scalars)
{
    static const char *const texts[] = {"12 ", "true", "null", "\"x\""};

    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct json_parser *parser = json_parser_new(&limits);
        struct err err = {0};
        struct json *json = NULL;
        size_t used;

        CHECK_ERR(json_parser_feed(parser, texts[i], strlen(texts[i]), &used,
                                   &json, &err),
                  EINVAL, err, "a message must be an object or an array");
        json_parser_free(parser);
    }
}

/* Bytes of which a document is refused. 0 = they are the beginning of one. */
static int refused_in_pieces(const char *text, size_t piece, struct err *err)
{
    struct json_parser *parser = json_parser_new(&limits);
    auto_json struct json *json = NULL;
    size_t size = strlen(text), used = 0;
    int r = 0;

    for (size_t at = 0; at < size && r == 0; at += used) {
        size_t part = size - at < piece ? size - at : piece;
        r = json_parser_feed(parser, text + at, part, &used, &json, err);
    }
    json_parser_free(parser);
    return r;
}

/* What is told does not depend on how many bytes come at once. */
TEST(bad_texts_at_every_step)
{
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct err whole = {0};
        int r = refused_in_pieces(bad[i].text, SIZE_MAX, &whole);
        for (size_t piece = 1; piece < strlen(bad[i].text); piece++) {
            struct err err = {0};
            CHECK_EQ(refused_in_pieces(bad[i].text, piece, &err), r);
            CHECK_STR(err.text, whole.text);
        }
    }
}

/* The position counts from the start of the document, whatever the split. */
TEST(stream_error_position)
{
    struct json_parser *parser = json_parser_new(&limits);
    struct err err = {0};
    struct json *json = NULL;
    size_t at = 0;

    CHECK_EQ(feed_bytes(parser, "{}", &at, &json, &err), 1);
    json_free(TAKE_PTR(json));
    CHECK_ERR(feed_bytes(parser, "[1, 2}", &at, &json, &err), EINVAL, err,
              "not JSON at byte 6");
    json_parser_free(parser);
}

TEST(stream_size_limit)
{
    static const struct json_limits small = {.size = 5, .depth = 8};
    static const struct {
        const char *text;
        bool fits;
    } table[] = {{"[123]", true},   {"[1234]", false},   {"     ", true},
                 {"      ", false}, {"\"123456", false}, {"[12]  ", true}};

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        for (int whole = 0; whole < 2; whole++) {
            struct json_parser *parser = json_parser_new(&small);
            struct err err = {0};
            struct json *json = NULL;
            size_t at, used;
            int r = whole ? json_parser_feed(parser, table[i].text,
                                             strlen(table[i].text), &used,
                                             &json, &err)
                          : feed_bytes(parser, table[i].text, &at, &json, &err);
            if (table[i].fits)
                CHECK(r >= 0);
            else
                CHECK_ERR(r, EFBIG, err, "larger than 5 bytes");
            json_free(json);
            json_parser_free(parser);
        }
    }
}

/* The limit holds for each document by itself. */
TEST(stream_size_limit_is_per_document)
{
    static const struct json_limits small = {.size = 5, .depth = 8};
    struct json_parser *parser = json_parser_new(&small);
    const char *text = "[123][456][789]";
    size_t left = strlen(text);
    int documents = 0;

    while (left > 0) {
        struct err err = {0};
        struct json *json = NULL;
        size_t used = 0;
        int r = json_parser_feed(parser, text, left, &used, &json, &err);
        CHECK_OK(r, err);
        documents += r;
        text += used;
        left -= used;
        json_free(json);
    }
    CHECK_EQ(documents, 3);
    json_parser_free(parser);
}

TEST(stream_of_nothing)
{
    struct json_parser *parser = json_parser_new(&limits);
    struct err err = {0};
    struct json *json = NULL;
    size_t used = 7;

    CHECK_EQ(json_parser_feed(parser, NULL, 0, &used, &json, &err), 0);
    CHECK_EQ(used, 0);
    json_parser_free(parser);
    json_parser_free(NULL);

    parser = json_parser_new(&limits);
    CHECK_EQ(json_parser_feed(parser, "{\"a\":[\"open", 11, &used, &json, &err),
             0);
    json_parser_free(parser);
}

TEST(writer)
{
    auto_buf struct buf buf = BUF_INIT(4096);
    struct json_writer w = JSON_WRITER(&buf);

    json_write_object(&w);
    json_write_member(&w, "a", "1");
    json_write_key(&w, "b");
    json_write_array(&w);
    json_write_int(&w, INT64_MIN);
    json_write_int(&w, INT64_MAX);
    json_write_bool(&w, true);
    json_write_bool(&w, false);
    json_write_null(&w);
    json_write_value(&w, NULL);
    json_write_object(&w);
    json_write_object_end(&w);
    json_write_array(&w);
    json_write_array_end(&w);
    json_write_array_end(&w);
    json_write_key(&w, "");
    json_write_string(&w, "");
    json_write_object_end(&w);
    CHECK_STR(buf_text(&buf),
              "{\"a\":\"1\",\"b\":[-9223372036854775808,9223372036854775807,"
              "true,false,null,null,{},[]],\"\":\"\"}");
}

TEST(writer_escapes)
{
    static const struct {
        const char *text;
        const char *written;
    } table[] = {
        {"plain", "\"plain\""},
        {"\"\\/", "\"\\\"\\\\/\""},
        {"\b\f\n\r\t", "\"\\b\\f\\n\\r\\t\""},
        {"\x01\x1f\x7f", "\"\\u0001\\u001f\x7f\""},
        {"é€😀", "\"é€😀\""},
        {"\xff", "\"\\ufffd\""},
        {"a\xc3", "\"a\\ufffd\""},
        {"\xc0\x80z", "\"\\ufffd\\ufffdz\""},
        {"\xed\xa0\x80", "\"\\ufffd\\ufffd\\ufffd\""},
        {"\xf4\x90\x80\x80", "\"\\ufffd\\ufffd\\ufffd\\ufffd\""},
        {"\xe2\x82", "\"\\ufffd\\ufffd\""},
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        auto_buf struct buf buf = BUF_INIT(4096);
        struct json_writer w = JSON_WRITER(&buf);
        json_write_string(&w, table[i].text);
        CHECK_STR(buf_text(&buf), table[i].written);
    }
}

/* Every byte that a C string can hold comes back, as itself or as U+FFFD. */
TEST(writer_round_trip)
{
    for (int c = 1; c < 256; c++) {
        char text[] = {'a', (char)c, 'b', '\0'};
        auto_buf struct buf buf = BUF_INIT(4096);
        struct json_writer w = JSON_WRITER(&buf);

        json_write_object(&w);
        json_write_member(&w, text, text);
        json_write_object_end(&w);
        auto_json struct json *json = parse(buf_text(&buf));
        const char *want = c < 0x80 ? text
                                    : "a\xef\xbf\xbd"
                                      "b";
        CHECK_STR(json_key_at(json, 0), want);
        CHECK_STR(json_string(json_at(json, 0)), want);
    }
}

TEST(writer_overflow)
{
    auto_buf struct buf buf = BUF_INIT(8);
    struct json_writer w = JSON_WRITER(&buf);

    json_write_array(&w);
    json_write_string(&w, "far too long");
    json_write_array_end(&w);
    CHECK(buf.overflow);
    CHECK(buf.size <= 8);
}

TEST_MAIN
