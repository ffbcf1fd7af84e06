/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside the model only: the subnets of a named network.
 */
#pragma once

#include "common/model/members.h"
#include "ovsint/network.h"

/* Reads the list `subnets`. `where` is its path; `to` is a struct network,
 * which owns what was read so far on failure, too. */
member_reader subnets_read;

void subnets_done(struct network *network);
