/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* What people see in a port's state, and how they name a port. Pure. */
#pragma once

#include "cli/ports/plugged.h"
#include "cli/screen/terminal.h"

/* The colour of its state: green is well, yellow is on its way. */
enum colour plugged_colour(const struct plugged *plugged);
/* Does a person mean this one? `exactly`: by its whole name, which goes before
 * the beginning of an id. */
bool plugged_is_meant(const struct plugged *plugged, const char *text,
                      bool exactly);
#define SEGMENT_SIZE 272
/* "ovn web", or `vlan`, which may be NULL. */
const char *plugged_segment(const struct plugged *plugged, const char *vlan,
                            char room[SEGMENT_SIZE]);
