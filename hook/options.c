/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The hook's command line. One table holds the options, for the parser and for
 * --help; the annotation keys come from the vocabulary. Runtimes call the hook
 * with at most the name of a stage: options are for hooks.d files and for
 * people.
 */
#include "hook/options.h"

#include <errno.h>
#include <string.h>

#include "ovsint/program/program.h"
#include "ovsint/spec/vocabulary.h"

enum option {
    OPTION_CHECK,
    OPTION_CONFIG,
    OPTION_HELP,
    OPTION_LOG_FORMAT,
    OPTION_OVSDB,
    OPTION_VERBOSE,
    OPTION_VERSION,
};

static const struct program_option option_table[] = {
    [OPTION_CHECK] = {"--check", "FILE",
                      "say what would be done for a state or config.json"},
    [OPTION_CONFIG] = {"--config", "FILE",
                       "configuration (" HOOK_DEFAULT_CONFIG ")"},
    [OPTION_HELP] = {"--help", NULL, "show this text"},
    [OPTION_LOG_FORMAT] = {"--log-format", "FORMAT", "text or json"},
    [OPTION_OVSDB] = {"--ovsdb", "ADDRESS", "database server, unix:PATH"},
    [OPTION_VERBOSE] = {"--verbose", NULL, "also show each phase"},
    [OPTION_VERSION] = {"--version", NULL, "show the version"},
};

static const struct {
    const char *name;
    enum hook_action action;
} stage_table[] = {
    {"createRuntime", HOOK_PLUG},
    {"prestart", HOOK_PLUG},
    {"poststop", HOOK_UNPLUG},
};

static int set_option(struct hook_options *options, enum option option,
                      const char *value, struct err *err)
{
    switch (option) {
    case OPTION_CHECK:
        options->action = HOOK_CHECK;
        options->check_file = value;
        return 0;
    case OPTION_CONFIG:
        options->config = value;
        options->config_named = true;
        return 0;
    case OPTION_HELP:
        options->action = HOOK_HELP;
        return 0;
    case OPTION_LOG_FORMAT:
        return program_log_format(value, &options->format, err);
    case OPTION_OVSDB:
        return program_ovsdb_option(value, &options->ovsdb, err);
    case OPTION_VERBOSE:
        options->level = LOG_LEVEL_DEBUG;
        return 0;
    case OPTION_VERSION:
        options->action = HOOK_VERSION;
        return 0;
    }
    return err_set(err, EINVAL, "unknown option");
}

static int set_stage(struct hook_options *options, const char *arg,
                     struct err *err)
{
    for (size_t i = 0; i < ARRAY_LEN(stage_table); i++) {
        if (strcmp(arg, stage_table[i].name) != 0)
            continue;
        if (options->action != HOOK_FROM_STATE)
            return err_set(err, EINVAL,
                           "'%s': only one stage or action can be given", arg);
        options->action = stage_table[i].action;
        return 0;
    }
    if (strcmp(arg, "createContainer") == 0 ||
        strcmp(arg, "startContainer") == 0)
        return err_set(err, EINVAL,
                       "hooks of the stage %s run inside the container, where "
                       "the host's Open vSwitch is out of reach: list "
                       "ovsint-hook under createRuntime",
                       arg);
    return err_set(err, EINVAL,
                   "'%s' is not a stage of this hook: createRuntime, prestart "
                   "or poststop (see --help)",
                   arg);
}

static int take_option(int argc, char **argv, int *i,
                       struct hook_options *options, struct err *err)
{
    const char *value;
    size_t option;

    int r = program_take_option(option_table, ARRAY_LEN(option_table), argc,
                                argv, i, &option, &value, err);
    return r < 0 ? r : set_option(options, (enum option)option, value, err);
}

int hook_options_parse(int argc, char **argv, struct hook_options *ret,
                       struct err *err)
{
    struct hook_options options = {
        .action = HOOK_FROM_STATE,
        .config = HOOK_DEFAULT_CONFIG,
        .level = LOG_LEVEL_WARNING,
        .format = LOG_FORMAT_TEXT,
    };

    for (int i = 1; i < argc; i++) {
        int r = strncmp(argv[i], "--", 2) == 0
                    ? take_option(argc, argv, &i, &options, err)
                    : set_stage(&options, argv[i], err);
        if (r < 0)
            return r;
    }
    *ret = options;
    return 0;
}

void hook_options_help(struct buf *ret)
{
    buf_add_text(ret,
                 "Usage: ovsint-hook [OPTION]... [STAGE]\n"
                 "Plugs a container into Open vSwitch as its annotations ask. "
                 "The OCI state is\nread from standard input. STAGE is "
                 "createRuntime or prestart (plug) or poststop\n(unplug); "
                 "without it the state tells.\n\nOptions:\n");
    program_options_help(option_table, ARRAY_LEN(option_table), ret);
    buf_add_text(ret, "\nAnnotations: ovsint.KEY=VALUE for the interface eth0, "
                      "ovsint.IFNAME.KEY=VALUE for\nany other:\n");
    vocabulary_print(FRONT_HOOK, "ovsint.", ret);
    buf_add_text(ret,
                 "\nExit status: 0 done or nothing asked, 1 could not, 2 bad "
                 "invocation,\nannotation or configuration.\n");
}
