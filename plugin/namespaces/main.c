/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * ovsint-namespaces: the helper of ovsint-plugin as a service of its own. The
 * service manager hands over the socket that listens. One plugin is served at a
 * time; when it has gone the next one is.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "ovsint/base/io.h"
#include "ovsint/base/log.h"
#include "ovsint/program/program.h"
#include "plugin/namespaces/serve.h"

/* Part of the interface: ovsint-namespaces(8). */
enum exit_status { EXIT_ENDED = 0, EXIT_COULD_NOT = 1, EXIT_BAD_INPUT = 2 };

enum { LISTEN_FD = 3 }; /* SD_LISTEN_FDS_START */

enum option { OPTION_CONFIG, OPTION_HELP, OPTION_OVSDB, OPTION_VERSION };

static const struct program_option option_table[] = {
    [OPTION_CONFIG] = {"--config", "FILE", "configuration (" SETTINGS_PATH ")"},
    [OPTION_HELP] = {"--help", NULL, "show this text"},
    [OPTION_OVSDB] = {"--ovsdb", "ADDRESS", "database server, unix:PATH"},
    [OPTION_VERSION] = {"--version", NULL, "show the version"},
};

struct options {
    const char *config;
    bool config_named;
    const char *ovsdb;
    bool shows_help;
    bool shows_version;
};

static int exit_with(const struct err *err, enum exit_status status)
{
    log_event(LOG_LEVEL_ERROR, err->text, NULL);
    return status;
}

static int set_option(struct options *options, enum option option,
                      const char *value, struct err *err)
{
    switch (option) {
    case OPTION_CONFIG:
        options->config = value;
        options->config_named = true;
        return 0;
    case OPTION_HELP:
        options->shows_help = true;
        return 0;
    case OPTION_OVSDB:
        return program_ovsdb_option(value, &options->ovsdb, err);
    case OPTION_VERSION:
        options->shows_version = true;
        return 0;
    }
    return err_set(err, EINVAL, "unknown option");
}

static int parse(int argc, char **argv, struct options *ret, struct err *err)
{
    for (int i = 1; i < argc; i++) {
        const char *value;
        size_t option;
        int r = program_take_option(option_table, ARRAY_LEN(option_table), argc,
                                    argv, &i, &option, &value, err);
        if (r >= 0)
            r = set_option(ret, (enum option)option, value, err);
        if (r < 0)
            return r;
    }
    return 0;
}

static int show(const struct options *options, struct err *err)
{
    auto_buf struct buf text = BUF_INIT(4096);

    if (options->shows_version) {
        buf_add_text(&text, "ovsint-namespaces " OVSINT_VERSION "\n");
        return program_show(&text, err);
    }
    buf_add_text(&text, "Usage: ovsint-namespaces [OPTION]...\n"
                        "Opens namespaces for ovsint-plugin, on a socket that "
                        "the service manager hands over.\n\nOptions:\n");
    program_options_help(option_table, ARRAY_LEN(option_table), &text);
    return program_show(&text, err);
}

static int check_socket(struct err *err)
{
    int listens = 0, type = 0;
    socklen_t size = sizeof(int);

    if (getsockopt(LISTEN_FD, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) < 0 ||
        getsockopt(LISTEN_FD, SOL_SOCKET, SO_TYPE, &type, &size) < 0 ||
        !listens || type != SOCK_SEQPACKET)
        return err_set(err, EINVAL,
                       "no socket that listens was handed over: start it by "
                       "ovsint-namespaces.socket");
    return 0;
}

static int serve(const struct helper_reach *reach, struct err *err)
{
    int r = 0;

    while (r >= 0) {
        auto_close int fd = accept4(LISTEN_FD, NULL, NULL, SOCK_CLOEXEC);
        if (fd < 0 && errno != EINTR && errno != ECONNABORTED)
            return err_sys(err, "accept a connection");
        if (fd >= 0)
            r = helper_serve(fd, reach, err);
    }
    return r;
}

int main(int argc, char **argv)
{
    struct options options = {.config = SETTINGS_PATH};
    struct log_options log = {.program = "ovsint-namespaces"};
    char ovsdb[OVSDB_ADDRESS_SIZE];
    struct settings settings;
    struct err err = {0};

    log_init(&log);
    (void)signal(SIGPIPE, SIG_IGN);
    if (parse(argc, argv, &options, &err) < 0)
        return exit_with(&err, EXIT_BAD_INPUT);
    if (options.shows_help || options.shows_version)
        return show(&options, &err) < 0 ? exit_with(&err, EXIT_COULD_NOT)
                                        : EXIT_ENDED;
    settings_init(&settings);
    if (program_settings(options.config, options.config_named, &settings,
                         &err) < 0)
        return exit_with(&err, EXIT_BAD_INPUT);
    program_ovsdb(options.ovsdb, &settings, ovsdb);
    const struct helper_reach reach = {.ovsdb = ovsdb,
                                       .northbound = settings.northbound};
    tzset(); /* the log writes local time */
    if (check_socket(&err) < 0 || helper_confine(&err) < 0)
        return exit_with(&err, EXIT_COULD_NOT);
    int r = serve(&reach, &err);
    settings_done(&settings);
    return r < 0 ? exit_with(&err, EXIT_COULD_NOT) : EXIT_ENDED;
}
