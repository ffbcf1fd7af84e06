/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Texts that are made from the tables. Pure. */
#pragma once

#include "cli/options.h"

/* --help of the program, or of one command. */
void help_program(struct buf *ret);
void help_command(enum cli_command command, struct buf *ret);

/* The lists of ovsint(8), as mdoc(7). */
void help_manual(struct buf *ret);

/* The completion for "bash", "zsh" or "fish". -EINVAL for another shell. */
int help_completion(const char *shell, struct buf *ret,
                    struct err *err) MUST_CHECK;
