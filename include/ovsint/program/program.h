/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What both programs do before they begin: read their command line by a table,
 * find their configuration and the database, learn which boot this is.
 */
#pragma once

#include <stddef.h>

#include "ovsint/base/buf.h"
#include "ovsint/base/err.h"
#include "ovsint/base/log.h"
#include "ovsint/config/settings.h"

/* One row of a command line's table, for the parser and for --help. */
struct start_option {
    const char *name;  /* "--config" */
    const char *value; /* what it wants, "FILE"; NULL = takes none */
    const char *meaning;
};

/* Reads the option at argv[*i], "--name", "--name VALUE" or "--name=VALUE",
 * and moves *i on to its last word. *ret is its place in the table, *ret_value
 * NULL for one that takes none. -EINVAL for anything unknown, missing or
 * superfluous. */
int start_take_option(const struct start_option *table, size_t count, int argc,
                      char **argv, int *i, size_t *ret, const char **ret_value,
                      struct err *err) MUST_CHECK;

/* The value of --log-format. */
int start_log_format(const char *value, enum log_format *ret,
                     struct err *err) MUST_CHECK;

/* The table as lines of --help. */
void start_options_help(const struct start_option *table, size_t count,
                        struct buf *ret);

/* Writes what --help and its like show to standard output. Negative when not
 * all of it got there. */
int start_show(const struct buf *text, struct err *err) MUST_CHECK;

/* Reads the configuration into settings that are initialised. Without the
 * file they stay as they are, unless it was asked for by name: -ENOENT. */
int start_settings(const char *path, bool named, struct settings *ret,
                   struct err *err) MUST_CHECK;

/* The address of the database: the command line's (NULL = none given) goes
 * before the configuration, which goes before the environment of Open
 * vSwitch's own tools. */
void start_ovsdb(const char *option, const struct settings *settings,
                 char ret[OVSDB_ADDRESS_SIZE]);

#define BOOT_ID_SIZE 37

/* /proc/sys/kernel/random/boot_id */
int start_boot_id(char ret[BOOT_ID_SIZE], struct err *err) MUST_CHECK;
