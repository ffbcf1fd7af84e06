/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The command line, for people: a runtime sets CNI_COMMAND instead.
 */
#pragma once

#include "ovsint/base/buf.h"
#include "ovsint/base/err.h"

enum cni_action { CNI_SHOW_HELP, CNI_SHOW_VERSION };

/* -EINVAL with a sentence. */
int cni_options_parse(int argc, char **argv, enum cni_action *ret,
                      struct err *err) MUST_CHECK;

/* What --help shows: usage, options, keys of a network configuration. */
void cni_options_help(struct buf *ret);
