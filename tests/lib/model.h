/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Annotations and configurations in tests. They are JSON with single quotes,
 * which reads better in C.
 */
#pragma once

#include "ovsint/config/resolve.h"
#include "ovsint/config/settings.h"
#include "tests/lib/test.h"

static const struct json_limits model_limits = {.size = 1 << 20, .depth = 64};

/* The text with double quotes; the caller frees it. */
static inline char *model_quotes(const char *text)
{
    char *copy = mem_text(text, strlen(text));

    for (char *c = copy; *c; c++) {
        if (*c == '\'')
            *c = '"';
    }
    return copy;
}

static inline int model_settings(const char *config, struct settings *ret,
                                 struct err *err)
{
    auto_free char *text = model_quotes(config);

    return settings_parse(text, strlen(text), "ovsint.json", ret, err);
}

/* As with "guard": "off" in the policy, if that says nothing of it: for tests
 * that are not about the guard by default. */
static inline void model_unguarded(struct settings *settings)
{
    settings->policy.named |= 1u << RULE_GUARD;
}

/* The attachments that `annotations` ask for under `config`. */
static inline int model_attachments(const char *config, const char *annotations,
                                    struct attachment *ret, size_t *ret_count,
                                    struct err *err)
{
    auto_settings struct settings settings = {0};
    auto_free char *text = model_quotes(annotations);
    auto_json struct json *json = NULL;
    struct err test_err = {0};

    CHECK_OK(model_settings(config, &settings, &test_err), test_err);
    model_unguarded(&settings);
    CHECK_OK(json_parse(text, strlen(text), &model_limits, &json, &test_err),
             test_err);
    return attachments_from_annotations(json, &settings, ret, ret_count, err);
}

/* The canonical JSON of an attachment, with single quotes. */
static inline char *model_spec(const struct attachment *attachment)
{
    auto_buf struct buf buf = BUF_INIT(ATTACHMENT_TEXT_SIZE);
    struct json_writer w = JSON_WRITER(&buf);

    attachment_write(attachment, &w);
    CHECK(!buf.overflow);
    char *text = mem_text(buf.data, buf.size);
    for (char *c = text; *c; c++) {
        if (*c == '"')
            *c = '\'';
    }
    return text;
}

/* Reads a canonical form with single quotes. */
static inline int model_read(const char *spec, struct attachment *ret,
                             struct err *err)
{
    auto_free char *text = model_quotes(spec);
    auto_json struct json *json = NULL;
    struct err test_err = {0};

    CHECK_OK(json_parse(text, strlen(text), &model_limits, &json, &test_err),
             test_err);
    return attachment_read(json, ret, err);
}
