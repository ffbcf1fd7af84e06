/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Private to this room: reads an object of the configuration by a table of its
 * members. An unknown or repeated member is an error with its path.
 */
#pragma once

#include "ovsint/config/policy.h"
#include "ovsint/spec/keys.h"

#define WHERE_SIZE 160

/* Reads one value into `to`. `where` is its path, "policy.bridges". */
typedef int member_reader(const struct json *value, const char *where, void *to,
                          struct err *err);

struct member {
    const char *key;
    member_reader *read;
};

/* `where` is the path of the object; "" is the document. */
int members_read(const struct json *object, const char *where,
                 const struct member *members, size_t count, void *to,
                 struct err *err) MUST_CHECK;

/* -EINVAL if the object has a member twice: a reader by key would see only
 * one. */
int members_unique(const struct json *object, const char *where,
                   struct err *err) MUST_CHECK;

/* Refuses a value whose type is wrong. Returns -EINVAL. */
int member_type_error(const struct json *value, const char *where,
                      const char *wanted, struct err *err);

int member_bool(const struct json *value, const char *where, bool *ret,
                struct err *err) MUST_CHECK;
int member_number(const struct json *value, const char *where, int64_t min,
                  int64_t max, int64_t *ret, struct err *err) MUST_CHECK;
/* The document owns the text. */
int member_string(const struct json *value, const char *where, const char **ret,
                  struct err *err) MUST_CHECK;
