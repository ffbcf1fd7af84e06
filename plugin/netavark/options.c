/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * One table holds the options, for the parser and for --help; those of a
 * network come from the vocabulary.
 */
#include "plugin/netavark/options.h"

#include <errno.h>

#include "ovsint/program/program.h"
#include "ovsint/spec/vocabulary.h"
#include "plugin/netavark/request.h"

enum option { OPTION_HELP, OPTION_VERSION };

static const struct program_option option_table[] = {
    [OPTION_HELP] = {"--help", NULL, "show this text"},
    [OPTION_VERSION] = {"--version", NULL, "show the version"},
};

/* setup and teardown have the path of a namespace, the others nothing. */
static int take_command(int argc, char **argv, struct netavark_options *ret,
                        struct err *err)
{
    int command = netavark_command_find(argv[1]);

    if (command < 0)
        return err_set(err, EINVAL,
                       "'%.40s' is none of create, setup, teardown, info: "
                       "podman starts this program, see --help",
                       argv[1]);
    bool has_netns = command == NETAVARK_SETUP || command == NETAVARK_TEARDOWN;
    ret->action = NETAVARK_RUN;
    ret->command = command;
    ret->netns = has_netns && argc > 2 ? argv[2] : NULL;
    if (argc == 2 + has_netns)
        return 0;
    return err_set(err, EINVAL,
                   has_netns
                       ? "%s takes one argument, the path of the container's "
                         "network namespace"
                       : "%s takes no argument",
                   argv[1]);
}

int netavark_options_parse(int argc, char **argv, struct netavark_options *ret,
                           struct err *err)
{
    const char *value;
    size_t option;
    int i = 1;

    if (argc < 2)
        return err_set(err, EINVAL,
                       "podman starts this program, as the driver ovsint of a "
                       "network: see --help");
    if (argv[1][0] != '-')
        return take_command(argc, argv, ret, err);
    int r = program_take_option(option_table, ARRAY_LEN(option_table), argc,
                                argv, &i, &option, &value, err);
    if (r >= 0)
        ret->action =
            option == OPTION_HELP ? NETAVARK_SHOW_HELP : NETAVARK_SHOW_VERSION;
    return r;
}

void netavark_options_help(struct buf *ret)
{
    buf_add_text(ret,
                 "Usage: ovsint-netavark [OPTION]\n"
                 "Network driver of podman that plugs containers into Open "
                 "vSwitch, installed as\n\"ovsint\" for netavark. podman "
                 "starts it.\n\nOptions:\n");
    program_options_help(option_table, ARRAY_LEN(option_table), ret);
    buf_add_text(ret, "\nKeys of 'podman network create -d ovsint -o "
                      "KEY=VALUE', and of\n'podman run --network "
                      "NAME:KEY=VALUE,...' if the policy allows it:\n");
    vocabulary_print(FRONT_NETAVARK, "", ret);
    buf_add_text(ret, "\nMore keys of a network:\n");
    transient_keys_print(ret);
}
