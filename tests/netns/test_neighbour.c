/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Neighbours that have not answered, and the questions for them, byte for byte.
 */
#include "ovsint/net/neighbour.h"

#include <linux/neighbour.h>
#include <linux/rtnetlink.h>

#include "common/net/request.h"
#include "tests/netns/fixture.h"

static void put(struct net *net, int ifindex, const struct ip *ip,
                uint16_t state, uint8_t flags)
{
    static const struct mac mac = {{2, 0, 0, 0, 0, 0xff}};
    struct ndmsg head = {.ndm_family = (uint8_t)ip->family,
                         .ndm_ifindex = ifindex,
                         .ndm_state = state,
                         .ndm_flags = flags};
    auto_request struct nl_msg *request =
        request_new(RTM_NEWNEIGH, NLM_F_CREATE, &head, sizeof(head));
    struct err err = {0};

    request_put_ip(request, NDA_DST, ip);
    if (state)
        request_put(request, NDA_LLADDR, mac.bytes, sizeof(mac.bytes));
    CHECK_OK(request_do(net, request, &err, "put a neighbour"), err);
}

/* A device inside, whose kernel does not ask again by itself. */
static int patient_device(struct fixture *f)
{
    fixture_veth(f);
    fixture_sysctl(f, "/proc/sys/net/ipv4/neigh/v-in/retrans_time_ms",
                   "600000");
    fixture_sysctl(f, "/proc/sys/net/ipv6/neigh/v-in/retrans_time_ms",
                   "600000");
    return fixture_index(f->inside, "v-in");
}

static void check_awaited(struct fixture *f, int index, const char *first,
                          const char *second)
{
    const char *want[] = {first, second};
    struct neighbours awaited;
    struct err err = {0};
    size_t count = first ? 1 + (second != NULL) : 0;

    CHECK_OK(neighbours_awaited(f->inside, index, &awaited, &err), err);
    CHECK_EQ(awaited.count, count);
    for (size_t i = 0; i < count; i++) {
        const struct ip ip = fixture_ip(want[i]);
        CHECK(ip_equal(&awaited.ip[0], &ip) || ip_equal(&awaited.ip[1], &ip));
    }
}

TEST(those_that_have_not_answered)
{
    auto_fixture struct fixture f = fixture_new();
    const struct ip four = fixture_ip("10.1.2.9");
    const struct ip six = fixture_ip("fd00::9");

    int index = patient_device(&f);
    fixture_add(f.inside, index, "10.1.2.3/24");
    fixture_add(f.inside, index, "fd00::3/64");
    check_awaited(&f, index, NULL, NULL);
    put(f.inside, index, &four, 0, NTF_USE);
    check_awaited(&f, index, "10.1.2.9", NULL);
    put(f.inside, index, &six, 0, NTF_USE);
    check_awaited(&f, index, "10.1.2.9", "fd00::9");
}

TEST(not_those_of_other_devices_or_that_are_known)
{
    auto_fixture struct fixture f = fixture_new();
    const struct ip known = fixture_ip("10.1.2.8");
    const struct ip fixed = fixture_ip("10.1.2.7");
    const struct ip there = fixture_ip("10.1.2.9");
    struct err err = {0};

    int index = patient_device(&f);
    auto_close int tap = fixture_tap_inside(&f, "other");
    CHECK(tap >= 0);
    int other = fixture_index(f.inside, "other");
    CHECK_OK(link_set_up(f.inside, other, &err), err);
    fixture_add(f.inside, other, "10.1.2.4/24");
    put(f.inside, index, &known, NUD_STALE, 0);
    put(f.inside, index, &fixed, NUD_PERMANENT, 0);
    put(f.inside, other, &there, 0, NTF_USE);
    check_awaited(&f, index, NULL, NULL);
    check_awaited(&f, other, "10.1.2.9", NULL);
}

TEST(more_than_are_listed)
{
    auto_fixture struct fixture f = fixture_new();
    struct neighbours awaited;
    struct err err = {0};

    int index = patient_device(&f);
    fixture_add(f.inside, index, "10.1.2.3/24");
    for (unsigned i = 0; i < NEIGHBOURS_AWAITED + 2; i++) {
        char text[IP_TEXT_SIZE];
        snprintf(text, sizeof(text), "10.1.2.%u", 100 + i);
        const struct ip ip = fixture_ip(text);
        put(f.inside, index, &ip, 0, NTF_USE);
    }
    CHECK_OK(neighbours_awaited(f.inside, index, &awaited, &err), err);
    CHECK_EQ(awaited.count, NEIGHBOURS_AWAITED);
}

TEST(a_device_that_is_not_there_waits_for_nobody)
{
    auto_fixture struct fixture f = fixture_new();

    check_awaited(&f, 4711, NULL, NULL);
}

/* clang-format off */
static const uint8_t arp_for_10_1_2_9[] = {
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff,  0x02, 0x42, 0xac, 0x11, 0x00, 0x02,
    0x08, 0x06,
    0x00, 0x01,  0x08, 0x00,  0x06,  0x04,  0x00, 0x01,
    0x02, 0x42, 0xac, 0x11, 0x00, 0x02,  0x0a, 0x01, 0x02, 0x03,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00,  0x0a, 0x01, 0x02, 0x09,
};

/* Another program has computed its checksum. */
static const uint8_t ns_for_fd00_abcd_1234[] = {
    0x33, 0x33, 0xff, 0xcd, 0x12, 0x34,  0x02, 0x42, 0xac, 0x11, 0x00, 0x02,
    0x86, 0xdd,
    0x60, 0x00, 0x00, 0x00,  0x00, 0x20,  0x3a,  0xff,
    0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x05,
    0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x01, 0xff, 0xcd, 0x12, 0x34,
    0x87,  0x00,  0x00, 0x40,  0x00, 0x00, 0x00, 0x00,
    0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xab, 0xcd, 0x12, 0x34,
    0x01,  0x01,  0x02, 0x42, 0xac, 0x11, 0x00, 0x02,
};
/* clang-format on */

static void check_question(const char *from, const char *whom,
                           const uint8_t *want, size_t size)
{
    static const struct mac mac = {{2, 0x42, 0xac, 0x11, 0, 2}};
    const struct ip own = fixture_ip(from), other = fixture_ip(whom);
    struct neighbour_question frame;

    neighbour_question(&mac, &own, &other, &frame);
    CHECK_EQ(frame.size, size);
    for (size_t i = 0; i < size; i++) {
        if (frame.bytes[i] != want[i])
            TEST_FAIL("byte %zu is %02x, want %02x", i, frame.bytes[i],
                      want[i]);
    }
}

TEST(questions)
{
    check_question("10.1.2.3", "10.1.2.9", arp_for_10_1_2_9,
                   sizeof(arp_for_10_1_2_9));
    check_question("fd00::5", "fd00::abcd:1234", ns_for_fd00_abcd_1234,
                   sizeof(ns_for_fd00_abcd_1234));
}

TEST_MAIN
