/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* What the commands give up: the head of confine.c. */
#pragma once

#include "ovsint/base/err.h"

/* For attach and detach, which have opened what they need. */
int cli_confine_plugging(struct err *err) MUST_CHECK;
/* For commands that have a database open and need nothing else. */
int cli_confine_asking(struct err *err) MUST_CHECK;
/* What a command that looks does besides. */
enum cli_deeds {
    CLI_LOOKS,
    CLI_REMOVES, /* ports, afterwards */
    CLI_STAYS,   /* on a terminal, over restarts of the database */
};

/* For commands that look, which go on to open namespaces and files to read. */
int cli_confine_looking(enum cli_deeds deeds, struct err *err) MUST_CHECK;
/* For `uplink`: what moves cards of the host, or undoes that. */
int cli_confine_moving(struct err *err) MUST_CHECK;
