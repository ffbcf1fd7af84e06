/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What every command of `ovsint` gets: the options, the configuration, and
 * where its answer goes. A command fills `out`; main() writes it. So nothing is
 * written of an answer that could not be completed.
 */
#pragma once

#include "cli/options.h"
#include "cli/screen/terminal.h"
#include "ovsint/base/deadline.h"
#include "ovsint/config/settings.h"

#define CLI_OUTPUT_SIZE (64u << 20)

struct cli {
    struct cli_options options;
    struct settings settings;
    char ovsdb[OVSDB_ADDRESS_SIZE];
    struct terminal terminal;
    struct deadline deadline;
    struct buf out;
    int output; /* the file that gets the answer; -1 = standard output */
    enum cli_exit status; /* CLI_DONE, or CLI_FOUND */
    int signal; /* it kept the command from its end, which failed; 0 = none */
};

/* For a command that goes on: writes what is in `out` now. */
int cli_flush(struct cli *cli, struct err *err) MUST_CHECK;

/* The commands. 0, or -errno of `err`; -EINVAL is the user's fault. */
typedef int cli_run(struct cli *cli, struct err *err);
cli_run attach_command, detach_command, ls_command, show_command, gc_command,
    graph_command, trace_command, top_command, watch_command, doctor_command,
    metrics_command, mirror_command, uplink_command, names_command,
    completion_command, manual_command;
