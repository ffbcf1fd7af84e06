/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The plugin's command line: tables of good and bad. */
#include "plugin/daemon/options.h"
#include "plugin/docker/network_request.h"

#include <errno.h>

#include "ovsint/config/settings.h"
#include "tests/lib/test.h"

#define MAX_ARGS 8
#define TEN "0123456789"
#define LONG_PATH "/" TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN

static int parse(const char *const *args, struct plugin_options *ret,
                 struct err *err)
{
    char *argv[MAX_ARGS + 2] = {(char[]){"ovsint-plugin"}};
    static char texts[MAX_ARGS][128];
    int argc = 1;

    for (; argc <= MAX_ARGS && args[argc - 1]; argc++) {
        snprintf(texts[argc - 1], sizeof(texts[0]), "%s", args[argc - 1]);
        argv[argc] = texts[argc - 1];
    }
    return plugin_options_parse(argc, argv, ret, err);
}

TEST(good)
{
    static const struct {
        const char *args[MAX_ARGS];
        enum plugin_action action;
        const char *socket, *config, *ovsdb;
        bool config_named, to_syslog;
        enum log_level level;
        enum log_format format;
    } table[] = {
        {{NULL},
         PLUGIN_SERVE,
         PLUGIN_DEFAULT_SOCKET,
         SETTINGS_PATH,
         NULL,
         false,
         false,
         LOG_LEVEL_INFO,
         LOG_FORMAT_TEXT},
        {{"--socket", "/s", "--config=/c", "--ovsdb", "unix:/x"},
         PLUGIN_SERVE,
         "/s",
         "/c",
         "unix:/x",
         true,
         false,
         LOG_LEVEL_INFO,
         LOG_FORMAT_TEXT},
        {{"--syslog", "--verbose", "--log-format=json"},
         PLUGIN_SERVE,
         PLUGIN_DEFAULT_SOCKET,
         SETTINGS_PATH,
         NULL,
         false,
         true,
         LOG_LEVEL_DEBUG,
         LOG_FORMAT_JSON},
        {{"--log-format", "text"},
         PLUGIN_SERVE,
         PLUGIN_DEFAULT_SOCKET,
         SETTINGS_PATH,
         NULL,
         false,
         false,
         LOG_LEVEL_INFO,
         LOG_FORMAT_TEXT},
        {{"--socket=/a", "--socket=/b"},
         PLUGIN_SERVE,
         "/b",
         SETTINGS_PATH,
         NULL,
         false,
         false,
         LOG_LEVEL_INFO,
         LOG_FORMAT_TEXT},
        {{"--help"},
         PLUGIN_HELP,
         PLUGIN_DEFAULT_SOCKET,
         SETTINGS_PATH,
         NULL,
         false,
         false,
         LOG_LEVEL_INFO,
         LOG_FORMAT_TEXT},
        {{"--version"},
         PLUGIN_VERSION,
         PLUGIN_DEFAULT_SOCKET,
         SETTINGS_PATH,
         NULL,
         false,
         false,
         LOG_LEVEL_INFO,
         LOG_FORMAT_TEXT},
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        struct plugin_options options;
        struct err err = {0};
        CHECK_OK(parse(table[i].args, &options, &err), err);
        CHECK_EQ(options.action, table[i].action);
        CHECK_STR(options.socket, table[i].socket);
        CHECK_STR(options.config, table[i].config);
        CHECK_STR(options.ovsdb ? options.ovsdb : "none",
                  table[i].ovsdb ? table[i].ovsdb : "none");
        CHECK_EQ(options.config_named, table[i].config_named);
        CHECK_EQ(options.to_syslog, table[i].to_syslog);
        CHECK_EQ(options.level, table[i].level);
        CHECK_EQ(options.format, table[i].format);
    }
}

TEST(bad)
{
    static const struct {
        const char *args[MAX_ARGS];
        const char *message;
    } table[] = {
        {{"--frobnicate"}, "unknown option '--frobnicate' (see --help)"},
        {{"--sock"}, "unknown option '--sock'"},
        {{"--sockets=/s"}, "unknown option '--sockets=/s'"},
        {{"serve"}, "unknown option 'serve'"},
        {{""}, "unknown option ''"},
        {{"-v"}, "unknown option '-v'"},
        {{"--socket"}, "option --socket wants a value: PATH"},
        {{"--verbose", "--config"}, "option --config wants a value: FILE"},
        {{"--ovsdb"}, "option --ovsdb wants a value: ADDRESS"},
        {{"--ovsdb", ""}, "option --ovsdb wants a value: ADDRESS"},
        {{"--config="}, "option --config wants a value: FILE"},
        {{"--ovsdb", "tcp:127.0.0.1:6640"}, "option --ovsdb: 'tcp:127.0.0.1:"},
        {{"--ovsdb", "unix:" LONG_PATH}, "is not the address of a Unix socket"},
        {{"--help=yes"}, "option --help takes no value"},
        {{"--syslog="}, "option --syslog takes no value"},
        {{"--log-format", "xml"}, "'xml' is neither text nor json"},
        {{"--log-format="}, "option --log-format wants a value: FORMAT"},
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        struct plugin_options options = {.socket = "untouched"};
        struct err err = {0};
        CHECK_ERR(parse(table[i].args, &options, &err), EINVAL, err,
                  table[i].message);
        CHECK_STR(options.socket, "untouched");
    }
}

TEST(help_names_every_option_and_key)
{
    static const char *const words[] = {
        "--config FILE",   "--help",         "--log-format FORMAT",
        "--ovsdb ADDRESS", "--socket PATH",  "--syslog",
        "--verbose",       "--version",      "  bridge",
        "  vlan-mode",     "  external-ids", "  uplink",
        "  mode",          "  altname",      "Exit status"};
    auto_buf struct buf help = BUF_INIT(65536);

    plugin_options_help(&help, docker_keys_help);
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        CHECK_HAS(buf_text(&help), words[i]);
}

TEST_MAIN
