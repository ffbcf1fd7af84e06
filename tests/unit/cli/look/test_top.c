/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Rates from counters that were read twice, their order, and their texts. */
#include "cli/look/top_rates.h"
#include "tests/lib/test.h"

static struct plugged *add(struct plugged_list *list, const char *port,
                           uint64_t rx, uint64_t tx)
{
    struct plugged *plugged = plugged_add(list, port);

    plugged->name = mem_text(port, strlen(port));
    plugged->counted = true;
    plugged->counters = (struct link_counters){.rx_bytes = rx,
                                               .tx_bytes = tx,
                                               .rx_packets = rx / 100,
                                               .tx_packets = tx / 100};
    return plugged;
}

TEST(rates)
{
    auto_plugged struct plugged_list list = {0};
    auto_top struct top top = {0};
    struct top_samples samples = {0};

    add(&list, "b", 1000, 0);
    add(&list, "a", 500, 500)->counters.rx_dropped = 7;
    top_take(&top, &samples, &list, 1000);
    CHECK_EQ(top.count, 2);
    CHECK(!top.rows[0].rated && !top.rows[1].rated);
    list.list[0].counters.rx_bytes = 2000;
    list.list[1].counters.tx_bytes = 1500;
    list.list[1].counters.tx_packets = 25;
    list.list[1].counters.tx_dropped = 10;
    top_take(&top, &samples, &list, 3000);
    CHECK(top.rows[0].rated && top.rows[1].rated);
    CHECK_EQ(top.rows[0].rates.rx_bits, 4000);
    CHECK_EQ(top.rows[0].rates.tx_bits, 0);
    CHECK_EQ(top.rows[1].rates.tx_bits, 4000);
    CHECK_EQ(top.rows[1].rates.tx_packets, 10);
    CHECK_EQ(top.rows[1].rates.dropped, 5);
    CHECK_EQ(top.sum.rx_bits, 4000);
    CHECK_EQ(top.sum.dropped, 5);
    top_samples_done(&samples);
}

/* A device that was made anew, a port that comes, one that cannot be read, and
 * a clock that stands still. */
TEST(no_rates)
{
    auto_plugged struct plugged_list list = {0};
    auto_top struct top top = {0};
    struct top_samples samples = {0};

    add(&list, "a", 1000, 1000);
    top_take(&top, &samples, &list, 1000);
    list.list[0].counters.rx_bytes = 10;
    add(&list, "b", 5, 5);
    top_take(&top, &samples, &list, 2000);
    CHECK(!top.rows[0].rated && !top.rows[1].rated);
    CHECK_EQ(top.sum.rx_bits, 0);
    top_take(&top, &samples, &list, 2000);
    CHECK(!top.rows[0].rated);
    list.list[0].counted = false;
    top_take(&top, &samples, &list, 3000);
    CHECK(!top.rows[0].rated && top.rows[1].rated);
    CHECK_EQ(samples.count, 1);
    struct plugged_list none = {0};
    top_take(&top, &samples, &none, 4000);
    CHECK_EQ(top.count, 0);
    top_sort(&top, TOP_BY_BITS);
    top_samples_done(&samples);
}

static const char *first(struct top *top, enum top_order order)
{
    top_sort(top, order);
    return top->rows[0].plugged->port;
}

TEST(orders)
{
    auto_plugged struct plugged_list list = {0};
    auto_top struct top top = {0};
    struct top_samples samples = {0};

    add(&list, "drops", 0, 0);
    add(&list, "bits", 0, 0);
    add(&list, "packets", 0, 0);
    add(&list, "a", 0, 0)->counted = false;
    top_take(&top, &samples, &list, 0);
    list.list[0].counters.rx_dropped = 9;
    list.list[1].counters.tx_bytes = 9999;
    list.list[2].counters.rx_packets = 99;
    top_take(&top, &samples, &list, 1000);
    CHECK_STR(first(&top, TOP_BY_DROPS), "drops");
    CHECK_STR(first(&top, TOP_BY_BITS), "bits");
    CHECK_STR(first(&top, TOP_BY_PACKETS), "packets");
    CHECK_STR(first(&top, TOP_BY_NAME), "a");
    top_samples_done(&samples);
}

TEST(numbers)
{
    static const struct {
        uint64_t value;
        const char *text;
    } table[] = {{0, "0"},
                 {999, "999"},
                 {1000, "1.0k"},
                 {999949, "999.9k"},
                 {999950, "1.0M"},
                 {1234567, "1.2M"},
                 {40000000000, "40.0G"},
                 {UINT64_MAX, "18.4E"}};

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        char text[TOP_NUMBER_SIZE];
        top_number(table[i].value, text);
        CHECK_STR(text, table[i].text);
    }
}

TEST(looking_takes_a_twentieth_at_most)
{
    CHECK_EQ(top_pause_ms(2000, 0), 2000);
    CHECK_EQ(top_pause_ms(2000, 100), 2000);
    CHECK_EQ(top_pause_ms(2000, 150), 3000);
}

TEST_MAIN
