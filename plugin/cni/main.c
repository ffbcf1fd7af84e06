/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * ovsint-cni: a CNI plugin that plugs containers into Open vSwitch. A container
 * runtime starts it once for each command, which is in CNI_COMMAND, and writes
 * the network configuration to its standard input. In this order:
 *
 *   1. read: standard input to its end, with a limit and a deadline; then our
 *      own configuration. For DEL and GC a mistake in that is no reason to
 *      leave ports behind.
 *   2. decide: what can be wrong in what is asked for is found here.
 *   3. open: the container's namespace, the sockets, the database. An IPAM
 *      plugin is asked for addresses (lease.h); from here on a failure gives
 *      them back.
 *   4. confine.
 *   5. run, and write the answer.
 *
 * A failure is an error object on standard output, exit status 1 and a line in
 * syslog. If the answer to ADD cannot be written, the runtime knows nothing of
 * the port: it is removed.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ovsint/base/io.h"
#include "ovsint/base/log.h"
#include "plugin/cni/confine.h"
#include "plugin/cni/options.h"
#include "plugin/cni/plug.h"

enum exit_status { EXIT_DONE = 0, EXIT_COULD_NOT = 1, EXIT_BAD_INPUT = 2 };

static enum exit_status fail(const struct cni_request *request,
                             const struct cni_failure *failure)
{
    auto_buf struct buf text = BUF_INIT(LIMIT_STATE_SIZE);
    struct err err = {0};

    log_event(LOG_LEVEL_ERROR, failure->err.text, "container",
              request->container, "ifname", request->ifname, "network",
              request->name, NULL);
    cni_result_error(request->version, failure, &text);
    if (program_show(&text, &err) < 0)
        log_event(LOG_LEVEL_ERROR, err.text, NULL);
    return EXIT_COULD_NOT;
}

/* 1. Read. */

static int read_settings(const struct cni_request *request,
                         struct settings *ret, struct cni_failure *failure)
{
    settings_init(ret);
    if (program_settings(SETTINGS_PATH, false, ret, &failure->err) >= 0)
        return 0;
    if (request->command == CNI_DEL || request->command == CNI_GC) {
        log_event(LOG_LEVEL_WARNING, failure->err.text, "action",
                  "going on with the default configuration", NULL);
        failure->err = (struct err){0};
        return 0;
    }
    return cni_fail(failure, CNI_BAD_CONFIGURATION);
}

static int read_request(const struct cni_environment *environment,
                        struct buf *text, struct cni_request *ret,
                        struct cni_failure *failure)
{
    if (io_read_all(STDIN_FILENO, "the network configuration on standard input",
                    deadline_in(STATE_TIMEOUT_MS), text, &failure->err) < 0)
        return cni_fail(failure, CNI_BAD_INPUT);
    return cni_request_parse(buf_text(text), text->size, environment, ret,
                             failure);
}

/* 2. Decide. */

static int decide(struct cni_request *request, const struct settings *settings,
                  struct plug *plug, struct cni_failure *failure)
{
    switch (request->command) {
    case CNI_ADD:
    case CNI_CHECK:
        return cni_request_resolve(request, settings, &plug->spec, failure);
    case CNI_STATUS:
        if (cni_request_resolve(request, settings, &plug->spec, failure) >= 0)
            return 0;
        return cni_fail(failure, CNI_NOT_AVAILABLE);
    case CNI_DEL:
    case CNI_GC:
    case CNI_VERSION:
        break;
    }
    return 0;
}

/* 3. to 5. */

static int run_command(struct plug *plug, struct buf *ret,
                       struct cni_failure *failure)
{
    switch (plug->request->command) {
    case CNI_ADD:
        return plug_add(plug, ret, failure);
    case CNI_DEL:
        return plug_remove(plug, failure);
    case CNI_CHECK:
        return plug_check(plug, failure);
    case CNI_GC:
        return plug_collect(plug, failure);
    case CNI_STATUS:
        return plug_status(plug, failure);
    case CNI_VERSION:
        break;
    }
    return 0;
}

static int confine_process(struct cni_failure *failure)
{
    return cni_confine(&failure->err) < 0 ? cni_fail(failure, CNI_COULD_NOT)
                                          : 0;
}

/* Nobody knows of the port. */
static enum exit_status take_back(struct plug *plug, const struct err *why)
{
    struct cni_failure failure = {0};

    log_event(LOG_LEVEL_ERROR, why->text, NULL);
    if (plug->request->command == CNI_ADD && plug_remove(plug, &failure) < 0)
        log_event(LOG_LEVEL_ERROR, failure.err.text, "port", plug->made.port,
                  NULL);
    return EXIT_COULD_NOT;
}

static enum exit_status run(struct cni_request *request,
                            const struct settings *settings,
                            const struct plug_input *input)
{
    auto_buf struct buf text = BUF_INIT(LIMIT_STATE_SIZE);
    auto_plug struct plug plug = PLUG_CLOSED;
    struct cni_failure failure = {0};

    if (decide(request, settings, &plug, &failure) < 0 ||
        plug_open(&plug, request, settings, input, &failure) < 0 ||
        confine_process(&failure) < 0 ||
        run_command(&plug, &text, &failure) < 0) {
        plug_undo(&plug);
        return fail(request, &failure);
    }
    return program_show(&text, &failure.err) < 0
               ? take_back(&plug, &failure.err)
               : EXIT_DONE;
}

/* Constants. What is on standard input counts for the version alone. */
static enum exit_status run_version(const struct cni_environment *environment)
{
    auto_buf struct buf text = BUF_INIT(LIMIT_STATE_SIZE);
    auto_buf struct buf input = BUF_INIT(LIMIT_STATE_SIZE);
    auto_cni_request struct cni_request request = {.version =
                                                       CNI_DEFAULT_VERSION};
    struct cni_failure ignored = {0};

    /* What is wrong with it does not matter. */
    (void)!read_request(environment, &input, &request, &ignored);
    cni_result_version(request.version, &text);
    return program_show(&text, &ignored.err) < 0 ? EXIT_COULD_NOT : EXIT_DONE;
}

static enum exit_status serve(const struct cni_environment *environment)
{
    auto_cni_request struct cni_request request = {.version =
                                                       CNI_DEFAULT_VERSION};
    auto_settings struct settings settings = {0};
    auto_buf struct buf text = BUF_INIT(LIMIT_STATE_SIZE);
    const struct plug_input input = {environment, &text};
    struct cni_failure failure = {0};

    if (cni_command_find(environment->command) == CNI_VERSION)
        return run_version(environment);
    if (read_request(environment, &text, &request, &failure) < 0 ||
        read_settings(&request, &settings, &failure) < 0)
        return fail(&request, &failure);
    return run(&request, &settings, &input);
}

static enum exit_status serve_person(int argc, char **argv)
{
    auto_buf struct buf text = BUF_INIT(LIMIT_STATE_SIZE);
    enum cni_action action;
    struct err err = {0};

    if (cni_options_parse(argc, argv, &action, &err) < 0) {
        fprintf(stderr, "ovsint-cni: %s\n", err.text);
        return EXIT_BAD_INPUT;
    }
    if (action == CNI_SHOW_HELP)
        cni_options_help(&text);
    else
        buf_add_text(&text, "ovsint-cni " OVSINT_VERSION "\n");
    return program_show(&text, &err) < 0 ? EXIT_COULD_NOT : EXIT_DONE;
}

/* If stdio had to find its own, it would ask whether standard output is a
 * terminal, which a confined program may not. */
static char output[BUFSIZ];

int main(int argc, char **argv)
{
    const struct log_options log = {
        .program = "ovsint-cni", .level = LOG_LEVEL_WARNING, .to_syslog = true};
    const struct cni_environment environment = {
        .command = getenv("CNI_COMMAND"),
        .container = getenv("CNI_CONTAINERID"),
        .netns = getenv("CNI_NETNS"),
        .ifname = getenv("CNI_IFNAME"),
        .args = getenv("CNI_ARGS"),
        .path = getenv("CNI_PATH")};

    program_begin();
    /* A runtime that does not read our answer must not end us in the middle of
     * the work. */
    signal(SIGPIPE, SIG_IGN);
    setvbuf(stdout, output, _IOFBF, sizeof(output));
    log_init(&log);
    return environment.command ? serve(&environment) : serve_person(argc, argv);
}
