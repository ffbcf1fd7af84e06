/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Reads members of OCI documents. The message names the key. */
#include "common/oci/fields.h"

#include <errno.h>
#include <string.h>

static const char *wanted(enum json_type type)
{
    switch (type) {
    case JSON_STRING:
        return "a string";
    case JSON_ARRAY:
        return "an array";
    case JSON_OBJECT:
        return "an object";
    case JSON_INT:
        return "an integer";
    case JSON_BOOL:
        return "a boolean";
    case JSON_NONE:
    case JSON_NULL:
    case JSON_REAL:
        break;
    }
    return "something else";
}

int fields_parse(const char *bytes, size_t size, size_t limit,
                 struct json **ret, struct err *err)
{
    const struct json_limits limits = {.size = limit,
                                       .depth = LIMIT_JSON_DEPTH};
    auto_json struct json *json = NULL;

    int r = json_parse(bytes, size, &limits, &json, err);
    if (r < 0)
        return r;
    if (json_type(json) != JSON_OBJECT)
        return err_set(err, EINVAL, "the JSON text is %s, not an object",
                       json_type_name(json));
    *ret = TAKE_PTR(json);
    return 0;
}

int fields_get(const struct json *object, const char *key, enum json_type type,
               const struct json **ret, struct err *err)
{
    const struct json *member = json_get(object, key);

    if (json_type(member) == JSON_NULL)
        member = NULL;
    if (member && json_type(member) != type)
        return err_set(err, EINVAL, "\"%s\" is %s, not %s", key,
                       json_type_name(member), wanted(type));
    *ret = member;
    return 0;
}

int fields_text(const struct json *object, const char *key, const char **ret,
                struct err *err)
{
    const struct json *member = NULL;

    int r = fields_get(object, key, JSON_STRING, &member, err);
    if (r < 0)
        return r;
    *ret = json_string(member);
    return 0;
}

int fields_path(const struct json *object, const char *key, const char **ret,
                struct err *err)
{
    const char *path = NULL;

    int r = fields_text(object, key, &path, err);
    if (r < 0)
        return r;
    if (path && !*path)
        path = NULL;
    if (path && path[0] != '/')
        return err_set(err, EINVAL, "\"%s\" is no absolute path: '%s'", key,
                       path);
    *ret = path;
    return 0;
}

int fields_annotations(const struct json *object, const struct json **ret,
                       struct err *err)
{
    const struct json *annotations = NULL;

    int r = fields_get(object, "annotations", JSON_OBJECT, &annotations, err);
    if (r < 0)
        return r;
    for (size_t i = 0; i < json_count(annotations); i++) {
        const char *key = json_key_at(annotations, i);
        const struct json *value = json_at(annotations, i);
        if (strncmp(key, OCI_ANNOTATION_PREFIX,
                    strlen(OCI_ANNOTATION_PREFIX)) == 0 &&
            !json_string(value))
            return err_set(err, EINVAL,
                           "annotation '%s' is %s, not a string: put its "
                           "value in quotes",
                           key, json_type_name(value));
    }
    *ret = annotations;
    return 0;
}
