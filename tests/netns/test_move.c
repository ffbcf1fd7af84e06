/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The two ways into a namespace: moving a device (a TAP, which the userspace
 * datapath uses for internal ports) and creating a veth pair across two
 * namespaces. After every failure both namespaces hold what they held
 * before.
 */
#include <net/if.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "tests/netns/fixture.h"

static const struct mac mac_a = {{2, 0, 0, 0, 0, 0xa}};

struct both_links {
    struct buf host;
    struct buf inside;
};

static void both_done(struct both_links *both)
{
    buf_done(&both->host);
    buf_done(&both->inside);
}
#define auto_both __attribute__((cleanup(both_done)))

static struct both_links links_of(const struct fixture *f)
{
    return (struct both_links){fixture_links(f->host),
                               fixture_links(f->inside)};
}

#define CHECK_UNCHANGED(f, both)                     \
    do {                                             \
        CHECK_SAME_LINKS((f).host, (both).host);     \
        CHECK_SAME_LINKS((f).inside, (both).inside); \
    } while (0)

TEST(moves_and_sets_up_in_one_step)
{
    auto_fixture struct fixture f = fixture_new();
    const struct link_move move = {.mac = &mac_a, .mtu = 1400, .up = true};
    struct link_info info = {0};
    struct err err = {0};

    auto_close int tap = fixture_tap("oi3k9x");
    CHECK(tap >= 0);
    CHECK_OK(link_move_in(f.host, fixture_index(f.host, "oi3k9x"), f.inside_fd,
                          &move, &err),
             err);
    CHECK_EQ(link_find(f.host, "oi3k9x", &info, &err), 0);
    CHECK_EQ(link_find(f.inside, "oi3k9x", &info, &err), 1);
    CHECK_STR(info.name, "oi3k9x");
    CHECK_STR(info.kind, "tun");
    CHECK(mac_equal(&info.mac, &mac_a));
    CHECK_EQ(info.mtu, 1400);
    CHECK(info.up && info.carrier);
}

TEST(a_mark_goes_with_the_alias_and_stays_if_the_device_is_renamed)
{
    auto_fixture struct fixture f = fixture_new();
    const struct link_move move = {.unfinished = true};
    struct link_info info = {0};
    struct err err = {0};

    auto_close int tap = fixture_tap("oi3k9x");
    CHECK(tap >= 0);
    CHECK_OK(link_move_in(f.host, fixture_index(f.host, "oi3k9x"), f.inside_fd,
                          &move, &err),
             err);
    CHECK_EQ(link_find(f.inside, "oi3k9x", &info, &err), 1);
    CHECK(info.unfinished && !info.up);
    CHECK_OK(link_rename_down(f.inside, info.ifindex, "od3k9x", &err), err);
    CHECK_EQ(link_find(f.inside, "od3k9x", &info, &err), 1);
    CHECK(info.unfinished);
    CHECK_OK(link_set_alias(f.inside, "od3k9x", "of somebody", &err), err);
    CHECK_EQ(link_find(f.inside, "od3k9x", &info, &err), 1);
    CHECK(!info.unfinished);
    CHECK_OK(link_set_alias(f.inside, "od3k9x", "", &err), err);
    CHECK_ERR(link_set_alias(f.inside, "oi3k9x", "", &err), ENODEV, err,
              "oi3k9x");
}

static void make_promiscuous(const char *name)
{
    struct ifreq request = {.ifr_flags = IFF_PROMISC};
    auto_close int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
    CHECK_EQ(ioctl(fd, SIOCSIFFLAGS, &request), 0);
}

/* As ovs-vswitchd opens its TAPs. */
TEST(what_was_moved_is_not_promiscuous)
{
    auto_fixture struct fixture f = fixture_new();
    struct link_info info = {0};
    struct err err = {0};

    for (int up = 0; up < 2; up++) {
        const struct link_move move = {.up = up};
        auto_close int tap = fixture_tap("oi3k9x");
        CHECK(tap >= 0);
        make_promiscuous("oi3k9x");
        CHECK_EQ(link_find(f.host, "oi3k9x", &info, &err), 1);
        CHECK(info.promiscuous);
        CHECK_OK(link_move_in(f.host, info.ifindex, f.inside_fd, &move, &err),
                 err);
        CHECK_EQ(link_find(f.inside, "oi3k9x", &info, &err), 1);
        CHECK(!info.promiscuous && info.up == up);
    }
}

TEST(moves_without_setting_up)
{
    auto_fixture struct fixture f = fixture_new();
    const struct link_move move = {0};
    struct link_info before = {0}, after = {0};
    struct err err = {0};

    auto_close int tap = fixture_tap("oi3k9x");
    CHECK(tap >= 0);
    CHECK_EQ(link_find(f.host, "oi3k9x", &before, &err), 1);
    CHECK_OK(link_move_in(f.host, before.ifindex, f.inside_fd, &move, &err),
             err);
    CHECK_EQ(link_find(f.inside, "oi3k9x", &after, &err), 1);
    CHECK(mac_equal(&before.mac, &after.mac));
    CHECK_EQ(after.mtu, before.mtu);
    CHECK(!after.up && !after.carrier && after.attached);
}

TEST(dead_tap_has_no_carrier)
{
    auto_fixture struct fixture f = fixture_new();
    const struct link_move move = {.up = true};
    struct link_info info = {0};
    struct err err = {0};

    int tap = fixture_tap("oi3k9x");
    MUST(ioctl(tap, TUNSETPERSIST, 1));
    CHECK_OK(link_move_in(f.host, fixture_index(f.host, "oi3k9x"), f.inside_fd,
                          &move, &err),
             err);
    close(tap);
    CHECK_EQ(link_find(f.inside, "oi3k9x", &info, &err), 1);
    CHECK(info.up && !info.carrier && !info.attached);
    CHECK_OK(link_set_down(f.inside, info.ifindex, &err), err);
    CHECK_EQ(link_find(f.inside, "oi3k9x", &info, &err), 1);
    CHECK(!info.up && !info.attached);
    CHECK_OK(link_delete(f.inside, info.ifindex, &err), err);
}

TEST(move_may_change_the_index)
{
    auto_fixture struct fixture f = fixture_new();
    const struct link_move move = {0};
    struct err err = {0};

    /* In each namespace the lowest free index goes first: both devices have the
     * same one. */
    auto_close int there = fixture_tap_inside(&f, "there0");
    auto_close int here = fixture_tap("here0");
    CHECK(there >= 0 && here >= 0);
    int taken = fixture_index(f.inside, "there0");
    int index = fixture_index(f.host, "here0");
    CHECK_EQ(index, taken);
    CHECK_OK(link_move_in(f.host, index, f.inside_fd, &move, &err), err);
    CHECK(fixture_index(f.inside, "here0") != taken);
    CHECK_EQ(fixture_index(f.inside, "there0"), taken);
}

TEST(taken_name_stops_the_move)
{
    auto_fixture struct fixture f = fixture_new();
    const struct link_move move = {.mac = &mac_a, .mtu = 1400, .up = true};
    struct err err = {0};

    auto_close int there = fixture_tap_inside(&f, "oi3k9x");
    auto_close int here = fixture_tap("oi3k9x");
    CHECK(there >= 0 && here >= 0);
    auto_both struct both_links before = links_of(&f);
    CHECK_ERR(link_move_in(f.host, fixture_index(f.host, "oi3k9x"), f.inside_fd,
                           &move, &err),
              EEXIST, err, "into the other namespace: File exists");
    CHECK_UNCHANGED(f, before);
}

TEST(name_taken_as_altname_stops_the_move)
{
    auto_fixture struct fixture f = fixture_new();
    const struct link_move move = {.up = true};
    struct err err = {0};

    auto_close int there = fixture_tap_inside(&f, "there0");
    auto_close int here = fixture_tap("eth0");
    CHECK(there >= 0 && here >= 0);
    CHECK_OK(link_add_altname(f.inside, fixture_index(f.inside, "there0"),
                              "eth0", &err),
             err);
    auto_both struct both_links before = links_of(&f);
    CHECK_ERR(link_move_in(f.host, fixture_index(f.host, "eth0"), f.inside_fd,
                           &move, &err),
              EEXIST, err, "File exists");
    CHECK_UNCHANGED(f, before);
}

TEST(move_of_an_absent_device_fails)
{
    auto_fixture struct fixture f = fixture_new();
    const struct link_move move = {.up = true};
    struct err err = {0};

    auto_both struct both_links before = links_of(&f);
    CHECK_ERR(link_move_in(f.host, 4711, f.inside_fd, &move, &err), ENODEV, err,
              "move device 4711");
    CHECK_UNCHANGED(f, before);
}

TEST(move_of_the_loopback_device_fails)
{
    auto_fixture struct fixture f = fixture_new();
    const struct link_move move = {.up = true};
    struct err err = {0};

    auto_both struct both_links before = links_of(&f);
    CHECK_ERR(link_move_in(f.host, 1, f.inside_fd, &move, &err), EINVAL, err,
              "move device 1");
    CHECK_UNCHANGED(f, before);
}

TEST(move_to_something_else_fails)
{
    auto_fixture struct fixture f = fixture_new();
    const struct link_move move = {.up = true};
    struct err err = {0};

    auto_close int tap = fixture_tap("oi3k9x");
    auto_close int file = MUST(open("/dev/null", O_RDONLY));
    CHECK(tap >= 0);
    auto_both struct both_links before = links_of(&f);
    int index = fixture_index(f.host, "oi3k9x");
    CHECK_ERR(link_move_in(f.host, index, file, &move, &err), EINVAL, err,
              "into the other namespace");
    err = (struct err){0};
    CHECK(link_move_in(f.host, index, 4711, &move, &err) < 0);
    CHECK_UNCHANGED(f, before);
}

/* The kernel moves first. If it then refuses a setting, the device stays
 * inside. The header says so, and callers delete the port. */
TEST(refused_setting_leaves_the_device_inside)
{
    auto_fixture struct fixture f = fixture_new();
    const struct link_move move = {.mtu = 100000, .up = true};
    struct link_info info = {0};
    struct err err = {0};

    auto_close int tap = fixture_tap("oi3k9x");
    CHECK(tap >= 0);
    CHECK_ERR(link_move_in(f.host, fixture_index(f.host, "oi3k9x"), f.inside_fd,
                           &move, &err),
              EINVAL, err, "(kernel: mtu greater than device maximum)");
    CHECK_EQ(link_find(f.host, "oi3k9x", &info, &err), 0);
    CHECK_EQ(link_find(f.inside, "oi3k9x", &info, &err), 1);
    CHECK(!info.up);
}

TEST(move_to_the_own_namespace_sets_up_only)
{
    auto_fixture struct fixture f = fixture_new();
    const struct link_move move = {.mac = &mac_a, .up = true};
    struct link_info info = {0};
    struct err err = {0};

    auto_close int tap = fixture_tap("oi3k9x");
    auto_close int own = netns_open_pid(getpid(), &err);
    CHECK(tap >= 0 && own >= 0);
    CHECK_EQ(netns_is_own(own, &err), 1);
    int index = fixture_index(f.host, "oi3k9x");
    CHECK_OK(link_move_in(f.host, index, own, &move, &err), err);
    CHECK_EQ(link_by_index(f.host, index, &info, &err), 1);
    CHECK(info.up && mac_equal(&info.mac, &mac_a));
}

TEST(creates_a_veth_pair_across)
{
    auto_fixture struct fixture f = fixture_new();
    const struct link_veth veth = {.name = "oi3k9x",
                                   .peer_name = "eth0",
                                   .peer_mac = &mac_a,
                                   .mtu = 1400,
                                   .up = true};
    struct link_info host = {0}, peer = {0};
    struct err err = {0};

    CHECK_OK(link_create_veth(f.host, &veth, f.inside_fd, &err), err);
    CHECK_EQ(link_find(f.host, "oi3k9x", &host, &err), 1);
    CHECK_EQ(link_find(f.inside, "eth0", &peer, &err), 1);
    CHECK_STR(host.kind, "veth");
    CHECK_EQ(host.mtu, 1400);
    CHECK(host.up && !host.carrier);
    CHECK_STR(peer.kind, "veth");
    CHECK_EQ(peer.mtu, 1400);
    CHECK(!peer.up);
    CHECK(mac_equal(&peer.mac, &mac_a));
    CHECK(!mac_is_zero(&host.mac) && !mac_equal(&host.mac, &mac_a));
    CHECK_OK(link_set_up(f.inside, peer.ifindex, &err), err);
    CHECK_EQ(link_find(f.host, "oi3k9x", &host, &err), 1);
    CHECK(host.carrier);
}

TEST(veth_defaults)
{
    auto_fixture struct fixture f = fixture_new();
    const struct link_veth veth = {.name = "oi3k9x", .peer_name = "eth0"};
    struct link_info host = {0}, peer = {0};
    struct err err = {0};

    CHECK_OK(link_create_veth(f.host, &veth, f.inside_fd, &err), err);
    CHECK_EQ(link_find(f.host, "oi3k9x", &host, &err), 1);
    CHECK_EQ(link_find(f.inside, "eth0", &peer, &err), 1);
    CHECK(!host.up && !peer.up);
    CHECK_EQ(host.mtu, 1500);
    CHECK_EQ(peer.mtu, 1500);
    CHECK(!mac_is_zero(&peer.mac));
}

TEST(refused_veth_leaves_nothing)
{
    auto_fixture struct fixture f = fixture_new();
    const struct mac multicast = {{1, 0, 0, 0, 0, 1}};
    const struct {
        struct link_veth veth;
        int code;
        const char *text;
    } bad[] = {
        {{.name = "here0", .peer_name = "eth0"}, EEXIST, "'here0'"},
        {{.name = "new0", .peer_name = "there0"}, EEXIST, "'there0'"},
        {{.name = "new0", .peer_name = "alt0"}, EEXIST, "'alt0'"},
        {{.name = "lo", .peer_name = "eth0"}, EEXIST, "File exists"},
        {{.name = "new0", .peer_name = "lo"}, EEXIST, "File exists"},
        {{.name = "a/b", .peer_name = "eth0"}, EINVAL, "'a/b'"},
        {{.name = "new0", .peer_name = "a/b"}, EINVAL, "'a/b'"},
        {{.name = "new0", .peer_name = "eth0", .mtu = 100000},
         EINVAL,
         "create the veth pair 'new0' and 'eth0': Invalid argument"},
        {{.name = "new0", .peer_name = "eth0", .peer_mac = &multicast},
         EADDRNOTAVAIL,
         "create the veth pair 'new0' and 'eth0'"},
    };
    struct err err = {0};

    auto_close int here = fixture_tap("here0");
    auto_close int there = fixture_tap_inside(&f, "there0");
    CHECK(here >= 0 && there >= 0);
    CHECK_OK(link_add_altname(f.inside, fixture_index(f.inside, "there0"),
                              "alt0", &err),
             err);
    auto_both struct both_links before = links_of(&f);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        err = (struct err){0};
        CHECK_ERR(link_create_veth(f.host, &bad[i].veth, f.inside_fd, &err),
                  bad[i].code, err, bad[i].text);
        CHECK_UNCHANGED(f, before);
    }
}

TEST(veth_into_something_else_fails)
{
    auto_fixture struct fixture f = fixture_new();
    const struct link_veth veth = {.name = "new0", .peer_name = "eth0"};
    struct err err = {0};

    auto_close int file = MUST(open("/dev/null", O_RDONLY));
    auto_both struct both_links before = links_of(&f);
    CHECK_ERR(link_create_veth(f.host, &veth, file, &err), EINVAL, err,
              "create the veth pair");
    err = (struct err){0};
    CHECK(link_create_veth(f.host, &veth, 4711, &err) < 0);
    CHECK_UNCHANGED(f, before);
}

TEST_MAIN
