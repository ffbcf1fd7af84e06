/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The plugin's command line, read once into plain values.
 */
#pragma once

#include <stdbool.h>

#include "ovsint/base/buf.h"
#include "ovsint/base/err.h"
#include "ovsint/base/log.h"

#define PLUGIN_DEFAULT_SOCKET "/run/docker/plugins/ovsint.sock"

enum plugin_action {
    PLUGIN_SERVE,
    PLUGIN_ONCE, /* one pass of the guardian */
    PLUGIN_HELP,
    PLUGIN_VERSION,
};

struct plugin_options {
    enum plugin_action action;
    const char *socket;     /* path; not used when a socket is inherited */
    const char *config;     /* path; a missing default file is no error */
    bool config_named;      /* --config was given: the file must exist */
    const char *namespaces; /* NULL = a helper of its own */
    const char *ovsdb;      /* NULL = as the configuration says */
    enum log_level level;
    enum log_format format;
    bool to_syslog;
};

/* -EINVAL with a sentence if an option is unknown, its value missing or
 * superfluous. The result points into `argv`. */
int plugin_options_parse(int argc, char **argv, struct plugin_options *ret,
                         struct err *err) MUST_CHECK;

/* What --help shows: usage, options, and the keys that the doors have, which
 * `add_keys` appends. */
void plugin_options_help(struct buf *ret, void (*add_keys)(struct buf *ret));
