/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Announcements as the neighbour receives them, byte for byte.
 */
#include "ovsint/net/announce.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>

#include "common/net/request.h"
#include "tests/netns/fixture.h"

static const struct mac mac_a = {{2, 0x42, 0xac, 0x11, 0, 2}};

/* clang-format off */
static const uint8_t arp_10_1_2_3[] = {
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff,  0x02, 0x42, 0xac, 0x11, 0x00, 0x02,
    0x08, 0x06,
    0x00, 0x01,  0x08, 0x00,  0x06,  0x04,  0x00, 0x01,
    0x02, 0x42, 0xac, 0x11, 0x00, 0x02,  0x0a, 0x01, 0x02, 0x03,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00,  0x0a, 0x01, 0x02, 0x03,
};

/* Another program has computed its checksum. */
static const uint8_t na_fd00_5[] = {
    0x33, 0x33, 0x00, 0x00, 0x00, 0x01,  0x02, 0x42, 0xac, 0x11, 0x00, 0x02,
    0x86, 0xdd,
    0x60, 0x00, 0x00, 0x00,  0x00, 0x20,  0x3a,  0xff,
    0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x05,
    0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x01,
    0x88,  0x00,  0xae, 0x3e,  0x20, 0x00, 0x00, 0x00,
    0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x05,
    0x02,  0x01,  0x02, 0x42, 0xac, 0x11, 0x00, 0x02,
};
/* clang-format on */

/* A socket that receives all that arrives at a device of the host namespace. */
static int listen_on(int ifindex)
{
    struct sockaddr_ll at = {.sll_family = AF_PACKET,
                             .sll_protocol = htons(ETH_P_ALL),
                             .sll_ifindex = ifindex};
    int fd = MUST(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));

    MUST(bind(fd, (struct sockaddr *)&at, sizeof(at)));
    return fd;
}

/* The next frame from `mac_a`. No device has that MAC: so reports that the
 * kernel multicasts by itself are passed over. */
static size_t hear(int fd, uint8_t *frame, size_t room)
{
    struct deadline deadline = deadline_in(FIXTURE_WAIT_MS);

    for (;;) {
        struct pollfd wait = {.fd = fd, .events = POLLIN};
        if (poll(&wait, 1, deadline_left_ms(deadline)) <= 0)
            TEST_FAIL("nothing was heard");
        ssize_t size = MUST(recv(fd, frame, room, 0));
        if (size >= 14 && memcmp(frame + 6, mac_a.bytes, 6) == 0)
            return (size_t)size;
    }
}

static void check_frame(int fd, const uint8_t *want, size_t size)
{
    uint8_t frame[2048];

    CHECK_EQ(hear(fd, frame, sizeof(frame)), size);
    for (size_t i = 0; i < size; i++) {
        if (frame[i] != want[i])
            TEST_FAIL("byte %zu is %02x, want %02x", i, frame[i], want[i]);
    }
}

TEST(announces_ipv4_and_ipv6_once_each)
{
    auto_fixture struct fixture f = fixture_new();
    const struct ip four = fixture_ip("10.1.2.3");
    const struct ip six = fixture_ip("fd00::5");
    struct err err = {0};

    fixture_veth(&f);
    int index = fixture_index(f.inside, "v-in");
    auto_close int ear = listen_on(fixture_index(f.host, "v-host"));
    CHECK_OK(announce_address(f.inside, index, &mac_a, &four, &err), err);
    check_frame(ear, arp_10_1_2_3, sizeof(arp_10_1_2_3));
    CHECK_OK(announce_address(f.inside, index, &mac_a, &six, &err), err);
    check_frame(ear, na_fd00_5, sizeof(na_fd00_5));
    /* One announcement each: the next frame is the one that was asked for
     * next. */
    CHECK_OK(announce_address(f.inside, index, &mac_a, &four, &err), err);
    check_frame(ear, arp_10_1_2_3, sizeof(arp_10_1_2_3));
}

static void remember(struct net *net, int ifindex, const struct ip *ip,
                     const struct mac *mac)
{
    struct ndmsg head = {.ndm_family = (uint8_t)ip->family,
                         .ndm_ifindex = ifindex,
                         .ndm_state = NUD_STALE};
    auto_request struct nl_msg *request = request_new(
        RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, &head, sizeof(head));
    struct err err = {0};

    request_put_ip(request, NDA_DST, ip);
    request_put(request, NDA_LLADDR, mac->bytes, sizeof(mac->bytes));
    CHECK_OK(request_do(net, request, &err, "remember a neighbour"), err);
}

struct neighbour {
    struct ip ip;
    struct mac mac;
};

static void read_neighbour(void *data, struct nlmsghdr *reply)
{
    struct neighbour *neighbour = data;
    const struct ndmsg *head = nlmsg_data(reply);
    struct nlattr *attrs[NDA_MAX + 1];

    reply_parse(reply, sizeof(*head), attrs, NDA_MAX);
    struct ip ip = reply_ip(head->ndm_family, attrs[NDA_DST]);
    if (attrs[NDA_LLADDR] && ip_equal(&ip, &neighbour->ip))
        memcpy(neighbour->mac.bytes, nla_data(attrs[NDA_LLADDR]), 6);
}

static struct mac remembered(struct net *net, const struct ip *ip)
{
    struct ndmsg head = {.ndm_family = (uint8_t)ip->family};
    auto_request struct nl_msg *request =
        request_new(RTM_GETNEIGH, NLM_F_DUMP, &head, sizeof(head));
    struct neighbour neighbour = {.ip = *ip};
    struct err err = {0};

    CHECK_OK(request_ask(net, request, read_neighbour, &neighbour, &err,
                         "list the neighbours"),
             err);
    return neighbour.mac;
}

struct neighbour_count {
    struct ip ip;
    int found;
};

static void count_neighbour(void *data, struct nlmsghdr *reply)
{
    struct neighbour_count *count = data;
    const struct ndmsg *head = nlmsg_data(reply);
    struct nlattr *attrs[NDA_MAX + 1];

    reply_parse(reply, sizeof(*head), attrs, NDA_MAX);
    struct ip ip = reply_ip(head->ndm_family, attrs[NDA_DST]);
    count->found += ip_equal(&ip, &count->ip);
}

static struct neighbour_count count_neighbours(struct net *net,
                                               const struct ip *ip)
{
    struct ndmsg head = {.ndm_family = (uint8_t)ip->family};
    auto_request struct nl_msg *request =
        request_new(RTM_GETNEIGH, NLM_F_DUMP, &head, sizeof(head));
    struct neighbour_count count = {.ip = *ip};
    struct err err = {0};

    CHECK_OK(request_ask(net, request, count_neighbour, &count, &err,
                         "list the neighbours"),
             err);
    return count;
}

TEST(neighbour_that_remembered_another_mac_learns)
{
    static const struct mac former = {{2, 0, 0, 0, 0, 0xff}};
    auto_fixture struct fixture f = fixture_new();
    const struct ip addresses[] = {fixture_ip("10.1.2.3"),
                                   fixture_ip("fd00::5")};
    struct err err = {0};

    fixture_veth(&f);
    int here = fixture_index(f.host, "v-host");
    int there = fixture_index(f.inside, "v-in");
    fixture_add(f.host, here, "10.1.2.1/24");
    fixture_add(f.host, here, "fd00::1/64");
    for (size_t i = 0; i < ARRAY_LEN(addresses); i++) {
        struct deadline deadline = deadline_in(FIXTURE_WAIT_MS);
        remember(f.host, here, &addresses[i], &former);
        struct mac got = remembered(f.host, &addresses[i]);
        CHECK(mac_equal(&got, &former));
        CHECK_OK(announce_address(f.inside, there, &mac_a, &addresses[i], &err),
                 err);
        while (!mac_equal(&got, &mac_a)) {
            if (deadline_passed(deadline))
                TEST_FAIL("neighbour %zu has not learned", i);
            got = remembered(f.host, &addresses[i]);
        }
    }
}

/* A frame that the kernel sends with the device's own address: the same bytes
 * as ours, and no neighbour entry remains. */
TEST(a_probe_announces_as_well)
{
    auto_fixture struct fixture f = fixture_new();
    const struct ip four = fixture_ip("10.1.2.3");
    struct err err = {0};

    fixture_veth(&f);
    int index = fixture_index(f.inside, "v-in");
    CHECK_OK(link_set_mac(f.inside, index, &mac_a, &err), err);
    fixture_add(f.inside, index, "10.1.2.3/24");
    auto_close int ear = listen_on(fixture_index(f.host, "v-host"));
    for (int i = 0; i < 3; i++) {
        uint8_t frame[2048];
        size_t size;
        CHECK_OK(announce_by_probe(f.inside, index, &four, &err), err);
        do
            size = hear(ear, frame, sizeof(frame));
        while (frame[12] != 0x08 || frame[13] != 0x06);
        CHECK(size >= sizeof(arp_10_1_2_3));
        CHECK(memcmp(frame, arp_10_1_2_3, sizeof(arp_10_1_2_3)) == 0);
    }
    struct neighbour_count count = count_neighbours(f.inside, &four);
    CHECK_EQ(count.found, 0);
}

TEST(a_probe_refuses_ipv6)
{
    auto_fixture struct fixture f = fixture_new();
    const struct ip six = fixture_ip("fd00::5");
    struct err err = {0};

    fixture_veth(&f);
    CHECK_ERR(announce_by_probe(f.inside, fixture_index(f.inside, "v-in"), &six,
                                &err),
              EAFNOSUPPORT, err, "only IPv4");
}

TEST(device_that_is_down_or_gone_is_an_error)
{
    auto_fixture struct fixture f = fixture_new();
    const struct ip four = fixture_ip("10.1.2.3");
    struct err err = {0};

    fixture_veth(&f);
    int index = fixture_index(f.inside, "v-in");
    CHECK_OK(link_set_down(f.inside, index, &err), err);
    CHECK_ERR(announce_address(f.inside, index, &mac_a, &four, &err), ENETDOWN,
              err, "announce 10.1.2.3 on device");
    err = (struct err){0};
    int r = announce_address(f.inside, 4711, &mac_a, &four, &err);
    CHECK(r == -ENXIO || r == -ENODEV);
    CHECK_HAS(err.text, "on device 4711");
}

TEST(refuses_what_it_cannot_announce)
{
    auto_fixture struct fixture f = fixture_new();
    auto_net struct net *plain = NULL;
    const struct ip none = {0}, four = fixture_ip("10.1.2.3");
    struct err err = {0};

    fixture_veth(&f);
    int index = fixture_index(f.inside, "v-in");
    CHECK_ERR(announce_address(f.inside, index, &mac_a, &none, &err),
              EAFNOSUPPORT, err, "there is no address to announce");
    err = (struct err){0};
    CHECK_OK(net_open(&plain, f.inside_fd, NET_PLAIN, &err), err);
    CHECK_ERR(announce_address(plain, index, &mac_a, &four, &err), EBADF, err,
              "announce 10.1.2.3: the packet socket was not asked for");
}

TEST_MAIN
