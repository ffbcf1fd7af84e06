/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hook's command line. One table holds the options for the parser and for
 * --help; the annotation keys come from the project's vocabulary. Runtimes
 * call the hook with at most a stage name: the options are for hooks.d files
 * and for people.
 */
#include "hook/options.h"

#include <errno.h>
#include <string.h>

#include "ovsint/vocabulary.h"

enum option {
    OPTION_CHECK,
    OPTION_CONFIG,
    OPTION_HELP,
    OPTION_LOG_FORMAT,
    OPTION_OVSDB,
    OPTION_VERBOSE,
    OPTION_VERSION,
};

static const struct {
    const char *name;
    const char *value; /* NULL = takes none */
    const char *meaning;
} option_table[] = {
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

/* Matches "--name" and "--name=value". */
static bool is_option(const char *arg, enum option option,
                      const char **ret_value)
{
    size_t len = strlen(option_table[option].name);

    if (strncmp(arg, option_table[option].name, len) != 0)
        return false;
    if (arg[len] != '\0' && arg[len] != '=')
        return false;
    *ret_value = arg[len] == '=' ? arg + len + 1 : NULL;
    return true;
}

static int set_log_format(struct hook_options *options, const char *value,
                          struct err *err)
{
    /* The table says that this option takes a value.
     * NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker) */
    if (strcmp(value, "json") == 0)
        options->format = LOG_FORMAT_JSON;
    else if (strcmp(value, "text") != 0)
        return err_set(err, EINVAL,
                       "option --log-format: '%s' is neither text nor json",
                       value);
    return 0;
}

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
        return set_log_format(options, value, err);
    case OPTION_OVSDB:
        options->ovsdb = value;
        return 0;
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
    return err_set(err, EINVAL,
                   "'%s' is not a stage of this hook: createRuntime, prestart "
                   "or poststop (see --help)",
                   arg);
}

/* Takes the option at argv[*i] and, when it wants one, its value. */
static int take_option(int argc, char **argv, int *i,
                       struct hook_options *options, struct err *err)
{
    for (size_t o = 0; o < ARRAY_LEN(option_table); o++) {
        const char *value;
        if (!is_option(argv[*i], (enum option)o, &value))
            continue;
        if (option_table[o].value && !value) {
            if (*i + 1 >= argc)
                return err_set(err, EINVAL, "option %s wants a %s",
                               option_table[o].name, option_table[o].value);
            value = argv[++*i];
        } else if (!option_table[o].value && value) {
            return err_set(err, EINVAL, "option %s takes no value",
                           option_table[o].name);
        }
        return set_option(options, (enum option)o, value, err);
    }
    return err_set(err, EINVAL, "unknown option '%s' (see --help)", argv[*i]);
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
    for (size_t i = 0; i < ARRAY_LEN(option_table); i++)
        buf_addf(ret, "  %s%s%-*s %s\n", option_table[i].name,
                 option_table[i].value ? " " : "",
                 (int)(22 - strlen(option_table[i].name) -
                       (option_table[i].value ? 1 : 0)),
                 option_table[i].value ? option_table[i].value : "",
                 option_table[i].meaning);
    buf_add_text(ret, "\nAnnotations: ovsint.KEY=VALUE for the interface eth0, "
                      "ovsint.IFNAME.KEY=VALUE for\nany other:\n");
    vocabulary_print(FRONT_HOOK, "ovsint.", ret);
    buf_add_text(ret,
                 "\nExit status: 0 done or nothing asked, 1 could not, 2 bad "
                 "invocation,\nannotation or configuration.\n");
}
