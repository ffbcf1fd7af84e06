/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * ovsint-plugin: Docker's network driver `ovsint`. One thread, one event loop.
 * SIGTERM and SIGINT end it in order: no new calls are taken, those in progress
 * end (each has a deadline), then everything is closed, and the loop must have
 * nothing left.
 */
#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "ovsint/base/helper.h"
#include "ovsint/base/io.h"
#include "ovsint/base/limits.h"
#include "ovsint/base/log.h"
#include "ovsint/program/program.h"
#include "plugin/daemon/attach_uv.h"
#include "plugin/daemon/confine.h"
#include "plugin/daemon/host.h"
#include "plugin/daemon/listen.h"
#include "plugin/daemon/notify.h"
#include "plugin/daemon/options.h"
#include "plugin/daemon/server.h"
#include "plugin/daemon/timer.h"
#include "plugin/daemon/watch.h"
#include "plugin/docker/docker.h"
#include "plugin/docker/network_request.h"
#include "plugin/gateway/gateway.h"
#include "plugin/guard/guardian.h"
#include "plugin/guard/once.h"
#include "plugin/guard/orphans.h"
#include "plugin/lease/lease_keeper.h"
#include "plugin/metrics/scrape.h"
#include "plugin/multicast/snooping.h"
#include "plugin/namespaces/serve.h"
#include "plugin/pool/pool.h"
#include "plugin/uplink/moves.h"

/* Part of the interface: ovsint-plugin(8). */
enum exit_status { EXIT_ENDED = 0, EXIT_COULD_NOT = 1, EXIT_BAD_INPUT = 2 };

/* The service manager waits for 20 s: packaging/systemd. */
#define STOP_EXTRA_MS 1000

struct program {
    uv_loop_t loop;
    uv_signal_t terminate;
    uv_signal_t interrupt;
    uv_signal_t list;
    uv_timer_t late;
    uv_poll_t helper; /* whether it has ended */
    int helper_fd;
    bool has_helper; /* it is watched */
    struct listening listening;
    struct settings settings;
    char ovsdb[OVSDB_ADDRESS_SIZE];
    struct host *host;
    struct gateway *gateway;
    struct flow_keeper *keeper;
    struct northbound *northbound;
    struct attach_uv *attaches;
    struct orphans *orphans;
    struct guardian *guardian;
    struct pool *pool;
    struct snooping *snooping;
    struct moves *moves;
    struct lease_keeper *leases;
    struct docker *docker;
    struct docker_questions questions;
    struct server_config server_config;
    struct server *server;
    struct listening scraped; /* metrics */
    struct scrape *scrape;    /* NULL = they are not asked for */
    struct once once;
    int r;          /* how the pass of --once ended */
    struct err err; /* the reason */
};

static bool in_order;

/* libnftables, libnftnl and libxtables call exit(3) if they get no socket or do
 * not understand the kernel. Their own message stands before this line. */
static void tell_of_exit(void)
{
    if (!in_order)
        log_event(LOG_LEVEL_ERROR,
                  "giving up: a library has ended the program, for the reason "
                  "in the line before; start it again",
                  NULL);
}

/* libuv calls abort(3) without a message if it gets no pipe for its signals
 * (uv__signal_global_reinit()). A failed assertion and a lack of memory have
 * written their own line before. */
static void tell_of_abort(int number)
{
    static const char text[] = "ovsint-plugin: giving up: the program was "
                               "aborted, for the reason in the line before; "
                               "if there is none, libuv was refused what it "
                               "needs (pipes, descriptors); to be started "
                               "again\n";

    (void)!write(STDERR_FILENO, text, sizeof(text) - 1);
    /* Another process may have sent the signal, a service manager for
     * example. */
    (void)signal(number, SIG_DFL);
    (void)raise(number);
}

static enum exit_status exit_with(const struct err *err,
                                  enum exit_status status)
{
    log_event(LOG_LEVEL_ERROR, err->text, NULL);
    return status;
}

static void on_gateway_change(void *data)
{
    struct program *program = data;

    if (program->docker)
        docker_on_gateway(program->docker);
}

static void show_ports(const void *data, struct buf *ret)
{
    const struct program *program = data;

    guardian_show(program->guardian, ret);
}

static void write_metrics(const void *data, struct buf *ret)
{
    const struct program *program = data;

    measures_write(program->host, ret);
    guardian_metrics(program->guardian, ret);
    gateway_metrics(program->gateway, ret);
    docker_metrics(program->docker, ret);
}

/* It says nothing that it was not asked for: so it has gone, or has gone mad.
 * Whatever the plugin was doing, the next one looks at every port anew. */
static void on_helper(uv_poll_t *poll, int status, int events)
{
    struct program *program = poll->data;

    (void)status;
    (void)events;
    log_event(LOG_LEVEL_ERROR,
              "giving up: the helper ovsint-namespaces does not answer any "
              "more, and nothing can be done in namespaces without it; to be "
              "started again",
              "reason", helper_failure(), NULL);
    listen_remove(&program->listening);
    listen_remove(&program->scraped);
    in_order = true;
    exit(EXIT_COULD_NOT);
}

static int watch_helper(struct program *program, struct err *err)
{
    int r = watch_readable(&program->loop, &program->helper, program->helper_fd,
                           on_helper, program, "the helper", err);

    program->has_helper = r >= 0;
    return r;
}

static void close_rooms(struct program *program)
{
    if (program->has_helper)
        uv_close((uv_handle_t *)&program->helper, NULL);
    program->has_helper = false;
    docker_close(program->docker);
    lease_keeper_close(program->leases);
    orphans_close(program->orphans);
    pool_close(program->pool);
    snooping_close(program->snooping);
    guardian_close(program->guardian);
    moves_close(program->moves);
    attach_uv_close(program->attaches);
    gateway_close(program->gateway);
    northbound_close(program->northbound);
    flow_keeper_close(program->keeper);
    host_close(program->host);
}

static int confine_program(const struct program *program, struct err *err)
{
    const char *const sockets[] = {program->listening.path,
                                   program->scraped.path};

    return plugin_confine(sockets, ARRAY_LEN(sockets), err);
}

/* They subscribe in this order, in which they then hear of rows: rules come
 * before the calls that wait for them, and Docker's calls before repairs.
 * --once opens no door, and leaves rules and pools to the daemon. */
static int open_rooms(struct program *program, bool serves, struct err *err)
{
    uv_loop_t *loop = &program->loop;

    /* From here on it is the helper that opens what needs more rights. */
    helper_use(program->helper_fd);
    int r = host_open(loop, &program->settings, program->ovsdb, GUARDIAN_LOCK,
                      &program->host, err);
    if (r >= 0)
        r = gateway_open(loop, program->host, serves, on_gateway_change,
                         program, &program->gateway, err);
    if (r < 0)
        return r;
    program->keeper = flow_keeper_open(loop, program->host, program->ovsdb);
    program->attaches = attach_uv_open(loop, program->host, program->keeper);
    program->northbound = northbound_open(loop, program->host);
    attach_uv_use(program->attaches, program->northbound);
    if (serves)
        gateway_use(program->gateway, program->northbound);
    program->questions = (struct docker_questions){
        .ports = show_ports, .metrics = write_metrics, .data = program};
    if (serves)
        program->docker = docker_open(loop, program->host, program->gateway,
                                      program->attaches, program->northbound,
                                      &program->questions);
    program->guardian =
        guardian_open(loop, program->host, program->attaches, program->keeper);
    if (serves)
        program->pool = pool_open(loop, program->host);
    if (serves && program->settings.guards)
        r = moves_open(loop, program->ovsdb, program->host->boot,
                       &program->moves, err);
    if (r < 0)
        return r;
    if (serves && program->settings.guards) {
        program->leases = lease_keeper_open(loop, program->host);
        program->snooping = snooping_open(loop, program->host, program->ovsdb);
        program->orphans = orphans_open(loop, program->host,
                                        program->northbound, program->guardian);
    }
    r = watch_helper(program, err);
    return r < 0 ? r : confine_program(program, err);
}

static void on_closing(uv_timer_t *timer)
{
    struct program *program = timer->data;

    close_rooms(program);
    uv_close((uv_handle_t *)&program->terminate, NULL);
    uv_close((uv_handle_t *)&program->interrupt, NULL);
    uv_close((uv_handle_t *)&program->list, NULL);
    uv_close((uv_handle_t *)&program->late, NULL);
}

/* If a client has gone, the end of its call is the end of its connection. So
 * this may come while the host still tells the rooms of rows: they are closed
 * after that. Metrics are written of rooms that are open, so their scrapers
 * must have gone as well. */
static void on_scrape_stopped(void *data)
{
    struct program *program = data;

    timer_in(&program->late, on_closing, 0);
}

static void on_stopped(void *data)
{
    struct program *program = data;

    if (program->scrape)
        scrape_stop(program->scrape);
    else
        on_scrape_stopped(program);
}

static void on_request(void *data, struct conn *conn,
                       const struct http_request *request)
{
    struct program *program = data;

    router_request(program->docker->router, conn, request);
}

static const struct server_events server_events = {.request = on_request,
                                                   .stopped = on_stopped};

/* All calls have ended by now. The clients that are left do not read their
 * answers, or never finish a request. */
static void on_late(uv_timer_t *timer)
{
    struct program *program = timer->data;

    log_event(LOG_LEVEL_WARNING,
              "closing the connections of clients that do not read their "
              "answers",
              NULL);
    server_abort(program->server);
}

static void on_signal(uv_signal_t *signal, int number)
{
    struct program *program = signal->data;

    if (!uv_is_active((uv_handle_t *)&program->late))
        timer_in(&program->late, on_late,
                 program->host->call_timeout_ms + STOP_EXTRA_MS);

    log_event(LOG_LEVEL_INFO, "stopping", "signal", strsignal(number), NULL);
    notify("STOPPING=1");
    listen_remove(&program->listening);
    listen_remove(&program->scraped);
    server_stop(program->server);
}

static void on_list(uv_signal_t *signal, int number)
{
    const struct program *program = signal->data;

    (void)number;
    guardian_log(program->guardian);
}

static void watch_signal(struct program *program, uv_signal_t *signal,
                         uv_signal_cb act, int number)
{
    uv_signal_init(&program->loop, signal);
    signal->data = program;
    uv_signal_start(signal, act, number);
}

/* Containers are served without metrics rather than not at all. */
static void serve_metrics(struct program *program)
{
    static const struct scrape_events events = {.write = write_metrics,
                                                .stopped = on_scrape_stopped};
    struct err err = {0};

    if (program->scraped.fd >= 0 &&
        scrape_open(&program->loop, TAKE_FD(program->scraped.fd), &events,
                    program, &program->scrape, &err) < 0)
        log_event(LOG_LEVEL_ERROR, err.text, NULL);
}

static void listen_for_metrics(struct program *program)
{
    struct err err = {0};

    if (program->settings.metrics[0] &&
        listen_metrics(program->settings.metrics, &program->scraped, &err) < 0)
        log_event(LOG_LEVEL_ERROR, err.text, NULL);
}

static int serve(struct program *program, struct err *err)
{
    struct listening *listening = &program->listening;

    int r = open_rooms(program, true, err);
    program->server_config =
        (struct server_config){.profile = &http_docker,
                               .connections = LIMIT_HTTP_CONNECTIONS,
                               .events = &server_events,
                               .data = program};
    if (r >= 0)
        r = server_open(&program->loop, TAKE_FD(listening->fd),
                        &program->server_config, &program->server, err);
    if (r < 0) {
        close_rooms(program);
        return r;
    }
    serve_metrics(program);
    uv_timer_init(&program->loop, &program->late);
    program->late.data = program;
    watch_signal(program, &program->terminate, on_signal, SIGTERM);
    watch_signal(program, &program->interrupt, on_signal, SIGINT);
    watch_signal(program, &program->list, on_list, SIGUSR1);
    log_event(LOG_LEVEL_INFO, "ready", "version", OVSINT_VERSION, "socket",
              listening->path[0] ? listening->path : "inherited", NULL);
    notify("READY=1");
    return 0;
}

static int begin_loop(struct program *program, struct err *err)
{
    int r = uv_loop_init(&program->loop);

    return r < 0 ? err_code(err, -r, "make the event loop") : 0;
}

static void end_loop(struct program *program)
{
    int left = uv_loop_close(&program->loop);

    assert(left == 0);
    (void)left;
}

static void on_pass_ended(void *data, int r, const struct err *why)
{
    struct program *program = data;

    program->r = r;
    program->err = *why;
    close_rooms(program);
}

static enum exit_status once(struct program *program)
{
    struct err err = {0};

    if (begin_loop(program, &err) < 0)
        return exit_with(&err, EXIT_COULD_NOT);
    program->r = open_rooms(program, false, &program->err);
    if (program->r < 0)
        close_rooms(program);
    else
        once_begin(&program->once, &program->loop, program->guardian,
                   ONCE_TIMEOUT_MS, on_pass_ended, program);
    uv_run(&program->loop, UV_RUN_DEFAULT);
    end_loop(program);
    return program->r < 0 ? exit_with(&program->err, EXIT_COULD_NOT)
                          : EXIT_ENDED;
}

static int begin_helper(struct program *program,
                        const struct plugin_options *options, struct err *err)
{
    const struct helper_reach reach = {
        .ovsdb = program->ovsdb, .northbound = program->settings.northbound};

    program->helper_fd = options->namespaces
                             ? helper_connect(options->namespaces, err)
                             : helper_fork(&reach, err);
    return program->helper_fd;
}

static enum exit_status run_daemon(struct program *program,
                                   const struct plugin_options *options)
{
    struct err err = {0};

    if (plugin_confine_loop(&err) < 0)
        return exit_with(&err, EXIT_COULD_NOT);
    if (program_settings(options->config, options->config_named,
                         &program->settings, &err) < 0)
        return exit_with(&err, EXIT_BAD_INPUT);
    program_ovsdb(options->ovsdb, &program->settings, program->ovsdb);
    if (begin_helper(program, options, &err) < 0)
        return exit_with(&err, EXIT_COULD_NOT);
    if (options->action == PLUGIN_ONCE)
        return once(program);
    if (listen_open(options->socket, &program->listening, &err) < 0)
        return exit_with(&err, EXIT_COULD_NOT);

    if (begin_loop(program, &err) < 0) {
        listen_remove(&program->listening);
        return exit_with(&err, EXIT_COULD_NOT);
    }
    listen_for_metrics(program);
    int r = serve(program, &err);
    uv_run(&program->loop, UV_RUN_DEFAULT);
    server_free(program->server);
    scrape_free(program->scrape);
    listen_remove(&program->listening);
    listen_remove(&program->scraped);
    end_loop(program);
    return r < 0 ? exit_with(&err, EXIT_COULD_NOT) : EXIT_ENDED;
}

static enum exit_status show(const struct buf *text)
{
    struct err err = {0};

    return program_show(text, &err) < 0 ? exit_with(&err, EXIT_COULD_NOT)
                                        : EXIT_ENDED;
}

static enum exit_status act_as_told(const struct plugin_options *options)
{
    auto_buf struct buf text = BUF_INIT(64u * 1024);

    switch (options->action) {
    case PLUGIN_HELP:
        plugin_options_help(&text, docker_keys_help);
        return show(&text);
    case PLUGIN_VERSION:
        buf_add_text(&text, "ovsint-plugin " OVSINT_VERSION "\n");
        return show(&text);
    case PLUGIN_SERVE:
    case PLUGIN_ONCE:
        break;
    }
    struct program program = {
        .helper_fd = -1, .listening = {.fd = -1}, .scraped = {.fd = -1}};
    settings_init(&program.settings);
    enum exit_status status = run_daemon(&program, options);
    settings_done(&program.settings);
    if (program.helper_fd >= 0)
        close(program.helper_fd);
    return status;
}

int main(int argc, char **argv)
{
    struct plugin_options options = {0};
    struct log_options log = {.program = "ovsint-plugin"};
    struct err err = {0};

    log_init(&log);
    /* A client that has gone then is an error of write(2). */
    signal(SIGPIPE, SIG_IGN);
    signal(SIGABRT, tell_of_abort);
    if (plugin_options_parse(argc, argv, &options, &err) < 0)
        return exit_with(&err, EXIT_BAD_INPUT);
    log.level = options.level;
    log.format = options.format;
    log.to_syslog = options.to_syslog;
    log_init(&log);
    (void)atexit(tell_of_exit);
    enum exit_status status = act_as_told(&options);
    in_order = true;
    return status;
}
