/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * ovsint-hook: an OCI runtime hook that plugs a container into Open vSwitch
 * (createRuntime, prestart) and unplugs it (poststop). It is silent on success.
 * On failure it writes one line to stderr and to syslog, as crun throws a
 * hook's stderr away. Only this file logs errors and decides about exit
 * codes.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "hook/check.h"
#include "hook/confine.h"
#include "hook/options.h"
#include "hook/plug.h"
#include "hook/theirs.h"
#include "ovsint/base/io.h"
#include "ovsint/base/limits.h"
#include "ovsint/base/log.h"
#include "ovsint/config/resolve.h"
#include "ovsint/program/program.h"

/* Part of the interface: ovsint-hook(8). */
enum exit_status { EXIT_DONE = 0, EXIT_COULD_NOT = 1, EXIT_BAD_INPUT = 2 };

static enum exit_status fail(const struct err *err, enum exit_status status)
{
    log_event(LOG_LEVEL_ERROR, err->text, NULL);
    return status;
}

static enum exit_status show(const struct buf *text)
{
    struct err err = {0};

    return program_show(text, &err) < 0 ? fail(&err, EXIT_COULD_NOT)
                                        : EXIT_DONE;
}

/* The stages of an attach: open, confine, run. */
static int plug_container(const struct hook_run *run,
                          const struct oci_state *state,
                          const struct attachment *attachments, size_t count,
                          struct err *err)
{
    auto_plug struct plug plug = PLUG_CLOSED;

    int r = plug_open(&plug, run, state, attachments, count, err);
    if (r >= 0)
        r = hook_confine(err);
    return r < 0 ? r : plug_attach(&plug, err);
}

static int unplug_container(const struct hook_run *run,
                            const struct oci_state *state, struct err *err)
{
    auto_plug struct plug plug = PLUG_CLOSED;

    int r = plug_open_detach(&plug, run, state, err);
    if (r >= 0)
        r = hook_confine(err);
    return r < 0 ? r : plug_detach(&plug, err);
}

/* Of an interface that the CNI plugin has made, the annotations are that one's
 * to judge: a pod's refine a network that the hook does not know, so they may
 * be incomplete here. If all is complete the engine finds such a port. */
static int decide(const struct hook_run *run, const struct oci_state *state,
                  struct attachment *ret, size_t *ret_count, struct err *err)
{
    auto_theirs struct theirs theirs = THEIRS_CLOSED;
    struct err why = {0};

    int r = attachments_from_annotations(state->annotations, run->settings, ret,
                                         ret_count, err);
    if (r >= 0 || theirs_open(&theirs, run, state, &why) <= 0)
        return r;
    *err = (struct err){0};
    return attachments_from_annotations_but(state->annotations, theirs_has,
                                            &theirs, run->settings, ret,
                                            ret_count, err);
}

/* Who has forgotten the word is to learn why there is no network. */
static void warn_passed_over(const struct hook_run *run,
                             const struct oci_state *state)
{
    size_t count = annotations_passed_over(state->annotations, run->settings);
    char text[24];

    if (!count)
        return;
    snprintf(text, sizeof(text), "%zu", count);
    log_event(LOG_LEVEL_WARNING, ANNOTATIONS_PASSED_OVER, "container",
              state->id, "annotations", text, NULL);
}

static enum exit_status run_plug(const struct hook_run *run,
                                 const struct oci_state *state)
{
    /* 100 KiB, of which most runs touch a tenth: memory that nobody clears
     * costs no page faults. */
    static struct attachment attachments[LIMIT_ATTACHMENTS];
    struct err err = {0};
    size_t count;

    warn_passed_over(run, state);
    if (decide(run, state, attachments, &count, &err) < 0) {
        err_wrap(&err, "container %s", state->id);
        return fail(&err, EXIT_BAD_INPUT);
    }
    if (count && plug_container(run, state, attachments, count, &err) < 0) {
        err_wrap(&err, "container %s", state->id);
        return fail(&err, EXIT_COULD_NOT);
    }
    return EXIT_DONE;
}

static bool asks_for_ports(const struct json *annotations)
{
    for (size_t i = 0; i < json_count(annotations); i++) {
        if (strncmp(json_key_at(annotations, i), OCI_ANNOTATION_PREFIX,
                    sizeof(OCI_ANNOTATION_PREFIX) - 1) == 0)
            return true;
    }
    return false;
}

static enum exit_status run_unplug(const struct hook_run *run,
                                   const struct oci_state *state)
{
    struct err err = {0};

    if (state->annotations && !asks_for_ports(state->annotations))
        return EXIT_DONE;
    int r = unplug_container(run, state, &err);
    /* Without annotations only the id is known. Most such containers were never
     * attached, and a host without Open vSwitch must get no error for them. */
    if (!state->annotations && (r == -ENOENT || r == -ECONNREFUSED))
        return EXIT_DONE;
    if (r < 0) {
        err_wrap(&err, "container %s: unplug", state->id);
        return fail(&err, EXIT_COULD_NOT);
    }
    return EXIT_DONE;
}

static enum exit_status run_action(const struct hook_options *options,
                                   enum hook_action action,
                                   const struct settings *settings,
                                   const struct oci_state *state)
{
    char ovsdb[OVSDB_ADDRESS_SIZE];

    program_ovsdb(options->ovsdb, settings, ovsdb);
    struct hook_run run = {.settings = settings,
                           .ovsdb = ovsdb,
                           .deadline = deadline_in(settings->timeout_ms)};
    return action == HOOK_PLUG ? run_plug(&run, state)
                               : run_unplug(&run, state);
}

/* A container that asks for no ports is left alone. */
static int refuse_inside(enum hook_action action, const struct oci_state *state,
                         struct err *err)
{
    if (!asks_for_ports(state->annotations) || action == HOOK_UNPLUG)
        return 0;
    int r = container_refuse_inside(state, err);
    return r < 0 ? err_wrap(err, "container %s", state->id) : 0;
}

static enum exit_status run_stage(const struct hook_options *options)
{
    auto_buf struct buf text = BUF_INIT(LIMIT_STATE_SIZE);
    auto_oci_state struct oci_state state = {0};
    auto_settings struct settings settings = {0};
    struct err err = {0};

    if (io_read_all(STDIN_FILENO, "the container's state on standard input",
                    deadline_in(STATE_TIMEOUT_MS), &text, &err) < 0)
        return fail(&err, EXIT_BAD_INPUT);
    if (oci_state_parse(buf_text(&text), text.size, &state, &err) < 0)
        return fail(&err, EXIT_BAD_INPUT);
    buf_done(&text);
    enum hook_action action = options->action;
    if (refuse_inside(action, &state, &err) < 0)
        return fail(&err, EXIT_BAD_INPUT);
    if (action == HOOK_FROM_STATE)
        action = state.pid > 0 ? HOOK_PLUG : HOOK_UNPLUG;

    settings_init(&settings);
    if (program_settings(options->config, options->config_named, &settings,
                         &err) < 0) {
        if (action == HOOK_PLUG)
            return fail(&err, EXIT_BAD_INPUT);
        /* A mistake in the file must not leave ports behind, as nobody calls
         * poststop again. */
        log_event(LOG_LEVEL_WARNING, err.text, "action",
                  "unplugging with the default configuration", NULL);
    }
    return run_action(options, action, &settings, &state);
}

static enum exit_status run_check(const struct hook_options *options)
{
    auto_buf struct buf text = BUF_INIT(LIMIT_STATE_SIZE);
    auto_settings struct settings settings = {0};
    struct err err = {0};

    settings_init(&settings);
    if (program_settings(options->config, options->config_named, &settings,
                         &err) < 0 ||
        hook_check(&settings, options->check_file, &text, &err) < 0)
        return fail(&err, EXIT_BAD_INPUT);
    return show(&text);
}

static enum exit_status run_help(void)
{
    auto_buf struct buf text = BUF_INIT(LIMIT_STATE_SIZE);

    hook_options_help(&text);
    return show(&text);
}

static enum exit_status run_version(void)
{
    auto_buf struct buf text = BUF_INIT(LIMIT_STATE_SIZE);

    buf_add_text(&text, "ovsint-hook " OVSINT_VERSION "\n");
    return show(&text);
}

static enum exit_status run(const struct hook_options *options)
{
    switch (options->action) {
    case HOOK_HELP:
        return run_help();
    case HOOK_VERSION:
        return run_version();
    case HOOK_CHECK:
        return run_check(options);
    case HOOK_FROM_STATE:
    case HOOK_PLUG:
    case HOOK_UNPLUG:
        return run_stage(options);
    }
    return EXIT_BAD_INPUT;
}

int main(int argc, char **argv)
{
    struct hook_options options = {0};
    struct log_options log = {.program = "ovsint-hook", .to_syslog = true};
    struct err err = {0};

    program_begin();
    /* A runtime that does not read our output must not end us in the middle of
     * the work. */
    signal(SIGPIPE, SIG_IGN);
    log_init(&log);
    if (hook_options_parse(argc, argv, &options, &err) < 0)
        return fail(&err, EXIT_BAD_INPUT);
    log.level = options.level;
    log.format = options.format;
    log_init(&log);
    return run(&options);
}
