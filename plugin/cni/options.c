/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * One table holds the options, for the parser and for --help; the keys come
 * from the vocabulary.
 */
#include "plugin/cni/options.h"

#include <errno.h>

#include "ovsint/program/program.h"
#include "ovsint/spec/vocabulary.h"
#include "plugin/cni/nat.h"

enum option { OPTION_HELP, OPTION_VERSION };

static const struct program_option option_table[] = {
    [OPTION_HELP] = {"--help", NULL, "show this text"},
    [OPTION_VERSION] = {"--version", NULL, "show the version"},
};

int cni_options_parse(int argc, char **argv, enum cni_action *ret,
                      struct err *err)
{
    const char *value;
    size_t option;
    int i = 1;

    if (argc != 2)
        return err_set(err, EINVAL,
                       "a container runtime starts this program, and sets "
                       "CNI_COMMAND: see --help");
    int r = program_take_option(option_table, ARRAY_LEN(option_table), argc,
                                argv, &i, &option, &value, err);
    if (r >= 0)
        *ret = option == OPTION_HELP ? CNI_SHOW_HELP : CNI_SHOW_VERSION;
    return r;
}

void cni_options_help(struct buf *ret)
{
    buf_add_text(ret,
                 "Usage: ovsint-cni [OPTION]\n"
                 "CNI plugin that plugs containers into Open vSwitch, "
                 "installed as \"ovsint\". A\ncontainer runtime starts it, and "
                 "says by CNI_COMMAND what is to be done.\n\nOptions:\n");
    program_options_help(option_table, ARRAY_LEN(option_table), ret);
    buf_add_text(ret, "\nKeys of a network configuration, beside type, name "
                      "and cniVersion:\n");
    vocabulary_print(FRONT_CNI, "", ret);
    transient_keys_print(ret);
    buf_addf(ret, "  %-14s  %-20s  %s\n", "vnic", "internal|veth",
             vocabulary_entry(KEY_TYPE)->meaning);
}
