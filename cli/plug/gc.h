/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* A part of gc: see gc_host.c. */
#pragma once

#include "cli/cli.h"

/* What cli->options.host has left in OVN's northbound database; with --yes it
 * is removed. Errors as client_open(). */
int gc_host(struct cli *cli, struct err *err);
