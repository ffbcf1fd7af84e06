/* SPDX-License-Identifier: Apache-2.0 */
/* What `ovsint ls` and `ovsint show` have in common. */
#pragma once

#include "cli/gather.h"

/* The colour of its state: green is well, yellow is on its way. Pure. */
enum colour plugged_colour(const struct plugged *plugged);
/* The answer as JSON. */
void plugged_list_write(struct cli *cli, const struct plugged_list *list);
