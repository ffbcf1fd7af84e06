/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Reads command lines by a table. What an option means is its program's
 * business.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ovsint/program/program.h"

#define NAME_WIDTH 22 /* of name and value in --help */

/* Matches "--name" and "--name=value". */
static bool is_option(const char *arg, const char *name, const char **ret_value)
{
    size_t len = strlen(name);

    if (strncmp(arg, name, len) != 0 || (arg[len] != '\0' && arg[len] != '='))
        return false;
    *ret_value = arg[len] == '=' ? arg + len + 1 : NULL;
    return true;
}

int program_take_option(const struct program_option *table, size_t count,
                        int argc, char **argv, int *i, size_t *ret,
                        const char **ret_value, struct err *err)
{
    for (size_t o = 0; o < count; o++) {
        const struct program_option *option = &table[o];
        if (!is_option(argv[*i], option->name, ret_value))
            continue;
        if (!option->value && *ret_value)
            return err_set(err, EINVAL, "option %s takes no value",
                           option->name);
        if (option->value && !*ret_value && *i + 1 < argc)
            *ret_value = argv[++*i];
        /* Pitfall: an empty one is a variable of a script that is not set. */
        if (option->value && (!*ret_value || !(*ret_value)[0]))
            return err_set(err, EINVAL, "option %s wants a value: %s",
                           option->name, option->value);
        *ret = o;
        return 0;
    }
    return err_set(err, EINVAL, "unknown option '%s' (see --help)", argv[*i]);
}

int program_log_format(const char *value, enum log_format *ret, struct err *err)
{
    if (strcmp(value, "json") == 0)
        *ret = LOG_FORMAT_JSON;
    else if (strcmp(value, "text") != 0)
        return err_set(err, EINVAL,
                       "option --log-format: '%s' is neither text nor json",
                       value);
    return 0;
}

/* As ovs-vsctl takes it, too: "unix:" may be left out. */
int program_ovsdb_option(const char *value, const char **ret, struct err *err)
{
    static const char scheme[] = "unix:";
    const char *path = value;

    if (strncmp(value, scheme, strlen(scheme)) == 0)
        path += strlen(scheme);
    if (path[0] != '/' || strlen(path) >= SOCKET_PATH_SIZE)
        return err_set(err, EINVAL,
                       "option --ovsdb: '%.80s' is not the address of a Unix "
                       "socket (" DEFAULT_OVSDB ")",
                       value);
    *ret = value;
    return 0;
}

void program_options_help(const struct program_option *table, size_t count,
                          struct buf *ret)
{
    for (size_t o = 0; o < count; o++) {
        const struct program_option *option = &table[o];
        int space = option->value ? 1 : 0;
        buf_addf(ret, "  %s%s%-*s %s\n", option->name, space ? " " : "",
                 NAME_WIDTH - (int)strlen(option->name) - space,
                 space ? option->value : "", option->meaning);
    }
}

/* fflush(): stdio keeps the text until then, and only then a full disk
 * shows. */
int program_show(const struct buf *text, struct err *err)
{
    if (fwrite(buf_text(text), 1, text->size, stdout) == text->size &&
        fflush(stdout) == 0)
        return 0;
    return err_sys(err, "write to standard output");
}
