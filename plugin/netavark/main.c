/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * ovsint-netavark: a driver of podman's networks that plugs containers into
 * Open vSwitch. podman starts it for `create`, netavark for `setup` and
 * `teardown`, and each writes one JSON object to its standard input. In this
 * order:
 *
 *   1. read: standard input to its end, with a limit and a deadline; then our
 *      own configuration. For teardown a mistake in that is no reason to leave
 *      a port behind.
 *   2. decide: what can be wrong in what is asked for is found here.
 *   3. open: the container's namespace, the sockets, the database.
 *   4. confine.
 *   5. run, and write the answer.
 *
 * A failure is an object with one sentence on standard output, exit status 1
 * and a line in syslog. If the answer to setup cannot be written, netavark does
 * not know of the port: it is removed.
 *
 * Pitfall: podman holds a lock on all networks while we run. Nothing here may
 * call podman, or wait without a deadline.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ovsint/base/io.h"
#include "ovsint/base/log.h"
#include "plugin/netavark/answer.h"
#include "plugin/netavark/confine.h"
#include "plugin/netavark/names.h"
#include "plugin/netavark/options.h"
#include "plugin/netavark/plug.h"

enum exit_status { EXIT_DONE = 0, EXIT_COULD_NOT = 1, EXIT_BAD_INPUT = 2 };

static enum exit_status fail(const struct netavark_request *request,
                             const struct err *why)
{
    auto_buf struct buf text = BUF_INIT(LIMIT_STATE_SIZE);
    struct err err = {0};

    log_event(LOG_LEVEL_ERROR, why->text, "container", request->container,
              "ifname", request->ifname, "network", request->name, NULL);
    netavark_answer_error(why, &text);
    if (program_show(&text, &err) < 0)
        log_event(LOG_LEVEL_ERROR, err.text, NULL);
    return EXIT_COULD_NOT;
}

/* 1. Read. */

/* What is beyond the limit is read as well: else netavark reports that it could
 * not write, and not what we answer. */
static void read_rest(struct deadline deadline)
{
    auto_buf struct buf rest = BUF_INIT(LIMIT_RPC_MESSAGE_SIZE);
    struct err ignored = {0};

    (void)!io_read_all(STDIN_FILENO, "the rest", deadline, &rest, &ignored);
}

static int read_request(enum netavark_command command,
                        struct netavark_request *ret, struct err *err)
{
    const struct deadline deadline = deadline_in(STATE_TIMEOUT_MS);
    auto_buf struct buf text = BUF_INIT(LIMIT_STATE_SIZE);

    int r = io_read_all(STDIN_FILENO, "what podman writes to standard input",
                        deadline, &text, err);
    if (r < 0) {
        read_rest(deadline);
        return r;
    }
    return netavark_request_parse(buf_text(&text), text.size, command, ret,
                                  err);
}

static int read_settings(const struct netavark_request *request,
                         struct settings *ret, struct err *err)
{
    settings_init(ret);
    int r = program_settings(SETTINGS_PATH, false, ret, err);
    if (r >= 0 || request->command != NETAVARK_TEARDOWN)
        return r;
    log_event(LOG_LEVEL_WARNING, err->text, "action",
              "going on with the default configuration", NULL);
    *err = (struct err){0};
    return 0;
}

/* 2. Decide. */

static int decide(struct netavark_request *request,
                  const struct settings *settings, struct plug *plug,
                  struct err *err)
{
    int r = attach_run_refuse_rootless("create the network, and run its "
                                       "containers, as root",
                                       err);

    if (r < 0 || request->command == NETAVARK_TEARDOWN)
        return r;
    return netavark_request_resolve(request, settings, &plug->spec, err);
}

/* 3. to 5. */

/* A name that stays is no reason to leave a port behind. */
static void forget_names(const struct netavark_request *request,
                         const char *ovsdb)
{
    struct err err = {0};

    if (names_remove(request, ovsdb, &err) < 0)
        log_event(LOG_LEVEL_WARNING, err.text, "container", request->container,
                  "network", request->name, NULL);
}

static int open_names(const struct netavark_request *request,
                      const struct settings *settings, struct names *ret,
                      struct err *err)
{
    char ovsdb[OVSDB_ADDRESS_SIZE];

    program_ovsdb(NULL, settings, ovsdb);
    if (request->command == NETAVARK_TEARDOWN) {
        forget_names(request, ovsdb);
        return 0;
    }
    ret->can_serve = names_can_serve(request);
    if (request->command == NETAVARK_CREATE || !request->wants_names ||
        !ret->can_serve)
        return 0;
    return names_open(ret, request, ovsdb, err);
}

/* Which other containers of its network know by name. */
static int set_up(struct plug *plug, const struct names *names, struct buf *ret,
                  struct err *err)
{
    const struct netavark_request *request = plug->request;
    const bool has_names = names->fd >= 0;
    struct err ignored = {0};
    int r = plug_set_up(plug, err);

    if (r < 0)
        return r;
    if (has_names)
        r = names_add(names, request, &plug->made.spec,
                      deadline_in(NAMES_TIMEOUT_MS), err);
    if (r >= 0)
        netavark_answer_status(request, &plug->made,
                               has_names ? NAMES_DOMAIN : NULL, ret);
    else if (plug_tear_down(plug, &ignored) < 0)
        log_event(LOG_LEVEL_ERROR, ignored.text, "port", plug->made.port, NULL);
    return r;
}

static int run_command(struct plug *plug, const struct names *names,
                       struct buf *ret, struct err *err)
{
    const struct netavark_request *request = plug->request;
    int r = 0;

    switch (request->command) {
    case NETAVARK_CREATE:
        r = plug_check_bridge(plug, err);
        return r < 0 ? r
                     : netavark_answer_network(request, names->can_serve, ret,
                                               err);
    case NETAVARK_SETUP:
        return set_up(plug, names, ret, err);
    case NETAVARK_TEARDOWN:
        return plug_tear_down(plug, err);
    case NETAVARK_INFO:
        break;
    }
    return 0;
}

/* Nobody knows of the port. */
static enum exit_status take_back(struct plug *plug, const struct err *why)
{
    struct err err = {0};

    log_event(LOG_LEVEL_ERROR, why->text, NULL);
    if (plug->request->command == NETAVARK_SETUP &&
        plug_tear_down(plug, &err) < 0)
        log_event(LOG_LEVEL_ERROR, err.text, "port", plug->made.port, NULL);
    return EXIT_COULD_NOT;
}

static enum exit_status run(struct netavark_request *request,
                            const struct settings *settings,
                            const char *netns_path)
{
    auto_buf struct buf text = BUF_INIT(LIMIT_STATE_SIZE);
    auto_names struct names names = NAMES_NONE;
    auto_plug struct plug plug = PLUG_CLOSED;
    struct err err = {0};

    if (decide(request, settings, &plug, &err) < 0 ||
        open_names(request, settings, &names, &err) < 0 ||
        plug_open(&plug, request, settings, netns_path, &err) < 0 ||
        netavark_confine(&err) < 0 ||
        run_command(&plug, &names, &text, &err) < 0)
        return fail(request, &err);
    return program_show(&text, &err) < 0 ? take_back(&plug, &err) : EXIT_DONE;
}

static enum exit_status serve(const struct netavark_options *options)
{
    auto_netavark_request struct netavark_request request = {.name = NULL};
    auto_settings struct settings settings = {0};
    struct err err = {0};

    if (read_request((enum netavark_command)options->command, &request, &err) <
            0 ||
        read_settings(&request, &settings, &err) < 0)
        return fail(&request, &err);
    return run(&request, &settings, options->netns);
}

static enum exit_status show(const struct netavark_options *options)
{
    auto_buf struct buf text = BUF_INIT(LIMIT_STATE_SIZE);
    struct err err = {0};

    if (options->action == NETAVARK_SHOW_HELP)
        netavark_options_help(&text);
    else if (options->action == NETAVARK_SHOW_VERSION)
        buf_add_text(&text, "ovsint-netavark " OVSINT_VERSION "\n");
    else
        netavark_answer_info(&text);
    return program_show(&text, &err) < 0 ? EXIT_COULD_NOT : EXIT_DONE;
}

/* If stdio had to find its own, it would ask whether standard output is a
 * terminal, which a confined program may not. */
static char output[BUFSIZ];

int main(int argc, char **argv)
{
    /* podman shows its user our stderr, and what we answer as well. */
    const struct log_options log = {.program = "ovsint-netavark",
                                    .level = LOG_LEVEL_WARNING,
                                    .to_syslog = true,
                                    .tells_errors = true};
    struct netavark_options options = {.netns = NULL};
    struct err err = {0};

    program_begin();
    /* A caller that does not read our answer must not end us in the middle of
     * the work. */
    signal(SIGPIPE, SIG_IGN);
    setvbuf(stdout, output, _IOFBF, sizeof(output));
    log_init(&log);
    if (netavark_options_parse(argc, argv, &options, &err) < 0) {
        fprintf(stderr, "ovsint-netavark: %s\n", err.text);
        return EXIT_BAD_INPUT;
    }
    if (options.action == NETAVARK_RUN && options.command != NETAVARK_INFO)
        return serve(&options);
    return show(&options);
}
