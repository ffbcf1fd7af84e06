/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The plugin's command line. One table holds the options, for the parser and
 * for --help. The keys of networks come from the vocabulary, and from the table
 * of those that only Docker's front end knows.
 */
#include "plugin/daemon/options.h"

#include <errno.h>
#include <string.h>

#include "ovsint/program/program.h"

enum option {
    OPTION_CONFIG,
    OPTION_HELP,
    OPTION_LOG_FORMAT,
    OPTION_NAMESPACES,
    OPTION_ONCE,
    OPTION_OVSDB,
    OPTION_SOCKET,
    OPTION_SYSLOG,
    OPTION_VERBOSE,
    OPTION_VERSION,
};

static const struct program_option option_table[] = {
    [OPTION_CONFIG] = {"--config", "FILE", "configuration (" SETTINGS_PATH ")"},
    [OPTION_HELP] = {"--help", NULL, "show this text"},
    [OPTION_LOG_FORMAT] = {"--log-format", "FORMAT", "text or json"},
    [OPTION_NAMESPACES] = {"--namespaces", "PATH",
                           "socket of ovsint-namespaces; else it starts one"},
    [OPTION_ONCE] = {"--once", NULL,
                     "repair and collect ports once, then exit"},
    [OPTION_OVSDB] = {"--ovsdb", "ADDRESS", "database server, unix:PATH"},
    [OPTION_SOCKET] = {"--socket", "PATH",
                       "where Docker looks (" PLUGIN_DEFAULT_SOCKET ")"},
    [OPTION_SYSLOG] = {"--syslog", NULL, "log to syslog as well"},
    [OPTION_VERBOSE] = {"--verbose", NULL, "also show each call"},
    [OPTION_VERSION] = {"--version", NULL, "show the version"},
};

static int set_option(struct plugin_options *options, enum option option,
                      const char *value, struct err *err)
{
    switch (option) {
    case OPTION_CONFIG:
        options->config = value;
        options->config_named = true;
        return 0;
    case OPTION_HELP:
        options->action = PLUGIN_HELP;
        return 0;
    case OPTION_LOG_FORMAT:
        return program_log_format(value, &options->format, err);
    case OPTION_NAMESPACES:
        options->namespaces = value;
        return 0;
    case OPTION_ONCE:
        options->action = PLUGIN_ONCE;
        return 0;
    case OPTION_OVSDB:
        return program_ovsdb_option(value, &options->ovsdb, err);
    case OPTION_SOCKET:
        options->socket = value;
        return 0;
    case OPTION_SYSLOG:
        options->to_syslog = true;
        return 0;
    case OPTION_VERBOSE:
        options->level = LOG_LEVEL_DEBUG;
        return 0;
    case OPTION_VERSION:
        options->action = PLUGIN_VERSION;
        return 0;
    }
    return err_set(err, EINVAL, "unknown option");
}

static int take_option(int argc, char **argv, int *i,
                       struct plugin_options *options, struct err *err)
{
    const char *value;
    size_t option;

    int r = program_take_option(option_table, ARRAY_LEN(option_table), argc,
                                argv, i, &option, &value, err);
    return r < 0 ? r : set_option(options, (enum option)option, value, err);
}

int plugin_options_parse(int argc, char **argv, struct plugin_options *ret,
                         struct err *err)
{
    struct plugin_options options = {
        .action = PLUGIN_SERVE,
        .socket = PLUGIN_DEFAULT_SOCKET,
        .config = SETTINGS_PATH,
        .level = LOG_LEVEL_INFO,
        .format = LOG_FORMAT_TEXT,
    };

    for (int i = 1; i < argc; i++) {
        int r = take_option(argc, argv, &i, &options, err);
        if (r < 0)
            return r;
    }
    *ret = options;
    return 0;
}

void plugin_options_help(struct buf *ret, void (*add_keys)(struct buf *ret))
{
    buf_add_text(ret, "Usage: ovsint-plugin [OPTION]...\n"
                      "Docker network driver 'ovsint': containers as ports of "
                      "Open vSwitch.\n\nOptions:\n");
    program_options_help(option_table, ARRAY_LEN(option_table), ret);
    add_keys(ret);
    buf_add_text(ret, "\nSignals: SIGTERM and SIGINT end it in order, SIGUSR1 "
                      "lists all ports in the log.\n"
                      "Exit status: 0 ended by a signal, or --once has left "
                      "nothing to do; 1 could not\nserve, or --once could "
                      "not help; 2 bad invocation or configuration.\n");
}
