/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The result of a transaction as one outcome. The server's error words are
 * matched whole: RFC 7047 gives them as fixed strings. `details` is prose that
 * changes between versions, and is only passed on.
 */
#include "ovsint/ovsdb/reply.h"

#include <errno.h>
#include <string.h>

/* RFC 7047, sections 4.1.3, 5.2 and 3.1; "permission error" is role-based
 * access control (ovsdb(7)). */
static const struct {
    const char *word;
    enum reply_kind kind;
    int code;
} words[] = {
    {"timed out", REPLY_GUARD, ESTALE},
    {"constraint violation", REPLY_CONSTRAINT, EEXIST},
    {"not owner", REPLY_NOT_OWNER, EPERM},
    {"referential integrity violation", REPLY_OTHER, ENOENT},
    {"unknown database", REPLY_OTHER, ENOENT},
    {"resources exhausted", REPLY_OTHER, ENOSPC},
    {"I/O error", REPLY_OTHER, EIO},
    {"permission error", REPLY_OTHER, EACCES},
    {"not supported", REPLY_OTHER, EOPNOTSUPP},
    {"unknown method", REPLY_OTHER, EOPNOTSUPP},
    {"canceled", REPLY_OTHER, ECANCELED},
    {"aborted", REPLY_OTHER, ECANCELED},
    {"domain error", REPLY_OTHER, EDOM},
    {"range error", REPLY_OTHER, ERANGE},
};

/* `where` says which part was refused. Fills the kind of *fault. */
static int reply_refuse(const struct json *error, const struct json *details,
                        const char *where, struct reply_fault *fault,
                        struct err *err)
{
    const char *word = json_string(error);
    const char *prose = json_string(details);
    int code = EINVAL;

    fault->kind = REPLY_OTHER;
    if (!word)
        return err_set(err, EPROTO, "OVSDB refused %s with %s as the reason",
                       where, json_type_name(error));
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (strcmp(word, words[i].word) != 0)
            continue;
        fault->kind = words[i].kind;
        code = words[i].code;
    }
    return err_set(err, code, "OVSDB refused %s: %s%s%s", where, word,
                   prose ? ": " : "", prose ? prose : "");
}

static bool reply_failed(const struct json *element)
{
    enum json_type type = json_type(json_get(element, "error"));

    return type != JSON_NONE && type != JSON_NULL;
}

static int check(const struct json *result, size_t ops,
                 struct reply_fault *fault, struct err *err)
{
    auto_buf struct buf where = BUF_INIT(128);

    if (json_type(result) != JSON_ARRAY)
        return err_set(err, EPROTO,
                       "OVSDB answered a transaction with %s instead of its "
                       "results",
                       json_type_name(result));
    for (size_t i = 0; i < json_count(result); i++) {
        const struct json *element = json_at(result, i);
        if (!reply_failed(element))
            continue;
        fault->op = i < ops ? i : ops;
        if (i < ops)
            buf_addf(&where, "operation %zu of %zu", i + 1, ops);
        else
            buf_add_text(&where, "the commit");
        return reply_refuse(json_get(element, "error"),
                            json_get(element, "details"), buf_text(&where),
                            fault, err);
    }
    if (json_count(result) != ops)
        return err_set(err, EPROTO,
                       "OVSDB answered %zu operations with %zu results", ops,
                       json_count(result));
    for (size_t i = 0; i < ops; i++) {
        if (json_type(json_at(result, i)) != JSON_OBJECT)
            return err_set(err, EPROTO,
                           "OVSDB answered operation %zu of %zu with %s", i + 1,
                           ops, json_type_name(json_at(result, i)));
    }
    return 0;
}

int reply_check(const struct json *result, size_t ops,
                struct reply_fault *ret_fault, struct err *err)
{
    struct reply_fault fault = {.kind = REPLY_OTHER, .op = ops};
    int r = check(result, ops, &fault, err);

    if (r < 0 && ret_fault)
        *ret_fault = fault;
    return r;
}

int reply_refused(const struct json *error, struct err *err)
{
    struct reply_fault fault;

    if (json_type(error) == JSON_OBJECT)
        return reply_refuse(json_get(error, "error"),
                            json_get(error, "details"), "the request", &fault,
                            err);
    return reply_refuse(error, NULL, "the request", &fault, err);
}

static const struct json *rows(const struct json *result, size_t op)
{
    const struct json *list = json_get(json_at(result, op), "rows");

    return json_type(list) == JSON_ARRAY ? list : NULL;
}

size_t reply_row_count(const struct json *result, size_t op)
{
    return json_count(rows(result, op));
}

const struct json *reply_row(const struct json *result, size_t op, size_t index)
{
    return json_at(rows(result, op), index);
}

int64_t reply_count(const struct json *result, size_t op)
{
    int64_t count = 0;

    if (!json_int(json_get(json_at(result, op), "count"), &count))
        return 0;
    return count;
}

const char *reply_uuid(const struct json *result, size_t op)
{
    const struct json *uuid = json_get(json_at(result, op), "uuid");
    const char *tag = json_string(json_at(uuid, 0));

    if (!tag || strcmp(tag, "uuid") != 0)
        return NULL;
    return json_string(json_at(uuid, 1));
}
