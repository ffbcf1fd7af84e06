/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The command line. podman and netavark write the first three commands; the
 * others are for people.
 */
#pragma once

#include "ovsint/base/buf.h"
#include "ovsint/base/err.h"

enum netavark_action {
    NETAVARK_RUN, /* a command of the plugin's interface */
    NETAVARK_SHOW_HELP,
    NETAVARK_SHOW_VERSION,
};

struct netavark_options {
    enum netavark_action action;
    int command;       /* enum netavark_command, for NETAVARK_RUN */
    const char *netns; /* its path; of setup and teardown */
};

/* -EINVAL with a sentence. */
int netavark_options_parse(int argc, char **argv, struct netavark_options *ret,
                           struct err *err) MUST_CHECK;

/* What --help shows: usage, options, options of a network. */
void netavark_options_help(struct buf *ret);
