/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Who has a port of the host: found without looking at all ports there are, as
 * one endpoint may have tens of thousands, and may share all their numbers with
 * others at other addresses. Pure.
 *
 * A struct port_index of zeroes is ready, and has none.
 */
#pragma once

#include "ovsint/rows/published.h"

struct port_entry;

struct port_index {
    struct port_entry *entries; /* in the order in which they came */
    size_t count;
    size_t room;
    uint32_t *buckets; /* 1 + the number of the last entry that is in it */
    size_t bucket_count;
};

#define PORT_INDEX_NONE UINT32_MAX

void port_index_done(struct port_index *index);

/* Begin with a number that nobody can guess: who knows it can choose ports that
 * take long to be found. */
void port_index_seed(uint64_t seed);

/* `owner` is any number of the caller's. */
void port_index_add(struct port_index *index, uint32_t owner, uint8_t protocol,
                    const struct ip *host, uint16_t port);
/* Takes off what was added since `count` was its count. */
void port_index_cut(struct port_index *index, size_t count);
/* An owner other than `except` of a port that the host would need twice with
 * this one; or PORT_INDEX_NONE. Between two owners nothing clashes that
 * the caller has put in. */
uint32_t port_index_find(const struct port_index *index, uint8_t protocol,
                         const struct ip *host, uint16_t port, uint32_t except);
