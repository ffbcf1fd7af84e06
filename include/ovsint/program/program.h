/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What every program does before it begins: read the command line by a table,
 * find the configuration and the database, learn the boot id; and what a door
 * that runs once does with its process.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "ovsint/base/buf.h"
#include "ovsint/base/err.h"
#include "ovsint/base/log.h"
#include "ovsint/config/settings.h"

/* One row of a command line's table, for the parser and for --help. */
struct program_option {
    const char *name;  /* "--config" */
    const char *value; /* the word for its value, "FILE"; NULL = takes none */
    const char *meaning;
};

/* Reads the option at argv[*i], which is "--name", "--name VALUE" or
 * "--name=VALUE", and moves *i to its last word. *ret becomes its row in the
 * table. *ret_value becomes its value, or NULL if it takes none. Returns
 * -EINVAL if the option is unknown, its value missing or superfluous. */
int program_take_option(const struct program_option *table, size_t count,
                        int argc, char **argv, int *i, size_t *ret,
                        const char **ret_value, struct err *err) MUST_CHECK;

/* The value of --log-format. */
int program_log_format(const char *value, enum log_format *ret,
                       struct err *err) MUST_CHECK;

/* The value of --ovsdb. */
int program_ovsdb_option(const char *value, const char **ret,
                         struct err *err) MUST_CHECK;

/* The table as lines of --help. */
void program_options_help(const struct program_option *table, size_t count,
                          struct buf *ret);

/* Writes the text of --help, --version and so on to standard output. Negative
 * if not all of it could be written. */
int program_show(const struct buf *text, struct err *err) MUST_CHECK;

/* Reads the configuration into `ret`, which must be initialised. If there is no
 * file, `ret` stays as it is; but if the operator has named the file (`named`),
 * that is -ENOENT. */
int program_settings(const char *path, bool named, struct settings *ret,
                     struct err *err) MUST_CHECK;

/* The address of the database: `option`, which is the command line's (NULL =
 * none), else the configuration's. The environment is that of whoever starts a
 * container, and says nothing: OVS_RUNDIR would lead root to another
 * database. */
void program_ovsdb(const char *option, const struct settings *settings,
                   char ret[OVSDB_ADDRESS_SIZE]);

#define BOOT_ID_SIZE 37

/* /proc/sys/kernel/random/boot_id */
int program_boot_id(char ret[BOOT_ID_SIZE], struct err *err) MUST_CHECK;

/* Leaves nothing of whoever started the program but its arguments, standard
 * descriptors and environment variables that are asked for by name. Opens
 * /dev/null as each standard descriptor that is closed: what is opened next
 * would get its number, and what is written to it would go to the database.
 * Closes all others. Forgets TZ, which names a file. */
void program_begin(void);

/* Confines a door that has opened all that attach/run.h needs: it keeps these
 * capabilities (CONFINE_CAP), the system calls of that driver, and one ioctl
 * request (0 = none). See confine(). */
int program_confine(const char *program, uint64_t capabilities,
                    unsigned long ioctl, struct err *err) MUST_CHECK;
