/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * `ovsint top`: rates from counters that were read twice. A device that was
 * made anew begins at 0 again, and has no rate until it was read twice itself.
 * Pure.
 */
#pragma once

#include "cli/ports/plugged.h"

/* Per second. */
struct top_rates {
    uint64_t rx_bits, tx_bits;
    uint64_t rx_packets, tx_packets;
    uint64_t dropped; /* of both directions */
};

/* What was read of one port. */
struct top_sample {
    char port[IFNAME_SIZE];
    struct link_counters counters;
    int64_t at_ms;
};

struct top_samples {
    struct top_sample *list; /* by port */
    size_t count;
};

struct top_row {
    const struct plugged *plugged;
    bool rated; /* it was read twice: */
    struct top_rates rates;
};

enum top_order { TOP_BY_BITS, TOP_BY_PACKETS, TOP_BY_DROPS, TOP_BY_NAME };

struct top {
    struct top_row *rows;
    size_t count;
    struct top_rates sum;
};

void top_samples_done(struct top_samples *samples);
void top_done(struct top *top);
#define auto_top __attribute__((cleanup(top_done)))

/* Takes what was counted now; `samples` has what was counted before, and then
 * this. */
void top_take(struct top *top, struct top_samples *samples,
              const struct plugged_list *list, int64_t now_ms);
/* The largest first; those without rates last. */
void top_sort(struct top *top, enum top_order order);

#define TOP_NUMBER_SIZE 16
/* "17", "1.2k", "3.4G": of 1000. */
void top_number(uint64_t value, char ret[TOP_NUMBER_SIZE]);

/* The next wait: as long as was asked for, but so that looking, which took
 * `cost_ms` of a processor, takes a twentieth of it at most. */
int64_t top_pause_ms(int64_t every_ms, int64_t cost_ms);
