/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* --help, and the lists of the manual page. */
#include "cli/help.h"

#include <string.h>

#include "cli/doctor/doctor.h"
#include "cli/mirror/request.h"
#include "ovsint/spec/vocabulary.h"

#define NAME_WIDTH 12

static void add_exit_status(struct buf *ret)
{
    buf_add_text(ret, "\nExit status: 0 done, 1 could not, 2 bad invocation, "
                      "key or configuration,\n3 done, and a check has found "
                      "something.\n");
}

void help_program(struct buf *ret)
{
    buf_add_text(ret, "Usage: ovsint COMMAND [WORD]... [OPTION]...\n"
                      "Plugs running containers into Open vSwitch, and shows "
                      "who is plugged where.\n\nCommands:\n");
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        const struct command *row = command_row((enum cli_command)i);
        buf_addf(ret, "  %-*s %s\n", NAME_WIDTH, row->name, row->meaning);
    }
    buf_add_text(ret, "\nOptions, each of some commands:\n");
    program_options_help(cli_option_row((enum cli_option)0), CLI_OPTION_COUNT,
                         ret);
    add_exit_status(ret);
}

static void add_sentence(const char *text, struct buf *ret)
{
    char first[2] = {text[0], '\0'};

    if (first[0] >= 'a' && first[0] <= 'z')
        first[0] = (char)(first[0] - 'a' + 'A');
    buf_addf(ret, "%s%s.\n", first, text + 1);
}

static void add_targets(struct buf *ret)
{
    buf_add_text(ret, "\nTARGET is a container by its name, its id or the "
                      "beginning of it; pid:N for the\nnamespace of a process; "
                      "or the path of a network namespace.\n");
}

static void add_mirror_keys(struct buf *ret)
{
    const char *key, *syntax, *meaning;

    buf_add_text(ret, "\nKeys of add:\n");
    for (size_t i = 0; (key = mirror_key(i, &syntax, &meaning)) != NULL; i++)
        buf_addf(ret, "  %-10s %-30s %s\n", key, syntax, meaning);
}

void help_command(enum cli_command command, struct buf *ret)
{
    const struct command *row = command_row(command);

    buf_addf(ret, "Usage: ovsint %s%s%s [OPTION]...\n", row->name,
             row->arguments[0] ? " " : "", row->arguments);
    add_sentence(row->meaning, ret);
    if (row->first == WORD_TARGET)
        add_targets(ret);
    buf_add_text(ret, "\nOptions:\n");
    for (size_t i = 0; i < CLI_OPTION_COUNT; i++) {
        if (cli_option_is_of((enum cli_option)i, command))
            program_options_help(cli_option_row((enum cli_option)i), 1, ret);
    }
    if (row->takes_keys) {
        buf_add_text(ret, "\nKeys:\n");
        vocabulary_print(FRONT_CLI, "", ret);
    }
    if (row->first == WORD_MIRROR)
        add_mirror_keys(ret);
    add_exit_status(ret);
}

/* The manual page. */

/* A hyphen that is typed is \- in mdoc(7). */
static void add_option_tag(const struct program_option *option, struct buf *ret)
{
    buf_add_text(ret, ".It Fl ");
    for (const char *at = option->name + 1; *at; at++)
        buf_addf(ret, *at == '-' ? "\\-" : "%c", *at);
    if (option->value)
        buf_addf(ret, " Ar %s", option->value);
    buf_add_text(ret, "\n");
}

/* mdoc(7) wants an ellipsis and brackets in its own words; a line of words is
 * enough for a tag. */
static void add_command_tag(const struct command *row, struct buf *ret)
{
    buf_addf(ret, ".It Cm %s", row->name);
    if (row->arguments[0])
        buf_addf(ret, " Ar %s", row->arguments);
    buf_add_text(ret, "\n");
}

static void add_option_commands(enum cli_option option, struct buf *ret)
{
    const char *separator = "Of";

    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (!cli_option_is_of(option, (enum cli_command)i))
            continue;
        buf_addf(ret, "%s %s", separator,
                 command_row((enum cli_command)i)->name);
        separator = ",";
    }
    buf_add_text(ret, ".\n");
}

static void add_mirror_manual(struct buf *ret)
{
    const char *key, *syntax, *meaning;

    buf_add_text(ret, ".El\n.Sh MIRRORS\nKeys of\n.Cm mirror add :\n"
                      ".Bl -tag -width Ds\n");
    for (size_t i = 0; (key = mirror_key(i, &syntax, &meaning)) != NULL; i++) {
        buf_addf(ret, ".It Cm %s Ns = Ns Ar %s\n", key, syntax);
        add_sentence(meaning, ret);
    }
    buf_add_text(ret, ".El\n");
}

void help_manual(struct buf *ret)
{
    buf_add_text(ret, ".Sh COMMANDS\n.Bl -tag -width Ds\n");
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        const struct command *row = command_row((enum cli_command)i);
        add_command_tag(row, ret);
        buf_add_text(ret, row->manual);
    }
    buf_add_text(ret, ".El\n.Sh OPTIONS\n.Bl -tag -width Ds\n");
    for (size_t i = 0; i < CLI_OPTION_COUNT; i++) {
        const struct program_option *row = cli_option_row((enum cli_option)i);
        add_option_tag(row, ret);
        add_sentence(row->meaning, ret);
        add_option_commands((enum cli_option)i, ret);
    }
    add_mirror_manual(ret);
    buf_add_text(ret,
                 ".Sh FINDINGS\n"
                 "What\n.Cm doctor\nlooks for, by its id.\n"
                 "An error costs packets now or at the next port; a warning "
                 "will, or is something\nleft over; a note is good to know.\n"
                 ".Bl -tag -width Ds\n");
    finding_manual(ret);
    buf_add_text(ret, ".El\n");
}
