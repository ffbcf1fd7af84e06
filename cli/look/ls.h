/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* What `ovsint ls` and `ovsint show` have in common. */
#pragma once

#include "cli/ports/gather.h"

/* `ovsint ls --all-hosts`. */
int ls_hosts(struct cli *cli, struct err *err) MUST_CHECK;
/* The answer as JSON. */
void plugged_list_write(struct cli *cli, const struct plugged_list *list);
