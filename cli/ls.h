/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* What `ovsint ls` and `ovsint show` have in common. */
#pragma once

#include "cli/gather.h"

/* The colour of its state: green is well, yellow is on its way. Pure. */
enum colour plugged_colour(const struct plugged *plugged);
/* Does a person mean this one? `exactly`: by its whole name, which goes before
 * the beginning of an id. Pure. */
bool plugged_is_meant(const struct plugged *plugged, const char *text,
                      bool exactly);
#define SEGMENT_SIZE 272
/* "ovn web", or `vlan`, which may be NULL. Pure. */
const char *plugged_segment(const struct plugged *plugged, const char *vlan,
                            char room[SEGMENT_SIZE]);
/* `ovsint ls --all-hosts`. */
int ls_hosts(struct cli *cli, struct err *err) MUST_CHECK;
/* The answer as JSON. */
void plugged_list_write(struct cli *cli, const struct plugged_list *list);
