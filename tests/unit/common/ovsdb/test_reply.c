/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Outcomes of transactions, as real servers word them. */
#include "ovsint/ovsdb/reply.h"

#include <errno.h>

#include "tests/lib/json_text.h"

#define NAME_TAKEN                                                          \
    "{\"error\":\"constraint violation\",\"details\":\"Transaction causes " \
    "multiple rows in \\\"Interface\\\" table to have identical values "    \
    "(\\\"oi1\\\") for index on column \\\"name\\\".\"}"

static const struct outcome {
    const char *result;
    size_t ops;
    int code; /* 0 = committed */
    enum reply_kind kind;
    size_t op;
    const char *text;
} outcomes[] = {
    {"[]", 0, 0, 0, 0, NULL},
    {"[{}]", 1, 0, 0, 0, NULL},
    {"[{\"count\":0}]", 1, 0, 0, 0, NULL}, /* a mutate that matched no row */
    {"[{},{\"uuid\":[\"uuid\",\"u\"]},{\"rows\":[]}]", 3, 0, 0, 0, NULL},
    {"[{\"error\":null}]", 1, 0, 0, 0, NULL},

    /* an operation failed: null after it */
    {"[{\"error\":\"timed out\",\"details\":\"\\\"wait\\\" timed out\"},null]",
     2, ESTALE, REPLY_GUARD, 0,
     "refused operation 1 of 2: timed out: \"wait\" timed out"},
    {"[{},{},{\"error\":\"timed out\"},null,null]", 5, ESTALE, REPLY_GUARD, 2,
     "operation 3 of 5: timed out"},
    {"[{\"error\":\"not owner\",\"details\":\"Asserted lock x not held.\"}]", 1,
     EPERM, REPLY_NOT_OWNER, 0, "not owner: Asserted lock"},
    {"[{},{\"error\":\"constraint violation\"}]", 2, EEXIST, REPLY_CONSTRAINT,
     1, "operation 2 of 2: constraint violation"},
    {"[{\"error\":\"unknown table\",\"details\":\"No table named X.\"}]", 1,
     EINVAL, REPLY_OTHER, 0, "unknown table: No table named X."},
    {"[{\"error\":\"syntax error\"}]", 1, EINVAL, REPLY_OTHER, 0, "syntax"},
    {"[{\"error\":\"never heard of\"}]", 1, EINVAL, REPLY_OTHER, 0, "never"},
    {"[{\"error\":\"permission error\"}]", 1, EACCES, REPLY_OTHER, 0, "perm"},
    {"[{\"error\":\"\"}]", 1, EINVAL, REPLY_OTHER, 0, "operation 1 of 1"},
    {"[{\"error\":5}]", 1, EPROTO, REPLY_OTHER, 0, "reason"},
    {"[{\"error\":{}}]", 1, EPROTO, REPLY_OTHER, 0, "an object"},
    /* the first of two failures counts */
    {"[{\"error\":\"timed out\"},{\"error\":\"not owner\"}]", 2, ESTALE,
     REPLY_GUARD, 0, "timed out"},

    /* the commit failed: one more element, and all before it look fine */
    {"[{},{\"count\":1}," NAME_TAKEN "]", 2, EEXIST, REPLY_CONSTRAINT, 2,
     "refused the commit: constraint violation: Transaction causes"},
    {"[{},{\"error\":\"referential integrity violation\"}]", 1, ENOENT,
     REPLY_OTHER, 1, "the commit: referential"},
    {"[{},{\"error\":\"I/O error\",\"details\":\"no space\"}]", 1, EIO,
     REPLY_OTHER, 1, "I/O error: no space"},
    {"[{\"error\":\"resources exhausted\"}]", 0, ENOSPC, REPLY_OTHER, 0,
     "the commit"},
    {"[{},{},{\"error\":\"aborted\"}]", 1, ECANCELED, REPLY_OTHER, 1, "abort"},

    /* no transaction result at all */
    {"[{}]", 2, EPROTO, REPLY_OTHER, 2, "2 operations with 1 results"},
    {"[{},{}]", 1, EPROTO, REPLY_OTHER, 1, "1 operations with 2 results"},
    {"[]", 1, EPROTO, REPLY_OTHER, 1, "with 0 results"},
    {"[null]", 1, EPROTO, REPLY_OTHER, 1, "operation 1 of 1 with null"},
    {"[{},null]", 2, EPROTO, REPLY_OTHER, 2, "operation 2 of 2"},
    {"[7]", 1, EPROTO, REPLY_OTHER, 1, "operation 1 of 1"},
    {"[[\"error\"]]", 1, EPROTO, REPLY_OTHER, 1, "an array"},
    {"null", 1, EPROTO, REPLY_OTHER, 1, "instead of its results"},
    {"{}", 0, EPROTO, REPLY_OTHER, 0, "an object instead of its results"},
    {"{\"error\":\"timed out\"}", 1, EPROTO, REPLY_OTHER, 1, "an object"},
    {NULL, 1, EPROTO, REPLY_OTHER, 1, "nothing instead of its results"},
};

TEST(checks_outcomes)
{
    for (size_t i = 0; i < ARRAY_LEN(outcomes); i++) {
        const struct outcome *o = &outcomes[i];
        auto_json struct json *result = o->result ? json_of(o->result) : NULL;
        struct reply_fault fault = {.kind = REPLY_OK, .op = 99};
        struct err err = {0};

        printf("# %s\n", o->result ? o->result : "(nothing)");
        int r = reply_check(result, o->ops, &fault, &err);
        if (o->code == 0) {
            CHECK_OK(r, err);
            CHECK_EQ(fault.op, 99);
            continue;
        }
        CHECK_ERR(r, o->code, err, o->text);
        CHECK_EQ(fault.kind, o->kind);
        CHECK_EQ(fault.op, o->op);
    }
}

TEST(fault_is_optional)
{
    auto_json struct json *result = json_of("[{\"error\":\"timed out\"}]");
    struct err err = {0};

    CHECK_ERR(reply_check(result, 1, NULL, &err), ESTALE, err, "timed out");
}

static const struct {
    const char *error;
    int code;
    const char *text;
} refusals[] = {
    {"{\"error\":\"unknown database\",\"details\":\"X\",\"syntax\":\"[]\"}",
     ENOENT, "OVSDB refused the request: unknown database: X"},
    {"\"unknown method\"", EOPNOTSUPP, "the request: unknown method"},
    {"\"canceled\"", ECANCELED, "canceled"},
    {"\"bare words\"", EINVAL, "bare words"},
    {"{\"error\":\"syntax error\"}", EINVAL, "the request: syntax error"},
    {"{\"details\":\"X\"}", EPROTO, "nothing"},
    {"{}", EPROTO, "nothing"},
    {"17", EPROTO, "reason"},
    {"[]", EPROTO, "an array"},
};

TEST(words_refusals)
{
    for (size_t i = 0; i < ARRAY_LEN(refusals); i++) {
        auto_buf struct buf text = BUF_INIT(4096);
        buf_addf(&text, "[%s]", refusals[i].error);
        auto_json struct json *wrapped = json_of(buf_text(&text));
        struct err err = {0};

        CHECK_ERR(reply_refused(json_at(wrapped, 0), &err), refusals[i].code,
                  err, refusals[i].text);
    }
    struct err err = {0};
    CHECK_ERR(reply_refused(NULL, &err), EPROTO, err, "nothing");
}

TEST(long_details_are_cut_not_lost)
{
    auto_buf struct buf text = BUF_INIT(8192);
    struct err err = {0};

    buf_add_text(&text, "[{\"error\":\"constraint violation\",\"details\":\"");
    for (int i = 0; i < 4000; i++)
        buf_add(&text, "x", 1);
    buf_add_text(&text, "\"}]");
    auto_json struct json *result = json_of(buf_text(&text));
    CHECK_ERR(reply_check(result, 1, NULL, &err), EEXIST, err,
              "constraint violation: xxxx");
    CHECK_EQ(strlen(err.text), ERR_TEXT_SIZE - 1);
}

TEST(reads_results)
{
    auto_json struct json *result =
        json_of("[{},{\"uuid\":[\"uuid\",\"u1\"]},{\"count\":3},"
                "{\"rows\":[{\"name\":\"a\"},{\"name\":\"b\"}]},{\"rows\":7},"
                "{\"count\":\"3\"},{\"uuid\":[\"named-uuid\",\"u1\"]},null]");

    CHECK_STR(reply_uuid(result, 1), "u1");
    CHECK_EQ(reply_count(result, 2), 3);
    CHECK_EQ(reply_row_count(result, 3), 2);
    CHECK_STR(json_string(json_get(reply_row(result, 3, 1), "name")), "b");
    CHECK(!reply_row(result, 3, 2));
    CHECK_EQ(reply_row_count(result, 4), 0);
    CHECK(!reply_row(result, 4, 0));
    CHECK_EQ(reply_count(result, 5), 0);
    CHECK(!reply_uuid(result, 6));
    for (size_t op = 7; op < 9; op++) {
        CHECK(!reply_uuid(result, op));
        CHECK_EQ(reply_count(result, op), 0);
        CHECK_EQ(reply_row_count(result, op), 0);
        CHECK(!reply_row(result, op, 0));
    }
    CHECK(!reply_uuid(NULL, 0));
    CHECK_EQ(reply_count(NULL, 0), 0);
    CHECK_EQ(reply_row_count(NULL, 0), 0);
}

TEST_MAIN
