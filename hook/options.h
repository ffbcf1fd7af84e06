/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The hook's command line and environment, read once into plain values.
 */
#pragma once

#include <stdbool.h>

#include "ovsint/base/buf.h"
#include "ovsint/base/err.h"
#include "ovsint/base/log.h"

#define HOOK_DEFAULT_CONFIG "/etc/ovsint/ovsint.json"

enum hook_action {
    HOOK_FROM_STATE, /* no stage was named: the state tells which */
    HOOK_PLUG,       /* createRuntime, prestart */
    HOOK_UNPLUG,     /* poststop */
    HOOK_CHECK,
    HOOK_HELP,
    HOOK_VERSION,
};

struct hook_options {
    enum hook_action action;
    const char *config;     /* path; a missing default file is no error */
    bool config_named;      /* --config was given: the file must exist */
    const char *ovsdb;      /* NULL = as the configuration says */
    const char *check_file; /* of HOOK_CHECK */
    enum log_level level;
    enum log_format format;
};

/* -EINVAL with a sentence if something is unknown, missing or given twice. The
 * result points into `argv`. */
int hook_options_parse(int argc, char **argv, struct hook_options *ret,
                       struct err *err) MUST_CHECK;

/* What --help shows: usage, options, annotation keys, exit status. */
void hook_options_help(struct buf *ret);
