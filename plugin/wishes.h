/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Removals that could not be carried out when they were asked for, or whose
 * need came up without anybody waiting: done as soon as the database can be
 * reached, and again until the rows are gone.
 *
 * They are in memory alone. What a plugin that dies takes with it is found by
 * the collection of dead ports, which knows them by their namespace.
 */
#pragma once

#include <stddef.h>

#include "ovsint/err.h"

struct driver;
struct wish;

enum wish_kind { WISH_ENDPOINT, WISH_NETWORK, WISH_PORTS };

struct wishes {
    struct driver *driver;
    struct wish *first;
    size_t count;
};

/* Notes the removal, once however often it is asked for, and tries. */
void wishes_add(struct wishes *wishes, enum wish_kind kind, const char *id);

/* Tries all of them: the rows are there, or have changed. */
void wishes_try(struct wishes *wishes);

/* Forgets them all. */
void wishes_done(struct wishes *wishes);
