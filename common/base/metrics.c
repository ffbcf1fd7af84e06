/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The text format of Prometheus. Nothing can fail: what does not fit into the
 * buffer sets its overflow. Pure. */
#include "ovsint/base/metrics.h"

#include <inttypes.h>
#include <stdarg.h>

#include "ovsint/base/shown.h"

static const struct {
    uint64_t us;
    const char *text; /* in seconds */
} bounds[HISTOGRAM_BUCKETS] = {
    {1000, "0.001"},  {2500, "0.0025"}, {5000, "0.005"},  {10000, "0.01"},
    {25000, "0.025"}, {50000, "0.05"},  {100000, "0.1"},  {250000, "0.25"},
    {500000, "0.5"},  {1000000, "1"},   {2500000, "2.5"}, {5000000, "5"},
    {10000000, "10"}, {30000000, "30"},
};

void histogram_add(struct histogram *histogram, uint64_t us)
{
    size_t i = 0;

    while (i < HISTOGRAM_BUCKETS && us > bounds[i].us)
        i++;
    histogram->counts[i]++;
    histogram->sum_us += us;
}

uint64_t histogram_count(const struct histogram *histogram)
{
    uint64_t count = 0;

    for (size_t i = 0; i <= HISTOGRAM_BUCKETS; i++)
        count += histogram->counts[i];
    return count;
}

void metric_head(struct buf *ret, const char *name, enum metric_type type,
                 const char *help)
{
    static const char *const types[] = {[METRIC_GAUGE] = "gauge",
                                        [METRIC_COUNTER] = "counter",
                                        [METRIC_HISTOGRAM] = "histogram"};

    buf_addf(ret, "# HELP %s %s\n# TYPE %s %s\n", name, help, name,
             types[type]);
}

static void add_quoted(struct buf *ret, const char *value)
{
    buf_add_text(ret, "\"");
    while (*value) {
        unsigned char c = (unsigned char)*value;
        bool is_control = c < ' ' || c == 0x7f;
        if (c == '"' || c == '\\')
            buf_add_text(ret, "\\");
        if (is_control)
            buf_add_text(ret, " ");
        value += is_control ? 1 : shown_add(ret, value);
    }
    buf_add_text(ret, "\"");
}

static void add_label(struct buf *ret, const char *separator, const char *label,
                      const char *value)
{
    buf_addf(ret, "%s%s=", separator, label);
    add_quoted(ret, value);
}

void metric_value(struct buf *ret, const char *name, uint64_t value, ...)
{
    const char *separator = "{";
    va_list args;

    buf_add_text(ret, name);
    va_start(args, value);
    for (const char *label; (label = va_arg(args, const char *)) != NULL;) {
        const char *text = va_arg(args, const char *);
        if (!text)
            continue;
        add_label(ret, separator, label, text);
        separator = ",";
    }
    va_end(args);
    buf_addf(ret, "%s %" PRIu64 "\n", *separator == ',' ? "}" : "", value);
}

static void add_bucket(struct buf *ret, const char *name, const char *label,
                       const char *value, const char *bound, uint64_t count)
{
    buf_addf(ret, "%s_bucket", name);
    if (label)
        add_label(ret, "{", label, value);
    buf_addf(ret, "%sle=\"%s\"} %" PRIu64 "\n", label ? "," : "{", bound,
             count);
}

static void add_total(struct buf *ret, const char *name, const char *suffix,
                      const char *label, const char *value)
{
    buf_addf(ret, "%s%s", name, suffix);
    if (label) {
        add_label(ret, "{", label, value);
        buf_add_text(ret, "}");
    }
}

void metric_histogram(struct buf *ret, const char *name,
                      const struct histogram *histogram, const char *label,
                      const char *value)
{
    uint64_t count = 0;

    for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
        count += histogram->counts[i];
        add_bucket(ret, name, label, value, bounds[i].text, count);
    }
    count += histogram->counts[HISTOGRAM_BUCKETS];
    add_bucket(ret, name, label, value, "+Inf", count);
    add_total(ret, name, "_sum", label, value);
    buf_addf(ret, " %" PRIu64 ".%06" PRIu64 "\n", histogram->sum_us / 1000000,
             histogram->sum_us % 1000000);
    add_total(ret, name, "_count", label, value);
    buf_addf(ret, " %" PRIu64 "\n", count);
}
