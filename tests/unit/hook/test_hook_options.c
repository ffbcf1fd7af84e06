/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The hook's command line: tables of good and bad. */
#include "hook/options.h"

#include <errno.h>

#include "tests/lib/test.h"

#define MAX_ARGS 8

static int parse(const char *const *args, struct hook_options *ret,
                 struct err *err)
{
    char *argv[MAX_ARGS + 2] = {(char[]){"ovsint-hook"}};
    static char texts[MAX_ARGS][128];
    int argc = 1;

    for (; argc <= MAX_ARGS && args[argc - 1]; argc++) {
        snprintf(texts[argc - 1], sizeof(texts[0]), "%s", args[argc - 1]);
        argv[argc] = texts[argc - 1];
    }
    return hook_options_parse(argc, argv, ret, err);
}

TEST(good)
{
    static const struct {
        const char *args[MAX_ARGS];
        enum hook_action action;
        const char *config, *ovsdb, *check;
    } table[] = {
        {{NULL}, HOOK_FROM_STATE, HOOK_DEFAULT_CONFIG, NULL, NULL},
        {{"createRuntime"}, HOOK_PLUG, HOOK_DEFAULT_CONFIG, NULL, NULL},
        {{"prestart"}, HOOK_PLUG, HOOK_DEFAULT_CONFIG, NULL, NULL},
        {{"poststop"}, HOOK_UNPLUG, HOOK_DEFAULT_CONFIG, NULL, NULL},
        {{"--config", "/c"}, HOOK_FROM_STATE, "/c", NULL, NULL},
        {{"--config=/c", "poststop"}, HOOK_UNPLUG, "/c", NULL, NULL},
        {{"--ovsdb", "unix:/x"},
         HOOK_FROM_STATE,
         HOOK_DEFAULT_CONFIG,
         "unix:/x",
         NULL},
        {{"--check", "f"}, HOOK_CHECK, HOOK_DEFAULT_CONFIG, NULL, "f"},
        {{"--help"}, HOOK_HELP, HOOK_DEFAULT_CONFIG, NULL, NULL},
        {{"--version"}, HOOK_VERSION, HOOK_DEFAULT_CONFIG, NULL, NULL},
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        struct hook_options options;
        struct err err = {0};
        CHECK_OK(parse(table[i].args, &options, &err), err);
        CHECK_EQ(options.action, table[i].action);
        CHECK_STR(options.config, table[i].config);
        if (table[i].ovsdb)
            CHECK_STR(options.ovsdb, table[i].ovsdb);
        else
            CHECK(!options.ovsdb);
        if (table[i].check)
            CHECK_STR(options.check_file, table[i].check);
    }
}

TEST(bad)
{
    static const struct {
        const char *args[MAX_ARGS];
        const char *message;
    } table[] = {
        {{"--frobnicate"}, "unknown option '--frobnicate'"},
        {{"--conf"}, "unknown option '--conf'"},
        {{"--config"}, "option --config wants a value: FILE"},
        {{"--check", ""}, "option --check wants a value: "},
        {{"--ovsdb", "tcp:127.0.0.1:6640"}, "is not the address of a Unix soc"},
        {{"--help=yes"}, "option --help takes no value"},
        {{"--log-format", "xml"}, "'xml' is neither text nor json"},
        {{"poststart"}, "'poststart' is not a stage of this hook"},
        {{""}, "'' is not a stage"},
        {{"createRuntime", "poststop"}, "only one stage or action"},
        {{"--check", "f", "poststop"}, "only one stage or action"},
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        struct hook_options options;
        struct err err = {0};
        int r = parse(table[i].args, &options, &err);
        CHECK_ERR(r, EINVAL, err, table[i].message);
    }
}

TEST(help_names_every_option_and_key)
{
    static const char *const words[] = {
        "--check FILE",        "--config FILE",   "--help",
        "--log-format FORMAT", "--ovsdb ADDRESS", "--verbose",
        "--version",           "ovsint.bridge",   "ovsint.vlan-mode",
        "ovsint.external-ids", "Exit status"};
    auto_buf struct buf help = BUF_INIT(65536);

    hook_options_help(&help);
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        CHECK_HAS(buf_text(&help), words[i]);
}

TEST_MAIN
