/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The commands whose answer is a text of the tables. */
#include "cli/cli.h"
#include "cli/help.h"

int completion_command(struct cli *cli, struct err *err)
{
    int r = help_completion(cli->options.words[0], &cli->out, err);

    if (r < 0)
        cli->status = CLI_BAD_INPUT;
    return r;
}

int manual_command(struct cli *cli, struct err *err)
{
    (void)err;
    help_manual(&cli->out);
    return 0;
}
