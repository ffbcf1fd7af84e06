/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Private to this room: reading an object of the configuration by a table of
 * its members. Unknown and repeated members are errors, with their path.
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

/* `where` is the path of the object, "" for the document. */
int members_read(const struct json *object, const char *where,
                 const struct member *members, size_t count, void *to,
                 struct err *err) MUST_CHECK;

/* -EINVAL when the object has a member twice: the later would be ignored. */
int members_unique(const struct json *object, const char *where,
                   struct err *err) MUST_CHECK;

/* The refusal of a value whose type is wrong. Returns -EINVAL. */
int member_type_error(const struct json *value, const char *where,
                      const char *wanted, struct err *err);

int member_bool(const struct json *value, const char *where, bool *ret,
                struct err *err) MUST_CHECK;
int member_number(const struct json *value, const char *where, int64_t min,
                  int64_t max, int64_t *ret, struct err *err) MUST_CHECK;
/* The text stays the document's. */
int member_string(const struct json *value, const char *where, const char **ret,
                  struct err *err) MUST_CHECK;
