/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Private to this room: the subnets of a named network.
 */
#pragma once

#include "common/config/members.h"
#include "ovsint/config/named_network.h"

/* Reads the list `subnets`. `where` is its path; `to` is a struct
 * named_network. On failure too, that network owns what was read so far. */
member_reader subnets_read;

void subnets_done(struct named_network *network);
