/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * JSON as an immutable tree. A document lives in one arena: json_free() of the
 * root releases all of it, and nobody releases children. The accessors take
 * NULL and nodes of any type, and then answer "nothing". So input is read by a
 * chain of calls with one check at its end.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ovsint/base/buf.h"
#include "ovsint/base/err.h"

enum json_type {
    JSON_NONE, /* the type of NULL: absent */
    JSON_NULL,
    JSON_BOOL,
    JSON_INT,  /* fits int64_t */
    JSON_REAL, /* any other number */
    JSON_STRING,
    JSON_ARRAY,
    JSON_OBJECT,
};

struct json;

enum json_type json_type(const struct json *node);
/* For messages: "an object", "a string", "nothing". */
const char *json_type_name(const struct json *node);

/* The text of a string, else NULL. Never contains NUL bytes. */
const char *json_string(const struct json *node);
/* True and *ret set when the node is an integer. */
bool json_int(const struct json *node, int64_t *ret);
bool json_bool(const struct json *node, bool *ret);

/* Number of elements or members; 0 for other types. */
size_t json_count(const struct json *node);
/* The element (array) or the value of the member (object) at `index`. */
const struct json *json_at(const struct json *node, size_t index);
/* The key of the member at `index`, else NULL. */
const char *json_key_at(const struct json *object, size_t index);
/* The value of `key`; if the key stands twice, the first one. */
const struct json *json_get(const struct json *object, const char *key);

void json_free(struct json *root);
DEFINE_AUTO(json, struct json *, json_free)
#define auto_json AUTO(json)

struct json_limits {
    size_t size;    /* bytes of one document */
    unsigned depth; /* nested arrays and objects */
    size_t nodes;   /* values in all; 0 = LIMIT_JSON_NODES */
    bool comments;  /* C comments allowed: our configuration only */
};

/* Parses exactly one document. -EINVAL with position and reason when it is
 * not JSON, -EFBIG beyond `size`, -E2BIG beyond `depth` or `nodes`. */
int json_parse(const char *bytes, size_t size, const struct json_limits *limits,
               struct json **ret, struct err *err) MUST_CHECK;

/* The same, of an object: anything else is -EINVAL. */
int json_parse_object(const char *bytes, size_t size,
                      const struct json_limits *limits, struct json **ret,
                      struct err *err) MUST_CHECK;

/* Incremental parsing of documents back to back, split anywhere. */
struct json_parser;
struct json_parser *json_parser_new(const struct json_limits *limits);
void json_parser_free(struct json_parser *parser);

/* Feeds bytes. Returns
 *   1   a document is complete: *ret has it, and the caller owns it. *ret_used
 *       says how many bytes it took. The caller feeds the rest again.
 *   0   all bytes were taken, more are needed.
 *   <0  as json_parse(). The parser refuses all further input. */
int json_parser_feed(struct json_parser *parser, const char *bytes, size_t size,
                     size_t *ret_used, struct json **ret,
                     struct err *err) MUST_CHECK;

/* Writes into a buffer, with commas and colons where they belong. Misuse trips
 * an assertion. The only error is the buffer's overflow, which its owner checks
 * at the end. */
struct json_writer {
    struct buf *buf;
    bool needs_comma;
    bool after_key;
};

#define JSON_WRITER(to) ((struct json_writer){.buf = (to)})

void json_write_object(struct json_writer *w);
void json_write_object_end(struct json_writer *w);
void json_write_array(struct json_writer *w);
void json_write_array_end(struct json_writer *w);
void json_write_key(struct json_writer *w, const char *key);
void json_write_string(struct json_writer *w, const char *text);
void json_write_int(struct json_writer *w, int64_t value);
void json_write_bool(struct json_writer *w, bool value);
void json_write_null(struct json_writer *w);
/* A copy of a parsed value. */
void json_write_value(struct json_writer *w, const struct json *value);
/* Key and string value in one. */
void json_write_member(struct json_writer *w, const char *key,
                       const char *text);
