/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The querier: when it asks, and its frames byte by byte. */
#include "ovsint/multicast/querier.h"

#include <string.h>

#include "tests/lib/said.h"

static const struct mac mac = {{2, 0, 0, 0, 0, 9}};

/* The times at which it asks, and what it asks for. */
static void run(struct querier *querier, int64_t now, int64_t until_ms)
{
    for (; now <= until_ms; now = querier->due_ms) {
        CHECK(querier_is_due(querier, now));
        SAY("%lld: within %u\n", (long long)now, querier_answer_ms(querier));
        querier_asked(querier, now);
        CHECK(!querier_is_due(querier, querier->due_ms - 1));
    }
}

TEST(soon_at_first_then_twice_before_members_are_forgotten)
{
    struct querier querier;

    querier_begin(&querier, MEMBERSHIP_S, 1000);
    run(&querier, 1000, 300000);
    CHECK_SAID("1000: within 1000\n"
               "2000: within 1000\n"
               "33250: within 1000\n"
               "158250: within 10000\n"
               "283250: within 10000\n");
}

TEST(a_switch_that_forgets_sooner_is_asked_more_often)
{
    struct querier querier;

    querier_begin(&querier, 15, 0);
    run(&querier, 0, 15000);
    CHECK_SAID("0: within 1000\n"
               "1000: within 1000\n"
               "2500: within 1000\n"
               "8500: within 3000\n"
               "14500: within 3000\n");
    CHECK_EQ(querier.interval_ms * 2 + querier.answer_ms, 15000);
    querier_begin(&querier, 3600, 0);
    CHECK_EQ(querier.interval_ms, 125000);
    CHECK_EQ(querier.answer_ms, 10000);
}

TEST(what_is_due_later_comes_earlier_if_members_are_forgotten_sooner)
{
    struct querier querier;

    querier_begin(&querier, MEMBERSHIP_S, 0);
    for (unsigned i = 0; i < QUERIER_FIRST; i++)
        querier_asked(&querier, 0);
    CHECK_EQ(querier.due_ms, 125000);
    querier_set_membership(&querier, 60, 1000);
    CHECK_EQ(querier.due_ms, 26000);
    querier_set_membership(&querier, MEMBERSHIP_S, 1000);
    CHECK_EQ(querier.due_ms, 26000);
}

static void say_frame(const struct query_frame *frame)
{
    for (size_t i = 0; i < frame->size; i++)
        SAY("%s%02x", i == 0 ? "" : i % 16 ? " " : "\n", frame->bytes[i]);
    SAY("\n");
}

TEST(igmp)
{
    struct query_frame frame;
    struct querier querier;

    querier_begin(&querier, MEMBERSHIP_S, 0);
    query_igmp(&querier, &mac, 0, &frame);
    say_frame(&frame);
    CHECK_SAID("01 00 5e 00 00 01 02 00 00 00 00 09 08 00 46 c0\n"
               "00 24 00 00 00 00 01 02 44 13 00 00 00 00 e0 00\n"
               "00 01 94 04 00 00 11 0a ec 78 00 00 00 00 02 7d\n"
               "00 00 00 00 00 00 00 00 00 00 00 00\n");
    query_igmp(&querier, &mac, 10, &frame);
    say_frame(&frame);
    CHECK_SAID("01 00 5e 00 00 01 02 00 00 00 00 09 81 00 00 0a\n"
               "08 00 46 c0 00 24 00 00 00 00 01 02 44 13 00 00\n"
               "00 00 e0 00 00 01 94 04 00 00 11 0a ec 78 00 00\n"
               "00 00 02 7d 00 00 00 00 00 00 00 00\n");
}

TEST(mld)
{
    struct query_frame frame;
    struct querier querier;

    querier_begin(&querier, MEMBERSHIP_S, 0);
    for (unsigned i = 0; i < QUERIER_FIRST; i++)
        querier_asked(&querier, 0);
    query_mld(&querier, &mac, 4094, &frame);
    say_frame(&frame);
    CHECK_SAID("33 33 00 00 00 01 02 00 00 00 00 09 81 00 0f fe\n"
               "86 dd 60 00 00 00 00 24 00 01 fe 80 00 00 00 00\n"
               "00 00 ff ff 02 00 00 00 00 09 ff 02 00 00 00 00\n"
               "00 00 00 00 00 00 00 00 00 01 3a 00 05 02 00 00\n"
               "01 00 82 00 54 8e 27 10 00 00 00 00 00 00 00 00\n"
               "00 00 00 00 00 00 00 00 00 00 02 7d 00 00\n");
}

TEST_MAIN
