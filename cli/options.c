/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Two tables of the same order: what an option is called, and what it sets in
 * which commands. After the last word it is checked that the command has the
 * options that were given, and as many words as it takes.
 */
#include "cli/options.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "ovsint/config/settings.h"

#define CONFIRM_S 60
#define CONFIRM_MAX_S 86400
#define EVERY_MOST 3600
#define EVERY_DEFAULT_MS 2000

static const struct program_option names[CLI_OPTION_COUNT] = {
    [CLI_OPTION_ACCESS_MAC] = {"--access-mac", NULL,
                               "the access port gets the card's MAC"},
    [CLI_OPTION_ACCESS_PORT] = {"--access-port", "NAME",
                                "name of the access port (BRIDGE-host)"},
    [CLI_OPTION_ALL_HOSTS] = {"--all-hosts", NULL,
                              "ports on OVN's logical switches, of all hosts"},
    [CLI_OPTION_BOND_MODE] = {"--bond-mode", "MODE",
                              "of several cards: active-backup, "
                              "balance-..."},
    [CLI_OPTION_CHECK] = {"--check", NULL,
                          "say what would be done, and do nothing"},
    [CLI_OPTION_CONFIG] = {"--config", "FILE",
                           "configuration (" SETTINGS_PATH ")"},
    [CLI_OPTION_DOT] = {"--dot", NULL, "draw for dot(1)"},
    [CLI_OPTION_CONFIRM_WITHIN] = {"--confirm-within", "SECONDS",
                                   "else undo it (60); 0 = nobody needs to"},
    [CLI_OPTION_EVERY] = {"--every", "SECONDS",
                          "how often to look: 1-3600 (2)"},
    [CLI_OPTION_HELP] = {"--help", NULL, "show this text"},
    [CLI_OPTION_JSON] = {"--json", NULL, "answer in JSON"},
    [CLI_OPTION_ONCE] = {"--once", NULL, "look once, and end"},
    [CLI_OPTION_OVSDB] = {"--ovsdb", "ADDRESS", "database server, unix:PATH"},
    [CLI_OPTION_POOL] = {"--pool", NULL,
                         "ports that are kept ready for new containers"},
    [CLI_OPTION_RAW] = {"--raw", NULL, "also what the switch says itself"},
    [CLI_OPTION_FORCE] = {"--force", NULL,
                          "with --host: although that host lives"},
    [CLI_OPTION_HOST] = {"--host", "NAME",
                         "what this host has left in OVN's database"},
    [CLI_OPTION_SVG] = {"--svg", "FILE",
                        "draw a picture into the file; - is standard output"},
    [CLI_OPTION_VERBOSE] = {"--verbose", NULL, "also show each phase"},
    [CLI_OPTION_VERIFY] = {"--verify", "ADDR",
                           "then ping this address from inside"},
    [CLI_OPTION_VERSION] = {"--version", NULL, "show the version"},
    [CLI_OPTION_YES] = {"--yes", NULL, "do it"},
};

typedef int option_setter(struct cli_options *options, const char *value,
                          struct err *err);

static int set_access_mac(struct cli_options *options, const char *value,
                          struct err *err)
{
    (void)value;
    (void)err;
    options->access_mac = true;
    return 0;
}

static int set_access_port(struct cli_options *options, const char *value,
                           struct err *err)
{
    if (!ifname_valid(value))
        return err_set(err, EINVAL,
                       "option --access-port: '%.80s' is no name for a device",
                       value);
    options->access_port = value;
    return 0;
}

static int set_all_hosts(struct cli_options *options, const char *value,
                         struct err *err)
{
    (void)value;
    (void)err;
    options->all_hosts = true;
    return 0;
}

/* The column bond_mode of ovs-vswitchd.conf.db(5). */
static int set_bond_mode(struct cli_options *options, const char *value,
                         struct err *err)
{
    static const char *const modes[] = {"active-backup", "balance-slb",
                                        "balance-tcp"};

    for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
        if (strcmp(value, modes[i]) != 0)
            continue;
        options->bond_mode = value;
        return 0;
    }
    return err_set(err, EINVAL,
                   "option --bond-mode: '%.80s' is none of active-backup, "
                   "balance-slb, balance-tcp",
                   value);
}

static int set_confirm_within(struct cli_options *options, const char *value,
                              struct err *err)
{
    uint64_t seconds;

    if (parse_number(value, 0, CONFIRM_MAX_S, &seconds) < 0)
        return err_set(err, EINVAL,
                       "option --confirm-within: '%.80s' is no number of "
                       "seconds up to %d",
                       value, CONFIRM_MAX_S);
    options->confirm_within = (unsigned)seconds;
    return 0;
}

static int set_check(struct cli_options *options, const char *value,
                     struct err *err)
{
    (void)value;
    (void)err;
    options->check = true;
    return 0;
}

static int set_config(struct cli_options *options, const char *value,
                      struct err *err)
{
    (void)err;
    options->config = value;
    options->config_named = true;
    return 0;
}

static int set_dot(struct cli_options *options, const char *value,
                   struct err *err)
{
    (void)value;
    (void)err;
    options->dot = true;
    return 0;
}

static int set_every(struct cli_options *options, const char *value,
                     struct err *err)
{
    uint64_t seconds;

    if (parse_number(value, 1, EVERY_MOST, &seconds) < 0)
        return err_set(err, EINVAL,
                       "option --every: '%.80s' is not 1-%d seconds", value,
                       EVERY_MOST);
    options->every_ms = (int64_t)seconds * 1000;
    return 0;
}

static int set_help(struct cli_options *options, const char *value,
                    struct err *err)
{
    (void)value;
    (void)err;
    options->help = true;
    return 0;
}

static int set_json(struct cli_options *options, const char *value,
                    struct err *err)
{
    (void)value;
    (void)err;
    options->json = true;
    return 0;
}

static int set_once(struct cli_options *options, const char *value,
                    struct err *err)
{
    (void)value;
    (void)err;
    options->once = true;
    return 0;
}

static int set_ovsdb(struct cli_options *options, const char *value,
                     struct err *err)
{
    return program_ovsdb_option(value, &options->ovsdb, err);
}

static int set_pool(struct cli_options *options, const char *value,
                    struct err *err)
{
    (void)value;
    (void)err;
    options->pool = true;
    return 0;
}

static int set_raw(struct cli_options *options, const char *value,
                   struct err *err)
{
    (void)value;
    (void)err;
    options->raw = true;
    return 0;
}

static int set_host(struct cli_options *options, const char *value,
                    struct err *err)
{
    (void)err;
    options->host = value;
    return 0;
}

static int set_svg(struct cli_options *options, const char *value,
                   struct err *err)
{
    (void)err;
    options->svg = value;
    return 0;
}

static int set_verbose(struct cli_options *options, const char *value,
                       struct err *err)
{
    (void)value;
    (void)err;
    options->verbose = true;
    return 0;
}

/* Nobody alone has such an address: an answer would come from another one. */
static bool is_of_many(const struct ip *ip)
{
    static const uint8_t none[16];
    bool is_ipv4 = ip->family == AF_INET;

    return memcmp(ip->bytes, none, is_ipv4 ? 4 : 16) == 0 ||
           (is_ipv4 ? ip->bytes[0] >= 224 : ip->bytes[0] == 0xff);
}

static int set_verify(struct cli_options *options, const char *value,
                      struct err *err)
{
    if (parse_ip(value, &options->verify) < 0)
        return err_set(err, EINVAL,
                       "option --verify: '%.80s' is not an IP address", value);
    if (is_of_many(&options->verify))
        return err_set(err, EINVAL,
                       "option --verify: %.80s is not the address of one host",
                       value);
    options->verifies = true;
    return 0;
}

static int set_version(struct cli_options *options, const char *value,
                       struct err *err)
{
    (void)value;
    (void)err;
    options->version = true;
    return 0;
}

static int set_yes(struct cli_options *options, const char *value,
                   struct err *err)
{
    (void)value;
    (void)err;
    options->yes = true;
    return 0;
}

static int set_force(struct cli_options *options, const char *value,
                     struct err *err)
{
    (void)value;
    (void)err;
    options->force = true;
    return 0;
}

#define MOVES COMMAND_MASK(COMMAND_UPLINK)
#define MAKES_TEXT \
    (COMMAND_MASK(COMMAND_COMPLETION) | COMMAND_MASK(COMMAND_MANUAL))
#define TALKS (COMMAND_ANY & ~MAKES_TEXT)

static const struct {
    option_setter *set;
    unsigned commands;
} meanings[CLI_OPTION_COUNT] = {
    [CLI_OPTION_ACCESS_MAC] = {set_access_mac, MOVES},
    [CLI_OPTION_ACCESS_PORT] = {set_access_port, MOVES},
    [CLI_OPTION_ALL_HOSTS] = {set_all_hosts, COMMAND_MASK(COMMAND_LS)},
    [CLI_OPTION_BOND_MODE] = {set_bond_mode, MOVES},
    [CLI_OPTION_CHECK] = {set_check, COMMAND_MASK(COMMAND_ATTACH) | MOVES},
    [CLI_OPTION_CONFIG] = {set_config, TALKS},
    [CLI_OPTION_DOT] = {set_dot, COMMAND_MASK(COMMAND_GRAPH)},
    [CLI_OPTION_CONFIRM_WITHIN] = {set_confirm_within, MOVES},
    [CLI_OPTION_EVERY] = {set_every, COMMAND_MASK(COMMAND_TOP)},
    [CLI_OPTION_FORCE] = {set_force, COMMAND_MASK(COMMAND_GC)},
    [CLI_OPTION_HELP] = {set_help, COMMAND_ANY},
    [CLI_OPTION_JSON] = {set_json, TALKS & ~COMMAND_MASK(COMMAND_METRICS)},
    [CLI_OPTION_ONCE] = {set_once, COMMAND_MASK(COMMAND_TOP)},
    [CLI_OPTION_OVSDB] = {set_ovsdb, TALKS},
    [CLI_OPTION_POOL] = {set_pool, COMMAND_MASK(COMMAND_LS)},
    [CLI_OPTION_RAW] = {set_raw, COMMAND_MASK(COMMAND_TRACE)},
    [CLI_OPTION_HOST] = {set_host, COMMAND_MASK(COMMAND_GC)},
    [CLI_OPTION_SVG] = {set_svg, COMMAND_MASK(COMMAND_GRAPH)},
    [CLI_OPTION_VERBOSE] = {set_verbose, TALKS},
    [CLI_OPTION_VERIFY] = {set_verify, COMMAND_MASK(COMMAND_ATTACH)},
    [CLI_OPTION_VERSION] = {set_version, COMMAND_ANY},
    [CLI_OPTION_YES] = {set_yes, COMMAND_MASK(COMMAND_GC)},
};

const struct program_option *cli_option_row(enum cli_option option)
{
    return &names[option];
}

bool cli_option_is_of(enum cli_option option, enum cli_command command)
{
    return meanings[option].commands & COMMAND_MASK(command);
}

static int take_option(int argc, char **argv, int *i,
                       struct cli_options *options, bool *given,
                       struct err *err)
{
    const char *value;
    size_t option;

    int r = program_take_option(names, ARRAY_LEN(names), argc, argv, i, &option,
                                &value, err);
    if (r < 0)
        return r;
    given[option] = true;
    return meanings[option].set(options, value, err);
}

static int take_word(const char *word, struct cli_options *options,
                     struct err *err)
{
    if (options->command == COMMAND_COUNT && strcmp(word, "help") == 0) {
        options->help = true;
        return 0;
    }
    if (options->command == COMMAND_COUNT)
        return command_find(word, &options->command, err);
    if (options->word_count == CLI_WORDS)
        return err_set(err, EINVAL, "more than %d words", CLI_WORDS);
    options->words[options->word_count++] = word;
    return 0;
}

static int check_options(const struct cli_options *options, const bool *given,
                         struct err *err)
{
    for (size_t i = 0; i < CLI_OPTION_COUNT; i++) {
        if (given[i] && !cli_option_is_of((enum cli_option)i, options->command))
            return err_set(err, EINVAL, "%s has no option %s",
                           command_row(options->command)->name, names[i].name);
    }
    if (options->force && !options->host)
        return err_set(err, EINVAL, "gc: --force is for --host");
    return 0;
}

/* What people try first, beside --help, is -h. No other option has one letter,
 * and a word that begins so stands behind "--". */
static int take_letter(const char *word, struct cli_options *options,
                       struct err *err)
{
    if (strcmp(word, "-h") != 0)
        return err_set(err, EINVAL, "unknown option '%.80s' (see --help)",
                       word);
    options->help = true;
    return 0;
}

static int check_words(const struct cli_options *options, struct err *err)
{
    const struct command *command = command_row(options->command);

    /* Pitfall: as above, and no name of anything is empty. */
    for (size_t i = 0; i < options->word_count; i++) {
        if (!options->words[i][0])
            return err_set(err, EINVAL,
                           "a word is empty: usage: ovsint %s %s (see ovsint "
                           "%s --help)",
                           command->name, command->arguments, command->name);
    }
    if (options->word_count >= command->least &&
        options->word_count <= command->most)
        return 0;
    return err_set(err, EINVAL, "usage: ovsint %s%s%s (see ovsint %s --help)",
                   command->name, command->arguments[0] ? " " : "",
                   command->arguments, command->name);
}

int cli_options_parse(int argc, char **argv, struct cli_options *ret,
                      struct err *err)
{
    struct cli_options options = {.command = COMMAND_COUNT,
                                  .config = SETTINGS_PATH,
                                  .confirm_within = CONFIRM_S,
                                  .every_ms = EVERY_DEFAULT_MS};
    bool given[CLI_OPTION_COUNT] = {false};
    bool is_over = false; /* "--" was there */

    for (int i = 1; i < argc; i++) {
        int r = 0;
        if (!is_over && strcmp(argv[i], "--") == 0)
            is_over = true;
        else if (!is_over && strncmp(argv[i], "--", 2) == 0)
            r = take_option(argc, argv, &i, &options, given, err);
        else if (!is_over && argv[i][0] == '-')
            r = take_letter(argv[i], &options, err);
        else
            r = take_word(argv[i], &options, err);
        if (r < 0)
            return r;
    }
    *ret = options;
    if (options.help || options.version)
        return 0;
    if (options.command == COMMAND_COUNT)
        return err_set(err, EINVAL,
                       "which command? 'ovsint --help' lists them");
    int r = check_options(&options, given, err);
    return r < 0 ? r : check_words(&options, err);
}
