/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Command lines of ovsint, good and bad; the texts made from its tables. */
#include <errno.h>

#include "cli/help.h"
#include "ovsint/spec/vocabulary.h"
#include "tests/lib/test.h"

#define WORDS 9

static int parse(const char *const *words, struct cli_options *ret,
                 struct err *err)
{
    char *argv[WORDS + 2] = {(char *)(uintptr_t) "ovsint"};
    int argc = 1;

    for (; words[argc - 1]; argc++)
        argv[argc] = (char *)(uintptr_t)words[argc - 1];
    return cli_options_parse(argc, argv, ret, err);
}

TEST(good_lines)
{
    static const struct {
        const char *words[WORDS];
        enum cli_command command;
        size_t count;
    } table[] = {
        {{"names", "bridges"}, COMMAND_NAMES, 1},
        {{"ls", "--json"}, COMMAND_LS, 0},
        {{"show", "web"}, COMMAND_SHOW, 1},
        {{"gc", "--yes"}, COMMAND_GC, 0},
        {{"doctor", "--json"}, COMMAND_DOCTOR, 0},
        {{"graph", "--svg", "file"}, COMMAND_GRAPH, 0},
        {{"graph", "--dot"}, COMMAND_GRAPH, 0},
        {{"top", "--once", "--every=5"}, COMMAND_TOP, 0},
        {{"watch", "--json"}, COMMAND_WATCH, 0},
        {{"trace", "a", "b", "tcp", "80", "--raw"}, COMMAND_TRACE, 4},
        {{"--json", "names", "bridges"}, COMMAND_NAMES, 1},
        {{"attach", "web", "eth1", "bridge=br0"}, COMMAND_ATTACH, 3},
        {{"attach", "--check", "web", "bridge=br0"}, COMMAND_ATTACH, 2},
        {{"attach", "--", "--odd", "bridge=br0"}, COMMAND_ATTACH, 2},
        {{"attach", "web", "--verify=10.0.0.1"}, COMMAND_ATTACH, 1},
        {{"attach", "web", "--verify", "fd00::1"}, COMMAND_ATTACH, 1},
        {{"detach", "web"}, COMMAND_DETACH, 1},
        {{"detach", "web", "eth1"}, COMMAND_DETACH, 2},
        {{"uplink", "move", "eth0", "br0"}, COMMAND_UPLINK, 3},
        {{"uplink", "move", "a", "b", "br0", "--bond-mode", "balance-slb"},
         COMMAND_UPLINK,
         4},
        {{"uplink", "move", "a", "br0", "--confirm-within=0", "--access-mac",
          "--access-port", "acc0"},
         COMMAND_UPLINK,
         3},
        {{"uplink", "confirm"}, COMMAND_UPLINK, 1},
        {{"--help"}, COMMAND_COUNT, 0},
        {{"attach", "--help"}, COMMAND_ATTACH, 0},
        {{"--version"}, COMMAND_COUNT, 0},
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        struct cli_options options;
        struct err err = {0};
        if (parse(table[i].words, &options, &err) < 0)
            TEST_FAIL("%zu: %s", i, err.text);
        CHECK_EQ(options.command, table[i].command);
        CHECK_EQ(options.word_count, table[i].count);
    }
}

TEST(help)
{
    static const struct {
        const char *words[WORDS];
        enum cli_command command;
    } table[] = {
        {{"--help"}, COMMAND_COUNT},
        {{"help"}, COMMAND_COUNT},
        {{"-h"}, COMMAND_COUNT},
        {{"help", "trace"}, COMMAND_TRACE},
        {{"trace", "--help"}, COMMAND_TRACE},
        {{"trace", "-h"}, COMMAND_TRACE},
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        struct cli_options options;
        struct err err = {0};
        CHECK_OK(parse(table[i].words, &options, &err), err);
        CHECK(options.help);
        CHECK_EQ(options.command, table[i].command);
    }
}

TEST(bad_lines)
{
    static const struct {
        const char *words[WORDS];
        const char *says;
    } table[] = {
        {{NULL}, "which command?"},
        {{"atach"}, "unknown command 'atach': did you mean 'attach'?"},
        {{"frobnicate"}, "the commands are attach, detach, ls, show, gc, "},
        {{"manual", "web"}, "usage: ovsint manual (see ovsint manual --help)"},
        {{"attach"}, "usage: ovsint attach TARGET [IFNAME] KEY=VALUE..."},
        {{"detach", "a", "b", "c"}, "usage: ovsint detach TARGET [IFNAME]"},
        {{"ls", "--yes"}, "ls has no option --yes"},
        {{"doctor", "web"}, "usage: ovsint doctor (see ovsint doctor --help)"},
        {{"top", "--every", "3601"}, "'3601' is not 1-3600 seconds"},
        {{"trace", "a"}, "usage: ovsint trace FROM TO [icmp|tcp|udp] [PORT]"},
        {{"ls", "--dot"}, "ls has no option --dot"},
        {{"graph", "--svg"}, "option --svg wants a value: FILE"},
        {{"graph", "--svg", ""}, "option --svg wants a value: FILE"},
        {{"gc", "--host="}, "option --host wants a value: NAME"},
        {{"gc", "--force", "--yes"}, "gc: --force is for --host"},
        {{"ls", "--ovsdb", "tcp:[::1]:6640"},
         "option --ovsdb: 'tcp:[::1]:6640' is not the address of a Unix socket "
         "(unix:/run/openvswitch/db.sock)"},
        {{"ls", "--ovsdb", "db.sock"}, "is not the address of a Unix socket"},
        {{"ls", "-x"}, "unknown option '-x' (see --help)"},
        {{"attach", "-v", "bridge=br0"}, "unknown option '-v' (see --help)"},
        {{"detach", "web", ""},
         "a word is empty: usage: ovsint detach TARGET [IFNAME] (see ovsint "
         "detach --help)"},
        {{"uplink", "move", "", "br0"}, "a word is empty: usage: ovsint upl"},
        {{"graph", "web"}, "usage: ovsint graph (see ovsint graph --help)"},
        {{"show"}, "usage: ovsint show CONTAINER|PORT"},
        {{"names", "bridges", "--check"}, "names has no option --check"},
        {{"completion", "bash", "--json"}, "completion has no option --json"},
        {{"manual", "--jsn"}, "unknown option '--jsn' (see --help)"},
        {{"manual", "--json=yes"}, "option --json takes no value"},
        {{"uplink"}, "usage: ovsint uplink move NIC... BRIDGE|confirm|undo"},
        {{"uplink", "move", "--bond-mode", "fast"}, "is none of active-backup"},
        {{"uplink", "move", "--confirm-within", "soon"}, "no number of second"},
        {{"uplink", "move", "--confirm-within", "86401"}, "up to 86400"},
        {{"uplink", "move", "--access-port", "a/b"}, "no name for a device"},
        {{"attach", "web", "--access-mac"}, "attach has no option"},
        {{"attach", "web", "--verify"}, "option --verify wants a value: ADDR"},
        {{"attach", "web", "--verify", "host"}, "'host' is not an IP address"},
        {{"attach", "web", "--verify", "0.0.0.0"},
         "0.0.0.0 is not the address of one host"},
        {{"attach", "web", "--verify", "255.255.255.255"}, "of one host"},
        {{"attach", "web", "--verify", "224.0.0.1"}, "of one host"},
        {{"attach", "web", "--verify", "::"}, "of one host"},
        {{"attach", "web", "--verify", "ff02::1"}, "of one host"},
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        struct cli_options options;
        struct err err = {0};
        CHECK_EQ(parse(table[i].words, &options, &err), -EINVAL);
        if (!strstr(err.text, table[i].says))
            TEST_FAIL("%zu: %s", i, err.text);
    }
}

static void each_line_fits(const char *text)
{
    while (*text) {
        size_t size = strcspn(text, "\n");
        if (size > 79)
            TEST_FAIL("%zu characters: %.*s", size, (int)size, text);
        text += size + (text[size] == '\n');
    }
}

TEST(help_has_all)
{
    auto_buf struct buf text = BUF_INIT(1u << 16);

    help_program(&text);
    each_line_fits(buf_text(&text));
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        auto_buf struct buf one = BUF_INIT(1u << 16);
        CHECK(strstr(buf_text(&text), command_row((enum cli_command)i)->name));
        help_command((enum cli_command)i, &one);
        each_line_fits(buf_text(&one));
    }
    for (size_t i = 0; i < CLI_OPTION_COUNT; i++)
        CHECK(
            strstr(buf_text(&text), cli_option_row((enum cli_option)i)->name));
    buf_clear(&text);
    help_command(COMMAND_ATTACH, &text);
    CHECK(strstr(buf_text(&text), "  vlan            1-4094"));
}

TEST(manual_has_all)
{
    auto_buf struct buf text = BUF_INIT(1u << 16);

    help_manual(&text);
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        char tag[64];
        snprintf(tag, sizeof(tag), ".It Cm %s",
                 command_row((enum cli_command)i)->name);
        CHECK(strstr(buf_text(&text), tag));
    }
    CHECK(strstr(buf_text(&text), ".It Fl \\-json\n"));
    CHECK(strstr(buf_text(&text), ".It Fl \\-verify Ar ADDR\n"));
}

TEST(completion_has_all)
{
    static const char *const shells[] = {"bash", "zsh", "fish"};
    struct err err = {0};

    for (size_t i = 0; i < ARRAY_LEN(shells); i++) {
        auto_buf struct buf text = BUF_INIT(1u << 16);
        CHECK_OK(help_completion(shells[i], &text, &err), err);
        for (size_t c = 0; c < COMMAND_COUNT; c++)
            CHECK(strstr(buf_text(&text),
                         command_row((enum cli_command)c)->name));
        CHECK(strstr(buf_text(&text), "isolated-ports="));
        CHECK(strstr(buf_text(&text), "ovsint names containers"));
        CHECK(strstr(buf_text(&text), "verify"));
    }
    auto_buf struct buf text = BUF_INIT(1u << 16);
    CHECK_EQ(help_completion("csh", &text, &err), -EINVAL);
}

TEST_MAIN
