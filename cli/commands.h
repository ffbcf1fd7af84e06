/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The commands of `ovsint`, as one table: --help, the manual page and the
 * completion of shells are made from it, and main() finds a command in it.
 * Pure.
 */
#pragma once

#include <stddef.h>

#include "ovsint/base/buf.h"
#include "ovsint/base/err.h"

/* The status with which the program ends. */
enum cli_exit {
    CLI_DONE = 0,
    CLI_COULD_NOT = 1,
    CLI_BAD_INPUT = 2,
    CLI_FOUND = 3, /* all was done, and a check has found something */
};

enum cli_command {
    COMMAND_ATTACH,
    COMMAND_DETACH,
    COMMAND_LS,
    COMMAND_SHOW,
    COMMAND_GC,
    COMMAND_GRAPH,
    COMMAND_TRACE,
    COMMAND_TOP,
    COMMAND_WATCH,
    COMMAND_DOCTOR,
    COMMAND_METRICS,
    COMMAND_UPLINK,
    COMMAND_MIRROR,
    COMMAND_NAMES,
    COMMAND_COMPLETION,
    COMMAND_MANUAL,
    COMMAND_COUNT,
};

#define COMMAND_MASK(command) (1u << (command))
#define COMMAND_ANY ((1u << COMMAND_COUNT) - 1)

/* What a word of a command line is, for completion. */
enum cli_word {
    WORD_NOTHING,
    WORD_TARGET, /* a running container */
    WORD_PORT,   /* a container that has a port, or a port */
    WORD_SHELL,
    WORD_MIRROR,
    WORD_NAMES,
    WORD_UPLINK, /* what to do about one */
};

struct command {
    const char *name;
    const char *arguments; /* for the usage; "" = none */
    const char *meaning;   /* one line */
    const char *manual;    /* paragraphs for the manual page, as mdoc(7) */
    size_t least;          /* how many words it takes */
    size_t most;
    enum cli_word first;
    bool takes_keys; /* KEY=VALUE words follow */
};

const struct command *command_row(enum cli_command command);

/* -EINVAL; the message guesses what was meant. */
int command_find(const char *name, enum cli_command *ret,
                 struct err *err) MUST_CHECK;
