/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Private to ovsdb_uv.c: the list of transactions in flight, linked through
 * the calls themselves.
 */
#pragma once

#include "plugin/ovsdb_uv.h"

void calls_add(struct ovsdb_call **first, struct ovsdb_call *call);
/* It counts as not in flight afterwards. */
void calls_remove(struct ovsdb_call **first, struct ovsdb_call *call);
/* NULL when there is none. */
struct ovsdb_call *calls_find(struct ovsdb_call *first, uint64_t id);
