/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The text format of Prometheus, and what falls into which bucket. */
#include "ovsint/base/metrics.h"

#include "tests/lib/test.h"

TEST(samples_have_their_labels_quoted)
{
    auto_buf struct buf text = BUF_INIT(4096);

    metric_head(&text, "x_total", METRIC_COUNTER, "What has come.");
    metric_value(&text, "x_total", 7, NULL);
    metric_value(&text, "x_total", 0, "a", "one", "b", NULL, "c", "", NULL);
    metric_value(&text, "x_total", UINT64_MAX, "a", "q\"b\\s\nn", NULL);
    metric_value(&text, "x_total", 1, "a", "\xff", NULL);
    CHECK_STR(buf_text(&text), "# HELP x_total What has come.\n"
                               "# TYPE x_total counter\n"
                               "x_total 7\n"
                               "x_total{a=\"one\",c=\"\"} 0\n"
                               "x_total{a=\"q\\\"b\\\\s n\"} "
                               "18446744073709551615\n"
                               "x_total{a=\"?\"} 1\n");
}

TEST(buckets_are_cumulative_and_include_their_bound)
{
    struct histogram histogram = {0};
    auto_buf struct buf text = BUF_INIT(4096);

    CHECK_EQ(histogram_count(&histogram), 0);
    histogram_add(&histogram, 0);
    histogram_add(&histogram, 1000);
    histogram_add(&histogram, 1001);
    histogram_add(&histogram, 30000000);
    histogram_add(&histogram, 30000001);
    CHECK_EQ(histogram_count(&histogram), 5);
    metric_head(&text, "y_seconds", METRIC_HISTOGRAM, "How long.");
    metric_histogram(&text, "y_seconds", &histogram, "of", "it");
    CHECK_STR(buf_text(&text),
              "# HELP y_seconds How long.\n# TYPE y_seconds histogram\n"
              "y_seconds_bucket{of=\"it\",le=\"0.001\"} 2\n"
              "y_seconds_bucket{of=\"it\",le=\"0.0025\"} 3\n"
              "y_seconds_bucket{of=\"it\",le=\"0.005\"} 3\n"
              "y_seconds_bucket{of=\"it\",le=\"0.01\"} 3\n"
              "y_seconds_bucket{of=\"it\",le=\"0.025\"} 3\n"
              "y_seconds_bucket{of=\"it\",le=\"0.05\"} 3\n"
              "y_seconds_bucket{of=\"it\",le=\"0.1\"} 3\n"
              "y_seconds_bucket{of=\"it\",le=\"0.25\"} 3\n"
              "y_seconds_bucket{of=\"it\",le=\"0.5\"} 3\n"
              "y_seconds_bucket{of=\"it\",le=\"1\"} 3\n"
              "y_seconds_bucket{of=\"it\",le=\"2.5\"} 3\n"
              "y_seconds_bucket{of=\"it\",le=\"5\"} 3\n"
              "y_seconds_bucket{of=\"it\",le=\"10\"} 3\n"
              "y_seconds_bucket{of=\"it\",le=\"30\"} 4\n"
              "y_seconds_bucket{of=\"it\",le=\"+Inf\"} 5\n"
              "y_seconds_sum{of=\"it\"} 60.002002\n"
              "y_seconds_count{of=\"it\"} 5\n");
}

TEST(without_a_label_there_are_no_braces_but_those_of_the_bound)
{
    struct histogram histogram = {0};
    auto_buf struct buf text = BUF_INIT(4096);

    metric_histogram(&text, "z", &histogram, NULL, NULL);
    CHECK_HAS(buf_text(&text), "z_bucket{le=\"0.001\"} 0\n");
    CHECK_HAS(buf_text(&text), "z_sum 0.000000\nz_count 0\n");
}

TEST_MAIN
