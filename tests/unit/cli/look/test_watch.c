/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Events from what database and guardian say, one after the other. */
#include <errno.h>

#include "cli/look/watch_events.h"
#include "tests/lib/test.h"

#define I1 "11111111-0000-0000-0000-000000000001"
#define P1 "22222222-0000-0000-0000-000000000001"
#define IDS                                                           \
    "\"external_ids\":[\"map\",[[\"ovsint-owner\",\"hook\"],"         \
    "[\"ovsint-container\",\"c1\"],[\"ovsint-ifname\",\"eth0\"],"     \
    "[\"ovsint-spec\",\"{\\\"ifname\\\":\\\"eth0\\\",\\\"bridge\\\":" \
    "\\\"br0\\\",\\\"ip\\\":[\\\"10.0.0.1/24\\\"]}\"]]]"
#define ROWS(how, ofport, more)                                                \
    "{\"Interface\":{\"" I1 "\":{\"" how "\":{\"name\":\"oia\"," ofport IDS    \
    "}}},\"Port\":{\"" P1 "\":{\"" how "\":{\"name\":\"oia\",\"tag\":10," more \
    "\"external_ids\":[\"map\",[[\"ovsint-owner\",\"hook\"]]]}}}}"

typedef void feeder(struct watch *watch, const struct json *updates);

static void feed(struct watch *watch, feeder *how, const char *text)
{
    static const struct json_limits limits = {.size = 1u << 20, .depth = 32};
    auto_json struct json *json = NULL;
    struct err err = {0};

    CHECK_OK(json_parse(text, strlen(text), &limits, &json, &err), err);
    how(watch, json);
}

/* All events since the last time, "KIND WHO: TEXT" in lines. */
static void tells(struct watch *watch, const char *want)
{
    auto_buf struct buf got = BUF_INIT(1u << 16);

    for (size_t i = 0; i < watch->count; i++) {
        const struct watch_event *event = &watch->events[i];
        buf_addf(&got, "%s%s %s: %s", i ? "\n" : "", event->kind,
                 event->who ? event->who : "-", event->text);
    }
    watch_told(watch);
    CHECK_STR(buf_text(&got), want);
}

TEST(a_port_comes_and_goes)
{
    auto_watch struct watch watch = {0};

    feed(&watch, watch_synced, "{}");
    tells(&watch, "");
    feed(&watch, watch_updated, ROWS("insert", "", ""));
    tells(&watch, "");
    feed(&watch, watch_updated,
         "{\"Interface\":{\"" I1 "\":{\"modify\":{\"ofport\":3}}}}");
    tells(&watch, "arrived c1: on br0, VLAN 10, 10.0.0.1/24");
    CHECK_EQ(watch.unnamed, 1);
    /* The same again is no news. */
    feed(&watch, watch_updated,
         "{\"Interface\":{\"" I1 "\":{\"modify\":{\"ofport\":3}}}}");
    tells(&watch, "");
    feed(&watch, watch_updated,
         "{\"Port\":{\"" P1 "\":{\"modify\":{\"tag\":20}}}}");
    tells(&watch, "vlan c1: VLAN 20 now");
    feed(&watch, watch_updated,
         "{\"Port\":{\"" P1 "\":{\"modify\":{\"tag\":[\"set\",[]]}}}}");
    tells(&watch, "vlan c1: no VLAN of its own now");
    feed(&watch, watch_updated,
         "{\"Port\":{\"" P1 "\":{\"modify\":{\"trunks\":[\"set\",[5]]}}}}");
    tells(&watch, "vlan c1: its trunks have changed");
    feed(&watch, watch_updated,
         "{\"Interface\":{\"" I1 "\":{\"delete\":null}},"
         "\"Port\":{\"" P1 "\":{\"delete\":null}}}");
    tells(&watch, "gone c1: its port was removed");
    CHECK_EQ(watch.known.count, 0);
}

TEST(a_port_that_is_refused)
{
    auto_watch struct watch watch = {0};

    feed(&watch, watch_synced, "{}");
    feed(&watch, watch_updated, ROWS("insert", "", ""));
    feed(&watch, watch_updated,
         "{\"Interface\":{\"" I1 "\":{\"modify\":{\"ofport\":-1,\"error\":"
         "\"no such device\"}}}}");
    tells(&watch, "refused c1: no such device");
    feed(&watch, watch_updated,
         "{\"Interface\":{\"" I1 "\":{\"delete\":null}},"
         "\"Port\":{\"" P1 "\":{\"delete\":null}}}");
    tells(&watch, "gone c1: its port was removed before it was made");
}

TEST(what_is_there_at_the_beginning)
{
    auto_watch struct watch watch = {0};

    feed(&watch, watch_synced, ROWS("initial", "\"ofport\":3,", ""));
    tells(&watch, "");
    CHECK_EQ(watch.known.count, 1);
    /* Ports of others are nobody's business. */
    feed(&watch, watch_updated,
         "{\"Interface\":{\"x\":{\"insert\":{\"name\":\"eth9\","
         "\"ofport\":9}}}}");
    tells(&watch, "");
}

TEST(the_database_was_away)
{
    auto_watch struct watch watch = {0};

    feed(&watch, watch_synced, ROWS("initial", "\"ofport\":3,", ""));
    feed(&watch, watch_synced, ROWS("initial", "\"ofport\":3,", ""));
    tells(&watch, "");
    feed(&watch, watch_synced, "{}");
    tells(&watch, "gone c1: its port was removed");
    feed(&watch, watch_synced, ROWS("initial", "\"ofport\":3,", ""));
    tells(&watch, "arrived c1: on br0, VLAN 10, 10.0.0.1/24");
    watch_note(&watch, "database", "the database is back");
    tells(&watch, "database -: the database is back");
}

static void hear(struct watch *watch, const char *port, const char *state,
                 int64_t repairs)
{
    auto_plugged struct plugged_list answer = {0};
    struct plugged *said = plugged_add(&answer, port);

    said->state = mem_text(state, strlen(state));
    said->repairs = repairs;
    watch_guardian(watch, &answer);
}

TEST(the_guardian)
{
    auto_watch struct watch watch = {0};

    feed(&watch, watch_synced, ROWS("initial", "\"ofport\":3,", ""));
    hear(&watch, "oia", "on its way", 0);
    hear(&watch, "oia", "in its container", 0);
    hear(&watch, "oib", "lost", 7);
    tells(&watch, "");
    hear(&watch, "oia", "lost", 0);
    tells(&watch, "state c1: lost");
    hear(&watch, "oia", "in its container", 1);
    tells(&watch, "repaired c1: repaired, 1 times by now\n"
                  "state c1: in its container");
    hear(&watch, "oia", "in its container", 1);
    /* A guardian that has started again counts from 0. */
    hear(&watch, "oia", "in its container", 0);
    tells(&watch, "");
}

TEST_MAIN
