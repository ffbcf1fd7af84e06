/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* From two readings to rates, sorted, and as text. Pure. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/look/top_rates.h"

#define SHARE 20

void top_samples_done(struct top_samples *samples)
{
    free(samples->list);
    *samples = (struct top_samples){0};
}

void top_done(struct top *top)
{
    free(top->rows);
    *top = (struct top){0};
}

static int by_port(const void *a, const void *b)
{
    const struct top_sample *left = a, *right = b;

    return strcmp(left->port, right->port);
}

static const struct top_sample *sample_of(const struct top_samples *samples,
                                          const char *port)
{
    struct top_sample key = {0};

    if (!samples->count)
        return NULL;
    snprintf(key.port, sizeof(key.port), "%s", port);
    return bsearch(&key, samples->list, samples->count, sizeof(key), by_port);
}

/* False if a counter went back: that is another device. */
static bool per_second(uint64_t before, uint64_t now, int64_t ms, uint64_t unit,
                       uint64_t *ret)
{
    if (now < before)
        return false;
    *ret =
        (uint64_t)((double)(now - before) * (double)unit * 1000.0 / (double)ms +
                   0.5);
    return true;
}

static bool rate(const struct top_sample *before,
                 const struct link_counters *now, int64_t now_ms,
                 struct top_rates *ret)
{
    const struct link_counters *old = &before->counters;
    int64_t ms = now_ms - before->at_ms;

    return ms > 0 &&
           per_second(old->rx_bytes, now->rx_bytes, ms, 8, &ret->rx_bits) &&
           per_second(old->tx_bytes, now->tx_bytes, ms, 8, &ret->tx_bits) &&
           per_second(old->rx_packets, now->rx_packets, ms, 1,
                      &ret->rx_packets) &&
           per_second(old->tx_packets, now->tx_packets, ms, 1,
                      &ret->tx_packets) &&
           per_second(old->rx_dropped + old->tx_dropped,
                      now->rx_dropped + now->tx_dropped, ms, 1, &ret->dropped);
}

static void add(struct top_rates *sum, const struct top_rates *rates)
{
    sum->rx_bits += rates->rx_bits;
    sum->tx_bits += rates->tx_bits;
    sum->rx_packets += rates->rx_packets;
    sum->tx_packets += rates->tx_packets;
    sum->dropped += rates->dropped;
}

void top_take(struct top *top, struct top_samples *samples,
              const struct plugged_list *list, int64_t now_ms)
{
    struct top_samples now = {0};

    top_done(top);
    now.list = mem_new((list->count + 1) * sizeof(*now.list));
    top->rows = mem_new((list->count + 1) * sizeof(*top->rows));
    for (size_t i = 0; i < list->count; i++) {
        const struct plugged *plugged = &list->list[i];
        const struct top_sample *before = sample_of(samples, plugged->port);
        struct top_row *row = &top->rows[top->count++];
        row->plugged = plugged;
        if (!plugged->counted)
            continue;
        row->rated =
            before && rate(before, &plugged->counters, now_ms, &row->rates);
        if (row->rated)
            add(&top->sum, &row->rates);
        struct top_sample *sample = &now.list[now.count++];
        memcpy(sample->port, plugged->port, sizeof(sample->port));
        sample->counters = plugged->counters;
        sample->at_ms = now_ms;
    }
    qsort(now.list, now.count, sizeof(*now.list), by_port);
    top_samples_done(samples);
    *samples = now;
}

/* What rows are sorted by; names come last of all. */
static uint64_t value_of(const struct top_row *row, enum top_order order)
{
    const struct top_rates *rates = &row->rates;

    if (!row->rated)
        return 0;
    switch (order) {
    case TOP_BY_BITS:
        return rates->rx_bits + rates->tx_bits;
    case TOP_BY_PACKETS:
        return rates->rx_packets + rates->tx_packets;
    case TOP_BY_DROPS:
        return rates->dropped;
    case TOP_BY_NAME:
        break;
    }
    return 0;
}

static int compare(const struct top_row *left, const struct top_row *right,
                   enum top_order order)
{
    char left_room[LIMIT_CONTAINER_ID_SIZE];
    char right_room[LIMIT_CONTAINER_ID_SIZE];
    uint64_t a = value_of(left, order), b = value_of(right, order);

    if (a != b)
        return a > b ? -1 : 1;
    int names = strcmp(plugged_title(left->plugged, left_room),
                       plugged_title(right->plugged, right_room));
    return names ? names : strcmp(left->plugged->port, right->plugged->port);
}

static int by_bits(const void *a, const void *b)
{
    return compare(a, b, TOP_BY_BITS);
}

static int by_packets(const void *a, const void *b)
{
    return compare(a, b, TOP_BY_PACKETS);
}

static int by_drops(const void *a, const void *b)
{
    return compare(a, b, TOP_BY_DROPS);
}

static int by_name(const void *a, const void *b)
{
    return compare(a, b, TOP_BY_NAME);
}

void top_sort(struct top *top, enum top_order order)
{
    static int (*const orders[])(const void *,
                                 const void *) = {[TOP_BY_BITS] = by_bits,
                                                  [TOP_BY_PACKETS] = by_packets,
                                                  [TOP_BY_DROPS] = by_drops,
                                                  [TOP_BY_NAME] = by_name};

    if (top->count)
        qsort(top->rows, top->count, sizeof(*top->rows), orders[order]);
}

void top_number(uint64_t value, char ret[TOP_NUMBER_SIZE])
{
    static const char units[] = "kMGTPE";
    double number = (double)value;
    size_t unit = 0;

    if (value < 1000) {
        snprintf(ret, TOP_NUMBER_SIZE, "%" PRIu64, value);
        return;
    }
    /* What would be rounded to 1000 is of the next unit. */
    for (number /= 1000; number >= 999.95 && unit + 2 < sizeof(units); unit++)
        number /= 1000;
    snprintf(ret, TOP_NUMBER_SIZE, "%.1f%c", number, units[unit]);
}

int64_t top_pause_ms(int64_t every_ms, int64_t cost_ms)
{
    int64_t least = SHARE * cost_ms;

    return every_ms > least ? every_ms : least;
}
