/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * --check: all that can be wrong in a file's annotations, found by the
 * decisions of an attach. Nothing is done.
 */
#include "hook/check.h"

#include <errno.h>

#include "ovsint/base/io.h"
#include "ovsint/base/log.h"
#include "ovsint/config/resolve.h"
#include "ovsint/oci/oci.h"

/* A state has an id; config.json never has (runtime-spec). */
static bool is_state(const char *bytes, size_t size)
{
    static const struct json_limits limits = {.size = LIMIT_STATE_SIZE,
                                              .depth = LIMIT_JSON_DEPTH};
    auto_json struct json *document = NULL;
    struct err ignored = {0};

    if (json_parse(bytes, size, &limits, &document, &ignored) < 0)
        return false;
    return json_get(document, "id") != NULL;
}

static void describe_all(const struct attachment *attachments, size_t count,
                         struct buf *ret)
{
    if (count == 0)
        buf_add_text(ret, "no ovsint annotations: nothing would be done\n");
    for (size_t i = 0; i < count; i++) {
        auto_buf struct buf line = BUF_INIT(ATTACHMENT_TEXT_SIZE);
        attachment_describe(&attachments[i], &line);
        log_clean(buf_text(&line), ret);
        buf_add_text(ret, "\n");
    }
}

static void note_passed_over(const struct json *annotations,
                             const struct settings *settings, struct buf *ret)
{
    size_t count = annotations_passed_over(annotations, settings);

    if (count)
        buf_addf(ret, "note: %zu " ANNOTATIONS_PASSED_OVER "\n", count);
}

static void warn_about_config(const struct oci_config *config, size_t count,
                              struct buf *ret)
{
    if (count == 0)
        return;
    if (!config->network)
        buf_add_text(ret, "problem: the container shares the host's network "
                          "namespace: the hook will refuse it\n");
    if (!(config->hook_stages &
          (OCI_STAGE_CREATE_RUNTIME | OCI_STAGE_PRESTART)))
        buf_add_text(ret, "note: ovsint-hook is not listed under "
                          "createRuntime; a hooks.d file may still add it\n");
    else if (!(config->hook_stages & OCI_STAGE_POSTSTOP))
        buf_add_text(ret, "problem: ovsint-hook is not listed under poststop: "
                          "its ports will be left behind\n");
}

static int check_state(const struct settings *settings, const struct buf *text,
                       struct attachment *attachments, struct buf *ret,
                       struct err *err)
{
    auto_oci_state struct oci_state state = {0};
    size_t count;

    int r = oci_state_parse(buf_text(text), text->size, &state, err);
    if (r < 0)
        return r;
    r = attachments_from_annotations(state.annotations, settings, attachments,
                                     &count, err);
    if (r < 0)
        return r;
    describe_all(attachments, count, ret);
    note_passed_over(state.annotations, settings, ret);
    return 0;
}

static int check_config(const struct settings *settings, const struct buf *text,
                        struct attachment *attachments, struct buf *ret,
                        struct err *err)
{
    auto_oci_config struct oci_config config = {0};
    size_t count;

    int r = oci_config_parse(buf_text(text), text->size, &config, err);
    if (r < 0)
        return r;
    r = attachments_from_annotations(config.annotations, settings, attachments,
                                     &count, err);
    if (r < 0)
        return r;
    describe_all(attachments, count, ret);
    note_passed_over(config.annotations, settings, ret);
    warn_about_config(&config, count, ret);
    return 0;
}

int hook_check(const struct settings *settings, const char *path,
               struct buf *ret, struct err *err)
{
    auto_buf struct buf text = BUF_INIT(LIMIT_CONFIG_SIZE);
    auto_free struct attachment *attachments =
        mem_new(LIMIT_ATTACHMENTS * sizeof(*attachments));

    int r = io_read_file(path, &text, err);
    if (r < 0)
        return r;
    r = is_state(buf_text(&text), text.size)
            ? check_state(settings, &text, attachments, ret, err)
            : check_config(settings, &text, attachments, ret, err);
    return r < 0 ? err_wrap(err, "%s", path) : 0;
}
