/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The kinds of member that a state and a config.json share. A null member
 * counts as absent, as Go programs write empty values so.
 */
#pragma once

#include "ovsint/oci/oci.h"

/* Parses an object of at most `limit` bytes. */
int fields_parse(const char *bytes, size_t size, size_t limit,
                 struct json **ret, struct err *err) MUST_CHECK;

/* A member of the given type; NULL in *ret if absent. */
int fields_get(const struct json *object, const char *key, enum json_type type,
               const struct json **ret, struct err *err) MUST_CHECK;

/* A string; NULL in *ret if absent. */
int fields_text(const struct json *object, const char *key, const char **ret,
                struct err *err) MUST_CHECK;

/* An absolute path; NULL in *ret if absent or empty. */
int fields_path(const struct json *object, const char *key, const char **ret,
                struct err *err) MUST_CHECK;

/* The annotations, ours checked to be strings; NULL in *ret if absent. */
int fields_annotations(const struct json *object, const struct json **ret,
                       struct err *err) MUST_CHECK;
