/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Metrics in the text format of Prometheus, version 0.0.4
 * (docs/instrumenting/exposition_formats.md there). Pure: numbers go in, text
 * comes out.
 *
 * Pitfall: all samples of one metric stand together, below its head. So a
 * metric is written by one place, or by several that each leave out the head
 * after the first.
 */
#pragma once

#include <stdint.h>

#include "ovsint/base/buf.h"

#define NS_PER_US UINT64_C(1000)
#define US_PER_MS UINT64_C(1000)

/* From 1 ms to 30 s: what attaching, repairs and calls take. */
#define HISTOGRAM_BUCKETS 14

/* How long things took. Zeroed = none yet. */
struct histogram {
    uint64_t counts[HISTOGRAM_BUCKETS + 1]; /* the last one: longer than all */
    uint64_t sum_us;
};

void histogram_add(struct histogram *histogram, uint64_t us);
uint64_t histogram_count(const struct histogram *histogram);

enum metric_type { METRIC_GAUGE, METRIC_COUNTER, METRIC_HISTOGRAM };

/* The head of a metric: its name, without the suffixes of a histogram, and one
 * sentence. */
void metric_head(struct buf *ret, const char *name, enum metric_type type,
                 const char *help);

/* One sample. `value` is followed by pairs of strings, label and its value, and
 * by NULL. A pair whose value is NULL is left out; values are quoted here, and
 * bytes that are not UTF-8 become "?". */
void metric_value(struct buf *ret, const char *name, uint64_t value, ...)
    __attribute__((sentinel));

/* All samples of a histogram, in seconds, with at most one label. */
void metric_histogram(struct buf *ret, const char *name,
                      const struct histogram *histogram, const char *label,
                      const char *value);
