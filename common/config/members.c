/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Reads objects of the configuration strictly. An unknown member is an error: a
 * mistyped one in the policy would leave open what it should close.
 */
#include "common/config/members.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *dot_after(const char *where)
{
    return *where ? "." : "";
}

int member_type_error(const struct json *value, const char *where,
                      const char *wanted, struct err *err)
{
    return err_set(err, EINVAL, "%s: %s where %s was expected", where,
                   json_type_name(value), wanted);
}

static int unknown_member(const char *where, const char *key,
                          const struct member *members, size_t count,
                          struct err *err)
{
    auto_buf struct buf known = BUF_INIT(ERR_TEXT_SIZE);

    for (size_t i = 0; i < count; i++) {
        if (vocabulary_near(key, members[i].key))
            return err_set(err, EINVAL,
                           "%s%s%.40s: unknown key: did you mean '%s'?", where,
                           dot_after(where), key, members[i].key);
        buf_addf(&known, "%s%s", i ? ", " : "", members[i].key);
    }
    return err_set(err, EINVAL, "%s%s%.40s: unknown key (keys: %s)", where,
                   dot_after(where), key, buf_text(&known));
}

int members_unique(const struct json *object, const char *where,
                   struct err *err)
{
    for (size_t i = 0; i < json_count(object); i++) {
        const char *key = json_key_at(object, i);
        if (json_get(object, key) != json_at(object, i))
            return err_set(err, EINVAL, "%s%s%.40s: stands there twice", where,
                           dot_after(where), key);
    }
    return 0;
}

static const struct member *find(const char *key, const struct member *members,
                                 size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(members[i].key, key) == 0)
            return &members[i];
    }
    return NULL;
}

int members_read(const struct json *object, const char *where,
                 const struct member *members, size_t count, void *to,
                 struct err *err)
{
    if (json_type(object) != JSON_OBJECT)
        return member_type_error(object, *where ? where : "configuration",
                                 "an object", err);
    for (size_t i = 0; i < json_count(object); i++) {
        const char *key = json_key_at(object, i);
        if (!find(key, members, count))
            return unknown_member(where, key, members, count, err);
    }
    int r = members_unique(object, where, err);
    if (r < 0)
        return r;
    for (size_t i = 0; i < json_count(object); i++) {
        const char *key = json_key_at(object, i);
        const struct member *member = find(key, members, count);
        char path[WHERE_SIZE];
        snprintf(path, sizeof(path), "%s%s%s", where, dot_after(where), key);
        r = member->read(json_at(object, i), path, to, err);
        if (r < 0)
            return r;
    }
    return 0;
}

int member_bool(const struct json *value, const char *where, bool *ret,
                struct err *err)
{
    if (!json_bool(value, ret))
        return member_type_error(value, where, "true or false", err);
    return 0;
}

int member_number(const struct json *value, const char *where, int64_t min,
                  int64_t max, int64_t *ret, struct err *err)
{
    int64_t number;

    if (!json_int(value, &number))
        return member_type_error(value, where, "a whole number", err);
    if (number < min || number > max)
        return err_set(err, EINVAL,
                       "%s: %" PRId64 " is not within %" PRId64 "-%" PRId64,
                       where, number, min, max);
    *ret = number;
    return 0;
}

int member_string(const struct json *value, const char *where, const char **ret,
                  struct err *err)
{
    if (!json_string(value))
        return member_type_error(value, where, "a string", err);
    *ret = json_string(value);
    return 0;
}
