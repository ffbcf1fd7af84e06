/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Neighbours that have not answered, and what can be heard of it on the
 * wire.
 */
#include "ovsint/net/neighbour.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>

#include "common/net/request.h"
#include "tests/netns/fixture.h"

/* A socket that receives the ARP that arrives at a device of the host
 * namespace. */
static int listen_on(int ifindex)
{
    struct sockaddr_ll at = {.sll_family = AF_PACKET,
                             .sll_protocol = htons(ETH_P_ARP),
                             .sll_ifindex = ifindex};
    int fd =
        MUST(socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, htons(ETH_P_ARP)));

    MUST(bind(fd, (struct sockaddr *)&at, sizeof(at)));
    return fd;
}

/* RFC 826: the target's protocol address comes last. */
static bool hears(int fd, unsigned wait_ms, const struct ip *target)
{
    struct deadline deadline = deadline_in(wait_ms);
    uint8_t frame[2048];

    for (;;) {
        struct pollfd wait = {.fd = fd, .events = POLLIN};
        if (poll(&wait, 1, deadline_left_ms(deadline)) <= 0)
            return false;
        if (MUST(recv(fd, frame, sizeof(frame), 0)) >= 28 &&
            memcmp(frame + 24, target->bytes, 4) == 0)
            return true;
    }
}

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

TEST(asks_at_once_for_what_did_not_answer)
{
    auto_fixture struct fixture f = fixture_new();
    const struct ip target = fixture_ip("10.1.2.9");
    struct err err = {0};

    int index = patient_device(&f);
    fixture_add(f.inside, index, "10.1.2.3/24");
    auto_close int ear = listen_on(fixture_index(f.host, "v-host"));
    put(f.inside, index, &target, 0, NTF_USE);
    CHECK(hears(ear, FIXTURE_WAIT_MS, &target));
    CHECK(!hears(ear, 0, &target));
    CHECK_EQ(neighbours_ask_again(f.inside, index, &err), 1);
    CHECK(hears(ear, FIXTURE_WAIT_MS, &target));
}

TEST(the_next_packet_asks_for_an_ipv6_one)
{
    auto_fixture struct fixture f = fixture_new();
    const struct ip target = fixture_ip("fd00::9");
    struct err err = {0};

    int index = patient_device(&f);
    fixture_add(f.inside, index, "fd00::3/64");
    put(f.inside, index, &target, 0, NTF_USE);
    CHECK_EQ(neighbours_ask_again(f.inside, index, &err), 1);
    CHECK_EQ(neighbours_ask_again(f.inside, index, &err), 0);
}

TEST(leaves_others_alone)
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
    CHECK_EQ(neighbours_ask_again(f.inside, index, &err), 0);
    CHECK_EQ(neighbours_ask_again(f.inside, other, &err), 1);
}

TEST(a_device_that_is_not_there_waits_for_nobody)
{
    auto_fixture struct fixture f = fixture_new();
    struct err err = {0};

    CHECK_EQ(neighbours_ask_again(f.inside, 4711, &err), 0);
}

TEST_MAIN
