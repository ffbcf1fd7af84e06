/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The command line of `ovsint`: a command, its words, and options that may
 * stand anywhere. The table of options is what --help, the manual page and the
 * completion are made from. Pure.
 */
#pragma once

#include <stdbool.h>

#include "cli/commands.h"
#include "ovsint/base/parse.h"
#include "ovsint/program/program.h"

#define CLI_WORDS 64

enum cli_option {
    CLI_OPTION_ACCESS_MAC,
    CLI_OPTION_ACCESS_PORT,
    CLI_OPTION_ALL_HOSTS,
    CLI_OPTION_BOND_MODE,
    CLI_OPTION_CHECK,
    CLI_OPTION_CONFIG,
    CLI_OPTION_DOT,
    CLI_OPTION_CONFIRM_WITHIN,
    CLI_OPTION_EVERY,
    CLI_OPTION_FORCE,
    CLI_OPTION_HELP,
    CLI_OPTION_HOST,
    CLI_OPTION_JSON,
    CLI_OPTION_ONCE,
    CLI_OPTION_OVSDB,
    CLI_OPTION_POOL,
    CLI_OPTION_RAW,
    CLI_OPTION_SVG,
    CLI_OPTION_VERBOSE,
    CLI_OPTION_VERIFY,
    CLI_OPTION_VERSION,
    CLI_OPTION_YES,
    CLI_OPTION_COUNT,
};

struct cli_options {
    enum cli_command command; /* COMMAND_COUNT = none was given */
    const char *words[CLI_WORDS];
    size_t word_count;
    bool help;
    bool version;
    bool json;
    bool pool;
    bool all_hosts;
    bool check;
    bool verbose;
    bool yes;
    bool force;
    bool verifies;
    bool dot;
    bool raw;
    bool once;
    int64_t every_ms;
    const char *host; /* of OVN, by its system-id; NULL = this one */
    const char *svg;  /* the file; NULL = no picture */
    struct ip verify;
    bool access_mac;         /* of the card, for its access port */
    const char *access_port; /* NULL = named after the bridge */
    const char *bond_mode;   /* NULL = the switch's default */
    unsigned confirm_within; /* seconds; 0 = nobody needs to */
    const char *config;
    bool config_named;
    const char *ovsdb; /* NULL = as the configuration says */
};

/* Reads the command line. -EINVAL for an unknown command or option, one that
 * the command does not have, and a wrong number of words. */
int cli_options_parse(int argc, char **argv, struct cli_options *ret,
                      struct err *err) MUST_CHECK;

const struct program_option *cli_option_row(enum cli_option option);
/* Does the command have the option? */
bool cli_option_is_of(enum cli_option option, enum cli_command command);
